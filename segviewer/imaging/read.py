"""A photograph as the rest of the program wants it: upright, 8 bit, RGB."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from PIL import Image

from segviewer.errors import PictureError
from segviewer.imaging.header import (
    LARGE_PIXELS,
    MAX_PIXELS,
    LargePictureError,
    PictureHeader,
    check_size,
    inspect_picture,
    open_picture,
    read_header,
)
from segviewer.imaging.routing import image_paths, looks_like
from segviewer.imaging.targets import decode_colours, read_target

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
    "read_target",
    "read_thumbnail",
]

# Transparent parts become mid-grey: neither class-like black nor sky-like white, close to the
# mean that networks subtract, and the colour around the picture on the canvas.
BEHIND_ALPHA = 128
_STRIP_PIXELS = 1_000_000
_COARSEST = 512


def read_image(path: str | os.PathLike, *, allow_large: bool = False) -> np.ndarray:
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

    Returns
    -------
    ndarray of uint8 (H, W, 3)
        C-contiguous.

    Raises
    ------
    LargePictureError
        Over :data:`LARGE_PIXELS` and not `allow_large`; the text says the memory it takes.
    PictureError
        If the file cannot be used as a picture; the text says what, why and what next.
    """
    path = Path(path)
    with open_picture(path) as picture:
        header = read_header(picture, path)
        check_size(path, header, allow_large)
        picture.load()
        image = np.empty((header.height, header.width, 3), np.uint8)
        _fill(_as_stored(image, header.orientation), picture, path)
    return image


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
    with open_picture(path) as picture:
        header = read_header(picture, path)
        check_size(path, header, allow_large=header.format in ("JPEG", "MPO"))
        if picture.mode in ("L", "RGB", "CMYK"):
            picture.thumbnail((size, size), Image.Resampling.BICUBIC, reducing_gap=2.0)
            small = picture
        else:
            picture.load()
            full = np.empty((picture.height, picture.width, 3), np.uint8)
            _fill(full, picture, path)
            small = Image.fromarray(full)
            small.thumbnail((size, size), Image.Resampling.BICUBIC, reducing_gap=2.0)
        width, height = small.size
        if header.orientation >= 5:
            width, height = height, width
        image = np.empty((height, width, 3), np.uint8)
        _fill(_as_stored(image, header.orientation), small, path)
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


def _fill(out: np.ndarray, picture: Image.Image, path: Path) -> None:
    """Write `picture` into `out` (h, w, 3) as RGB, strip by strip to keep the memory low."""
    width, height = picture.size
    grey_range = _grey_range(picture)
    rows = max(1, _STRIP_PIXELS // width)
    for top in range(0, height, rows):
        bottom = min(height, top + rows)
        strip = picture
        if (top, bottom) != (0, height):
            strip = picture.crop((0, top, width, bottom))
        out[top:bottom] = _rgb(strip, grey_range, path)


def _rgb(picture: Image.Image, grey_range: tuple[float, float] | None, path: Path) -> np.ndarray:
    """Any decoded Pillow image as uint8 (h, w, 3), or (h, w, 1) for grey."""
    if grey_range is not None:
        low, high = grey_range
        values = np.nan_to_num(np.asarray(picture, np.float64), posinf=high, neginf=low)
        grey = np.clip((values - low) * (255 / (high - low)), 0, 255)
        return np.rint(grey).astype(np.uint8)[..., None]
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


def _grey_range(picture: Image.Image) -> tuple[float, float] | None:
    """Values of a deep grey picture that become 0 and 255; None if it is not one."""
    if picture.mode.startswith("I;16"):
        return 0.0, 65535.0
    if picture.mode not in ("I", "F"):
        return None
    values = np.asarray(picture)
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    usual = 65535.0 if picture.mode == "I" else 1.0
    if low >= 0 and high <= usual:
        return 0.0, usual
    return low, max(high, low + 1.0)
