"""TIFF: one page, and of its tags those that say how its pixels lie."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, Literal

from segviewer.imaging.reading.picture_parts.stream import MOST_FRAMES, PageError, Parts

# What Pillow and libtiff need for the pixels, the orientation (274), and which value means that
# nothing was measured (42113).
_KEPT_TEXT = (
    "254 255 256 257 258 259 262 266 273 274 277 278 279 280 281 284 292 293 301 317 320 "
    "322 323 324 325 332 334 338 339 340 341 347 512 513 514 515 517 518 519 520 521 529 "
    "530 531 532 33550 33922 34264 34735 34736 34737 42113"
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
_SUBFILE, _SMALLER_OR_MASK = 254, 1 | 4
_MOST_LISTS = 8 * MOST_FRAMES  # smaller copies and masks among them
_MOST_LETTERS = 64
_WIDTH, _HEIGHT, _TILE_WIDTH, _TILE_HEIGHT = 256, 257, 322, 323
_MOST_TILE_PIXELS = 50_000_000
_FEWEST_SLICES = 16  # fewer pages may be anything
_OF_SLICES = (_WIDTH, _HEIGHT, 258, 262, 277)
_FEW_TAGS = 100
_SUB_LISTS = 330
_MOST_COPIES = 32


def begins(start: bytes) -> bool:
    """Whether a file that starts so is a TIFF."""
    return start[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def parts(
    file: IO[bytes],
    size: int,
    check: Callable[[], None],
    page: int | None = None,
    smaller: int | None = None,
) -> Parts:
    """The file, with a list of tags in place of one page's that holds less.

    Offsets stay what they are. Pages are counted, but not read; smaller copies of a page and its
    masks are none.

    Parameters
    ----------
    file : binary file
    size : int
        Its bytes.
    check : callable
        Called now and then; what it raises ends the search.
    page : int or None
        Counted from 0; None for the middle one of many grey ones, which are slices, else the
        first.
    smaller : int or None
        Of the page's smaller copies (:func:`smaller_copies`) which one, in its place.

    Raises
    ------
    ValueError
        If there is no list of tags, or a tag holds far more than any picture needs.
    PageError
        If there are fewer pages.
    """
    file.seek(0)
    start = file.read(16)
    order: Literal["little", "big"] = "little" if start[:2] == b"II" else "big"
    big = start[2:4] in (b"+\0", b"\0+")
    # Widths in bytes: of the count of tags, of an offset, of an entry.
    wide, offset_wide, entry_wide = (8, 8, 20) if big else (2, 4, 12)
    begin = 16 if big else 8
    pages, more = _pages(file, size, check, order, big)
    count_of_pages = min(len(pages), MOST_FRAMES)
    in_middle = False
    if page is None:
        in_middle = (
            not more and count_of_pages >= _FEWEST_SLICES and _are_slices(file, pages, order, big)
        )
        page = count_of_pages // 2 if in_middle else 0
    if page >= len(pages):
        raise PageError(page, len(pages))
    at = pages[page]
    if smaller is not None:
        at = _smaller_copies(file, size, order, big, at, pages)[smaller]
    file.seek(at)
    count = int.from_bytes(file.read(wide), order)
    if not 0 < count <= 0xFFFF or at + wide + count * entry_wide > size:
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
    behind = at + len(tags)
    head = start[: begin - offset_wide] + at.to_bytes(offset_wide, order)
    pieces: list[bytes | tuple[int, int]]
    pieces = [head, (begin, at - begin), tags, (behind, max(0, size - behind))]
    return Parts(pieces, count_of_pages, more, page, in_middle)


def _pages(
    file: IO[bytes],
    size: int,
    check: Callable[[], None],
    order: Literal["little", "big"],
    big: bool,
) -> tuple[list[int], bool]:
    """Where each page's list of tags begins, and whether there are more than were counted."""
    wide, offset_wide, entry_wide = (8, 8, 20) if big else (2, 4, 12)
    file.seek(8 if big else 4)
    at = int.from_bytes(file.read(offset_wide), order)
    if not (16 if big else 8) <= at < size:
        raise ValueError("it has no list of tags")
    pages, seen = [at], {at}
    while len(pages) <= MOST_FRAMES:
        check()
        file.seek(at)
        entries = int.from_bytes(file.read(wide), order)
        file.seek(at + wide + entries * entry_wide)
        at = int.from_bytes(file.read(offset_wide), order)
        if not at or at in seen or at + wide > size or len(seen) > _MOST_LISTS:
            return pages, False
        seen.add(at)
        file.seek(at + wide)
        first = file.read(entry_wide)  # tags stand in order, and this one comes first
        kind = int.from_bytes(first[12 if big else 8 :][:4], order)
        if order == "big" and int.from_bytes(first[2:4], order) == 3:
            kind >>= 16  # two bytes, at the front of four
        if int.from_bytes(first[:2], order) == _SUBFILE and kind & _SMALLER_OR_MASK:
            continue
        pages.append(at)
    return pages[:MOST_FRAMES], True


