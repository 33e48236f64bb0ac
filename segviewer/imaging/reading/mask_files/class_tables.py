"""Lists that tools put beside masks: which colour, or which number, is which class.

CVAT's and Datumaro's ``labelmap.txt`` (``road:128,64,128::``), CamVid's ``label_colors.txt``
(``128 64 128  Road``), Kaggle's ``class_dict.csv`` (``Road,128,64,128``), Roboflow's
``_classes.csv`` (``3, road``).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from segviewer.files.regular_files import open_regular
from segviewer.imaging.labels import MAX_CLASSES, Colour, LabelSet, plain_name

COLOUR_TABLES = (
    "labelmap.txt",
    "label_colors.txt",
    "label_colours.txt",
    "class_dict.csv",
    "class_dict_seg.csv",
    "colormap.txt",
    "color_map.txt",
    "classes.csv",
)
NUMBER_TABLES = ("_classes.csv",)
_UP = 3  # folders in which is looked: the mask's own and those above it
_MOST_BYTES = 1 << 18
_MOST_LETTERS = 80
_BETWEEN = r"[\s,;]+"
_COLOUR = rf"([0-9]{{1,3}}){_BETWEEN}([0-9]{{1,3}}){_BETWEEN}([0-9]{{1,3}})"
_NAME_FIRST = re.compile(rf"\s*(.+?)\s*[:,;\s]\s*{_COLOUR}\s*(?:[:,;].*)?$")
_COLOUR_FIRST = re.compile(rf"\s*{_COLOUR}{_BETWEEN}(\S.*?)\s*$")
_NUMBERED = re.compile(r"\s*([0-9]{1,3})\s*,\s*(\S.*?)\s*$")
_SAME = 3  # classes of equal name and colour by which a table is a label set's own


@dataclass(frozen=True)
class ClassTable:
    """What a list says.

    Attributes
    ----------
    file : str
        Its name.
    names : tuple of str
        Of the classes, in the list's order.
    colours : tuple of (int, int, int)
        As many, or none where numbers are named: the place of a name is its number.
    """

    file: str
    names: tuple[str, ...]
    colours: tuple[Colour, ...] = ()

    def is_of(self, labels: LabelSet) -> bool:
        """Whether a label set knows all of its colours, and none of them by another name."""
        known = labels.label_of_colour()
        place = {plain_name(name): label for label, name in enumerate(labels.classes)}
        same = 0
        for name, colour in zip(self.names, self.colours, strict=True):
            if colour not in known or place.get(plain_name(name), known[colour]) != known[colour]:
                return False
            same += plain_name(name) in place
        return same >= _SAME


def colour_table(mask: Path) -> ClassTable | None:
    """The list of colours beside a mask, or in one of the two folders above it."""
    return _found(mask, COLOUR_TABLES, _colours)


def number_table(mask: Path) -> ClassTable | None:
    """The list of numbers beside a mask, or in one of the two folders above it."""
    return _found(mask, NUMBER_TABLES, _numbers)


def _found(
    mask: Path, names: tuple[str, ...], read: Callable[[str, str], ClassTable | None]
) -> ClassTable | None:
    for folder in mask.absolute().parents[:_UP]:
        for name in names:
            path = folder / name
            try:
                state = path.stat()
            except OSError:
                continue
            table = _read(path, state.st_mtime_ns, state.st_size, read)
            if table is not None:
                return table
    return None


@lru_cache(maxsize=64)
def _read(
    path: Path, changed: int, size: int, read: Callable[[str, str], ClassTable | None]
) -> ClassTable | None:
    """The table of a file as it was at a time; None for one that is none."""
    del changed, size  # by them a file that was written anew is read again
    try:
        with open_regular(path, _MOST_BYTES) as file:
            text = file.read(_MOST_BYTES).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return None
    return read(text, path.name)


def _colours(text: str, file: str) -> ClassTable | None:
    found: dict[Colour, str] = {}
    for line in text.splitlines():
        line = line.split("#")[0]
        if match := _COLOUR_FIRST.match(line):
            *levels, name = match.groups()
        elif match := _NAME_FIRST.match(line):
            name, *levels = match.groups()
        else:
            continue
        colour = (int(levels[0]), int(levels[1]), int(levels[2]))
        if max(colour) > 255 or colour in found:
            return None  # a colour of two classes says neither
        found[colour] = _shown(name)
    if not 1 < len(found) <= MAX_CLASSES or len(set(found.values())) < len(found):
        return None
    return ClassTable(file, tuple(found.values()), tuple(found))


def _numbers(text: str, file: str) -> ClassTable | None:
    found = [match.groups() for line in text.splitlines() if (match := _NUMBERED.match(line))]
    if [int(number) for number, _ in found] != list(range(len(found))):
        return None  # with gaps its numbers are no places
    if not 1 < len(found) <= MAX_CLASSES:
        return None
    return ClassTable(file, tuple(_shown(name) for _, name in found))


def _shown(name: str) -> str:
    return "".join(letter for letter in name.strip() if letter.isprintable())[:_MOST_LETTERS]
