"""A TIFF of more pixels than are ever decoded at once: a smaller picture of it, said to be one."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from segviewer.errors import PictureError
from segviewer.imaging.reading.faults import MAX_PIXELS
from segviewer.imaging.reading.formats import tiff
from segviewer.imaging.reading.header import PictureHeader, nothing, time_limit
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
    with windowed(path, settings, time_limit(path, _LOOK_SECONDS)) as picture:
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
        notes = (
            *picture.notes,
            f"overview: 1 of {every}×{every} pixels of {width:,}×{height:,} "
            "(segviewer label goes through all of them)",
        )
        full, kind, nodata = picture.full, picture.kind, picture.nodata
    known = void if void.any() else None
    if values.dtype == np.uint8:
        if values.ndim == 2:
            values = np.repeat(values[..., None], 3, -1)
        values[void] = 128
        return StoredPicture(values, said, void=known, notes=notes, has_nodata=nodata is not None)
    return of_values(values, said, full, kind, nodata=nodata, void=known, notes=notes, check=check)


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
