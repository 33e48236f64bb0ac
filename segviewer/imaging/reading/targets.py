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
from segviewer.imaging.labels import LabelSet, label_set_names
from segviewer.imaging.labels import label_set as label_set_named
from segviewer.imaging.painted_mask import class_names_of
from segviewer.imaging.reading.header import check_size, nothing, open_picture
from segviewer.imaging.reading.mask_files.kinds import mask_kind
from segviewer.imaging.reading.mask_files.shapes import read_coco, read_labelme
from segviewer.imaging.reading.mask_files.stacks import read_array, read_pages
from segviewer.imaging.reading.mask_values import VOID as VOID
from segviewer.imaging.reading.mask_values import MaskValues as MaskValues
from segviewer.imaging.reading.mask_values import share_of
from segviewer.imaging.reading.strips import strips

_UNKNOWN_SHARE = 0.01
_MOST_COLOURS = 100_000  # distinguished where they are unknown: a photograph has more
_NEAR = 8  # levels by which a channel may differ from a colour: smoothed or saved with loss
_SAMPLED = 200_000  # pixels by which the label set of a mask in colours is found
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
            return _named(MaskValues(_indices(path, mask, scale, check)), class_names_of(path))
        if _is_grey(mask):
            numbers = _indices(path, mask.getchannel(0), 1, check)
            return MaskValues(numbers, None, (EQUAL_CHANNELS_NOTE,))
        chosen = _likeliest(path, mask, label_set, others)
        target, near = _decode(path, mask, chosen, check)
    notes: tuple[str, ...] = (f"Mask read by the colours of {chosen.title}.",)
    if near:
        notes += (f"{share_of(near, target.size)} of its colours were only nearly theirs.",)
    return MaskValues(target, chosen, notes)


def _named(read: MaskValues, names: tuple[str, ...]) -> MaskValues:
    """With the class names that a painted mask lists, where they are those of its numbers."""
    unlisted = read.values[read.values != VOID]
    if not names or (len(unlisted) and int(unlisted.max()) >= len(names)):
        return read
    return replace(read, names=names, partial=True)


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


