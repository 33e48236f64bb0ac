"""What a value in a person's file (JSON, TOML) may be before anything is made of it.

pydantic checks types and ranges, but its messages show the value, and showing an integer of
10,000 digits, a list in a list in a list, or half a character fails in itself.
"""

from __future__ import annotations

from typing import Any

DEEPEST = 32
"""Tables in tables; a session has four."""

_MOST_INTEGER = 2**63
_LONGEST_NAME = 200  # it would stand in a message


def first_fault(value: Any) -> tuple[tuple[str | int, ...], str] | None:
    """Where a parsed file holds what no file of this program holds, and what it is.

    Returns
    -------
    place : tuple
        Keys, and numbers from 0 in lists.
    why : str
        A sentence.
    """
    # A stack and not recursion: depth is what is being checked.
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), value)]
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, bool):
            continue
        if isinstance(value, int) and not -_MOST_INTEGER <= value < _MOST_INTEGER:
            return place, "A whole number is far too large (it has to fit into 64 bits)."
        if isinstance(value, str) and not _is_text(value):
            return place, "A text holds half a character (a lone surrogate)."
        if isinstance(value, dict):
            names = [key for key in value if isinstance(key, str)]
            if not all(map(_is_text, names)):
                return place, "A name holds half a character (a lone surrogate)."
            if any(len(name) > _LONGEST_NAME for name in names):
                return place, f"A name is longer than {_LONGEST_NAME} characters."
            inside = list(value.items())
        elif isinstance(value, list | tuple):
            inside = list(enumerate(value))
        else:
            continue
        if len(place) >= DEEPEST and inside:
            return place, f"Tables and lists lie more than {DEEPEST} deep in each other."
        # The last is taken first.
        waiting += [((*place, key), item) for key, item in reversed(inside)]
    return None


def _is_text(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
