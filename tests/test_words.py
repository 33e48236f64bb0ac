"""One word, one thing: the words that this project does without, in code and in what is read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
INSTEAD = {
    "heat": "raster, score map or field",
    "hear": "receive",
    "tell": "send, notify, say",
    "feel": "is affected",
    "speak": "count, be about",
    "patient": "lesioned network",
    "cure": "remedy",
    "deck": "lecture slides",
    "foresaw": "unexpected error",
}
# Of each its forms, as words and as parts of names; `told_apart` and `_tell` too.
_FORMS = {
    "heat": r"heat(?:s|map|maps)?",
    "hear": r"hears?|heard|hearing",
    "tell": r"tells?|told|telling",
    "feel": r"feels?|felt",
    "speak": r"speaks?|spoke|spoken",
    "patient": r"patients?|healed",
    "cure": r"cures?|cured",
    "deck": r"decks?",
    "foresaw": r"foresaw",
}
FORBIDDEN = re.compile(
    "|".join(f"(?P<{word}>(?<![a-z])(?:{forms})(?![a-z]))" for word, forms in _FORMS.items()), re.I
)
# Python's and optuna's own names, an ImageNet class, and what old files hold.
ALLOWED = {
    "*": (".tell()", "def tell(", "study.tell"),
    "segviewer/session.py": ('("looked_at", "cures")', '("check", "deck")'),
    "resources/tables/imagenet_classes.txt": ("space heater",),
}
READ = ("segviewer", "resources")
SUFFIXES = {".py", ".toml", ".md", ".json", ".txt", ".html", ".qss"}


def files():
    found = [
        path
        for room in READ
        for path in sorted((ROOT / room).rglob("*"))
        if path.suffix in SUFFIXES and "__pycache__" not in path.parts
    ]
    assert len(found) > 600
    return [*found, *ROOT.glob("*.md")]


def found_in(text: str, allowed: tuple[str, ...] = ()) -> list[str]:
    """Each forbidden word with its line and what to say instead."""
    for own in allowed:
        text = text.replace(own, "")
    return [
        f"{text.count(chr(10), 0, match.start()) + 1}: “{match[0]}”, say "
        f"{INSTEAD[match.lastgroup or '']}"
        for match in FORBIDDEN.finditer(text)
    ]


def test_no_file_has_a_word_that_has_another():
    found = []
    for path in files():
        name = path.relative_to(ROOT).as_posix()
        allowed = (*ALLOWED["*"], *ALLOWED.get(name, ()))
        found += [f"{name}:{one}" for one in found_in(path.read_text("utf-8"), allowed)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    "text", ["a heat map", "heat_table", "_heat", "is Told what", "hears itself", "the deck's"]
)
def test_a_forbidden_word_is_found_also_in_a_name(text):
    assert len(found_in(text)) == 1


@pytest.mark.parametrize(
    "text", ["wheat, cheats, theatre", "satellite", "secure, obscured", "decker", "heather"]
)
def test_a_longer_word_is_another_word(text):
    assert found_in(text) == []


def test_what_is_allowed_is_there():
    for name, allowed in ALLOWED.items():
        if name != "*":
            text = (ROOT / name).read_text("utf-8")
            assert all(own in text for own in allowed), name
