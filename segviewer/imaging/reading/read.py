"""A photograph as the rest of the program wants it: upright, 8 bit, RGB."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from segviewer.imaging.reading import formats
from segviewer.imaging.reading.faults import MAX_PIXELS, LargePictureError
from segviewer.imaging.reading.formats import by_pillow
from segviewer.imaging.reading.header import LARGE_PIXELS, PictureHeader, nothing, time_limit
from segviewer.imaging.reading.inspecting import inspect_picture
from segviewer.imaging.reading.picture_parts.progress import Progress
from segviewer.imaging.reading.picture_settings import PictureSettings
from segviewer.imaging.reading.routing import image_paths, looks_like
from segviewer.imaging.reading.stored import StoredPicture
from segviewer.imaging.reading.targets import decode_colours, read_target

__all__ = [
    "LARGE_PIXELS",
    "MAX_PIXELS",
    "LargePictureError",
    "PictureHeader",
    "decode_colours",
    "image_paths",
    "inspect_picture",
    "looks_like",
    "pyramid",
    "read_image",
    "read_picture",
    "read_stored",
    "read_target",
    "read_thumbnail",
]

_COARSEST = 512
_AS_THE_FILE_SAYS = PictureSettings()


def read_image(
    path: str | os.PathLike[str],
    settings: PictureSettings = _AS_THE_FILE_SAYS,
    *,
    allow_large: bool = False,
    check: Callable[[], None] = nothing,
    progressed: Callable[[float], None] = nothing,
) -> NDArray[np.uint8]:
    """Read a picture of any kind as upright RGB.

    Turned by its EXIF orientation. Grey becomes three equal channels. Of 16 bits a band the
    full range is black to white (65535 becomes 255), and 0 to 1 of floating point, where the
    picture reaches the upper half of it; otherwise it is stretched between two percentiles
    (:mod:`segviewer.imaging.reading.levels`). Transparent parts, and those where nothing was
    measured, are mid-grey (128); of an animation the first frame is taken.

    Parameters
    ----------
    path : path-like
        The file; its content decides the format, not its extension.
    settings : PictureSettings
        Which page and bands.
    allow_large : bool
        Open pictures over :data:`LARGE_PIXELS` (the person was asked).
    check : callable
        Called often; what it raises ends the reading.
    progressed : callable
        Called with how far it is, 0 to 1.

    Returns
    -------
    ndarray of uint8 (H, W, 3)
        C-contiguous.

    Raises
    ------
    LargePictureError
        Over :data:`LARGE_PIXELS`, or so much memory, and not `allow_large`; the text says the
        memory it takes.
    PictureError
        If the file cannot be used as a picture; the text says what, why and what next.
    """
    return read_picture(
        path, settings, allow_large=allow_large, check=check, progressed=progressed
    ).image


@dataclass(frozen=True, eq=False)
class ReadPicture:
    """A picture and what has to be said of it.

    Attributes
    ----------
    image : ndarray of uint8 (H, W, 3)
        Upright RGB, C-contiguous.
    header : PictureHeader
    void : ndarray of bool (H, W) or None
        Where there is no picture: fully transparent, or marked as not measured. None: nowhere.
    notes : tuple of str
        What a person would not assume: further frames, stretched values.
    """

    image: NDArray[np.uint8]
    header: PictureHeader
    void: NDArray[np.bool_] | None = None
    notes: tuple[str, ...] = ()


def read_picture(
    path: str | os.PathLike[str],
    settings: PictureSettings = _AS_THE_FILE_SAYS,
    *,
    allow_large: bool = False,
    check: Callable[[], None] = nothing,
    progressed: Callable[[float], None] = nothing,
) -> ReadPicture:
    """Read a picture as :func:`read_image` does, and what has to be said of it.

    Parameters
    ----------
    path, settings, allow_large, check, progressed
        As in :func:`read_image`.
    """
    progress = Progress(progressed)
    stored = read_stored(
        path, settings, allow_large=allow_large, check=check, progressed=progress.first
    )
    image = stored.image(check=check, progressed=progress.second)
    return ReadPicture(image, stored.header, stored.void, stored.all_notes())


def read_stored(
    path: str | os.PathLike[str],
    settings: PictureSettings = _AS_THE_FILE_SAYS,
    *,
    allow_large: bool = False,
    check: Callable[[], None] = nothing,
    progressed: Callable[[float], None] = nothing,
) -> StoredPicture:
    """Read the values of a picture, from which what is seen is made.

    Parameters
    ----------
    path, settings, allow_large, check
        As in :func:`read_image`.
    progressed : callable
        As there; ends before 1 where what is seen has still to be made of the values.
    """
    path = Path(path)
    reader = formats.reader_of(path, settings) or by_pillow
    stored: StoredPicture = reader.read(
        path, settings, allow_large=allow_large, check=check, progressed=progressed
    )
    return stored


def read_thumbnail(path: str | os.PathLike[str], size: int) -> NDArray[np.uint8]:
    """Read a small upright RGB version, its long side at most `size` pixels.

    JPEG files are decoded at a fraction of their size, so this is fast for photographs.

    Returns
    -------
    ndarray of uint8 (h, w, 3)
        C-contiguous; never larger than the picture.

    Raises
    ------
    LargePictureError
        If the format has to be decoded in full and is over :data:`LARGE_PIXELS`.
    PictureError
        If the file cannot be used as a picture.
    """
    path = Path(path)
    reader = formats.reader_of(path, _AS_THE_FILE_SAYS)
    if reader is None:
        return by_pillow.thumbnail(path, size)
    check = time_limit(path, by_pillow.THUMBNAIL_SECONDS)
    stored = reader.read(path, _AS_THE_FILE_SAYS, check=check)
    step = max(1, max(stored.values.shape[:2]) // (by_pillow.THINNED_SIDES * size))
    few = Image.fromarray(replace(stored, values=stored.values[::step, ::step], void=None).image())
    few.thumbnail((size, size), Image.Resampling.BICUBIC, reducing_gap=2.0)
    return np.array(few)


def pyramid(image: NDArray[np.uint8]) -> list[np.ndarray]:
    """Halve an image until its long side is at most 512, for smooth drawing from afar.

    Parameters
    ----------
    image : ndarray of uint8 (H, W, 3)

    Returns
    -------
    list of ndarray of uint8
        The image itself (not a copy), then halves of halves: level k has
        ceil(H / 2**k) × ceil(W / 2**k) pixels, each the mean of the pixels below it.
        Not for label maps, whose numbers have no mean.
    """
    levels = [image]
    while max(levels[-1].shape[:2]) > _COARSEST:
        levels.append(np.array(Image.fromarray(levels[-1]).reduce(2)))
    return levels
