"""A photograph as the rest of the program wants it: upright, 8 bit, RGB."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
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
from segviewer.imaging.reading.routing import image_paths, looks_like
from segviewer.imaging.reading.strips import strips
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
_DECODING = 0.8  # share of the time that decoding takes; the rest makes RGB of it
_THUMBNAIL_SECONDS = 5.0
_THINNED_SIDES = 8  # what a thumbnail is averaged from, in its own sides


def read_image(
    path: str | os.PathLike,
    *,
    allow_large: bool = False,
    check: Callable[[], None] = nothing,
    progressed: Callable[[float], None] = nothing,
) -> np.ndarray:
    """Read a picture of any kind as upright RGB.

    Turned by its EXIF orientation. Grey becomes three equal channels; 16-bit grey is divided
    by 257 (so 65535 becomes 255); floating-point and 32-bit grey outside the usual range is
    stretched from its smallest to its largest value; transparent parts are laid over mid-grey
    (:data:`BEHIND_ALPHA`); of an animation or a document the first frame is taken.

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
    return read_picture(path, allow_large=allow_large, check=check, progressed=progressed)[0]


def read_picture(
    path: str | os.PathLike,
    *,
    allow_large: bool = False,
    check: Callable[[], None] = nothing,
    progressed: Callable[[float], None] = nothing,
) -> tuple[np.ndarray, PictureHeader]:
    """Read a picture as :func:`read_image` does, and what its header says."""
    path = Path(path)

    def read(part: float) -> None:
        progressed(_DECODING * part)

    with open_picture(path, check, read) as (picture, header):
        check_size(path, header, allow_large)
        picture.load()
        image = np.empty((header.height, header.width, 3), np.uint8)
        stored = _as_stored(image, header.orientation)
        for part in _fill(stored, picture, path):
            check()
            progressed(_DECODING + (1 - _DECODING) * part)
    return image, header


def read_thumbnail(path: str | os.PathLike, size: int) -> np.ndarray:
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
        if picture.mode in ("L", "RGB", "CMYK"):
            picture.thumbnail((size, size), Image.Resampling.BICUBIC, reducing_gap=2.0)
            small = picture
        else:
            picture.load()
            few = _thinned(picture, _THINNED_SIDES * size)
            full = np.empty((few.height, few.width, 3), np.uint8)
            for _ in _fill(full, few, path):
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


def pyramid(image: np.ndarray) -> list[np.ndarray]:
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
    """View of `upright` (H, W, 3) laid out as the file stores it, so that no copy is turned."""
    view = upright.transpose(1, 0, 2) if orientation >= 5 else upright
    flip_rows = -1 if orientation in (3, 4, 6, 7) else 1
    flip_columns = -1 if orientation in (2, 3, 7, 8) else 1
    return view[::flip_rows, ::flip_columns]


def _thinned(picture: Image.Image, side: int) -> Image.Image:
    """`picture` with rows and columns left out until it has about `side` of them."""
    step = max(picture.size) // side
    if step < 2:
        return picture
    size = (max(1, picture.width // step), max(1, picture.height // step))
    few = picture.resize(size, Image.Resampling.NEAREST)
    few.info = picture.info
    return few


def _fill(out: np.ndarray, picture: Image.Image, path: Path) -> Iterator[float]:
    """Write `picture` into `out` (h, w, 3) as RGB; after each strip yields how far it is."""
    grey_range = None
    for part, found in _grey_ranges(picture):
        grey_range = found
        yield part / 2
    begin = 0.0 if grey_range is None else 0.5
    for top, bottom, strip in strips(picture):
        out[top:bottom] = _rgb(strip, grey_range, path)
        yield begin + (1 - begin) * bottom / picture.height


def _rgb(picture: Image.Image, grey_range: tuple[float, float] | None, path: Path) -> np.ndarray:
    """Any decoded Pillow image as uint8 (h, w, 3), or (h, w, 1) for grey."""
    if grey_range is not None:
        low, high = grey_range
        values = np.array(picture, np.float64)
        np.nan_to_num(values, copy=False, posinf=high, neginf=low)
        values -= low
        values *= 255 / (high - low)
        np.clip(values, 0, 255, out=values)
        return np.rint(values, out=values).astype(np.uint8)[..., None]
    if picture.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in picture.info:
        rgba = picture.convert("RGBA")
        ground = Image.new("RGBA", rgba.size, (BEHIND_ALPHA,) * 3 + (255,))
        return np.asarray(Image.alpha_composite(ground, rgba).convert("RGB"))
    try:
        return np.asarray(picture.convert("RGB"))
    except ValueError as error:
        raise PictureError(
            f"{path.name} has a colour mode this program cannot show ({picture.mode}).",
            "Pillow knows no way from it to RGB.",
            "Save it as RGB from a picture program.",
            details=repr(error),
        ) from error


def _grey_ranges(picture: Image.Image) -> Iterator[tuple[float, tuple[float, float]]]:
    """How far it is, and the values of a deep grey picture that become 0 and 255, so far.

    Nothing for a picture that is not deep grey.
    """
    if picture.mode.startswith("I;16"):
        yield 1.0, (0.0, 65535.0)
    if picture.mode not in ("I", "F"):
        return
    usual = 65535.0 if picture.mode == "I" else 1.0
    low, high = np.inf, -np.inf
    for _, bottom, strip in strips(picture):
        values = np.asarray(strip)
        known = values[np.isfinite(values)] if picture.mode == "F" else values
        if known.size:
            low, high = min(low, float(known.min())), max(high, float(known.max()))
        usual_range = low > high or (low >= 0 and high <= usual)
        yield (
            bottom / picture.height,
            ((0.0, usual) if usual_range else (low, max(high, low + 1.0))),
        )
