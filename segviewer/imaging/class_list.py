"""Names and colours of classes, as people have them: a pasted list, CSV, JSON, a label set."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from segviewer.errors import SettingsError
from segviewer.files.regular_files import read_regular, reason, shown_name
from segviewer.imaging.labels import MAX_CLASSES, Colour, label_set, label_set_names

MOST_BYTES = 4 << 20
_MOST_DEEP = 4
_NAMES = ("classes", "CLASSES", "class_names", "id2label", "label_names", "labels", "names")
_COLOURS = ("colours", "colors", "palette", "PALETTE")
_HEX = re.compile(r"#?([0-9a-fA-F]{6})")
_NAME_LETTERS = 300

ClassList = tuple[tuple[str, ...], tuple[Colour, ...]]
"""Names, and as many colours or none."""


def read_class_list(path: Path) -> ClassList:
    """Read a file of class names.

    Raises
    ------
    SettingsError
        If it cannot be read, or holds no names.
    """
    try:
        text = read_regular(path, MOST_BYTES).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = reason(error) if isinstance(error, OSError) else "It is not text (UTF-8)."
        raise SettingsError(
            f"The class names in {shown_name(path)} cannot be read.",
            why,
            "Choose a JSON, CSV or text file.",
            details=str(path),
        ) from error
    return class_list(text, shown_name(path))


def class_list(text: str, source: str = "the list") -> ClassList:
    """Find class names, and colours, in `text`.

    JSON: a list of names; names by number; objects with ``name`` and ``color`` or ``colour``;
    or any of these below ``classes``, ``names``, ``id2label``, ``CLASSES`` with ``PALETTE`` and
    the like. Otherwise a line a class: ``road``, ``0: road``, ``road,128,64,128``,
    ``0 road #804080``, ``0;road;128;64;128``; a first line of headings is passed over.

    Parameters
    ----------
    text : str
    source : str
        Stands in the error.

    Raises
    ------
    SettingsError
    """
    try:
        found = _in_json(json.loads(text))
    except (ValueError, RecursionError):
        found = _in_lines(text)
    names, colours = found
    if not 1 <= len(names) <= MAX_CLASSES:
        raise SettingsError(
            f"There are no class names in {source}."
            if not names
            else f"{source} names {len(names)} classes.",
            "A name a line, JSON with classes or names, or CSV with a name and three numbers is "
            f"understood; 1 to {MAX_CLASSES} of them.",
            "Give a list of that kind.",
        )
    return names, colours if len(colours) == len(names) else ()


def named_class_list(name: str) -> ClassList:
    """Names and colours of a label set that ships.

    Raises
    ------
    SettingsError
        If there is none of this name.
    """
    known = label_set(name)
    return known.classes, known.colours


def known_class_lists(num_classes: int) -> tuple[tuple[str, str], ...]:
    """Name and title of the label sets that ship, those of `num_classes` first."""
    sets = [label_set(name) for name in label_set_names()]
    sets.sort(key=lambda one: (one.num_classes != num_classes, one.title))
    return tuple((one.name, f"{one.title} ({one.num_classes})") for one in sets)


def names_in(content: Any) -> tuple[str, ...]:
    """Class names in what a program keeps: a list of texts, or texts by number."""
    for mapping in _mappings(content):
        for key in _NAMES:
            if names := _as_names(mapping.get(key)):
                return names
    return ()


def colours_in(content: Any) -> tuple[Colour, ...]:
    """Colours in what a program keeps, a list of three numbers each."""
    for mapping in _mappings(content):
        for key in _COLOURS:
            if colours := _as_colours(mapping.get(key)):
                return colours
    return ()


def _in_json(content: Any) -> ClassList:
    if isinstance(content, list) and content and all(isinstance(one, Mapping) for one in content):
        return _of_objects(content)
    if names := _as_names(content):
        return names, ()
    for mapping in _mappings(content):
        for key in _NAMES:
            value = mapping.get(key)
            if isinstance(value, list) and value and isinstance(value[0], Mapping):
                return _of_objects(value)
    return names_in(content), colours_in(content)


def _of_objects(rows: list[Any]) -> ClassList:
    names: list[str] = []
    colours: list[Colour | None] = []
    for row in rows:
        name = next((row[key] for key in ("name", "label", "class") if key in row), "")
        names.append(str(name).strip()[:_NAME_LETTERS] or f"class {len(names)}")
        colour = next((row[key] for key in ("color", "colour", "rgb") if key in row), None)
        colours.append(_colour(colour))
    kept = tuple(colour for colour in colours if colour is not None)
    return tuple(names), kept if len(kept) == len(names) else ()


def _colour(value: Any) -> Colour | None:
    if isinstance(value, str) and (hexed := _HEX.fullmatch(value.strip())):
        red, green, blue = bytes.fromhex(hexed[1])
        return red, green, blue
    found = _as_colours([value])
    return found[0] if found else None


def _as_names(value: Any) -> tuple[str, ...]:
    if isinstance(value, Mapping) and value:
        numbered = {str(number): name for number, name in value.items()}
        value = [numbered.get(str(index)) for index in range(len(numbered))]
    listed = isinstance(value, list | tuple) and value
    if listed and all(isinstance(name, str) and name.strip() for name in value):
        return tuple(name.strip()[:_NAME_LETTERS] for name in value)
    return ()


def _as_colours(value: Any) -> tuple[Colour, ...]:
    if isinstance(value, list | tuple) and value and all(map(_is_colour, value)):
        return tuple((int(r), int(g), int(b)) for r, g, b in value)
    return ()


def _is_colour(value: Any) -> bool:
    return (
        isinstance(value, list | tuple)
        and len(value) == 3
        and all(isinstance(part, int) and 0 <= part <= 255 for part in value)
    )


def _mappings(content: Any, depth: int = 0) -> Iterator[Mapping[str, Any]]:
    if isinstance(content, Mapping):
        yield content
        if depth < _MOST_DEEP:
            for value in content.values():
                yield from _mappings(value, depth + 1)


def _in_lines(text: str) -> ClassList:
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) == 1 and "," in lines[0] and not re.search(r"\d", lines[0]):
        lines = lines[0].split(",")  # pasted as a row
    rows = [found for found in map(_in_line, lines) if found is not None]
    if len(rows) > 1 and rows[0][0].casefold() in ("name", "class", "label", "id", "index"):
        rows = rows[1:]
    colours = tuple(colour for _, colour in rows if colour is not None)
    return tuple(name for name, _ in rows), colours


def _in_line(line: str) -> tuple[str, Colour | None] | None:
    separator = next((sign for sign in ("\t", ";", ",") if sign in line), "")
    if separator:
        cells = next(csv.reader([line], delimiter=separator))
    else:
        cells = re.sub(r"^\s*(\d+)\s*[:.)]\s+", r"\1 ", line).split()
    cells = [cell.strip() for cell in cells if cell.strip()]
    colour = None
    if len(cells) > 3 and all(_is_byte(cell) for cell in cells[-3:]):
        red, green, blue = (int(cell) for cell in cells[-3:])
        colour, cells = (red, green, blue), cells[:-3]
    elif len(cells) > 1 and cells[-1].startswith("#") and _HEX.fullmatch(cells[-1]):
        colour, cells = _colour(cells[-1]), cells[:-1]
    if len(cells) > 1 and re.fullmatch(r"\d+:?", cells[0]):
        cells = cells[1:]
    name = (cells[0] if separator else " ".join(cells)) if cells else ""
    name = name.strip("'\" ,")[:_NAME_LETTERS]
    return (name, colour) if name else None


def _is_byte(text: str) -> bool:
    return text.isdecimal() and int(text) <= 255
