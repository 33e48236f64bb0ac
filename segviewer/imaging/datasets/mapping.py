"""What the numbers of a target mask mean in the classes of a network.

Data sets count in different ways: Cityscapes' ``labelIds`` name 34 things of which 19 are
classes, ADE20K counts from 1, binary masks hold 0 and 255. The likeliest way is chosen by what
a mask holds, and said; another can be asked for.
"""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from segviewer.errors import PictureError, SettingsError
from segviewer.files.regular_files import open_regular
from segviewer.imaging.reading.mask_values import VOID

# Cityscapes' labelId of each of its 19 classes (trainId 0 to 18), as its scripts list them.
CITYSCAPES_IDS = (7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33)
_CITYSCAPES_HIGHEST = 33
_MOST_TABLE_BYTES = 4 << 20
_MOST_VALUE = 65535
_FEW = 3  # numbers, 0 among them, of which a step is no sign yet

CHOICES = {
    "": "as they seem to be meant",
    "as stored": "the numbers are the classes",
    "counted from 1": "1 is the first class, 0 is void (ADE20K)",
    "cityscapes ids": "Cityscapes' labelIds become its 19 classes",
    "foreground": "everything but 0 is the foreground",
    "even steps": "0, 20, 40 … (or another step) are the classes 0, 1, 2 …",
    "in order": "the numbers that occur, in their order, are the classes",
}
"""What can be asked for, by name; also ``table:PATH`` for a person's own."""


@dataclass(frozen=True)
class TargetMapping:
    """What becomes of the numbers of a mask.

    Attributes
    ----------
    name : str
        One of :data:`CHOICES`, or ``table:PATH``.
    table : tuple of (int, int)
        Number and label; 255 is void. Empty keeps numbers as they are.
    others : int or None
        Label of all numbers that are not in `table`; None keeps them.
    said : str
        What a person has to know of it; empty where nothing is changed.
    """

    name: str
    table: tuple[tuple[int, int], ...] = ()
    others: int | None = None
    said: str = ""

    def apply(self, values: np.ndarray) -> np.ndarray:
        """Labels uint8 of stored `values` (any whole numbers, any shape).

        Raises
        ------
        PictureError
            If a number stays that is no label (0 to 255).
        """
        if not self.table and self.others is None and values.dtype == np.uint8:
            return values
        low, high = (int(values.min()), int(values.max())) if values.size else (0, 0)
        known = dict(self.table)
        size = max(high, VOID) - min(low, 0) + 1
        if size > 2 * _MOST_VALUE:
            # Instance numbers of 32 bits: only those that occur.
            found, place = np.unique(values, return_inverse=True)
            labels = np.array([self._label(int(value), known) for value in found], np.int64)
            self._check(found, labels)
            return labels.astype(np.uint8)[place].reshape(values.shape)
        numbers = np.arange(min(low, 0), max(high, VOID) + 1)
        labels = np.array([self._label(int(value), known) for value in numbers], np.int64)
        bad = (labels < 0) | (labels > VOID)
        if bad.any():
            found = np.unique(values)
            self._check(found, labels[found - numbers[0]])
        mapped: np.ndarray = labels.astype(np.uint8)[values.astype(np.int64) - numbers[0]]
        return mapped

    def _label(self, value: int, known: Mapping[int, int]) -> int:
        if value in known:
            return known[value]
        if value < 0 or value == VOID:
            return VOID if value in (-1, VOID) else value
        return value if self.others is None else self.others

    @staticmethod
    def _check(values: np.ndarray, labels: np.ndarray) -> None:
        bad = (labels < 0) | (labels > VOID)
        if bad.any():
            some = ", ".join(f"{int(value):,}" for value in values[bad][:4])
            raise PictureError(
                "The mask's numbers are no labels.",
                f"It holds {some}{' …' if bad.sum() > 4 else ''}; labels are 0 to 255.",
                "If they are instance numbers, export the labels; if they are labels, give a "
                "table of what they mean (--mapping table:FILE.csv).",
            )


AS_STORED = TargetMapping("as stored")


def mapping_for(values: Iterable[int], num_classes: int, void: Iterable[int] = ()) -> TargetMapping:
    """The likeliest meaning of the numbers that masks hold.

    Parameters
    ----------
    values : iterable of int
        All numbers that occur, in one mask or better in several.
    num_classes : int
        K of the network; 1 parts foreground from background.
    void : iterable of int
        Numbers that the network's label set ignores.
    """
    held = set(values) - {VOID, -1}
    ignored = set(void)
    both = VOID in set(values)
    if num_classes <= 2 and both and held <= {0}:
        return _foreground("0 and 255 read as background and foreground")
    if num_classes <= 2 and len(held) == 2 and 0 in held and max(held) > 1:
        return _foreground(f"0 and {max(held)} read as background and foreground")
    if num_classes == 1:
        return AS_STORED
    if num_classes == 19 and held - set(range(19)) and max(held) <= _CITYSCAPES_HIGHEST:
        return _cityscapes(held)
    beyond = held - set(range(num_classes)) - ignored
    inside = {number for number in ignored if 0 < number < num_classes}
    every = num_classes + len(inside)
    if inside and beyond and max(beyond) < every:
        # Void stands among the classes, and those after it moved up.
        return _in_order(sorted(set(range(every)) - inside))
    if beyond == {num_classes}:
        return _from_one(num_classes)
    step = _step(held)
    if beyond and step and len(held) > num_classes // 2 and max(held) // step < num_classes:
        # With fewer of the classes 40 and 80 may as well be every second of steps of 20.
        return _even_steps(step, num_classes)
    return AS_STORED


