"""A huge TIFF: a smaller picture of it, said to be one, and parts of it that are finer.

Where the file brings smaller copies of itself (a pyramid, GeoTIFF's overviews), the one that is
large enough is read; else the whole picture is gone through.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from segviewer.errors import PictureError
from segviewer.imaging.reading.faults import MAX_PIXELS, picture_faults
from segviewer.imaging.reading.formats import by_pillow, tiff
from segviewer.imaging.reading.header import LARGE_PIXELS, PictureHeader, nothing, time_limit
from segviewer.imaging.reading.picture_parts.tiff import smaller_copies
from segviewer.imaging.reading.picture_settings import PictureSettings
from segviewer.imaging.reading.stored import StoredPicture, of_values
from segviewer.imaging.reading.windows import WindowedPicture, windowed

OVERVIEW_PIXELS = 16_000_000
"""An overview has about so many pixels at most."""

_BLOCK = 4096  # pixels of the picture that are read at once, in each direction, or a strip
_LOOK_SECONDS = 5.0


MOST_READ = 36_000_000
"""Pixels of the file, or of its copy, that are gone through for a part of it."""

_BLOCK = 4096  # pixels of the picture that are read at once, in each direction, or a strip
_LOOK_SECONDS = 5.0

View = tuple[float, float, float, float]
"""Top, bottom, left and right of a part of a picture, 0 to 1."""


def takes(path: Path, settings: PictureSettings) -> bool:
    """Whether it is so large, and can be read window by window."""
    try:
        if not tiff.is_over(path, settings, LARGE_PIXELS):
            return False
        with windowed(path, settings, time_limit(path, _LOOK_SECONDS)):
            return True
    except PictureError:
        return False  # the usual way says what is wrong with it


def header(path: Path, settings: PictureSettings) -> PictureHeader:
    """Of the overview: its size, not that of the picture."""
    check = time_limit(path, _LOOK_SECONDS)
    with windowed(path, settings, check) as picture:
        whole = picture.size
    with windowed(path, settings, check, _own_copy(path, settings, check)) as picture:
        return _header(picture, whole)


def read(
    path: Path,
    settings: PictureSettings,
    *,
    allow_large: bool = False,
    check: Callable[[], None] = nothing,
    progressed: Callable[[float], None] = nothing,
) -> StoredPicture:
    """Go through the picture and keep one pixel of each square.

    Parameters
    ----------
    path, settings, check, progressed
        As in :func:`segviewer.imaging.reading.read.read_stored`.
    allow_large : bool
        Whoever allowed large pictures gets the whole of one that is ever decoded at once.
    """
    if allow_large and not tiff.is_over(path, settings, MAX_PIXELS):
        read_whole = tiff.read if tiff.takes(path, settings) else by_pillow.read
        return read_whole(path, settings, allow_large=True, check=check, progressed=progressed)
    with windowed(path, settings, check) as picture:
        own, nodata, whole = _own_copy(path, settings, check), picture.nodata, picture.size
    with windowed(path, settings, check, own) as picture:
        # Of the copies some programs do not say again what was not measured.
        picture.nodata = nodata
        height, width = picture.size
        every = _every(picture)
        said = _header(picture, whole)
        values, void = _smaller(picture, (0, height, 0, width), every, check, progressed)
        notes = (*picture.notes, _note(whole, (height, width), every, own is not None))
        full, kind = picture.full, picture.kind
    known = void if void.any() else None
    if values.dtype == np.uint8:
        image, known = _as_rgb(values, known)
        return StoredPicture(image, said, void=known, notes=notes, has_nodata=nodata is not None)
    return of_values(values, said, full, kind, nodata=nodata, void=known, notes=notes, check=check)


def read_part(
    path: Path,
    settings: PictureSettings,
    view: View,
    across: int,
    check: Callable[[], None] = nothing,
) -> tuple[View, np.ndarray, NDArray[np.bool_] | None] | None:
    """A part of the picture, finer than its overview.

    Parameters
    ----------
    path, settings, check
        As in :func:`segviewer.imaging.reading.read.read_stored`.
    view : (float, float, float, float)
        What is looked at.
    across : int
        Pixels that it shall have from left to right, if the picture has as many.

    Returns
    -------
    view : (float, float, float, float)
        What was read: whole pixels, or squares of them.
    values : ndarray (h, w) or (h, w, 3)
        As :class:`segviewer.imaging.reading.stored.StoredPicture` has them.
    void : ndarray of bool (h, w) or None

    None where more than :data:`MOST_READ` pixels would have to be gone through.
    """
    top, bottom, left, right = view
    with windowed(path, settings, check) as picture:
        (height, width), nodata = picture.size, picture.nodata
    choice: int | None = None
    for w, _, index in _copies(path, settings, check):
        if w * (right - left) >= across:
            choice, width = index, w
            break
    with windowed(path, settings, check, choice) as picture:
        picture.nodata = nodata
        height, width = picture.size
        every = max(1, int(width * (right - left) / max(1, across)))
        area = (
            max(0, math.floor(top * height / every) * every),
            min(height, math.ceil(bottom * height / every) * every),
            max(0, math.floor(left * width / every) * every),
            min(width, math.ceil(right * width / every) * every),
        )
        if (area[1] - area[0]) * (area[3] - area[2]) > MOST_READ or area[0] >= area[1]:
            return None
        if area[2] >= area[3]:
            return None
        values, void = _smaller(picture, area, every, check, nothing)
    known = void if void.any() else None
    if values.dtype == np.uint8:
        values, known = _as_rgb(values, known)
    seen = area[0] / height, area[1] / height, area[2] / width, area[3] / width
    return seen, values, known


def _as_rgb(
    values: np.ndarray, void: NDArray[np.bool_] | None
) -> tuple[np.ndarray, NDArray[np.bool_] | None]:
    if values.ndim == 2:
        values = np.repeat(values[..., None], 3, -1)
    if void is not None:
        values[void] = 128
    return values, void


def _note(whole: tuple[int, int], read: tuple[int, int], every: int, own: bool) -> str:
    size = f"{whole[1]:,}×{whole[0]:,}"
    every = round(every * whole[1] / read[1])
    said = "the file's own overview, " if own else "overview: "
    return f"{said}1 of {every}×{every} pixels of {size}"


def _own_copy(path: Path, settings: PictureSettings, check: Callable[[], None]) -> int | None:
    """The smallest of the file's own copies that is large enough; None without one."""
    large = (
        index for w, h, index in _copies(path, settings, check) if w * h >= OVERVIEW_PIXELS / 4
    )
    return next(large, None)


