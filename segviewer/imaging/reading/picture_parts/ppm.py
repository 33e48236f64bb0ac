"""PPM and its kin: a header in words, which may hold any amount of comment."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import IO

from segviewer.imaging.reading.picture_parts.stream import Parts

_BLOCK = 1 << 20
_MAGIC = re.compile(rb"P(?:[0-6f]|y)\w{0,5}(?=[\s#])")
_WORD = re.compile(rb"[^\s#]{1,40}")
_SPACE = re.compile(rb"\s+")


def begins(start: bytes) -> bool:
    """Whether a file that starts so is a PPM, PGM, PBM or PFM."""
    return _MAGIC.match(start) is not None


def parts(file: IO[bytes], size: int, check: Callable[[], None]) -> Parts:
    """The header without comments, and the pixels.

    Parameters
    ----------
    file : binary file
    size : int
        Its bytes.
    check : callable
        Called now and then; what it raises ends the search.
    """
    file.seek(0)
    found = _MAGIC.match(file.read(16))
    magic = found[0] if found else b""
    words, at = [magic], len(magic)
    while len(words) < (3 if magic in (b"P1", b"P4") else 4):
        check()
        file.seek(at)
        block = file.read(_BLOCK)
        space, word = _SPACE.match(block), _WORD.match(block)
        if space is not None:
            at += space.end()
        elif block.startswith(b"#"):
            at = _behind_line(file, at, block, check)
        elif word is not None:
            words.append(word[0])
            at += word.end()
        else:
            raise ValueError("its header ends early")
    # One white space ends the header.
    at += 1
    return Parts([b" ".join(words) + b"\n", (min(at, size), max(0, size - at))], 1)


def _behind_line(file: IO[bytes], at: int, block: bytes, check: Callable[[], None]) -> int:
    while block:
        ends = [place for place in (block.find(b"\n"), block.find(b"\r")) if place >= 0]
        if ends:
            return at + min(ends) + 1
        check()
        at += len(block)
        file.seek(at)
        block = file.read(_BLOCK)
    return at
