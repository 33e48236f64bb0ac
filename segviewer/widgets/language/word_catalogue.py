"""One language: ``resources/languages/<code>.json``, whose keys are the English texts.

English stands in the program where it is used, also in rooms that may not know Qt (a setting's
metadata, an error's sentences), so there is no ``tr()`` around it for ``lupdate`` to find, and
much of it is composed at run time. A catalogue therefore is looked up with the text as it is
shown. A key with placeholders is a pattern::

    "Back to {value:words}": "Zurück zu {value}"
    "{count:number} pictures": "{count} Bilder"

``{name}`` stands for any text, which is copied; ``:number`` only for a number; ``:words`` for a
text that is looked up itself. What has no entry stays English.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from html import escape, unescape

from segviewer.resource_files import resource_path
from segviewer.widgets.language.pseudo_language import PSEUDO, pseudo_texts
from segviewer.widgets.language.written_numbers import localised, number_locale, only_figures

ENGLISH = "en"
SYSTEM = ""
"""Of a choice: the system's language, where there is a complete catalogue of it."""
TRADITIONAL = frozenset({"tw", "hk", "mo", "hant"})
"""Regions and script of a Chinese system that writes traditional characters."""
KEPT = 4096  # texts whose translation is remembered
LONGEST = 3000  # letters of a text that is looked up (one names every network): more is a file's
_HOLE = re.compile(r"\{(\w+)(?::(\w+))?\}")
_KINDS = {
    None: r".+?",
    "number": r"[-−+±≈<>≤≥]?\d[\d., \u00a0\u202f]*(?:e[-+]?\d+)?",
    "words": r".+?",
}
_TAGS = re.compile(r"(<[^>]*>)")
_KEYS = re.compile(r"(.*\S) (\((?:[A-Z][\w]*\+)*(?:[A-Z]\w*|\d|[^\w\s])\))", re.DOTALL)
_KEY_NAMES = re.compile(r"(?:[A-Z]\w+\+)+\S(?: … \S)?|(?:[A-Z]\w+\+)*[A-Z]\w*")
_MARKS = ("\n", "\t", "; \u00a0 ", " · ", "  ")  # between parts that are texts of their own
_BORDERS = (*_MARKS, "; ")  # that a placeholder does not reach over
_CLAUSES = re.compile(r"; |(?<=[.?!]) (?=[^\Wa-z_])", re.ASCII)
_WORD = re.compile(r"[A-Za-z]{2}")  # what has none is a number or a symbol: 16, 1×1, r₁
_WIDE = "\u2e80"  # letters after this one have signs as wide as themselves, and no spaces
_LETTERS = 3  # of a pattern's beginning, by which it is found


class Pattern:
    """A key with placeholders; its expression is made when a text may fit, not at the start."""

    def __init__(self, key: str, template: str):
        self.key, self.template = key, template
        literals = _HOLE.sub("\0", key).split("\0")
        self.letters = sum(map(len, literals))
        self._literal = max(literals, key=len)
        self.words = frozenset(hole[1] for hole in _HOLE.finditer(key) if hole[2] == "words")
        self.numbers = frozenset(hole[1] for hole in _HOLE.finditer(key) if hole[2] == "number")

    @cached_property
    def _expression(self) -> re.Pattern[str]:
        expression, place = "", 0
        for hole in _HOLE.finditer(self.key):
            expression += re.escape(self.key[place : hole.start()])
            expression += f"(?P<{hole[1]}>{_KINDS[hole[2]]})"
            place = hole.end()
        return re.compile(expression + re.escape(self.key[place:]), re.DOTALL)

    def values(self, text: str) -> dict[str, str] | None:
        """What the placeholders stand for in `text`; None where it is another text."""
        if self._literal not in text or any(m in text and m not in self.key for m in _BORDERS):
            return None
        match = self._expression.fullmatch(text)
        return None if match is None else match.groupdict()


