"""A photograph as the rest of the program wants it: upright, 8 bit, RGB."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from segviewer.errors import PictureError
from segviewer.imaging.reading.header import (
    LARGE_PIXELS,
    MAX_PIXELS,
    LargePictureError,
    PictureHeader,
    check_size,
    inspect_picture,
    nothing,
    open_picture,
    time_limit,
)
from segviewer.imaging.reading.levels import (
    PERCENTILES,
    Levels,
    grey_levels,
    is_deep_colour,
    levels_of,
    low_bytes_wanted,
)
from segviewer.imaging.reading.routing import image_paths, looks_like
from segviewer.imaging.reading.strips import STRIP_PIXELS, strips
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
    "read_target",
    "read_thumbnail",
]

# Transparent parts become mid-grey: neither class-like black nor sky-like white, close to the
# mean that networks subtract, and the colour around the picture on the canvas.
BEHIND_ALPHA = 128
_COARSEST = 512
_KINDS = {"I": "16 bits", "F": "floating point"}  # by the first letter of Pillow's mode
_DECODING = 0.8  # share of the time that decoding takes; the rest makes RGB of it
_THUMBNAIL_SECONDS = 5.0
_THINNED_SIDES = 8  # what a thumbnail is averaged from, in its own sides


def read_image(
    path: str | os.PathLike[str],
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
    measured, are mid-grey (:data:`BEHIND_ALPHA`); of an animation or a document the first frame
    is taken.

    Parameters
    ----------
    path : path-like
        The file; its content decides the format, not its extension.
    allow_large : bool
        Open pictures over :data:`LARGE_PIXELS` (the person was asked).
    check : callable
        Called often; what it raises ends the reading.
    progressed : callable
        Told how far it is, 0 to 1.

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
    return read_picture(path, allow_large=allow_large, check=check, progressed=progressed).image


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
    *,
    allow_large: bool = False,
    check: Callable[[], None] = nothing,
    progressed: Callable[[float], None] = nothing,
) -> ReadPicture:
    """Read a picture as :func:`read_image` does, and what has to be said of it.

    Parameters
    ----------
    path, allow_large, check, progressed
        As in :func:`read_image`.
    """
    path = Path(path)

    def read(part: float) -> None:
        progressed(_DECODING * part)

    with open_picture(path, check, read) as (picture, header):
        check_size(path, header, allow_large)
        deep = is_deep_colour(picture)
        picture.load()
        if deep and _is_dark(picture):
            stored = _deep_colour(path, picture, check)
            return _picture_of_values(stored, header, "16 bits", check)
        levels = grey_levels(picture, check)
        image = np.empty((header.height, header.width, 3), np.uint8)
        void = _Void(header.height, header.width, header.orientation)
        stored = _as_stored(image, header.orientation)
        for part in _fill(stored, picture, path, levels, void):
            check()
            progressed(_DECODING + (1 - _DECODING) * part)
    notes = (
        header.frames_note,
        levels.note(_KINDS[picture.mode[0]]) if levels else "",
        void.note("not measured" if levels else "transparent"),
    )
    return ReadPicture(image, header, void.mask, tuple(note for note in notes if note))


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
    with open_picture(path, time_limit(path, _THUMBNAIL_SECONDS)) as (picture, header):
        # In steps, a JPEG is kept whole, at whatever fraction it is decoded.
        fraction = header.format == "JPEG" and "progressive" not in picture.info
        check_size(path, header, allow_large=fraction)
        small: Image.Image
        if picture.mode in ("L", "RGB", "CMYK"):
            picture.thumbnail((size, size), Image.Resampling.BICUBIC, reducing_gap=2.0)
            small = picture
        else:
            picture.load()
            few = _thinned(picture, _THINNED_SIDES * size)
            levels = grey_levels(picture, nothing)
            full = np.empty((few.height, few.width, 3), np.uint8)
            for _ in _fill(full, few, path, levels):
                pass
            small = Image.fromarray(full)
            small.thumbnail((size, size), Image.Resampling.BICUBIC, reducing_gap=2.0)
        width, height = small.size
        if header.orientation >= 5:
            width, height = height, width
        image = np.empty((height, width, 3), np.uint8)
        for _ in _fill(_as_stored(image, header.orientation), small, path):
            pass
    return image


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


def _as_stored(upright: np.ndarray, orientation: int) -> np.ndarray:
    """View of `upright` (H, W, …) laid out as the file stores it, so that no copy is turned."""
    view = upright.swapaxes(0, 1) if orientation >= 5 else upright
    flip_rows = -1 if orientation in (3, 4, 6, 7) else 1
    flip_columns = -1 if orientation in (2, 3, 7, 8) else 1
    return view[::flip_rows, ::flip_columns]


class _Void:
    """Where there is no picture: bool (H, W), made only when there is such a place."""

    def __init__(self, height: int, width: int, orientation: int):
        self._size, self._orientation = (height, width), orientation
        self.mask: np.ndarray | None = None

    def add(self, top: int, bottom: int, where: np.ndarray | None) -> None:
        """Note pixels of the rows `top` to `bottom`, as the file stores them."""
        if where is None or not where.any():
            return
        if self.mask is None:
            self.mask = np.zeros(self._size, bool)
        _as_stored(self.mask, self._orientation)[top:bottom] = where

    def note(self, why: str) -> str:
        """What has to be said of it; empty where the picture is whole."""
        if self.mask is None:
            return ""
        share = self.mask.mean()
        said = f"{share:.0%}".replace("%", " %") if share >= 0.01 else "under 1 %"
        return f"{said} of the picture is {why}: void"


def _is_dark(picture: Image.Image) -> bool:
    """Whether the upper bytes of 48-bit colour stay in the lower half of their range."""
    most = 0
    for channel in picture.convert("RGB").split():
        counts = np.cumsum(channel.histogram())
        most = max(most, int(np.searchsorted(counts, PERCENTILES[1] / 100 * counts[-1])))
    return most < 128


def _deep_colour(path: Path, upper: Image.Image, check: Callable[[], None]) -> np.ndarray:
    """The values of 48-bit colour, uint16 (h, w, 3) as stored; `upper` has their upper bytes."""
    values = np.asarray(upper.convert("RGB")).astype(np.uint16)
    values <<= 8
    with open_picture(path, check) as (picture, _):
        low_bytes_wanted(picture)
        picture.load()
        # RGBA's colours stay what they are; its transparency is that of the upper bytes.
        values |= np.asarray(picture)[..., :3]
    return values


def _picture_of_values(
    values: np.ndarray, header: PictureHeader, kind: str, check: Callable[[], None]
) -> ReadPicture:
    """A picture of stored values (h, w) or (h, w, 3), stretched alike in all bands."""
    rows = max(1, STRIP_PIXELS // values.shape[1])
    tops = range(0, len(values), rows)
    full = 65535.0 if values.dtype.kind in "ui" else 1.0
    levels = levels_of((values[top : top + rows] for top in tops), full, values.size)
    image = np.empty((header.height, header.width, 3), np.uint8)
    stored = _as_stored(image, header.orientation)
    for top in tops:
        check()
        stored[top : top + rows] = levels.shown(values[top : top + rows])
    notes = (header.frames_note, levels.note(kind))
    return ReadPicture(image, header, None, tuple(note for note in notes if note))


def _thinned(picture: Image.Image, side: int) -> Image.Image:
    """`picture` with rows and columns left out until it has about `side` of them."""
    step = max(picture.size) // side
    if step < 2:
        return picture
    size = (max(1, picture.width // step), max(1, picture.height // step))
    few = picture.resize(size, Image.Resampling.NEAREST)
    few.info = picture.info
    return few


def _fill(
    out: np.ndarray,
    picture: Image.Image,
    path: Path,
    levels: Levels | None = None,
    void: _Void | None = None,
) -> Iterator[float]:
    """Write `picture` into `out` (h, w, 3) as RGB; after each strip yields how far it is."""
    for top, bottom, strip in strips(picture):
        if levels is not None:
            values = np.asarray(strip)
            out[top:bottom] = levels.shown(values)[..., None]
            nothing_there = levels.unknown(values)
        else:
            out[top:bottom], nothing_there = _rgb(strip, path)
        if void is not None:
            void.add(top, bottom, nothing_there)
        yield bottom / picture.height


def _rgb(picture: Image.Image, path: Path) -> tuple[np.ndarray, np.ndarray | None]:
    """A decoded Pillow image as uint8 (h, w, 3), and where it is fully transparent."""
    if picture.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in picture.info:
        rgba = picture.convert("RGBA")
        ground = Image.new("RGBA", rgba.size, (BEHIND_ALPHA,) * 3 + (255,))
        clear = np.asarray(rgba)[..., 3] == 0
        return np.asarray(Image.alpha_composite(ground, rgba).convert("RGB")), clear
    try:
        return np.asarray(picture.convert("RGB")), None
    except ValueError as error:
        raise PictureError(
            f"{path.name} has a colour mode this program cannot show ({picture.mode}).",
            "Pillow knows no way from it to RGB.",
            "Save it as RGB from a picture program.",
            details=repr(error),
        ) from error