def _likeliest(
    path: Path, picture: Image.Image, label_set: LabelSet | None, others: bool
) -> LabelSet:
    """The label set whose colours a mask is painted in: the one that leaves the least unknown."""
    sets = [label_set] if label_set is not None else []
    if others:
        known = [label_set_named(name) for name in label_set_names()]
        sets += [one for one in known if one.decodable and one not in sets]
    if not sets:
        raise PictureError(
            f"{path.name} is a mask in colours.",
            "No label set is known that says which colour is which class.",
            "Choose the label set, or use a mask that holds label numbers.",
        )
    step = max(1, int((picture.width * picture.height / _SAMPLED) ** 0.5))
    size = (max(1, picture.width // step), max(1, picture.height // step))
    few = np.asarray(picture.resize(size, Image.Resampling.NEAREST))[..., :3]
    unknown = {
        one.name: float(decode_colours(few, one)[1].mean()) if one.decodable else 1.0
        for one in sets
    }
    # The network's own, being first, wins where two know the colours alike.
    return min(sets, key=lambda one: unknown[one.name])


def decode_colours(image: NDArray[np.uint8], label_set: LabelSet) -> tuple[np.ndarray, np.ndarray]:
    """Turn the exact colours of a label set into labels.

    Parameters
    ----------
    image : ndarray of uint8 (H, W, 3)
    label_set : LabelSet
        All its colours must differ (`label_set.decodable`).

    Returns
    -------
    target : ndarray of uint8 (H, W)
        Labels; 255 for void colours and for unknown ones.
    unknown : ndarray of bool (H, W)
        Pixels whose colour is neither a class's nor void's.

    Raises
    ------
    PictureError
        If two classes share a colour (ADE20K's road and skyscraper do).
    """
    if not label_set.decodable:
        raise PictureError(
            f"Colours cannot be turned into labels of {label_set.title}.",
            "Two of its classes share a colour, so the colour does not say which it is.",
            "Use the mask file that holds label numbers instead.",
        )
    packed = _packed(image)
    known = {_pack(colour): VOID for colour in label_set.void_colours}
    known |= {_pack(colour): label for label, colour in enumerate(label_set.colours)}
    colours = np.array(sorted(known), np.int32)
    labels = np.array([known[int(colour)] for colour in colours], np.uint8)
    # One search for all colours: a comparison with each of 150 takes that many times as long.
    place = np.minimum(np.searchsorted(colours, packed), len(colours) - 1)
    unknown = colours[place] != packed
    return np.where(unknown, np.uint8(VOID), labels[place]), unknown


def _decode(
    path: Path, picture: Image.Image, label_set: LabelSet, check: Callable[[], None]
) -> tuple[np.ndarray, int]:
    """Labels uint8 (H, W), and how many pixels were only nearly of a colour of the set."""
    target = np.empty((picture.height, picture.width), np.uint8)
    counts: dict[int, int] = {}
    near = 0
    for top, bottom, strip in strips(picture):
        check()
        image = np.asarray(strip)
        labels, unknown = decode_colours(image[..., :3], label_set)
        if unknown.any():
            found, place, how_often = np.unique(
                _packed(image)[unknown], return_inverse=True, return_counts=True
            )
            nearest = _nearest_labels(found[:_MOST_COLOURS], label_set)
            nearest = np.pad(nearest, (0, len(found) - len(nearest)), constant_values=-1)
            labels[unknown] = np.where(nearest < 0, VOID, nearest).astype(np.uint8)[place]
            near += int(how_often[nearest >= 0].sum())
            for index in np.flatnonzero(nearest < 0).tolist():
                colour, number = int(found[index]), int(how_often[index])
                if colour in counts or len(counts) < _MOST_COLOURS:
                    counts[colour] = counts.get(colour, 0) + number
                else:
                    counts[-1] = counts.get(-1, 0) + number
        if image.shape[2] == 4 and picture.mode == "RGBA":
            labels[image[..., 3] == 0] = VOID
        target[top:bottom] = labels
    share = sum(counts.values()) / target.size
    if share > _UNKNOWN_SHARE:
        more = counts.pop(-1, 0)
        order = sorted(counts, key=lambda colour: (-counts[colour], colour))[:8]
        colours = [_unpack(colour) for colour in order]
        listed = ", ".join(str(colour) for colour in colours[:3])
        raise PictureError(
            f"{path.name} has colours that {label_set.title} does not know.",
            f"{share:.0%} of the pixels, in {'more than ' if more else ''}{len(counts)} colours: "
            f"{listed}{' …' if len(counts) > 3 else ''}.",
            "Choose the label set the mask was painted with; check that it was never resized "
            "with smoothing.",
            details="\n".join(
                f"{colour}: {counts[number]} pixels"
                for colour, number in zip(colours, order, strict=True)
            ),
        )
    return target, near


def _nearest_labels(packed: np.ndarray, label_set: LabelSet) -> np.ndarray:
    """The label (void: 255) whose colour is within :data:`_NEAR` in every channel; else −1."""
    known = (*label_set.colours, *label_set.void_colours)
    labels = [*range(label_set.num_classes), *[VOID] * len(label_set.void_colours)]
    colours = np.stack([packed >> 16, (packed >> 8) & 255, packed & 255], -1).astype(np.int16)
    best = np.full(len(packed), _NEAR + 1, np.int16)
    found = np.full(len(packed), -1, np.int16)
    for colour, label in zip(known, labels, strict=True):
        distance = np.abs(colours - np.array(colour, np.int16)).max(-1)
        closer = distance < best
        best[closer], found[closer] = distance[closer], label
    return found


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


def _packed(image: np.ndarray) -> np.ndarray:
    red, green, blue = (image[..., i].astype(np.int32) for i in range(3))
    return (red << 16) | (green << 8) | blue


def _pack(colour: tuple[int, int, int]) -> int:
    return (colour[0] << 16) | (colour[1] << 8) | colour[2]


def _unpack(value: int) -> tuple[int, int, int]:
    return value >> 16, (value >> 8) & 255, value & 255
