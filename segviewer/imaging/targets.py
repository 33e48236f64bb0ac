"""Target masks (ground truth): files whose numbers are class labels, not brightness."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from segviewer.errors import PictureError
from segviewer.imaging.header import check_size, open_picture, read_header
from segviewer.imaging.labels import LabelSet
from segviewer.imaging.labels import label_set as label_set_named

VOID = 255
"""Label of ignored pixels in every label map and target of the program."""

_UNKNOWN_SHARE = 0.01
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
    with open_picture(path) as picture:
        header = read_header(picture, path)
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
            target = _decode(path, picture, label_set)
        else:
            target = _indices(path, picture, scale)
    target[np.isin(target, [v for v in void if 0 <= v <= VOID])] = VOID
    return target


def read_network_target(path: str | os.PathLike, labels: str, one_class: bool) -> NetworkTarget:
    """Read the target mask that a network is compared with.

    Parameters
    ----------
    labels : str
        Name of the network's label set, which says what is void; "" for none.
    one_class : bool
        It tells foreground from background only. Masks for such networks are commonly written
        as 0 and 255, where 255 is no void but the foreground.

    Raises
    ------
    PictureError
        As with :func:`read_target`.
    """
    target = read_target(path, void=label_set_named(labels).void if labels else (VOID,))
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
    target = np.full(packed.shape, VOID, np.uint8)
    unknown = np.ones(packed.shape, bool)
    for colour in label_set.void_colours:
        unknown[packed == _pack(colour)] = False
    for label, colour in enumerate(label_set.colours):
        here = packed == _pack(colour)
        target[here] = label
        unknown[here] = False
    return target, unknown


def _decode(path: Path, picture: Image.Image, label_set: LabelSet | None) -> np.ndarray:
    if label_set is None:
        raise PictureError(
            f"{path.name} is a mask in colours.",
            "No label set is known that says which colour is which class.",
            "Choose the label set, or use a mask that holds label numbers.",
        )
    image = np.asarray(picture)[..., :3]
    target, unknown = decode_colours(image, label_set)
    share = float(unknown.mean())
    if share > _UNKNOWN_SHARE:
        found, counts = np.unique(_packed(image)[unknown], return_counts=True)
        order = np.argsort(-counts, kind="stable")[:8]
        colours = [_unpack(int(found[i])) for i in order]
        listed = ", ".join(str(colour) for colour in colours[:3])
        raise PictureError(
            f"{path.name} has colours that {label_set.title} does not know.",
            f"{share:.0%} of the pixels, in {len(found)} colours: {listed}"
            f"{' …' if len(found) > 3 else ''}.",
            "Choose the label set the mask was painted with; check that it was never resized "
            "with smoothing.",
            details="\n".join(
                f"{colour}: {int(counts[i])} pixels"
                for colour, i in zip(colours, order, strict=True)
            ),
        )
    return target


def _indices(path: Path, picture: Image.Image, scale: int) -> np.ndarray:
    if picture.mode in ("LA", "PA", "La"):
        picture = picture.getchannel(0)
    values = np.asarray(picture)
    if values.ndim != 2:
        raise PictureError(
            f"{path.name} cannot be used as a target mask.",
            f"It holds colours ({picture.mode}), not label numbers.",
            "Export the mask as a grey or palettised PNG.",
        )
    if values.dtype.kind == "f" and not np.array_equal(values, np.rint(values)):
        raise PictureError(
            f"{path.name} cannot be used as a target mask.",
            "It holds fractions, and labels are whole numbers.",
            "Export the labels as an 8-bit PNG.",
        )
    if values.dtype != bool and values.size and (values.max() > VOID or values.min() < 0):
        raise PictureError(
            f"{path.name} cannot be used as a target mask.",
            f"Its numbers run from {values.min()} to {values.max()}; labels are 0 to 255.",
            "Export the labels as an 8-bit PNG (instance numbers are not labels).",
        )
    target = np.array(values, np.uint8)
    return target // scale if scale > 1 else target


def _grey_scale(path: Path, picture: Image.Image) -> int:
    """Factor by which Pillow spread the numbers of a 2- or 4-bit grey PNG; 1 otherwise."""
    if picture.format != "PNG" or picture.mode != "L":
        return 1
    with path.open("rb") as file:
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