def named_mapping(
    name: str, values: Iterable[int], num_classes: int, void: Iterable[int] = ()
) -> TargetMapping:
    """The mapping of a name in :data:`CHOICES`, or ``table:PATH``.

    Parameters
    ----------
    name : str
        Empty: what the values say themselves.
    values : iterable of int
        Numbers in the mask.
    num_classes : int
        Of the network.
    void : iterable of int
        Labels that say nothing.

    Raises
    ------
    SettingsError
        If there is no such mapping.
    PictureError
        If the table cannot be read.
    """
    if not name:
        return mapping_for(values, num_classes, void)
    if name == "as stored":
        return AS_STORED
    if name == "counted from 1":
        return _from_one(num_classes)
    if name == "cityscapes ids":
        return _cityscapes(set(values) - {VOID, -1})
    if name == "foreground":
        return _foreground("everything but 0 read as foreground")
    if name == "even steps":
        return _even_steps(_step(set(values) - {VOID, -1}) or 1, num_classes)
    if name == "in order":
        return _in_order(sorted(set(values) - {VOID, -1}))
    if name.startswith("table:"):
        return read_table(Path(name.removeprefix("table:")))
    raise SettingsError(
        f"There is no target mapping “{name}”.",
        f"Known are {', '.join(choice for choice in CHOICES if choice)} and table:FILE.",
        "Choose one of them.",
    )


def read_table(path: Path) -> TargetMapping:
    """A person's own table: CSV lines ``number,label`` or JSON ``{"number": label}``.

    Labels are 0 to 254; 255, −1 and the word void mean void, as do numbers that are not listed.

    Raises
    ------
    PictureError
        If it cannot be read or says nothing.
    """

    def fault(why: str) -> PictureError:
        return PictureError(
            f"{path.name} is no table of labels.",
            why,
            'Write lines such as "7,0" (number, label), or JSON such as {"7": 0}.',
        )

    try:
        with open_regular(path) as file:
            content = file.read(_MOST_TABLE_BYTES + 1)
    except OSError as error:
        raise fault(f"It cannot be read: {error.strerror or error}.") from error
    if len(content) > _MOST_TABLE_BYTES:
        raise fault(f"It has over {_MOST_TABLE_BYTES >> 20} MB.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise fault("It is not text.") from error
    rows: list[tuple[str, object]]
    if text.lstrip()[:1] in ("{", "["):
        try:
            loaded = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise fault(f"It is no JSON: {error}.") from error
        if isinstance(loaded, list):
            loaded = {str(number): label for number, label in enumerate(loaded)}
        if not isinstance(loaded, dict):
            raise fault("It holds no numbers.")
        rows = list(loaded.items())
    else:
        # A file without commas has its numbers apart by blanks, tabs, semicolons or colons.
        lines = [re.sub(r"[\t;:,] *| +", ",", line.strip()) for line in text.splitlines()]
        rows = [
            (row[0], row[1].strip())
            for row in csv.reader(lines)
            if len(row) > 1 and not row[0].lstrip().startswith("#")
        ]
    table: dict[int, int] = {}
    for index, (number, label) in enumerate(rows):
        value, meant = _whole(number), _whole(label)
        if value is None and index == 0 and meant is None:
            continue  # the heading
        if value is None or meant is None or not -1 <= meant <= VOID:
            raise fault(f"Line {index + 1}: “{number}” and “{label}” are no number and label.")
        table[value] = VOID if meant < 0 else meant
    if not table:
        raise fault("No line has a number and a label.")
    kept = sum(label != VOID for label in table.values())
    return TargetMapping(
        f"table:{path}",
        tuple(sorted(table.items())),
        VOID,
        f"read by the table {path.name}: {kept} numbers become classes, all others are void",
    )


def _whole(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    if isinstance(value, str):
        text = value.strip().lower()
        if text in ("void", "ignore"):
            return VOID
        if not re.fullmatch(r"-?[0-9]{1,6}", text):
            return None
        value = int(text)
    return value if -1 <= value <= _MOST_VALUE else None


def _foreground(said: str) -> TargetMapping:
    # 255, too: binary masks have no void.
    return TargetMapping("foreground", ((0, 0), (VOID, 1)), 1, said)


def _from_one(num_classes: int) -> TargetMapping:
    table = ((0, VOID), *((k + 1, k) for k in range(num_classes)))
    return TargetMapping(
        "counted from 1", table, None, "numbers read as counted from 1, and 0 as void"
    )


def _cityscapes(held: set[int]) -> TargetMapping:
    table = tuple((number, label) for label, number in enumerate(CITYSCAPES_IDS))
    used = len(held & set(CITYSCAPES_IDS))
    return TargetMapping(
        "cityscapes ids",
        table,
        VOID,
        f"read as Cityscapes' labelIds: {len(held)} numbers, {used} of them classes, "
        "the others void",
    )


def _step(held: set[int]) -> int:
    """What all of three numbers and more are multiples of, as a mask for looking at has them; or 0.

    Two alone, such as 0 and 128, may mean anything.
    """
    step = math.gcd(*held) if len(held) > _FEW else 0
    return step if step > 1 else 0


def _even_steps(step: int, num_classes: int) -> TargetMapping:
    table = tuple((step * label, label) for label in range(num_classes) if step * label < VOID)
    said = f"numbers read in steps of {step}: {step} → 1, {2 * step} → 2 …"
    return TargetMapping("even steps", table, VOID, said)


def _in_order(held: list[int]) -> TargetMapping:
    table = tuple((number, label) for label, number in enumerate(held[:VOID]))
    shown = ", ".join(f"{number} → {label}" for number, label in table[:4])
    more = " …" if len(table) > 4 else ""
    return TargetMapping("in order", table, VOID, f"numbers read in their order: {shown}{more}")
