"""What Pillow reads: everything of 8 bits, and grey and colour of 16 and 32."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.ImageFile import ImageFile

from segviewer.errors import PictureError
from segviewer.imaging.reading.composed_frames import composed, let_go
from segviewer.imaging.reading.formats import is_tiff
from segviewer.imaging.reading.header import (
    DEEP_MODES,
    LARGE_PIXELS,
    PictureHeader,
    check_size,
    nothing,
    open_picture,
    time_limit,
)
from segviewer.imaging.reading.levels import (
    PERCENTILES,
    Levels,
    grey_levels,
    is_deep_colour,
    low_bytes_wanted,
    nodata_of,
)
from segviewer.imaging.reading.picture_settings import PictureSettings
from segviewer.imaging.reading.stored import StoredPicture, of_values, without_nodata
from segviewer.imaging.reading.strips import strips
from segviewer.imaging.reading.upright import as_stored, upright

# Transparent parts become mid-grey: neither class-like black nor sky-like white, close to the
# mean that networks subtract, and the colour around the picture on the canvas.
BEHIND_ALPHA = 128
_KINDS = {"I": "16 bits", "F": "floating point"}  # by the first letter of Pillow's mode
_DECODING = 0.8  # share of the time that decoding takes; the rest makes RGB of it
_DECODING_DEEP, _SAMPLING = 0.4, 0.25  # of values, which are sampled, then stretched
THUMBNAIL_SECONDS = 5.0
PREVIEWED = 4_000_000  # pixels; smaller ones are there at once
THINNED_SIDES = 8  # what a thumbnail is averaged from, in its own sides


def header(path: Path, settings: PictureSettings) -> PictureHeader:
    """What Pillow finds before it decodes anything."""
    with open_picture(path, page=settings.page) as (_, found):
        return found


def read(
    path: Path,
    settings: PictureSettings,
    *,
    allow_large: bool = False,
    check: Callable[[], None] = nothing,
    progressed: Callable[[float], None] = nothing,
) -> StoredPicture:
    """Read one page.

    Parameters
    ----------
    path, settings, allow_large, check, progressed
        As in :func:`segviewer.imaging.reading.read.read_stored`.
    """

    share = _DECODING

    def decoded(part: float) -> None:
        progressed(share * part)

    def found(part: float) -> None:
        progressed(share + _SAMPLING * part)

    with _at_page(path, settings.page, allow_large, check, decoded) as (picture, header):
        deep = is_deep_colour(picture)
        if picture.mode in DEEP_MODES:
            share = _DECODING_DEEP
        picture.load()
        notes = (header.frames_note,) if header.frames_note else ()
        if deep and _is_dark(picture):
            values = upright(_deep_colour(path, picture, check, settings.page), header.orientation)
            return of_values(values, header, 65535.0, "16 bits", notes=notes, check=check)
        if picture.mode in DEEP_MODES:
            values = upright(np.asarray(picture), header.orientation)
            full = 1.0 if picture.mode == "F" else 65535.0
            kind, nodata = _KINDS[picture.mode[0]], nodata_of(picture)
            return of_values(
                values,
                header,
                full,
                kind,
                nodata=nodata,
                notes=notes,
                check=check,
                progressed=found,
            )
        image = np.empty((header.height, header.width, 3), np.uint8)
        void = _Void(header.height, header.width, header.orientation)
        for part in _fill(as_stored(image, header.orientation), picture, path, void=void):
            check()
            progressed(_DECODING + (1 - _DECODING) * part)
        nodata = nodata_of(picture)
        mask = without_nodata(image, nodata, void.mask)
    return StoredPicture(image, header, void=mask, notes=notes, has_nodata=nodata is not None)


def thumbnail(path: Path, size: int) -> NDArray[np.uint8]:
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
    with open_picture(path, time_limit(path, THUMBNAIL_SECONDS)) as (picture, header):
        # In steps, a JPEG is kept whole, at whatever fraction it is decoded.
        fraction = header.format == "JPEG" and "progressive" not in picture.info
        check_size(path, header, allow_large=fraction)
        small: Image.Image
        if picture.mode in ("L", "RGB", "CMYK"):
            picture.thumbnail((size, size), Image.Resampling.BICUBIC, reducing_gap=2.0)
            small = picture
        else:
            picture.load()
            few = _thinned(picture, THINNED_SIDES * size)
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
        for _ in _fill(as_stored(image, header.orientation), small, path):
            pass
    return image


@contextmanager
def _at_page(
    path: Path,
    page: int | None,
    allow_large: bool,
    check: Callable[[], None],
    progressed: Callable[[float], None],
) -> Iterator[tuple[ImageFile, PictureHeader]]:
    """The picture at the page or frame that is meant; pages of a TIFF are files by now."""
    if page and not is_tiff(path):
        with composed(path, page, allow_large, check, progressed) as found:
            yield found
        return
    let_go()
    with open_picture(path, check, progressed, page) as (picture, header):
        check_size(path, header, allow_large)
        yield picture, header


def preview(
    path: Path, *, allow_large: bool = False
) -> tuple[NDArray[np.uint8], tuple[int, int]] | None:
    """Read an eighth of a large JPEG's pixels a side, which a fifth of the time is enough for.

    Parameters
    ----------
    path : Path
    allow_large : bool
        Also of a picture above :data:`LARGE_PIXELS`, as somebody has agreed to open it.

    Returns
    -------
    ndarray of uint8 (h, w, 3), C-contiguous and upright, and width and height of the whole
        None for a picture that is small, of another format, or too large to be opened unasked.

    Raises
    ------
    PictureError
        If the file cannot be used as a picture.
    """
    with open_picture(path, time_limit(path, THUMBNAIL_SECONDS)) as (picture, header):
        pixels = header.width * header.height
        # In steps, a JPEG is kept whole, at whatever fraction it is decoded.
        stepwise = "progressive" in picture.info
        if header.format != "JPEG" or stepwise or pixels < PREVIEWED:
            return None
        if pixels > LARGE_PIXELS and not allow_large:
            return None
        picture.draft("RGB", (picture.width // 8, picture.height // 8))
        picture.load()
        width, height = picture.size
        if header.orientation >= 5:
            width, height = height, width
        image = np.empty((height, width, 3), np.uint8)
        for _ in _fill(as_stored(image, header.orientation), picture, path):
            pass
    return image, (header.width, header.height)


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
        as_stored(self.mask, self._orientation)[top:bottom] = where


def _is_dark(picture: Image.Image) -> bool:
    """Whether the upper bytes of 48-bit colour stay in the lower half of their range."""
    most = 0
    for channel in picture.convert("RGB").split():
        counts = np.cumsum(channel.histogram())
        most = max(most, int(np.searchsorted(counts, PERCENTILES[1] / 100 * counts[-1])))
    return most < 128


def _deep_colour(
    path: Path, upper: Image.Image, check: Callable[[], None], page: int | None
) -> np.ndarray:
    """The values of 48-bit colour, uint16 (h, w, 3) as stored; `upper` has their upper bytes."""
    values = np.asarray(upper.convert("RGB")).astype(np.uint16)
    values <<= 8
    with open_picture(path, check, page=page) as (picture, header):
        low_bytes_wanted(picture)
        picture.seek(header.page if header.format != "TIFF" else 0)
        picture.load()
        # RGBA's colours stay what they are; its transparency is that of the upper bytes.
        values |= np.asarray(picture)[..., :3]
    return values


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