def _copies(
    path: Path, settings: PictureSettings, check: Callable[[], None]
) -> Iterator[tuple[int, int, int]]:
    """(width, height, number) of the file's own smaller copies that can be read, smallest first."""
    with picture_faults(path), tiff.opened_page(path, settings.page, check) as found:
        size = int(found.page.imagewidth), int(found.page.imagelength)
        like = found.page.dtype, int(found.page.samplesperpixel)
        page = found.parts.page
        copies = smaller_copies(found.file, found.size, check, page)
    fitting = []
    for index, (width, height) in enumerate(copies):
        if min(width, height) < 1 or width * height >= size[0] * size[1]:
            continue
        # Halved again and again, each time rounded.
        times = size[0] / width
        if abs(size[1] / times - height) <= 2:
            fitting.append((width, height, index))
    for width, height, index in sorted(fitting):
        try:
            with windowed(path, settings, check, index) as copy:
                fits = copy.kind_of_samples == like
        except PictureError:
            continue  # a copy that is damaged is no reason to refuse the picture
        if fits:
            yield width, height, index


def _every(picture: WindowedPicture) -> int:
    height, width = picture.size
    return max(1, math.ceil(math.sqrt(height * width / OVERVIEW_PIXELS)))


def _header(picture: WindowedPicture, whole: tuple[int, int]) -> PictureHeader:
    (height, width), every = picture.size, _every(picture)
    return replace(
        picture.header,
        width=-(-width // every),
        height=-(-height // every),
        overview_of=(whole[1], whole[0]),
    )


def _smaller(
    picture: WindowedPicture,
    area: tuple[int, int, int, int],
    every: int,
    check: Callable[[], None],
    progressed: Callable[[float], None],
) -> tuple[np.ndarray, NDArray[np.bool_]]:
    """One pixel of each square of an area (top, bottom, left, right), and where there is none."""
    first, height, start, width = area
    size = -(-(height - first) // every), -(-(width - start) // every)
    side = every * max(1, _BLOCK // every)
    values: np.ndarray | None = None
    void = np.zeros(size, bool)
    for top in range(first, height, side):
        for left in range(start, width, side):
            check()
            block, nowhere = picture.values(
                top, min(top + side, height), left, min(left + side, width)
            )
            small = _one_of_each_square(block, every)
            if values is None:
                values = np.zeros((*size, *small.shape[2:]), small.dtype)
            y, x = (top - first) // every, (left - start) // every
            values[y : y + small.shape[0], x : x + small.shape[1]] = small
            if nowhere is not None:
                part = nowhere[::every, ::every]
                void[y : y + part.shape[0], x : x + part.shape[1]] = part
        progressed(min(1.0, (top + side - first) / (height - first)))
    assert values is not None  # a picture has at least one block
    return values, void


def _one_of_each_square(block: np.ndarray, every: int) -> np.ndarray:
    """Means of squares of 8 bits; of measured values, which may mean nothing, one of each."""
    if block.dtype != np.uint8:
        return block[::every, ::every]
    return np.asarray(Image.fromarray(np.ascontiguousarray(block)).reduce(every))
