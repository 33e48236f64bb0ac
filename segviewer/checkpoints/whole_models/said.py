"""What a whole model's file says of itself: class names, preprocessing, perhaps a card."""

from __future__ import annotations

import ast
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any

from pydantic import ValidationError

from segviewer.imaging.class_list import names_in
from segviewer.imaging.preprocessing import Preprocessing

MOST_BYTES = 1 << 20
_FOLDER = "extra/"
_MOST_ENTRIES = 200
_LISTS = ("class", "label", "name")  # in the key of a text that lists names
_MEAN = ("mean", "image_mean", "pixel_mean", "norm_mean")
_STD = ("std", "image_std", "pixel_std", "norm_std")
_ORDER = ("channel_order", "color_order", "colour_order", "channels", "input_format", "color_space")


@dataclass(frozen=True)
class Said:
    """Attributes are empty where nothing is said.

    Attributes
    ----------
    classes : tuple of str
    preprocessing : Preprocessing or None
    texts : mapping of str to str
        Everything, as it stands there.
    """

    classes: tuple[str, ...]
    preprocessing: Preprocessing | None
    texts: Mapping[str, str]


def said_by(texts: Mapping[str, str]) -> Said:
    """Read a file's own words: JSON, Python's literals, or one name a line or between commas."""
    values = {key: _value(text) for key, text in texts.items()}
    named = {key.rpartition("/")[2].partition(".")[0]: value for key, value in values.items()}
    return Said(_classes(named), _preprocessing(named), dict(texts))


def extra_files(file: IO[bytes]) -> dict[str, str]:
    """Texts that were saved beside a program in its archive, by name."""
    found: dict[str, str] = {}
    with zipfile.ZipFile(file) as archive:
        for entry in archive.infolist():
            _, inside, name = entry.filename.partition(_FOLDER)
            if inside and name and entry.file_size <= MOST_BYTES and len(found) < _MOST_ENTRIES:
                found[name] = archive.read(entry).decode("utf-8", "replace")
    return found


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return text


def _classes(named: Mapping[str, Any]) -> tuple[str, ...]:
    found = names_in(named)
    if found:
        return found
    for key, value in named.items():
        if not any(piece in key.lower() for piece in _LISTS):
            continue
        if isinstance(value, str):
            value = value.splitlines() if "\n" in value.strip() else value.split(",")
        if isinstance(value, list | tuple) and len(value) > 1:
            names = [name.strip() for name in value if isinstance(name, str)]
            if len(names) == len(value) and all(names):
                return tuple(name[:300] for name in names)
    return ()


def _preprocessing(named: Mapping[str, Any]) -> Preprocessing | None:
    for value in (named, *(one for one in named.values() if isinstance(one, Mapping))):
        mean, std = _three(value, _MEAN), _three(value, _STD)
        if mean is None or std is None:
            continue
        order = next((str(value[key]).upper() for key in _ORDER if key in value), "")
        # Means of values 0 to 1 are below 1; those of values 0 to 255 are about a hundred.
        scale = "byte" if max(*map(abs, mean), *std) > 2 else "unit"
        try:
            return Preprocessing(
                channel_order="BGR" if "BGR" in order else "RGB", scale=scale, mean=mean, std=std
            )
        except ValidationError:
            continue
    return None


def _three(mapping: Mapping[str, Any], keys: tuple[str, ...]) -> tuple[float, float, float] | None:
    value = next((mapping[key] for key in keys if key in mapping), None)
    if isinstance(value, str):
        parts = value.split(",")
        try:
            value = [float(part) for part in parts]
        except ValueError:
            return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = [value] * 3
    if not isinstance(value, list | tuple) or len(value) not in (1, 3):
        return None
    if not all(isinstance(part, int | float) for part in value):
        return None
    first, *rest = (float(part) for part in value)
    return (first, rest[0], rest[1]) if rest else (first, first, first)
