"""Target masks (ground truth): files whose numbers are class labels, not brightness."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from segviewer.errors import PictureError
from segviewer.files.regular_files import open_regular
from segviewer.imaging.labels import LabelSet
from segviewer.imaging.labels import label_set as label_set_named
from segviewer.imaging.reading.header import check_size, nothing, open_picture
from segviewer.imaging.reading.strips import strips

VOID = 255
"""Label of ignored pixels in every label map and target of the program."""

_UNKNOWN_SHARE = 0.01
_MOST_COLOURS = 100_000  # told apart where they are unknown: a photograph has more
FOREGROUND_NOTE = "The mask holds 0 and 255 alone; 255 is taken for the foreground."


@dataclass(frozen=True, eq=False)
class NetworkTarget:
    """A target mask, uint8 (H, W), and sentences on how it was read."""

    target: np.ndarray
    notes: tuple[str, ...] = ()


def read_target(
    path: str | os.PathLike,
    *,
    void: tuple[int, ...] = (VOID,),
    label_set: LabelSet | None = None,
    allow_large: bool = False,
    check: Callable[[], None] = nothing,
    progressed: Callable[[float], None] = nothing,
) -> np.ndarray:
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
    with open_picture(path, check, progressed) as (picture, header):
        check_size(path, header, allow_large)
        if header.format in ("JPEG", "MPO"):
            raise PictureError(
                f"{path.name} cannot be used as a target mask.",
                "JPEG changes pixel values a little, which turns labels into other labels.",
                "Export the mask as PNG.",
            )
        scale = _grey_scale(path, picture)
        picture.load()
        if picture.mode in ("RGB", "RGBA", "RGBX"):
            target = _decode(path, picture, label_set, check)
        else:
            target = _indices(path, picture, scale, check)
    return _void_table(void)[target]


def _void_table(void: tuple[int, ...]) -> np.ndarray:
    """What becomes of each number 0 to 255."""
    table = np.arange(256, dtype=np.uint8)
    table[[label for label in void if 0 <= label <= VOID]] = VOID
    return table


def read_network_target(
    path: str | os.PathLike,
    labels: str,
    one_class: bool,
    *,
    allow_large: bool = False,
    check: Callable[[], None] = nothing,
    progressed: Callable[[float], None] = nothing,
) -> NetworkTarget:
    """Read the target mask that a network is compared with.

    Parameters
    ----------
    labels : str
        Name of the network's label set, which says what is void; "" for none.
    one_class : bool
        It tells foreground from background only. Masks for such networks are commonly written
        as 0 and 255, where 255 is no void but the foreground.
    allow_large, check, progressed
        As with :func:`read_target`.

    Raises
    ------
    PictureError
        As with :func:`read_target`.
    """
    target = read_target(
        path,
        void=label_set_named(labels).void if labels else (VOID,),
        allow_large=allow_large,
        check=check,
        progressed=progressed,
    )
    taken = one_class and target.size > 0 and set(np.unique(target).tolist()) == {0, VOID}
    if taken:
        target = (target == VOID).astype(np.uint8)
    return NetworkTarget(target, (FOREGROUND_NOTE,) if taken else ())


def decode_colours(image: np.ndarray, label_set: LabelSet) -> tuple[np.ndarray, np.ndarray]:
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
    path: Path, picture: Image.Image, label_set: LabelSet | None, check: Callable[[], None]
) -> np.ndarray:
    if label_set is None:
        raise PictureError(
            f"{path.name} is a mask in colours.",
            "No label set is known that says which colour is which class.",
            "Choose the label set, or use a mask that holds label numbers.",
        )
    target = np.empty((picture.height, picture.width), np.uint8)
    counts: dict[int, int] = {}
    for top, bottom, strip in strips(picture):
        check()
        image = np.asarray(strip)[..., :3]
        target[top:bottom], unknown = decode_colours(image, label_set)
        if unknown.any():
            found, how_often = np.unique(_packed(image)[unknown], return_counts=True)
            for colour, number in zip(found.tolist(), how_often.tolist(), strict=True):
                if colour in counts or len(counts) < _MOST_COLOURS:
                    counts[colour] = counts.get(colour, 0) + number
                else:
                    counts[-1] = counts.get(-1, 0) + number
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
    return target


def _indices(path: Path, picture: Image.Image, scale: int, check: Callable[[], None]) -> np.ndarray:
    if picture.mode in ("LA", "PA", "La"):
        picture = picture.getchannel(0)
    target = np.empty((picture.height, picture.width), np.uint8)
    low, high = 0, 0
    for top, bottom, strip in strips(picture):
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
        if values.dtype != bool:
            low, high = min(low, values.min()), max(high, values.max())
        target[top:bottom] = values if values.dtype == bool else np.clip(values, 0, VOID)
    if low < 0 or high > VOID:
        raise _no_mask(
            path,
            f"Its numbers run from {low} to {high}; labels are 0 to 255.",
            "Export the labels as an 8-bit PNG (instance numbers are not labels).",
        )
    return target // scale if scale > 1 else target


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
