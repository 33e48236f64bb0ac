"""WebP: the file as it is, whose frames are counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO

from segviewer.imaging.reading.picture_parts.stream import MOST_FRAMES, PageError, Parts

_FIRST_CHUNK = 12
_MOST_CHUNKS = 8 * MOST_FRAMES  # other ones among the frames
_DURATION = slice(20, 23)  # of a frame's chunk, in milliseconds


def begins(start: bytes) -> bool:
    """Whether a file that starts so is a WebP."""
    return start[:4] == b"RIFF" and start[8:12] == b"WEBP"


def parts(file: IO[bytes], size: int, check: Callable[[], None], page: int = 0) -> Parts:
    """All of it: its decoder finds what it wants.

    Parameters
    ----------
    file : binary file
    size : int
        Its bytes.
    check : callable
        Called now and then; what it raises ends the search.
    page : int
        Frame, counted from 0.

    Raises
    ------
    PageError
        If there are fewer.
    """
    at, frames, seconds = _FIRST_CHUNK, 0, 0.0
    for _ in range(_MOST_CHUNKS):
        check()
        file.seek(at)
        head = file.read(24)
        if len(head) < 8 or frames > MOST_FRAMES:
            break
        if head[:4] == b"ANMF":
            seconds = seconds or int.from_bytes(head[_DURATION], "little") / 1000
            frames += 1
        length = int.from_bytes(head[4:8], "little")
        at += 8 + length + length % 2
    shown = max(1, min(frames, MOST_FRAMES))
    if page >= shown:
        raise PageError(page, shown)
    return Parts([(0, size)], shown, frames > MOST_FRAMES, page, seconds=seconds)