def smaller_copies(
    file: IO[bytes], size: int, check: Callable[[], None], page: int | None = None
) -> list[tuple[int, int]]:
    """Width and height of each smaller copy of a page that the file has, as it orders them.

    Parameters
    ----------
    file, size, check, page
        As of :func:`parts`.
    """
    file.seek(0)
    start = file.read(16)
    order: Literal["little", "big"] = "little" if start[:2] == b"II" else "big"
    big = start[2:4] in (b"+\0", b"\0+")
    pages, _ = _pages(file, size, check, order, big)
    at = pages[min(page or 0, len(pages) - 1)]
    found = []
    for copy in _smaller_copies(file, size, order, big, at, pages):
        tags = _tags(file, copy, order, big)
        found.append((_value(tags, _WIDTH, order, big), _value(tags, _HEIGHT, order, big)))
    return found


def _smaller_copies(
    file: IO[bytes],
    size: int,
    order: Literal["little", "big"],
    big: bool,
    at: int,
    pages: list[int],
) -> list[int]:
    """Where the lists of tags of a page's smaller copies begin: behind it, or named by it."""
    wide, offset_wide, entry_wide = (8, 8, 20) if big else (2, 4, 12)
    found = []
    entry = _tags(file, at, order, big).get(_SUB_LISTS)
    if entry is not None:
        each = _TYPE_BYTES.get(int.from_bytes(entry[2:4], order), 4)
        count = min(int.from_bytes(entry[4 : 4 + offset_wide], order), _MOST_COPIES)
        place = entry[4 + offset_wide :]
        if count * each > offset_wide:
            file.seek(int.from_bytes(place, order))
            place = file.read(count * each)
        found += [int.from_bytes(place[i * each : (i + 1) * each], order) for i in range(count)]
    others = set(pages)
    for _ in range(_MOST_COPIES):
        file.seek(at)
        entries = int.from_bytes(file.read(wide), order)
        file.seek(at + wide + entries * entry_wide)
        at = int.from_bytes(file.read(offset_wide), order)
        if not at or at in others or at + wide > size:
            break
        others.add(at)
        found.append(at)
    kept = []
    for one in found[:_MOST_COPIES]:
        if 0 < one < size and _value(_tags(file, one, order, big), _SUBFILE, order, big) == 1:
            kept.append(one)
    return kept


def _tags(file: IO[bytes], at: int, order: Literal["little", "big"], big: bool) -> dict[int, bytes]:
    """The first entries of the list of tags at a place."""
    wide, entry_wide = (8, 20) if big else (2, 12)
    file.seek(at)
    count = min(int.from_bytes(file.read(wide), order), _FEW_TAGS)
    entries = [file.read(entry_wide) for _ in range(count)]
    return {int.from_bytes(entry[:2], order): entry for entry in reversed(entries)}


def _are_slices(
    file: IO[bytes], pages: list[int], order: Literal["little", "big"], big: bool
) -> bool:
    """Whether the first page and the middle one are grey, of one size, and of more than a bit."""
    found = []
    for at in (pages[0], pages[len(pages) // 2]):
        kept = _tags(file, at, order, big)
        found.append([_value(kept, tag, order, big) for tag in _OF_SLICES])
    width, height, bits, colours, samples = found[0]
    grey = colours in (0, 1) and samples <= 1 and bits >= 8
    return grey and width > 0 and height > 0 and found[0] == found[1]


def _value(kept: dict[int, bytes], tag: int, order: Literal["little", "big"], big: bool) -> int:
    """The first number of a tag, where it stands in the list itself; 0 without one."""
    entry = kept.get(tag)
    if entry is None:
        return 0
    place = 12 if big else 8
    wide = _TYPE_BYTES.get(int.from_bytes(entry[2:4], order), 4)
    return int.from_bytes(entry[place : place + min(wide, len(entry) - place)], order)


def _check_tiles(kept: dict[int, bytes], order: Literal["little", "big"], big: bool) -> None:
    """Refuse tiles that are far larger than the picture: one is decoded as a whole."""

    def value(tag: int) -> int:
        return _value(kept, tag, order, big)

    tile = value(_TILE_WIDTH) * value(_TILE_HEIGHT)
    if tile > max(_MOST_TILE_PIXELS, 4 * value(_WIDTH) * value(_HEIGHT)):
        raise ValueError(f"one of its tiles would have {tile / 1e6:,.0f} megapixels")
