"""PNG: chunks of the pixels, the palette, transparency, and the orientation."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import IO

from segviewer.imaging.reading.picture_parts.stream import MOST_FRAMES, PageError, Parts, Piece

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MOST_EXIF_BYTES = 1 << 20
# Those of a palette and of its transparency; what is larger is neither.
_MOST_SMALL_BYTES = 1024
_MOST_CHUNKS_BEHIND = 100_000  # behind the pixels, where only an orientation is looked for
_CHECK_EVERY = 4096
_CONTROL_BYTES = 26


def begins(start: bytes) -> bool:
    """Whether a file that starts so is a PNG."""
    return start.startswith(_SIGNATURE)


def parts(file: IO[bytes], size: int, check: Callable[[], None], page: int = 0) -> Parts:
    """Chunks that make the picture; EXIF data, wherever it stands, comes before the pixels.

    Texts, profiles, times and the frames of an animation behind the one that is meant are left
    out, and with them everything that is wrong in them.

    Parameters
    ----------
    file : binary file
    size : int
        Its bytes.
    check : callable
        Called now and then; what it raises ends the search.
    page : int
        Frame, counted from 0; those before it show through.

    Raises
    ------
    PageError
        If there are fewer.
    """
    pieces: list[tuple[int, int]] = [(0, len(_SIGNATURE))]
    exif: tuple[int, int] | None = None
    pixels: int | None = None  # number of the first piece with pixels
    frames, first_is_frame, header_seen = 0, False, False
    begun, seconds = 0, 0.0  # frames that began
    at, behind, count = len(_SIGNATURE), 0, 0
    while behind < _MOST_CHUNKS_BEHIND:
        count += 1
        if count % _CHECK_EVERY == 0:
            check()
        file.seek(at)
        head = file.read(8)
        length, kind = int.from_bytes(head[:4], "big"), head[4:]
        if len(head) < 8:
            break
        chunk = (at, min(12 + length, size - at))
        if kind == b"IDAT":
            if pixels is None:
                pixels = len(pieces)
                # Adjacent chunks are one piece, but nothing joins the pixels to what is before.
                pieces.append(chunk)
            else:
                _join(pieces, chunk)
            behind = 0
        elif kind == b"eXIf":
            if exif is None and _is_whole(file, length):
                exif = chunk
        elif kind == b"acTL" and length == 8 and not frames:
            frames = int.from_bytes(file.read(4), "big")
            if page:
                _join(pieces, chunk)
        elif kind == b"fcTL" and length == _CONTROL_BYTES:
            first_is_frame |= pixels is None
            seconds = seconds or _seconds(file.read(length))
            if page and begun <= page - (not first_is_frame):
                _join(pieces, chunk, pixels is None)
            begun += 1
        elif kind == b"fdAT" and page:
            if begun <= page + first_is_frame:
                _join(pieces, chunk)
            behind = 0
        elif _is_kept(kind, length) and not (kind == b"IHDR" and header_seen):
            header_seen |= kind == b"IHDR"
            if pixels is None or kind != b"PLTE":
                _join(pieces, chunk, pixels is None)
        if kind == b"IEND":
            break
        behind += pixels is not None and kind != b"IDAT"
        at += 12 + length
    whole: list[Piece] = list(pieces)
    if exif is not None:
        whole.insert(len(pieces) if pixels is None else pixels, exif)
    # A picture before the first frame is shown by programs that know of no animation.
    frames = max(1, frames if first_is_frame or not frames else frames + 1)
    shown = min(frames, MOST_FRAMES)
    if page >= shown:
        raise PageError(page, shown)
    return Parts(whole, shown, frames > MOST_FRAMES, page, seconds=seconds)


def _seconds(control: bytes) -> float:
    """How long a frame is shown, from the chunk that introduces it."""
    above, below = (int.from_bytes(control[at : at + 2], "big") for at in (20, 22))
    return above / (below or 100)


def _is_kept(kind: bytes, length: int) -> bool:
    # A capital letter: without this chunk the picture cannot be understood.
    return (kind == b"tRNS" or kind[:1].isupper()) and length <= _MOST_SMALL_BYTES


def _is_whole(file: IO[bytes], length: int) -> bool:
    if length > _MOST_EXIF_BYTES:
        return False
    body = file.read(length)
    return zlib.crc32(b"eXIf" + body) == int.from_bytes(file.read(4), "big")


def _join(pieces: list[tuple[int, int]], chunk: tuple[int, int], joins: bool = True) -> None:
    offset, length = pieces[-1]
    if joins and offset + length == chunk[0]:
        pieces[-1] = (offset, length + chunk[1])
    else:
        pieces.append(chunk)
