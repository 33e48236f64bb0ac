"""A TIFF of more pixels than are ever decoded at once: a smaller picture of it, said to be one.

Where the file brings smaller copies of itself (a pyramid, GeoTIFF's overviews), the one that is
large enough is read; else the whole picture is gone through.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from segviewer.errors import PictureError
from segviewer.imaging.reading.faults import MAX_PIXELS, picture_faults
from segviewer.imaging.reading.formats import tiff
from segviewer.imaging.reading.header import PictureHeader, nothing, time_limit
from segviewer.imaging.reading.picture_parts.tiff import smaller_copies
from segviewer.imaging.reading.picture_settings import PictureSettings
from segviewer.imaging.reading.stored import StoredPicture, of_values
from segviewer.imaging.reading.windows import WindowedPicture, windowed

OVERVIEW_PIXELS = 16_000_000
"""An overview has about so many pixels at most."""

_BLOCK = 4096  # pixels of the picture that are read at once, in each direction, or a strip
_LOOK_SECONDS = 5.0


def takes(path: Path, settings: PictureSettings) -> bool:
    """Whether it is so large, and can be read window by window."""
    try:
        if not tiff.is_over(path, settings, MAX_PIXELS):
            return False
        with windowed(path, settings, time_limit(path, _LOOK_SECONDS)):
            return True
    except PictureError:
        return False  # the usual way says what is wrong with it


def header(path: Path, settings: PictureSettings) -> PictureHeader:
    """Of the overview: its size, not that of the picture."""
    check = time_limit(path, _LOOK_SECONDS)
    with windowed(path, settings, check, _own_copy(path, settings, check)) as picture:
        return _header(picture)


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
    path, settings, allow_large, check, progressed
        As in :func:`segviewer.imaging.reading.read.read_stored`.
    """
    with windowed(path, settings, check) as picture:
        own, nodata, whole = _own_copy(path, settings, check), picture.nodata, picture.size
    with windowed(path, settings, check, own) as picture:
        # Of the copies some programs do not say again what was not measured.
        picture.nodata = nodata
        height, width = picture.size
        every = _every(picture)
        said = _header(picture)
        side = every * max(1, _BLOCK // every)
        values: np.ndarray | None = None
        void = np.zeros((said.height, said.width), bool)
        for top in range(0, height, side):
            for left in range(0, width, side):
                check()
                block, nowhere = picture.values(
                    top, min(top + side, height), left, min(left + side, width)
                )
                small = _smaller(block, every)
                if values is None:
                    values = np.zeros((said.height, said.width, *small.shape[2:]), small.dtype)
                y, x = top // every, left // every
                values[y : y + small.shape[0], x : x + small.shape[1]] = small
                if nowhere is not None:
                    part = nowhere[::every, ::every]
                    void[y : y + part.shape[0], x : x + part.shape[1]] = part
            progressed(min(1.0, (top + side) / height))
        assert values is not None  # a picture has at least one block
        notes = (*picture.notes, _note(whole, (height, width), every, own is not None))
        full, kind = picture.full, picture.kind
    known = void if void.any() else None
    if values.dtype == np.uint8:
        if values.ndim == 2:
            values = np.repeat(values[..., None], 3, -1)
        values[void] = 128
        return StoredPicture(values, said, void=known, notes=notes, has_nodata=nodata is not None)
    return of_values(values, said, full, kind, nodata=nodata, void=known, notes=notes, check=check)


def _note(whole: tuple[int, int], read: tuple[int, int], every: int, own: bool) -> str:
    size = f"{whole[1]:,}×{whole[0]:,}"
    every = round(every * whole[1] / read[1])
    said = "the file's own overview, " if own else "overview: "
    return f"{said}1 of {every}×{every} pixels of {size} (segviewer label goes through all of them)"


def _own_copy(path: Path, settings: PictureSettings, check: Callable[[], None]) -> int | None:
    """The smallest of the file's own copies that is large enough; None without one."""
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
        if abs(size[1] / times - height) <= 2 and width * height >= OVERVIEW_PIXELS / 4:
            fitting.append((width * height, index))
    for _, index in sorted(fitting):
        try:
            with windowed(path, settings, check, index) as copy:
                if copy.kind_of_samples == like:
                    return index
        except PictureError:
            continue  # a copy that is damaged is no reason to refuse the picture
    return None


def _every(picture: WindowedPicture) -> int:
    height, width = picture.size
    return max(1, math.ceil(math.sqrt(height * width / OVERVIEW_PIXELS)))


def _header(picture: WindowedPicture) -> PictureHeader:
    (height, width), every = picture.size, _every(picture)
    return replace(picture.header, width=-(-width // every), height=-(-height // every))


def _smaller(block: np.ndarray, every: int) -> np.ndarray:
    """Means of squares of 8 bits; of measured values, which may mean nothing, one of each."""
    if block.dtype != np.uint8:
        return block[::every, ::every]
    return np.asarray(Image.fromarray(np.ascontiguousarray(block)).reduce(every))
