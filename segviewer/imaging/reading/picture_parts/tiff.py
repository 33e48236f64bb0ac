"""TIFF: the first page, and of its tags those that say how its pixels lie."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, Literal

from segviewer.imaging.reading.picture_parts.stream import MOST_FRAMES, Parts

# What Pillow and libtiff need for the pixels, the orientation (274), and which value means that
# nothing was measured (42113).
_KEPT_TEXT = (
    "254 255 256 257 258 259 262 266 273 274 277 278 279 280 281 284 292 293 301 317 320 "
    "322 323 324 325 332 334 338 339 340 341 347 512 513 514 515 517 518 519 520 521 529 "
    "530 531 532 42113"
)
_KEPT = frozenset(int(tag) for tag in _KEPT_TEXT.split())
_TYPE_BYTES = {
    1: 1,
    2: 1,
    3: 2,
    4: 4,
    5: 8,
    6: 1,
    7: 1,
    8: 2,
    9: 4,
    10: 8,
    11: 4,
    12: 8,
    13: 4,
    16: 8,
    17: 8,
    18: 8,
}
# Strips or tiles: a picture of 179 million pixels in tiles of 16×16 has 700,000.
_MOST_VALUES = 1_000_000
_NODATA = 42113
_MOST_LETTERS = 64
_WIDTH, _HEIGHT, _TILE_WIDTH, _TILE_HEIGHT = 256, 257, 322, 323
_MOST_TILE_PIXELS = 50_000_000


def begins(start: bytes) -> bool:
    """Whether a file that starts so is a TIFF."""
    return start[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def parts(file: IO[bytes], size: int, check: Callable[[], None]) -> Parts:
    """The file, with a list of tags in place of the first page's that holds less.

    Offsets stay what they are. Pages are counted, but not read.

    Parameters
    ----------
    file : binary file
    size : int
        Its bytes.
    check : callable
        Called now and then; what it raises ends the search.

    Raises
    ------
    ValueError
        If there is no list of tags, or a tag holds far more than any picture needs.
    """
    file.seek(0)
    start = file.read(16)
    order: Literal["little", "big"] = "little" if start[:2] == b"II" else "big"
    big = start[2:4] in (b"+\0", b"\0+")
    # Widths in bytes: of the count of tags, of an offset, of an entry.
    wide, offset_wide, entry_wide = (8, 8, 20) if big else (2, 4, 12)
    at = int.from_bytes(start[8:16] if big else start[4:8], order)
    first = at
    file.seek(first)
    count = int.from_bytes(file.read(wide), order)
    if first < 8 or not 0 < count <= 0xFFFF or first + wide + count * entry_wide > size:
        raise ValueError("it has no list of tags")
    kept: dict[int, bytes] = {}
    for _ in range(count):
        entry = file.read(entry_wide)
        tag = int.from_bytes(entry[:2], order)
        if tag in _KEPT and tag not in kept:
            values = int.from_bytes(entry[4 : 4 + (8 if big else 4)], order)
            if tag == _NODATA and values > _MOST_LETTERS:
                continue
            if values > _MOST_VALUES:
                raise ValueError(f"tag {tag} has {values:,} values")
            kept[tag] = entry
    _check_tiles(kept, order, big)
    tags = len(kept).to_bytes(wide, order) + b"".join(kept.values()) + bytes(offset_wide)
    frames = 1
    seen = {first}
    while frames <= MOST_FRAMES:
        check()
        file.seek(at)
        entries = int.from_bytes(file.read(wide), order)
        file.seek(at + wide + entries * entry_wide)
        at = int.from_bytes(file.read(offset_wide), order)
        if not at or at in seen or at + wide > size:
            break
        seen.add(at)
        frames += 1
    behind = first + len(tags)
    pieces: list[bytes | tuple[int, int]]
    pieces = [(0, first), tags, (behind, max(0, size - behind))]
    return Parts(pieces, min(frames, MOST_FRAMES), frames > MOST_FRAMES)


def _check_tiles(kept: dict[int, bytes], order: Literal["little", "big"], big: bool) -> None:
    """Refuse tiles that are far larger than the picture: one is decoded as a whole."""

    def value(tag: int) -> int:
        entry = kept.get(tag)
        if entry is None:
            return 0
        place = 12 if big else 8
        wide = _TYPE_BYTES.get(int.from_bytes(entry[2:4], order), 4)
        return int.from_bytes(entry[place : place + min(wide, len(entry) - place)], order)

    tile = value(_TILE_WIDTH) * value(_TILE_HEIGHT)
    if tile > max(_MOST_TILE_PIXELS, 4 * value(_WIDTH) * value(_HEIGHT)):
        raise ValueError(f"one of its tiles would have {tile / 1e6:,.0f} megapixels")
