"""A file of which only parts are there, read under somebody's eyes."""

from __future__ import annotations

import io
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

Piece = bytes | tuple[int, int]
"""Bytes of its own, or (offset, length) in the file."""

_SCAN = b"\xff\xda"
MOST_FRAMES = 1000
"""Frames and pages are counted this far: to show the first, nobody has to know more."""


class PageError(Exception):
    """A page that a file does not have.

    Attributes
    ----------
    page : int
        The one asked for, counted from 0.
    pages : int
        How many there are.
    """

    def __init__(self, page: int, pages: int):
        super().__init__(f"page {page + 1} of {pages}")
        self.page, self.pages = page, pages


@dataclass
class Parts:
    """What Pillow gets of a file.

    Attributes
    ----------
    pieces : list of bytes or (int, int)
        One after the other.
    frames : int or None
        Frames or pages, at least; None where Pillow says it without a search.
    more_frames : bool
        Whether counting stopped before the end.
    page : int
        The one that these are the parts of, counted from 0; of an animation, and those before it.
    in_middle : bool
        Whether that is the middle one, and nobody has chosen.
    seconds : float
        How long the first frame of an animation is shown; 0 where that is not said.
    scans_from : int or None
        Place in the pieces behind which one read ends before the next scan of a JPEG.
    """

    pieces: list[Piece]
    frames: int | None = None
    more_frames: bool = False
    page: int = 0
    in_middle: bool = False
    seconds: float = 0.0
    scans_from: int | None = None


class PictureStream(io.RawIOBase):
    """The pieces as one file.

    It has no ``fileno``, and that is meant: Pillow would map the file into memory, where a file
    that another program shortens meanwhile ends the process, or hand it to a decoder that reads
    past the parts.

    Parameters
    ----------
    file : binary file
        Closed by whoever opened it.
    parts : Parts
    check : callable
        Called at every read; what it raises comes through Pillow.
    progressed : callable
        Called with how much of the pieces was read, 0 to 1.
    """

    def __init__(
        self,
        file: IO[bytes],
        parts: Parts,
        check: Callable[[], None],
        progressed: Callable[[float], None],
    ):
        super().__init__()
        self._file = file
        self._pieces = [piece for piece in parts.pieces if _length(piece)]
        self._starts = [0]
        for piece in self._pieces:
            self._starts.append(self._starts[-1] + _length(piece))
        self._size = self._starts.pop()
        self._scans_from = parts.scans_from
        self._check, self._progressed = check, progressed
        self._at = self._furthest = 0

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """Reading may start anywhere."""
        return True

    def tell(self) -> int:
        """Place of the next byte."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place; negative ones are refused as by any file."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError(f"negative seek position {base + offset}")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill `buffer`, or as much of it as reaches to the next scan or the end."""
        buffer = memoryview(buffer).cast("B")
        self._check()
        filled = 0
        while filled < len(buffer) and self._at < self._size:
            data = self._next(len(buffer) - filled)
            if not data:
                break  # the file is shorter than it was
            buffer[filled : filled + len(data)] = data
            filled += len(data)
            self._at += len(data)
            if self._stops():
                break
        if self._at > self._furthest:
            # Formats are distinguished by looking at the beginning again and again.
            self._furthest = self._at
            self._progressed(self._at / self._size)
        return filled

    def _next(self, most: int) -> bytes:
        number = bisect_right(self._starts, self._at) - 1
        piece, inside = self._pieces[number], self._at - self._starts[number]
        most = min(most, _length(piece) - inside)
        if isinstance(piece, bytes):
            return piece[inside : inside + most]
        self._file.seek(piece[0] + inside)
        data = self._file.read(most)
        if self._stops():
            scan = data.find(_SCAN, 1)
            data = data if scan < 0 else data[:scan]
        return data

    def _stops(self) -> bool:
        """Whether a read ends before the next scan.

        libjpeg works through all it gets in one call, which nobody can stop, and a few bytes of
        a scan can cost as much as a whole picture.
        """
        return self._scans_from is not None and self._at >= self._scans_from


def _length(piece: Piece) -> int:
    return len(piece) if isinstance(piece, bytes) else piece[1]
