"""Label sets: the names, colours and void labels of a data set."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Self

import numpy as np
from pydantic import ValidationError, model_validator

from segviewer.additions import installed
from segviewer.errors import SettingsError
from segviewer.files.regular_files import read_regular
from segviewer.imaging.colour_space import VISIONS, oklab, seen_as, srgb_from_oklab
from segviewer.resource_files import resource_path
from segviewer.settings import Settings

MAX_CLASSES = 255
"""Label maps are uint8 and 255 is void, so at most labels 0..254 exist."""

Colour = tuple[int, int, int]

_MOST_BYTES = 1 << 20  # of a label set that a package adds

_BY_NUM_CLASSES = {11: "camvid11", 19: "cityscapes19", 21: "voc21", 150: "ade20k150"}

# Okabe and Ito's colours without black, which on a photograph reads as shadow.
_OKABE_ITO: tuple[Colour, ...] = (
    (230, 159, 0),
    (86, 180, 233),
    (0, 158, 115),
    (240, 228, 66),
    (0, 114, 178),
    (213, 94, 0),
    (204, 121, 167),
)


class LabelSet(Settings):
    """Names, colours and void labels of a data set's classes.

    Attributes
    ----------
    name : str
        Short name, that of its file in ``resources/palettes``.
    title : str
        Name for people.
    classes : tuple of str
        Class names; the index is the label.
    colours : tuple of (int, int, int)
        sRGB colour of each class.
    void : tuple of int
        Labels that are ignored everywhere.
    void_colours : tuple of (int, int, int)
        Colours that mean void in colour masks of this data set.
    merged_colours : tuple of tuple of (int, int, int)
        Of each class, the colours of those of a finer list that became it: of CamVid's 32 the
        11 of SegNet. Empty where there is none.
    transparent : tuple of int
        Classes never drawn, such as VOC's background.
    safe_colours : tuple of (int, int, int)
        Colours for :func:`colour_blind_safe`, where familiar things should look familiar
        (a blue sky); empty to have them chosen.
    """

    name: str
    title: str
    classes: tuple[str, ...]
    colours: tuple[Colour, ...]
    void: tuple[int, ...] = (255,)
    void_colours: tuple[Colour, ...] = ()
    merged_colours: tuple[tuple[Colour, ...], ...] = ()
    transparent: tuple[int, ...] = ()
    safe_colours: tuple[Colour, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not 1 <= len(self.classes) <= MAX_CLASSES:
            raise ValueError(f"a label set has 1 to {MAX_CLASSES} classes")
        if len(self.classes) != len(self.colours):
            raise ValueError(f"{len(self.classes)} classes but {len(self.colours)} colours")
        if self.safe_colours and len(self.safe_colours) != len(self.classes):
            raise ValueError(f"{len(self.classes)} classes, {len(self.safe_colours)} safe colours")
        if self.merged_colours and len(self.merged_colours) != len(self.classes):
            raise ValueError(f"{len(self.classes)} classes, {len(self.merged_colours)} merged ones")
        merged = tuple(colour for of_class in self.merged_colours for colour in of_class)
        for colour in self.colours + self.void_colours + self.safe_colours + merged:
            if not all(0 <= value <= 255 for value in colour):
                raise ValueError(f"colour {colour} is outside 0..255")
        if not all(0 <= label <= 255 for label in self.void):
            raise ValueError("void labels are 0 to 255")
        if not all(0 <= label < len(self.classes) for label in self.transparent):
            raise ValueError("transparent labels must be classes")
        return self

    @property
    def num_classes(self) -> int:
        """Number of classes K."""
        return len(self.classes)

    @property
    def decodable(self) -> bool:
        """Whether a colour says which class it is: no two classes (or void) share one."""
        used = self.colours + tuple(set(self.void_colours))
        return len(set(used)) == len(used)

    def label_of_colour(self) -> dict[Colour, int]:
        """What each colour of a mask means: a class, or 255 for void."""
        known: dict[Colour, int] = dict.fromkeys(self.void_colours, MAX_CLASSES)
        for label, colours in enumerate(self.merged_colours):
            known |= dict.fromkeys(colours, label)
        return known | {colour: label for label, colour in enumerate(self.colours)}


def plain_name(name: str) -> str:
    """A class name without what programs write differently: case, blanks, ``_ - /``."""
    return re.sub(r"[\s_/-]+", "", name).casefold()


def label_set_names() -> tuple[str, ...]:
    """Names of the label sets in ``resources/palettes``, then of those that packages add."""
    own = sorted(path.stem for path in resource_path("palettes").glob("*.json"))
    return tuple(dict.fromkeys((*own, *_added_sets())))


@lru_cache(maxsize=1)
def _added_sets() -> dict[str, LabelSet]:
    """Label sets of installed packages; one that cannot be used is said once and left out."""
    found: dict[str, LabelSet] = {}
    for one in installed.additions(installed.LABEL_SETS):
        try:
            path = one.file
            if path is None:
                raise FileNotFoundError(f"there is no package {one.value}")
            read = LabelSet.model_validate_json(read_regular(path, _MOST_BYTES))
            if read.name != one.name:
                raise ValueError(f"{path.name} names itself {read.name!r}")
        except (OSError, ValueError, ImportError) as error:
            one.refuse(error)
            continue
        found[one.name] = read
    return found


@lru_cache(maxsize=32)
def label_set(name: str) -> LabelSet:
    """Load a label set by name; ``"classes7"`` gives the generic set of seven classes.

    Raises
    ------
    SettingsError
        If there is no such set, or its file is damaged.
    """
    generic = re.fullmatch(r"classes(\d{1,4})", name)
    if generic:
        return _generic(int(generic[1]))
    names = label_set_names()
    # Only listed names are opened: a name from a file must not become a path.
    if name not in names:
        raise SettingsError(
            f"There is no label set called “{name}”.",
            f"Known are {', '.join(names)}.",
            "Choose one of them.",
        )
    if name in _added_sets() and not resource_path("palettes", f"{name}.json").is_file():
        return _added_sets()[name]
    try:
        text = resource_path("palettes", f"{name}.json").read_text(encoding="utf-8")
        return LabelSet.model_validate_json(text)
    except (OSError, ValidationError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"The label set “{name}” cannot be used.",
            "Its file in resources/palettes is damaged.",
            "Install the program again.",
            details=str(error),
        ) from error


def label_set_for(num_classes: int) -> LabelSet:
    """The label set usually meant by a number of classes.

    11 CamVid, 19 Cityscapes, 21 Pascal VOC, 150 ADE20K; otherwise a generic set "K classes"
    whose colours are chosen one after the other, each as far (in OKLab) from all before it as
    the screen allows, none near black or white.

    Raises
    ------
    SettingsError
        For less than 1 or more than 255 classes.
    """
    if num_classes in _BY_NUM_CLASSES:
        return label_set(_BY_NUM_CLASSES[num_classes])
    return _generic(num_classes)


@lru_cache(maxsize=32)
def colour_blind_safe(labels: LabelSet) -> LabelSet:
    """The same classes in colours that stay apart for colour-blind eyes.

    The first seven are Okabe and Ito's; every further one is the colour that keeps the largest
    distance to all before it in the worst of four visions (usual, protanopia, deuteranopia,
    tritanopia), in OKLab. A label set's own `safe_colours` say which class has which; otherwise
    classes take the colour nearest to their usual one, closest pairs first. Classes that are
    never drawn keep their colour. The result is always the same for the same classes. With many
    classes (about 20 and more) no palette keeps all apart: names and the legend have to help.
    """
    if labels.safe_colours:
        return _with_safe(labels, labels.safe_colours)
    drawn = [k for k in range(labels.num_classes) if k not in labels.transparent]
    lab = np.stack([seen_as(_candidates(), vision) for vision in VISIONS])
    first = np.array(_OKABE_ITO[: len(drawn)], int).reshape(-1, 3)
    start = np.stack([seen_as(first, vision) for vision in VISIONS])
    chosen = list(_OKABE_ITO[: len(drawn)])
    chosen += _spread(lab, start, len(drawn) - len(chosen))
    colours = list(labels.colours)
    usual = [labels.colours[label] for label in drawn]
    for index, colour in zip(*_closest_pairs(usual, chosen), strict=True):
        colours[drawn[index]] = chosen[colour]
    return _with_safe(labels, tuple(colours))


def _with_safe(labels: LabelSet, colours: tuple[Colour, ...]) -> LabelSet:
    return labels.changed(
        name=f"{labels.name}-safe",
        title=f"{labels.title} (colour-blind safe)",
        colours=colours,
        # The new colours are for eyes; no file was ever painted with them.
        void_colours=(),
        safe_colours=(),
    )


@lru_cache(maxsize=32)
def _generic(num_classes: int) -> LabelSet:
    if not 1 <= num_classes <= MAX_CLASSES:
        raise SettingsError(
            f"{num_classes} classes cannot be shown.",
            f"Label maps hold the labels 0 to {MAX_CLASSES - 1}, and 255 for void.",
            f"Use a network with 1 to {MAX_CLASSES} classes.",
        )
    lab = oklab(_candidates())[None]
    first: Colour = (230, 84, 60)
    start = oklab(np.array([first]))[None]
    colours = [first, *_spread(lab, start, num_classes - 1)]
    return LabelSet(
        name=f"classes{num_classes}",
        title="1 class" if num_classes == 1 else f"{num_classes} classes",
        classes=tuple(f"class {k}" for k in range(num_classes)),
        colours=tuple(colours),
    )


@lru_cache(maxsize=1)
def _candidates() -> np.ndarray:
    """Colours to choose from: int (M, 3), neither near black nor near white, none grey."""
    lightness, chroma, hue = np.meshgrid(
        np.linspace(0.38, 0.90, 14),
        np.linspace(0.07, 0.25, 7),
        np.linspace(0, 2 * np.pi, 48, endpoint=False),
        indexing="ij",
    )
    lab = np.stack([lightness, chroma * np.cos(hue), chroma * np.sin(hue)], -1).reshape(-1, 3)
    colours = srgb_from_oklab(lab)
    # Clipping to the screen moves a colour; what moved is not the colour that was meant.
    shown = np.abs(oklab(colours) - lab).max(-1) < 0.01
    return np.unique(colours[shown], axis=0).astype(int)


def _spread(lab: np.ndarray, start: np.ndarray, count: int) -> list[Colour]:
    """Choose `count` candidates one after the other, each farthest from all before.

    Parameters
    ----------
    lab : ndarray (V, M, 3)
        OKLab of the candidates in V visions; the smallest distance of all visions counts.
    start : ndarray (V, S, 3)
        OKLab of the colours already taken.
    """
    candidates = _candidates()
    nearest = np.full(lab.shape[1], np.inf)
    for taken in range(start.shape[1]):
        nearest = np.minimum(nearest, _distance(lab, start[:, taken]))
    chosen = []
    for _ in range(max(0, count)):
        best = int(np.argmax(nearest))
        red, green, blue = (int(value) for value in candidates[best])
        chosen.append((red, green, blue))
        nearest = np.minimum(nearest, _distance(lab, lab[:, best]))
    return chosen


def _closest_pairs(first: list[Colour], second: list[Colour]) -> tuple[list[int], list[int]]:
    """Pair two equally long lists of colours, always the closest remaining pair."""
    one, other = oklab(np.array(first)), oklab(np.array(second))
    distance = np.sqrt(((one[:, None] - other[None]) ** 2).sum(-1))
    pairs: tuple[list[int], list[int]] = ([], [])
    for _ in first:
        row, column = np.unravel_index(np.argmin(distance), distance.shape)
        pairs[0].append(int(row))
        pairs[1].append(int(column))
        distance[row, :] = distance[:, column] = np.inf
    return pairs


def _distance(lab: np.ndarray, colour: np.ndarray) -> np.ndarray:
    """Smallest distance over the visions of each candidate (V, M, 3) to one colour (V, 3)."""
    distance: np.ndarray = np.sqrt(((lab - colour[:, None]) ** 2).sum(-1)).min(0)
    return distance
