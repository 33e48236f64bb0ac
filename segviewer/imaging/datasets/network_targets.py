"""A target mask in the classes of the network it is compared with."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from segviewer.errors import PictureError
from segviewer.imaging.datasets.mapping import TargetMapping, named_mapping
from segviewer.imaging.labels import LabelSet, plain_name
from segviewer.imaging.labels import label_set as label_set_named
from segviewer.imaging.reading.header import nothing
from segviewer.imaging.reading.mask_files.kinds import mask_kind
from segviewer.imaging.reading.mask_values import VOID, MaskValues, share_of
from segviewer.imaging.reading.targets import read_values

IGNORED_NAMES = frozenset({"ignore", "void", "unlabeled", "unlabelled"})
"""What labelme and others call pixels that say nothing, as ``plain_name`` writes it."""

BACKGROUND = "background"
_NAMED = 3


@dataclass(frozen=True)
class TargetClasses:
    """What of a network decides how a mask is read.

    Attributes
    ----------
    num_classes : int
        1 for a network that parts foreground from background.
    names : tuple of str
        Its class names; where a mask is painted in another label set's colours, classes of
        equal names are the same.
    label_set : str
        Name of its label set; "" for none.
    ignored : tuple of int
        Further numbers that are ignored, as the network's card says.
    """

    num_classes: int
    names: tuple[str, ...] = ()
    label_set: str = ""
    ignored: tuple[int, ...] = ()

    @property
    def labels(self) -> LabelSet | None:
        """The label set."""
        return label_set_named(self.label_set) if self.label_set else None

    @property
    def void(self) -> tuple[int, ...]:
        """Numbers that are ignored."""
        labels = self.labels
        return (*(labels.void if labels is not None else (VOID,)), *self.ignored)


@dataclass(frozen=True, eq=False)
class NetworkTarget:
    """A target mask, uint8 (H, W), and sentences on how it was read."""

    target: np.ndarray
    notes: tuple[str, ...] = ()
    mapping: str = "as stored"


def read_network_target(
    path: str | os.PathLike[str],
    classes: TargetClasses,
    mapping: str | TargetMapping = "",
    *,
    picture: Path | None = None,
    allow_large: bool = False,
    check: Callable[[], None] = nothing,
    progressed: Callable[[float], None] = nothing,
) -> NetworkTarget:
    """Read the target mask that a network is compared with.

    Parameters
    ----------
    path : path-like
    classes : TargetClasses
    mapping : str or TargetMapping
        What its numbers mean: a name (:data:`segviewer.imaging.datasets.mapping.CHOICES`),
        empty for the likeliest, or what was found for all masks of a data set.
    picture : Path, optional
        Whose mask it is: a file of COCO holds those of many pictures.
    allow_large, check, progressed
        As with :func:`segviewer.imaging.reading.targets.read_target`.

    Raises
    ------
    PictureError
        As with :func:`read_target`.
    SettingsError
        If there is no mapping of this name.
    """
    path = Path(path)
    read = read_values(
        path,
        label_set=classes.labels,
        picture=picture,
        allow_large=allow_large,
        check=check,
        progressed=progressed,
    )
    if read.label_set is not None:
        return _by_colours(read, classes)
    # A list beside the mask is the likeliest meaning of its numbers; a person may say another.
    asked = read.is_listed and isinstance(mapping, str) and bool(mapping)
    if read.names and not asked:
        return _by_names(read, classes)
    held = values_of(read.values)
    meant = (
        mapping
        if isinstance(mapping, TargetMapping)
        else named_mapping(mapping, held, classes.num_classes, classes.void)
    )
    try:
        target = meant.apply(read.values)
    except PictureError as error:
        raise PictureError(
            f"{path.name} cannot be used as a target mask.", error.why, error.next_step
        ) from error
    if meant.name == "as stored":
        target = without_void(target, classes.void)
    notes = (*read.notes, *((f"Target mask: {meant.said}.",) if meant.said else ()))
    return NetworkTarget(target, notes, meant.name)


def values_of(values: np.ndarray) -> tuple[int, ...]:
    """The numbers that occur, in order."""
    if values.dtype == np.uint8:
        return tuple(np.flatnonzero(np.bincount(values.ravel(), minlength=256)).tolist())
    return tuple(int(value) for value in np.unique(values))


def mapping_of_masks(
    paths: Sequence[Path], classes: TargetClasses, mapping: str = "", most: int = 16
) -> TargetMapping | str:
    """One mapping for all masks of a data set, by what some of them hold together.

    A single mask may lack the numbers that give a convention away. Masks that cannot be read
    say nothing here; reading them for good says why.

    Parameters
    ----------
    paths : list of Path
    classes : TargetClasses
    mapping : str
        As in :func:`read_network_target`.
    most : int
        How many masks are looked into, spread evenly.
    """
    if len(paths) > most:
        paths = [paths[i] for i in np.linspace(0, len(paths) - 1, most).round().astype(int)]
    held: set[int] = set()
    for path in paths:
        if mask_kind(path) in ("labelme", "coco"):
            continue  # they name their classes
        try:
            read = read_values(path, label_set=classes.labels)
        except PictureError:
            continue
        if read.label_set is None and not read.names:
            held.update(values_of(read.values))
    if not held:
        return mapping
    return named_mapping(mapping, held, classes.num_classes, classes.void)


def without_void(target: np.ndarray, void: tuple[int, ...]) -> np.ndarray:
    """`target` with the numbers of `void` as 255."""
    ignored = [label for label in void if 0 <= label < VOID]
    if not ignored:
        return target
    table = np.arange(256, dtype=np.uint8)
    table[ignored] = VOID
    known: np.ndarray = table[target]
    return known


def _by_colours(read: MaskValues, classes: TargetClasses) -> NetworkTarget:
    """Labels of a mask that was painted in a label set's colours."""
    painted = read.label_set
    assert painted is not None
    if painted.name == classes.label_set or painted.classes == classes.names:
        return NetworkTarget(read.values, read.notes, "colours")
    table = _table_of(painted.classes, classes)
    matched = int(np.count_nonzero(table[: painted.num_classes] != VOID))
    note = (
        f"The mask is painted in the colours of {painted.title}, which is not the network's "
        f"label set: {matched} of its {painted.num_classes} classes have the same name here, "
        "the others are void."
    )
    return NetworkTarget(table[read.values], (*read.notes, note), "colours")


