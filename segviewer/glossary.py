"""The words of the lecture: what each means, its symbol and formula, and where to see it.

The words stand in ``resources/glossary.toml``. They are read when the first one is asked for,
so that a start without a question pays nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

from segviewer.resource_files import resource_path

_SYMBOL = re.compile(r"θ1|θ2|σα|σβ|σγ|(?<![^\W\d_])r(?!\w)")
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True)
class Term:
    """One entry of the glossary.

    Attributes
    ----------
    id : str
        What other entries and :func:`term_of` name it by.
    term, symbol, unit : str
        The word; the papers' symbol and the unit where it has them.
    formula : str
        Rich text, symbols plain; empty where nothing can be written down.
    text : str
        One or two sentences, rich text.
    papers : tuple of str
        Full names, with the section, equation or figure.
    see : tuple of str
        Ids of related terms.
    lab : str
        Name in ``segviewer.labs.LABS`` of the lab that shows it, or empty.
    settings : tuple of str
        Controls that mean it: ``name``, or ``name:`` with the symbol or label that must agree.
    """

    id: str
    term: str
    text: str
    papers: tuple[str, ...]
    lab: str = ""
    symbol: str = ""
    unit: str = ""
    formula: str = ""
    see: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()

    def matches(self, wanted: str) -> bool:
        """Whether each word of `wanted` is part of the term or its symbol, or starts another."""
        head, words = _searched(self)
        return all(
            wanted in head or any(word.startswith(wanted) for word in words)
            for wanted in plain(wanted).replace("_", " ").split()
        )


@cache
def glossary() -> Mapping[str, Term]:
    """All terms by id, in the order of the lecture."""
    import tomllib  # a few milliseconds that the window's start is spared

    data = tomllib.loads(resource_path("glossary.toml").read_text("utf-8"))
    papers = data["papers"]
    terms = {}
    for entry in data["term"]:
        names = tuple(_paper(papers, paper) for paper in entry.pop("papers"))
        lists: dict[str, Any] = {key: tuple(entry.pop(key, ())) for key in ("see", "settings")}
        terms[entry["id"]] = Term(**entry, **lists, papers=names)
    return MappingProxyType(terms)


def term_of(name: str, symbol: str = "", label: str = "") -> Term | None:
    """The term that a control stands for.

    Parameters
    ----------
    name, symbol, label : str
        Of the control (:class:`segviewer.settings.Control`).

    Returns
    -------
    Term or None
        None where the glossary has nothing to say about it.
    """
    by_setting = _by_setting()
    keys = (f"{name}:{symbol}", f"{name}:{label}", name)
    return next((by_setting[key] for key in keys if key in by_setting), None)


def coloured(formula: str, colour_of: Mapping[str, str]) -> str:
    """`formula` with the papers' symbols set in their colours.

    Parameters
    ----------
    formula : str
        Rich text of a :class:`Term`.
    colour_of : mapping of str to str
        ``#rrggbb`` by symbol; one that is left out keeps the text's colour.
    """

    def dress(found: re.Match[str]) -> str:
        symbol = found[0]
        head, index = symbol[0], symbol[1:]
        text = f"{head}<sub>{index}</sub>" if index else f"<i>{head}</i>"
        colour = colour_of.get(symbol)
        return f'<span style="color:{colour}">{text}</span>' if colour else text

    # Tags hold an r of their own; only what is between them is looked at.
    parts = re.split(r"(<[^>]*>)", formula)
    return "".join(part if part.startswith("<") else _SYMBOL.sub(dress, part) for part in parts)


def plain(text: str) -> str:
    """`text` without tags and case, and with subscripts as plain letters, for searching."""
    return _TAG.sub("", text).translate(_SUBSCRIPTS).casefold()


def _spelled(symbol: str) -> str:
    """A symbol as it is typed: ``sigma alpha`` for ``σα``."""
    return "".join(
        f" {unicodedata.name(letter).split()[-1]} " for letter in symbol if "α" <= letter <= "ω"
    )


_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉ₑᵢᵤₚ", "0123456789eiup")


def _paper(papers: Mapping[str, str], reference: str) -> str:
    key, _, place = reference.partition("|")
    return f"{papers[key]}, {place}" if place else papers[key]


@cache
def _by_setting() -> dict[str, Term]:
    return {setting: term for term in glossary().values() for setting in term.settings}


@cache
def _searched(term: Term) -> tuple[str, frozenset[str]]:
    """What a search looks into: the term with its symbol, and all words of the entry."""
    head = plain(f"{term.term} {term.symbol} {_spelled(term.symbol)}")
    rest = plain(" ".join((term.text, *term.papers, *term.settings)))
    return head, frozenset(re.findall(r"[^\W_]+", f"{head} {rest}"))
