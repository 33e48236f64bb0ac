"""GIF: the screen, the first picture, and what says which of its colours is transparent."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import IO

from segviewer.imaging.reading.picture_parts.stream import MOST_FRAMES, Parts, Piece

_MOST_BLOCKS = 200_000  # looked at, a fifth of a second
_LOOK_BYTES = 4096
_BEGINS = re.compile(rb"[!,;]")
_CONTROL = b"!\xf9\x04"


def begins(start: bytes) -> bool:
    """Whether a file that starts so is a GIF."""
    return start[:6] in (b"GIF87a", b"GIF89a")


def parts(file: IO[bytes], size: int, check: Callable[[], None]) -> Parts:
    """The first picture; comments and the like before it are left out, frames are counted.

    Parameters
    ----------
    file : binary file
    size : int
        Its bytes.
    check : callable
        Called now and then; what it raises ends the search.
    """
    file.seek(0)
    head = file.read(13)
    if len(head) < 13:
        return Parts([(0, size)])
    start = 13 + _colours(head[10])
    pieces: list[Piece] = [(0, min(start, size))]
    blocks, frames, control, whole = [0], 0, None, True
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
            if not frames and file.read(3) == _CONTROL:
                control = (at, 8)
            file.seek(at + 2)
            whole = _skip(file, blocks)
        else:
            frames += 1
            if frames == 1:
                pieces += [] if control is None else [control]
                # To the end: Pillow stops where the picture does.
                pieces.append((at, size - at))
            descriptor = file.read(9)
            if len(descriptor) < 9:
                break
            file.seek(_colours(descriptor[8]) + 1, 1)
            whole = _skip(file, blocks)
        # Before the first picture all has to be passed over, whatever it takes.
        if not whole or blocks[0] > _MOST_BLOCKS and frames:
            break
    more = frames > MOST_FRAMES or frames > 1 and blocks[0] > _MOST_BLOCKS
    return Parts(pieces, max(1, min(frames, MOST_FRAMES)), more)


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
