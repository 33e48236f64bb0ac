"""Keys renamed by a table of patterns: what most families need."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

Replacement = str | Callable[[re.Match[str]], str]
Rule = tuple[str, Replacement]
IGNORED = ""
"""Replacement for keys that are known and not wanted."""


def renaming(*rules: Rule) -> Callable[[str], str]:
    """A `Family.rename` by the first rule whose pattern matches the beginning of a key.

    Parameters
    ----------
    *rules : (pattern, replacement)
        Regular expression, and what takes the place of what it matched: a template as of
        ``re.Match.expand``, a function of the match, or `IGNORED`.

    Returns
    -------
    callable
        Keys that no rule matches stay as they are.
    """

    @cache  # patterns are compiled when a first file is looked at, not when the list is made
    def compiled() -> tuple[tuple[re.Pattern[str], Replacement], ...]:
        return tuple((re.compile(pattern), replacement) for pattern, replacement in rules)

    def rename(key: str) -> str:
        for pattern, replacement in compiled():
            found = pattern.match(key)
            if found is None:
                continue
            if replacement == IGNORED:
                return ""
            new = replacement(found) if callable(replacement) else found.expand(replacement)
            return new + key[found.end() :]
        return key

    return rename
