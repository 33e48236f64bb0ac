"""Target masks painted in the colours of a label set."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from segviewer.errors import PictureError
from segviewer.imaging.labels import LabelSet, label_set_names
from segviewer.imaging.labels import label_set as label_set_named
from segviewer.imaging.reading.mask_files.class_tables import ClassTable, colour_table
from segviewer.imaging.reading.mask_values import VOID, MaskValues, share_of
from segviewer.imaging.reading.strips import strips

_UNKNOWN_SHARE = 0.01
_SWAPPED_UNKNOWN = 0.05  # with less unknown a mask's red is its red
_MOST_COLOURS = 100_000  # distinguished where they are unknown: a photograph has more
_NEAR = 8  # levels by which a channel may differ from a colour: smoothed or saved with loss
_SAMPLED = 200_000  # pixels by which the label set of a mask in colours is found
SWAPPED_NOTE = "The mask's red and blue are exchanged, as OpenCV leaves them: they were put back."


def read_coloured(
    path: Path,
    picture: Image.Image,
    label_set: LabelSet | None,
    others: bool,
    check: Callable[[], None],
) -> MaskValues:
    """The labels that the colours of a mask stand for.

    Parameters
    ----------
    path : Path
        For messages.
    picture : PIL.Image.Image
        RGB, RGBA or RGBX; transparent pixels are void.
    label_set : LabelSet or None
        The likeliest; of those that know the colours alike it is taken.
    others : bool
        Try the colours of all label sets that the program knows, too.
    check : callable
        Called often; what it raises ends it.

    Raises
    ------
    PictureError
        If over 1 % of the pixels have colours that no set knows.
    """
    few = _sample(picture)
    table = colour_table(path)
    if table is not None and not (label_set is not None and table.is_of(label_set)):
        listed = _listed(table)
        if decode_colours(few, listed)[1].mean() <= _UNKNOWN_SHARE:
            target, near = _decode(path, picture, listed, False, check)
            note = f"Mask read by the colours that {table.file} lists."
            return MaskValues(target, None, (note, *_near(near, target.size)), table.names, True)
    chosen, swapped = _likeliest(path, few, label_set, others)
    target, near = _decode(path, picture, chosen, swapped, check)
    notes: tuple[str, ...] = (f"Mask read by the colours of {chosen.title}.",)
    merged = [_pack(colour) for of_class in chosen.merged_colours for colour in of_class]
    if np.isin(_packed(few[..., ::-1] if swapped else few), merged).any():
        notes += (f"Its finer classes were merged into {chosen.title}'s {chosen.num_classes}.",)
    if swapped:
        notes += (SWAPPED_NOTE,)
    return MaskValues(target, chosen, (*notes, *_near(near, target.size)))


def _near(pixels: int, total: int) -> tuple[str, ...]:
    if not pixels:
        return ()
    return (f"{share_of(pixels, total)} of its colours were only nearly theirs.",)


def _sample(picture: Image.Image) -> NDArray[np.uint8]:
    """Some pixels (h, w, 3), by which whose colours they are is found."""
    step = max(1, int((picture.width * picture.height / _SAMPLED) ** 0.5))
    size = (max(1, picture.width // step), max(1, picture.height // step))
    few: NDArray[np.uint8] = np.asarray(picture.resize(size, Image.Resampling.NEAREST))[..., :3]
    return few


def _listed(table: ClassTable) -> LabelSet:
    """The classes of a list beside the mask; black is void where it has no class."""
    black = () if (0, 0, 0) in table.colours else ((0, 0, 0),)
    return LabelSet(
        name="listed",
        title=table.file,
        classes=table.names,
        colours=table.colours,
        void_colours=black,
    )


def _likeliest(
    path: Path, few: NDArray[np.uint8], label_set: LabelSet | None, others: bool
) -> tuple[LabelSet, bool]:
    """The label set whose colours a mask is painted in, and whether red and blue are exchanged.

    It is the one that leaves the least unknown; exchanged only where that explains nearly all of
    a mask whose colours as they are do not.
    """
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

    def best(colours: NDArray[np.uint8]) -> tuple[float, LabelSet]:
        unknown = {
            one.name: float(decode_colours(colours, one)[1].mean()) if one.decodable else 1.0
            for one in sets
        }
        # The network's own, being first, wins where two know the colours alike.
        chosen = min(sets, key=lambda one: unknown[one.name])
        return unknown[chosen.name], chosen

    unknown, chosen = best(few)
    if unknown > _SWAPPED_UNKNOWN:
        unknown_swapped, chosen_swapped = best(few[..., ::-1])
        if unknown_swapped <= _UNKNOWN_SHARE:
            return chosen_swapped, True
    return chosen, False


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
    known = {_pack(colour): label for colour, label in label_set.label_of_colour().items()}
    colours = np.array(sorted(known), np.int32)
    labels = np.array([known[int(colour)] for colour in colours], np.uint8)
    # One search for all colours: a comparison with each of 150 takes that many times as long.
    place = np.minimum(np.searchsorted(colours, packed), len(colours) - 1)
    unknown = colours[place] != packed
    return np.where(unknown, np.uint8(VOID), labels[place]), unknown


def _decode(
    path: Path, picture: Image.Image, label_set: LabelSet, swapped: bool, check: Callable[[], None]
) -> tuple[np.ndarray, int]:
    """Labels uint8 (H, W), and how many pixels were only nearly of a colour of the set."""
    target = np.empty((picture.height, picture.width), np.uint8)
    counts: dict[int, int] = {}
    near = 0
    for top, bottom, strip in strips(picture):
        check()
        image = np.asarray(strip)
        if swapped:
            image = image[..., [2, 1, 0, 3][: image.shape[2]]]
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
    known = label_set.label_of_colour()
    colours = np.stack([packed >> 16, (packed >> 8) & 255, packed & 255], -1).astype(np.int16)
    best = np.full(len(packed), _NEAR + 1, np.int16)
    found = np.full(len(packed), -1, np.int16)
    for colour, label in known.items():
        distance = np.abs(colours - np.array(colour, np.int16)).max(-1)
        closer = distance < best
        best[closer], found[closer] = distance[closer], label
    return found


def _packed(image: np.ndarray) -> np.ndarray:
    red, green, blue = (image[..., i].astype(np.int32) for i in range(3))
    return (red << 16) | (green << 8) | blue


def _pack(colour: tuple[int, int, int]) -> int:
    return (colour[0] << 16) | (colour[1] << 8) | colour[2]


def _unpack(value: int) -> tuple[int, int, int]:
    return value >> 16, (value >> 8) & 255, value & 255