@dataclass
class Catalogue:
    """The words of one language.

    Attributes
    ----------
    code : str
        As ISO 639 has it, ``de``, with a region where that decides: ``zh_CN``.
    complete : bool
        Whether a system in this language gets it without being asked; a test holds it to that.
    texts : mapping
        English to the language; keys may have placeholders.
    key_names : mapping
        What the keys of a keyboard are called, as ``Ctrl``.
    short : mapping
        English of actions to what a toolbar says, where the whole word is too long for one.
    decimal, group : str
        What stands before the decimals of a number, and between its thousands.
    missing : set of str
        What was asked for and is not there, where `noting` is set; for tests.
    """

    code: str = ENGLISH
    complete: bool = True
    texts: Mapping[str, str] = field(default_factory=dict)
    key_names: Mapping[str, str] = field(default_factory=dict)
    short: Mapping[str, str] = field(default_factory=dict)
    decimal: str = "."
    group: str = ","
    noting: bool = False
    missing: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._known: dict[str, str] = {}
        self._made_of: dict[str, str] = {}
        self._patterns: dict[str, list[Pattern]] = {}
        for key in self.texts:
            if _HOLE.search(key):
                start = _HOLE.split(key, maxsplit=1)[0][:_LETTERS]
                start = start if len(start) == _LETTERS else ""
                self._patterns.setdefault(start, []).append(Pattern(key, self.texts[key]))
        for patterns in self._patterns.values():
            patterns.sort(key=lambda one: -one.letters)  # what says most of a text goes first

    def translate(self, text: str) -> str:
        """`text` in this language, as far as it is known: whole, else part by part."""
        if self.code == ENGLISH or not text:
            return text
        if text not in self._known:
            if len(self._known) >= KEPT:
                self._known.clear()
                self._made_of.clear()
            found = self._known[text] = text if len(text) > LONGEST else self._whole(text)
            if found != text:
                self._made_of[found] = text
        return self._known[text]

    def english(self, shown: str) -> str:
        """What `shown` was translated from, for one that was copied from elsewhere on screen."""
        return self._made_of.get(shown, shown)

    def translate_markup(self, markup: str) -> str:
        """The same for markup of this program: what stands between its tags, run by run."""
        if self.code == ENGLISH or len(markup) > 4 * LONGEST:
            return markup
        runs = _TAGS.split(markup)
        return "".join(
            run if run.startswith("<") or not run.strip() else self._run(run) for run in runs
        )

    def key_sequence(self, keys: str) -> str:
        """Names of keys, as in ``(Ctrl+O)``, as the language's keyboards have them."""
        return re.sub(r"\w+", lambda one: self.key_names.get(one[0], one[0]), keys)

    def _run(self, run: str) -> str:
        text = unescape(run)
        found = self.translate(text)
        return run if found == text else escape(found, quote=False).replace("\u00a0", "&nbsp;")

    def _whole(self, text: str) -> str:
        core = text.strip()
        found = self._one(core)
        if found is None:
            found = self._in_parts(core)
        before = text[: len(text) - len(text.lstrip())]
        return f"{before}{found}{text[len(text.rstrip()) :]}" if core else text

    def _one(self, text: str) -> str | None:
        """The entry of `text` as it stands; None where there is none."""
        if text in self.texts:
            return self.texts[text]
        with_keys = _KEYS.fullmatch(text)
        if with_keys is not None:
            return f"{self.translate(with_keys[1])} {self.key_sequence(with_keys[2])}"
        for start in (text[:_LETTERS], ""):
            for pattern in self._patterns.get(start, ()):
                values = pattern.values(text)
                if values is not None:
                    return self._filled(pattern, values)
        return None

    def _filled(self, pattern: Pattern, values: Mapping[str, str]) -> str:
        filled = {
            name: self.translate(value)
            if name in pattern.words
            else self._figures(value, sure=name in pattern.numbers)
            for name, value in values.items()
        }
        return _HOLE.sub(lambda hole: filled[hole[1]], pattern.template)

    def _in_parts(self, text: str) -> str:
        if _KEY_NAMES.fullmatch(text) and self.key_sequence(text) != text:
            return self.key_sequence(text)
        for mark in _MARKS:
            if mark in text:
                return mark.join(self.translate(part) for part in text.split(mark))
        listed = [(part, self._one(part)) for part in text.split(", ")]
        known = any(found for _, found in listed)
        if known and all(found or not _WORD.search(part) for part, found in listed):
            return ", ".join(found or self._figures(part) for part, found in listed)
        said = self._in_clauses(text)
        if said is not None:
            return said
        found = self._figures(text)
        if self.noting and found == text:
            self.missing.add(text)
        return found

    def _in_clauses(self, text: str) -> str | None:
        """A sentence or more, clause by clause; None where one of them is not known.

        What is half in one language and half in another is worse to read than either.
        """
        shown, place = "", 0
        for border in (*_CLAUSES.finditer(text), None):
            clause = text[place : border.start()] if border else text[place:]
            # A tip that stands alone has no stop, and has one among sentences.
            stopped = clause.endswith(".") and clause[:-1] in self.texts
            found = self._one(clause[:-1] if stopped else clause)
            if found and stopped:
                found += "。" if any(letter > _WIDE for letter in found) else "."
            if found is None:
                return None
            between = border[0] if border else ""
            if any(letter > _WIDE for letter in found):
                between = between.replace("; ", "；").strip()
            shown += found + between
            place = border.end() if border else len(text)
        return shown

    def _figures(self, text: str, sure: bool = False) -> str:
        """`text` with numbers as the language writes them, where it is nothing but numbers."""
        if not sure and not only_figures(text):
            return text
        return localised(text, self.decimal, self.group)


def read_catalogue(code: str) -> Catalogue:
    """The catalogue of a language, also of one of :data:`.pseudo_language.PSEUDO`.

    Raises
    ------
    KeyError
        If there is none.
    """
    if code == ENGLISH:
        return Catalogue()
    if code in PSEUDO:
        real = [read_catalogue(one) for one in codes() if one != ENGLISH]
        texts = pseudo_texts(code, [dict(one.texts) for one in real])
        return Catalogue(code, True, texts, short={"Undo": "↶", "Redo": "↷"})
    if code not in codes():
        raise KeyError(code)
    held = json.loads(resource_path("languages", f"{code}.json").read_text(encoding="utf-8"))
    locale = number_locale(code)
    return Catalogue(
        code,
        held["complete"],
        held["texts"],
        held["keys"],
        held["short"],
        locale.decimalPoint(),
        locale.groupSeparator(),
    )


@cache
def codes() -> tuple[str, ...]:
    """Codes of all languages, English first."""
    found = sorted(path.stem for path in resource_path("languages").glob("*.json"))
    return (ENGLISH, *found)


def chosen_code(choice: str, system: str) -> str:
    """Which language a choice means.

    Parameters
    ----------
    choice : str
        A code, or :data:`SYSTEM`; one that is not there (any longer) counts as that.
    system : str
        The system's language, as ``de_AT`` or ``zh_Hans_CN``.
    """
    if choice in codes():
        return choice
    language, *others = system.replace("-", "_").split("_")
    language, others = language.lower(), [part.lower() for part in others]
    for code in codes():
        first, *region = code.split("_")
        # Simplified and traditional characters are two languages to whoever reads them.
        fits = not region or (first == "zh" and not TRADITIONAL.intersection(others))
        if first == language and fits and read_catalogue(code).complete:
            return code
    return ENGLISH
