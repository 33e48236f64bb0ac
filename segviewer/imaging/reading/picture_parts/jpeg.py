"""JPEG: tables, sizes and scans, and the segments that say turn and colours."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import IO

from segviewer.imaging.reading.picture_parts.stream import Parts, Piece

# Of the filling that may stand before it, the last byte is taken.
_MARKER = re.compile(rb"\xff[\x01-\xfe]")
_BLOCK = 1 << 16
_MOST_SEGMENTS = 2000  # of tables; an encoder writes about ten
_ALONE = {0x01, *range(0xD0, 0xD9)}
_SCAN, _END = 0xDA, 0xD9
# Of these the first counts: JFIF, EXIF, and Adobe's word on the colours.
_FIRST = {0xE0: b"JFIF\0", 0xE1: b"Exif\0\0", 0xEE: b"Adobe"}
_TABLES = {0xDB, 0xC4, 0xCC, 0xDC, 0xDD, *range(0xC0, 0xD0)} - {0xC8}


def begins(start: bytes) -> bool:
    """Whether a file that starts so is a JPEG."""
    return start.startswith(b"\xff\xd8\xff")


def parts(file: IO[bytes], size: int, check: Callable[[], None]) -> Parts:
    """Everything but comments and what other programs say in segments of their own.

    Parameters
    ----------
    file : binary file
    size : int
        Its bytes.
    check : callable
        Called now and then; what it raises ends the search.
    """
    pieces: list[Piece] = [b"\xff\xd8"]
    seen: set[int] = set()
    at = 2
    while (found := _next_marker(file, at, check)) is not None:
        marker, at = found
        if marker in _ALONE:
            continue
        if marker == _SCAN:
            start = sum(len(p) if isinstance(p, bytes) else p[1] for p in pieces)
            pieces.append((at - 2, size - at + 2))
            return Parts(pieces, 1, scans_from=start + 2)
        if marker == _END:
            break
        file.seek(at)
        length = int.from_bytes(file.read(2), "big")
        name = _FIRST.get(marker)
        named = name is not None and marker not in seen and file.read(len(name)) == name
        if named or marker in _TABLES:
            seen.add(marker)
            pieces.append((at - 2, min(2 + length, size - at + 2)))
            if len(pieces) > _MOST_SEGMENTS:
                raise ValueError(f"more than {_MOST_SEGMENTS} tables stand before the picture")
        at += max(length, 2)
    return Parts(pieces, 1)


def _next_marker(file: IO[bytes], at: int, check: Callable[[], None]) -> tuple[int, int] | None:
    """(marker, place behind it) from `at` on, whatever lies between."""
    while True:
        check()
        file.seek(at)
        # Mostly it is the next two bytes.
        block = file.read(2)
        found = _MARKER.match(block)
        if found is None:
            block += file.read(_BLOCK)
            found = _MARKER.search(block)
        if found is not None:
            return block[found.end() - 1], at + found.end()
        if len(block) < _BLOCK:
            return None
        at += len(block) - 1
