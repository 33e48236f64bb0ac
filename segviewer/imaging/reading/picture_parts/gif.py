"""GIF: the screen, the frames to the one that is meant, and what says how each is laid down."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import IO

from segviewer.imaging.reading.picture_parts.stream import MOST_FRAMES, PageError, Parts, Piece

_MOST_BLOCKS = 200_000  # looked at, a fifth of a second
_LOOK_BYTES = 4096
_BEGINS = re.compile(rb"[!,;]")
_CONTROL = b"!\xf9\x04"


def begins(start: bytes) -> bool:
    """Whether a file that starts so is a GIF."""
    return start[:6] in (b"GIF87a", b"GIF89a")


def parts(file: IO[bytes], size: int, check: Callable[[], None], page: int = 0) -> Parts:
    """Frames up to `page`; comments and the like between them are left out, all are counted.

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
    file.seek(0)
    head = file.read(13)
    if len(head) < 13:
        return Parts([(0, size)])
    start = 13 + _colours(head[10])
    pieces: list[Piece] = [(0, min(start, size))]
    blocks, frames, whole = [0], 0, True
    control: Piece | None = None
    seconds = 0.0
    file.seek(start)
    while frames < MOST_FRAMES + 1:
        blocks[0] += 1
        if blocks[0] % 4096 == 0:
            check()
        at = _next_block(file)
        if at is None:
            break
        file.seek(at)
        kind = file.read(1)
        if kind == b"!":
            file.seek(at)
            if frames <= page and file.read(3) == _CONTROL:
                control = (at, 8)
                if not frames:
                    seconds = int.from_bytes(file.read(4)[1:3], "little") / 100
            file.seek(at + 2)
            whole = _skip(file, blocks)
        else:
            if frames <= page:
                pieces += [] if control is None else [control]
                control = None
            descriptor = file.read(9)
            if len(descriptor) < 9:
                pieces += [(at, size - at)] if frames <= page else []
                break
            file.seek(_colours(descriptor[8]) + 1, 1)
            whole = _skip(file, blocks)
            if frames <= page:
                # The last one to the end: Pillow stops where the picture does.
                pieces.append((at, (size if frames == page else file.tell()) - at))
            frames += 1
        # Before the first picture all has to be passed over, whatever it takes.
        if not whole or blocks[0] > _MOST_BLOCKS and frames:
            break
    more = frames > MOST_FRAMES or frames > 1 and blocks[0] > _MOST_BLOCKS
    shown = max(1, min(frames, MOST_FRAMES))
    if page >= shown:
        raise PageError(page, shown)
    return Parts(pieces, shown, more, page, seconds=seconds)


def _next_block(file: IO[bytes]) -> int | None:
    """Where the next picture or extension begins, whatever lies before it."""
    at = file.tell()
    while block := file.read(_LOOK_BYTES):
        found = _BEGINS.search(block)
        if found is not None:
            return None if found[0] == b";" else at + found.start()
        at += len(block)
    return None


def _colours(flags: int) -> int:
    """Bytes of a colour table."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _skip(file: IO[bytes], blocks: list[int]) -> bool:
    """Go behind the blocks that follow; False at the end of the file."""
    while length := file.read(1):
        if not length[0]:
            return True
        file.seek(length[0], 1)
        blocks[0] += 1
    return False
