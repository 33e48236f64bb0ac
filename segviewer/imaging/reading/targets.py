"""Target masks (ground truth): files whose numbers are class labels, not brightness."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from segviewer.errors import PictureError
from segviewer.files.regular_files import open_regular
from segviewer.imaging.labels import LabelSet
from segviewer.imaging.painted_mask import class_names_of
from segviewer.imaging.reading.header import check_size, nothing, open_picture
from segviewer.imaging.reading.mask_files.class_tables import number_table
from segviewer.imaging.reading.mask_files.colours import decode_colours as decode_colours
from segviewer.imaging.reading.mask_files.colours import read_coloured
from segviewer.imaging.reading.mask_files.kinds import mask_kind
from segviewer.imaging.reading.mask_files.shapes import read_coco, read_labelme
from segviewer.imaging.reading.mask_files.stacks import read_array, read_pages
from segviewer.imaging.reading.mask_values import VOID as VOID
from segviewer.imaging.reading.mask_values import MaskValues as MaskValues
from segviewer.imaging.reading.strips import strips

_JPEG_NOISE = 3  # levels by which JPEG changes plain black and white
_JPEG_BETWEEN = 0.08  # share of other values that a black-and-white JPEG has at edges
_MOST_NUMBER = 2_000_000_000
JPEG_NOTE = "The mask is a JPEG: its values were taken for black or white."
EQUAL_CHANNELS_NOTE = "The mask's three channels are equal and were read as its numbers."


def read_target(
    path: str | os.PathLike[str],
    *,
    void: tuple[int, ...] = (VOID,),
    label_set: LabelSet | None = None,
    allow_large: bool = False,
    check: Callable[[], None] = nothing,
    progressed: Callable[[float], None] = nothing,
) -> NDArray[np.uint8]:
    """Read a target mask as label indices.

    Palettised and grey files are read as their numbers, never through their colours. A colour
    mask is decoded by the exact colours of `label_set`. An orientation tag is ignored: masks
    are written by programs, beside a picture of the same size.

    Parameters
    ----------
    path : path-like
    void : tuple of int
        Labels that mean "ignore"; they become 255. 255 itself always means it.
    label_set : LabelSet, optional
        Needed for masks in colours only.
    allow_large : bool
        Read masks over 50 megapixels (the person was asked).
    check, progressed : callable
        As for :func:`segviewer.imaging.reading.read.read_image`.

    Returns
    -------
    ndarray of uint8 (H, W)
        Labels 0..254, 255 for void.

    Raises
    ------
    PictureError
        If the file is no usable mask: unreadable, lossy (JPEG), labels above 255, or colours
        of which over 1 % are not in the label set.
    """
    path = Path(path)
    read = read_values(
        path,
        label_set=label_set,
        others=False,
        allow_large=allow_large,
        check=check,
        progressed=progressed,
    )
    values = read.values
    if values.dtype != np.uint8:
        low, high = int(values.min()), int(values.max())
        if low < 0 or high > VOID:
            raise _no_mask(
                path,
                f"Its numbers run from {low} to {high}; labels are 0 to 255.",
                "Export the labels as an 8-bit PNG (instance numbers are not labels).",
            )
        values = values.astype(np.uint8)
    table = np.arange(256, dtype=np.uint8)
    table[[label for label in void if 0 <= label <= VOID]] = VOID
    labels: NDArray[np.uint8] = table[values]
    return labels


def read_values(
    path: str | os.PathLike[str],
    *,
    label_set: LabelSet | None = None,
    others: bool = True,
    picture: Path | None = None,
    allow_large: bool = False,
    check: Callable[[], None] = nothing,
    progressed: Callable[[float], None] = nothing,
) -> MaskValues:
    """Read what a mask's file holds: numbers, or the labels its colours or names stand for.

    Palettised and grey files are read as their numbers, never through their colours; colours
    whose three channels are equal are numbers, too. An orientation tag is ignored. Pages of
    nothing and something are one class each. Polygons and arrays are known by their content.

    Parameters
    ----------
    path : path-like
    picture : Path, optional
        Whose mask it is: a file of COCO holds those of many pictures.
    label_set : LabelSet, optional
        The likeliest set for masks in colours.
    others : bool
        Try the colours of all label sets the program knows, too.
    allow_large, check, progressed
        As with :func:`read_target`.

    Raises
    ------
    PictureError
        As with :func:`read_target`.
    """
    path = Path(path)
    kind = mask_kind(path)
    if kind in ("labelme", "coco"):
        read = read_labelme if kind == "labelme" else read_coco
        return read(path, picture, allow_large=allow_large, check=check)
    if kind:
        return read_array(path, allow_large=allow_large, check=check)
    with open_picture(path, check, progressed) as (mask, header):
        check_size(path, header, allow_large)
        if (stack := read_pages(path, header, check)) is not None:
            return stack
        lossy = header.format in ("JPEG", "MPO")
        scale = _grey_scale(path, mask)
        mask.load()
        if lossy:
            return MaskValues(_black_or_white(path, mask), None, (JPEG_NOTE,))
        if mask.mode not in ("RGB", "RGBA", "RGBX"):
            numbers = _indices(path, mask, scale, check)
            if (levels := _gif_levels(mask)) is not None:
                numbers = levels[numbers]
            return _named(path, MaskValues(numbers))
        if _is_grey(mask):
            numbers = _indices(path, mask.getchannel(0), 1, check)
            return _named(path, MaskValues(numbers, None, (EQUAL_CHANNELS_NOTE,)))
        return read_coloured(path, mask, label_set, others, check)


def _named(path: Path, read: MaskValues) -> MaskValues:
    """With the class names that a painted mask, or a list beside it, gives its numbers."""
    table = None
    names = class_names_of(path)
    if not names and (table := number_table(path)) is not None:
        names = table.names
    unlisted = read.values[read.values != VOID]
    if not names or (len(unlisted) and int(unlisted.max()) >= len(names)):
        return read
    notes = (f"The mask's numbers are named by {table.file}.",) if table is not None else ()
    is_listed = table is not None
    return replace(
        read, names=names, notes=(*read.notes, *notes), partial=True, is_listed=is_listed
    )


def _is_grey(picture: Image.Image) -> bool:
    for _, _, strip in strips(picture):
        image = np.asarray(strip)
        same = (image[..., 0] == image[..., 1]) & (image[..., 0] == image[..., 2])
        if not same.all():
            return False
    return True


def _black_or_white(path: Path, picture: Image.Image) -> np.ndarray:
    """0 and 255 of a JPEG that has hardly anything between; others are no masks.

    Raises
    ------
    PictureError
    """
    values = np.asarray(picture.convert("L"))
    between = (values > _JPEG_NOISE) & (values < 255 - _JPEG_NOISE)
    if between.mean() > _JPEG_BETWEEN or values.max() < 128:
        raise _no_mask(
            path,
            "JPEG changes pixel values a little, which turns labels into other labels.",
            "Export the mask as PNG.",
        )
    return np.where(values >= 128, np.uint8(255), np.uint8(0))


def _gif_levels(picture: Image.Image) -> NDArray[np.uint8] | None:
    """The numbers of a GIF's palette entries where it stands for greys; None where it does not.

    A GIF has no greys of its own: whoever writes label numbers as greys gets a palette of those
    that occur, in which the seventh may be an 8. Black and white stay 0 and 1.
    """
    if picture.format != "GIF" or picture.mode != "P" or picture.palette is None:
        return None
    colours = np.frombuffer(bytes(picture.palette.palette), np.uint8)
    colours = colours[: len(colours) // 3 * 3].reshape(-1, 3)
    levels = np.zeros(256, np.uint8)
    levels[: len(colours)] = colours[:256, 0]
    is_grey = bool((colours == colours[:, :1]).all())
    return levels if is_grey and set(np.unique(levels)) - {0, 255} else None


def _indices(path: Path, picture: Image.Image, scale: int, check: Callable[[], None]) -> np.ndarray:
    if picture.mode in ("LA", "PA", "La"):
        picture = picture.getchannel(0)
    parts = []
    for _, _, strip in strips(picture):
        check()
        values = np.asarray(strip)
        if values.ndim != 2:
            raise _no_mask(
                path,
                f"It holds colours ({picture.mode}), not label numbers.",
                "Export the mask as a grey or palettised PNG.",
            )
        if values.dtype.kind == "f" and not np.array_equal(values, np.rint(values)):
            # Infinity equals itself; what is no number does not.
            raise _no_mask(
                path,
                "It holds fractions, and labels are whole numbers.",
                "Export the labels as an 8-bit PNG.",
            )
        small = values.dtype == bool or (values.min() >= 0 and values.max() <= VOID)
        if not small and values.dtype.kind == "f":
            values = np.clip(values, -_MOST_NUMBER, _MOST_NUMBER)
        parts.append(values.astype(np.uint8 if small else np.int32))
    # One strip of larger numbers makes all of them int32.
    numbers = np.concatenate(parts)
    return numbers // scale if scale > 1 else numbers


def _no_mask(path: Path, why: str, next_step: str) -> PictureError:
    return PictureError(f"{path.name} cannot be used as a target mask.", why, next_step)


def _grey_scale(path: Path, picture: Image.Image) -> int:
    """Factor by which Pillow spread the numbers of a 2- or 4-bit grey PNG; 1 otherwise."""
    if picture.format != "PNG" or picture.mode != "L":
        return 1
    with open_regular(path) as file:
        start = file.read(26)
    # Byte 24 of a PNG is the bit depth, byte 25 the colour type (0: grey).
    depth, colour_type = start[24], start[25]
    return {2: 85, 4: 17}.get(depth, 1) if colour_type == 0 else 1