def _by_names(read: MaskValues, classes: TargetClasses) -> NetworkTarget:
    """Labels of a mask whose file names its classes itself."""
    ignored = {place for place, name in enumerate(read.names) if plain_name(name) in IGNORED_NAMES}
    if classes.num_classes == 1:
        # Whatever is outlined is the foreground.
        table = np.ones(256, np.uint8)
        table[[*ignored]] = VOID
        table[[p for p, name in enumerate(read.names) if plain_name(name) == BACKGROUND]] = 0
        table[VOID] = VOID if read.partial else 0
        note = "All shapes of the mask were taken for the foreground."
        said = read.notes if read.partial else (*read.notes, note)
        return NetworkTarget(table[read.values], said, "names")
    if read.partial and read.names == classes.names:
        # Of two classes with one name each keeps its own number.
        return NetworkTarget(read.values, read.notes, "names")
    table = _table_of(read.names, classes)
    background = [k for k, name in enumerate(classes.names) if plain_name(name) == BACKGROUND]
    if background and not read.partial:
        table[VOID] = background[0]
    unknown = [
        place
        for place, name in enumerate(read.names)
        if table[place] == VOID and place not in ignored and plain_name(name) != BACKGROUND
    ]
    notes = list(read.notes)
    if unknown:
        pixels = np.bincount(read.values.ravel(), minlength=256)[unknown]
        names = ", ".join(read.names[place] for place in unknown[:_NAMED])
        notes.append(
            f"{len(unknown)} of its {len(read.names)} class names are not the network's and "
            f"void: {names}{' …' if len(unknown) > _NAMED else ''} "
            f"({share_of(int(pixels.sum()), read.values.size)} of the pixels)."
        )
    return NetworkTarget(table[read.values], tuple(notes), "names")


def _table_of(names: tuple[str, ...], classes: TargetClasses) -> np.ndarray:
    """The network's label of each of `names`, by its name; 255 for all others."""
    place = {plain_name(name): label for label, name in enumerate(classes.names)}
    table = np.full(256, VOID, np.uint8)
    for label, name in enumerate(names):
        table[label] = place.get(plain_name(name), VOID)
    return table
