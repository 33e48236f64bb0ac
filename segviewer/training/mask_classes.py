"""What is to be learned: the classes of a data set, counted in its masks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from segviewer.errors import PictureError, SettingsError
from segviewer.imaging.class_list import named_class_list, read_class_list
from segviewer.imaging.datasets.mapping import AS_STORED, TargetMapping, named_mapping
from segviewer.imaging.datasets.network_targets import (
    BACKGROUND,
    IGNORED_NAMES,
    TargetClasses,
    values_of,
    without_void,
)
from segviewer.imaging.datasets.void_numbers import NO_VOID, found_void
from segviewer.imaging.labels import Colour, LabelSet, label_set, label_set_names, plain_name
from segviewer.imaging.reading.mask_values import VOID
from segviewer.imaging.reading.targets import read_values

MOST_GAPS = 0.25  # of the numbers up to the highest that no mask may hold
MOST_CLASSES = 255
_NAMED_IN = ("classes.txt", "labels.txt", "codes.txt", "class_names.txt", "classes.json")
_ORDERED = "in order"


@dataclass
class Counted:
    """What the masks of a data set hold.

    Attributes
    ----------
    pixels : dict of int to int
        How many pixels have each number, as stored, or each label of `painted`.
    painted : str
        The label set whose colours the masks are painted in; empty for numbers.
    names : tuple of str
        Class names that the masks' files, or lists beside them, give.
    rest_is_background : bool
        What has no name was left out because it is none of the classes; else nobody looked.
    """

    pixels: dict[int, int] = field(default_factory=dict)
    painted: str = ""
    names: tuple[str, ...] = ()
    rest_is_background: bool = False

    def add(self, path: Path, picture: Path, labels: LabelSet | None) -> tuple[int, int]:
        """Count one mask; gives its height and width."""
        read = read_values(path, label_set=labels, picture=picture)
        if read.label_set is not None:
            self.painted = read.label_set.name
        places: Sequence[int] = values_of(read.values)
        if read.names:
            self.names = tuple(dict.fromkeys((*self.names, *read.names)))
            self.rest_is_background |= not read.partial
        for value in places:
            count = int((read.values == value).sum())
            number = value
            if read.names and value != VOID:
                number = self.names.index(read.names[value])
            self.pixels[number] = self.pixels.get(number, 0) + count
        height, width = read.values.shape
        return height, width


@dataclass(frozen=True)
class DataClasses:
    """The classes that a network is to learn, and how masks are read as them.

    Attributes
    ----------
    names : tuple of str
    colours : tuple of (int, int, int)
        As many, or none where `label_set` says them.
    label_set : str
        Name; empty for none.
    mapping : TargetMapping or str
        As :func:`segviewer.imaging.datasets.network_targets.read_network_target` takes it.
    void : tuple of int
        Further numbers that are ignored, beside 255.
    said : tuple of str
        What was found and assumed, in sentences.
    rest_is_background : bool
        Of masks that name their classes, what has no name is the first class, and not void.
    perhaps : str
        The label set whose numbers these are just like, its void number among them; empty where
        there is none, or it was chosen.
    """

    names: tuple[str, ...]
    colours: tuple[Colour, ...] = ()
    label_set: str = ""
    mapping: TargetMapping | str = AS_STORED
    void: tuple[int, ...] = ()
    said: tuple[str, ...] = ()
    perhaps: str = ""
    rest_is_background: bool = False

    @property
    def count(self) -> int:
        """K."""
        return len(self.names)

    @property
    def target(self) -> TargetClasses:
        """As masks are read by."""
        return TargetClasses(self.count, self.names, self.label_set, self.void)

    def pixels(self, counted: Mapping[int, int], names: tuple[str, ...] = ()) -> np.ndarray:
        """Pixels of each class (K + 1,), void last, of the numbers that masks hold.

        Parameters
        ----------
        counted : mapping of int to int
            Pixels by number.
        names : tuple of str
            What the numbers are called, where masks name their classes.
        """
        numbers = np.array(sorted(counted), np.int64)
        labels = np.full(len(numbers), VOID, np.uint8)
        if isinstance(self.mapping, TargetMapping):
            labels = self.mapping.apply(numbers)
            if self.mapping.name == AS_STORED.name:
                labels = without_void(labels, self.target.void)
        elif names:
            places = {name: label for label, name in enumerate(self.names)}
            rest = 0 if self.rest_is_background else VOID
            known = [places.get(names[n], VOID) if n < len(names) else rest for n in numbers]
            labels = np.array(known, np.uint8)
        else:  # labels of the label set whose colours the masks have
            labels = np.minimum(numbers, VOID).astype(np.uint8)
        totals = np.zeros(self.count + 1, np.int64)
        for number, label in zip(numbers.tolist(), labels.tolist(), strict=True):
            totals[min(label, self.count)] += counted[number]
        return totals


def classes_of(
    counted: Counted,
    *,
    chosen_set: str = "",
    mapping: str = "",
    void: tuple[int, ...] = (),
    class_file: Path | None = None,
    folder: Path | None = None,
) -> DataClasses:
    """Find the classes of a data set by what its masks hold.

    Parameters
    ----------
    counted : Counted
    chosen_set : str
        A label set by name, which says names, colours and void.
    mapping : str
        What the masks' numbers mean; empty for what they seem to.
    void : tuple of int
        Numbers that are ignored, beside 255.
    class_file : Path, optional
        Names and colours.
    folder : Path, optional
        Of the data set, which may hold a list of names.

    Raises
    ------
    PictureError
        If the masks hold a single class, or hold too many numbers.
    SettingsError
        If names or label set do not fit the masks.
    """
    if counted.painted and not chosen_set:
        chosen_set = counted.painted
    if counted.names:
        classes = _of_names(counted)
    elif chosen_set:
        classes = _of_set(counted, label_set(chosen_set), mapping, void)
    else:
        classes = _of_numbers(counted, mapping, void, _listed_names(class_file, folder))
    present = int((classes.pixels(counted.pixels, counted.names)[:-1] > 0).sum())
    if present < 2:
        only = "one class" if present else "no class"
        raise PictureError(
            f"The masks hold {only}.",
            "There is one class only: a network learns by the difference of at least two.",
            "Check that these are the masks, and what --void, --mapping and --label-set say.",
        )
    return classes


def _of_names(counted: Counted) -> DataClasses:
    plain = {name: plain_name(name) for name in counted.names}
    names = [name for name in counted.names if plain[name] not in (*IGNORED_NAMES, BACKGROUND)]
    rest = counted.rest_is_background
    if rest:  # outlines come in any order, a list in its own
        names.sort()
    first = [name for name in counted.names if plain[name] == BACKGROUND][:1]
    first = first or ([BACKGROUND] if rest else [])
    said = f"The masks name {len(names)} classes"
    said += " beside the background" if first and not rest else ""
    said += f"; what has no name is {'background' if rest else 'void'}."
    return DataClasses((*first, *names), mapping="", said=(said,), rest_is_background=rest)


def _of_set(counted: Counted, labels: LabelSet, mapping: str, void: tuple[int, ...]) -> DataClasses:
    ignored = (*labels.void, *void)
    meant: TargetMapping | str = ""
    if not counted.painted:
        meant = named_mapping(mapping, counted.pixels, labels.num_classes, ignored)
        _check_within(counted, meant, labels.num_classes, ignored, labels.title)
    said = f"{labels.num_classes} classes, those of {labels.title}"
    said += "; the masks are painted in its colours." if counted.painted else "."
    return DataClasses(labels.classes, (), labels.name, meant, void, (said,))


def _of_numbers(
    counted: Counted,
    mapping: str,
    void: tuple[int, ...],
    listed: tuple[tuple[str, ...], tuple[Colour, ...], str],
) -> DataClasses:
    names, colours, where = listed
    perhaps = ""
    if mapping:
        found = NO_VOID
    else:
        found = found_void(sorted(set(counted.pixels) - {VOID, -1, *void}), void, names)
    void = (*void, *found.numbers)
    ignored = {VOID, -1, *void}
    held = sorted(set(counted.pixels) - ignored)
    both = VOID in counted.pixels
    kept = [place for place in range(len(names)) if place not in found.places]
    names = tuple(names[place] for place in kept)
    colours = tuple(colours[place] for place in kept) if colours else ()
    said: list[str] = []
    if len(held) > MOST_CLASSES or (held and held[0] < 0):
        raise PictureError(
            f"The masks hold {len(held):,} different numbers, from {held[0]} to {held[-1]:,}.",
            "They may be instance numbers, depths or colours, and no classes.",
            "Export the classes as an 8-bit PNG, or say by a table which number is which class "
            "(--mapping table:FILE.csv).",
        )
    if mapping == "cityscapes ids":
        return _of_set(counted, label_set("cityscapes19"), mapping, void)
    if found.places and kept and (found.shift or kept[-1] >= len(kept)):
        # Void stands among the listed classes: those after it move up.
        meant = named_mapping(_ORDERED, [place + found.shift for place in kept], len(kept))
    else:
        meant = _meant(held, both, mapping, void, len(names))
    labels = {int(label) for label in meant.apply(np.array(held, np.int64))} if held else {0}
    count = max(labels - {VOID}, default=0) + 1
    numbered = _numbered(meant, count)
    if meant.name == "foreground":
        count, numbered = 2, ("background", "foreground")
    if meant.said:
        said.append(f"Masks: {meant.said}.")
    if found.said:
        said.append(found.said)
    if names and where and len(names) < count:
        raise SettingsError(
            f"{where} names {len(names)} classes.",
            f"The masks hold numbers of {count}.",
            "Name all of them, or say which number is void with --void.",
        )
    if names:
        said.insert(0, f"{len(names)} classes, named in {where}.")
    else:
        said.insert(0, f"{count} classes, counted in the masks.")
        perhaps = _like_known_set(counted, void)
        said += [_hint(perhaps)] if perhaps else []
    absent = [number for number in range(count) if number not in labels]
    if absent and not names:
        some = ", ".join(map(str, absent[:5])) + (" …" if len(absent) > 5 else "")
        said.append(f"No mask holds {some}: the classes are kept and never learned.")
    return DataClasses(names or numbered, colours, "", meant, void, tuple(said), perhaps)


def _meant(
    held: list[int], both: bool, mapping: str, void: tuple[int, ...], listed: int
) -> TargetMapping:
    """What numbers mean that no label set explains; `listed` names, if any, show where gaps are."""
    if mapping:
        most = max(held, default=0)
        return named_mapping(mapping, held, most if mapping == "counted from 1" else most + 1)
    if (both and held == [0]) or (len(held) == 2 and held[0] == 0 and held[1] > 1):
        return named_mapping("foreground", held, 2)
    if not held:
        return AS_STORED
    gaps = set(range(held[-1] + 1)) - set(held)
    if gaps == {0} and listed in (0, held[-1]):
        # 0 is in no mask, or was called void.
        return named_mapping("counted from 1", held, held[-1])
    if not listed and (gaps & set(void) or len(gaps) > MOST_GAPS * (held[-1] + 1)):
        return named_mapping(_ORDERED, held, len(held))
    return AS_STORED


def _numbered(meant: TargetMapping, count: int) -> tuple[str, ...]:
    """Names of classes that nobody named: by the number that the masks hold."""
    if meant.name == _ORDERED:
        return tuple(f"number {number}" for number, _ in meant.table)
    return tuple(f"class {label}" for label in range(count))


def _check_within(
    counted: Counted, meant: TargetMapping, count: int, ignored: tuple[int, ...], title: str
) -> None:
    numbers = np.array(sorted(counted.pixels), np.int64)
    labels = meant.apply(numbers)
    beyond = [
        int(number)
        for number, label in zip(numbers, labels, strict=True)
        if label >= count and label != VOID and label not in ignored
    ]
    if beyond:
        raise SettingsError(
            f"The masks are not those of {title}.",
            f"It has {count} classes, and they hold {', '.join(map(str, beyond[:5]))}.",
            "Choose another label set, say which numbers are void (--void), or leave it out.",
        )


def _like_known_set(counted: Counted, void: tuple[int, ...]) -> str:
    """The label set whose numbers these are, with a void number of its own; empty for none."""
    held = set(counted.pixels) - {VOID, -1, *void}
    for name in label_set_names():
        known = label_set(name)
        extra = set(known.void) - {VOID}
        if extra and held == set(range(known.num_classes)) | extra:
            return name
    return ""


def void_numbers_of(name: str) -> str:
    """The void numbers of a label set beside 255, in words."""
    return ", ".join(map(str, sorted(set(label_set(name).void) - {VOID})))


def _hint(name: str) -> str:
    return (
        f"If the masks are those of {label_set(name).title}, where {void_numbers_of(name)} is "
        f"void, say --label-set {name}."
    )


def _listed_names(
    class_file: Path | None, folder: Path | None
) -> tuple[tuple[str, ...], tuple[Colour, ...], str]:
    """Names, colours, and where they were found."""
    if class_file is not None:
        known = str(class_file) in label_set_names()
        found = named_class_list(str(class_file)) if known else read_class_list(class_file)
        return *found, class_file.name
    for name in _NAMED_IN if folder is not None else ():
        path = Path(folder or ".", name)
        if path.is_file():
            try:
                return *read_class_list(path), name
            except SettingsError:
                continue  # a file of another purpose
    return (), (), ""
