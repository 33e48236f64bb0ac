"""What the program that wrote a file says of its network beside the weights.

MMSegmentation keeps its configuration, class names and colours under ``meta``; Lightning keeps
``hyper_parameters``; the libraries of Hugging Face's kind write a ``config.json`` and a
``preprocessor_config.json`` into the same folder. None of it is run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from segviewer.checkpoints.reading.folder import belongs_to
from segviewer.checkpoints.reading.python_config import read_python_config
from segviewer.files.regular_files import is_regular, read_regular
from segviewer.imaging.class_list import colours_in, names_in
from segviewer.imaging.labels import Colour, label_set, label_set_names
from segviewer.imaging.preprocessing import Preprocessing

CONFIG, PREPROCESSOR = "config.json", "preprocessor_config.json"
MOST_BYTES = 4 << 20
_SETTINGS = ("hyper_parameters", "hparams", "config", "args", "cfg")


@dataclass(frozen=True)
class Declared:
    """Attributes are empty where nothing is said.

    Attributes
    ----------
    classes : tuple of str
    colours : tuple of (int, int, int)
    settings : mapping
        The program's own names of its settings to plain values.
    preprocessing : Preprocessing or None
    where : str
        Where most of it stood: "config.json", "meta".
    """

    classes: tuple[str, ...] = ()
    colours: tuple[Colour, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    preprocessing: Preprocessing | None = None
    where: str = ""

    def classes_of(self, num_classes: int) -> tuple[str, ...]:
        """The class names, if there are as many as the network has classes."""
        return self.classes if len(self.classes) == num_classes else ()

    def colours_of(self, num_classes: int) -> tuple[Colour, ...]:
        """The colours, if there are as many as the network has classes."""
        return self.colours if len(self.colours) == num_classes else ()

    def label_set(self, num_classes: int) -> str:
        """Name of the label set whose classes these are, or ""."""
        if len(self.classes) != num_classes:
            return ""
        return next(
            (name for name in label_set_names() if _same(label_set(name).classes, self.classes)), ""
        )


def declared_beside(path: Path, beside: Mapping[str, Any]) -> Declared:
    """Collect what `beside` (the rest of the file) and the files beside `path` say."""
    config = _json(path.with_name(CONFIG)) if belongs_to(path) else {}
    meta = beside.get("meta")
    text = _first_text(meta) if isinstance(meta, Mapping) else ""
    python = read_python_config(text)
    settings = {**_hyper_parameters(beside), **python, **config}
    classes = names_in(config) or names_in(beside)
    preprocessing = _mmseg(python)
    if preprocessing is None and belongs_to(path):
        preprocessing = _hugging_face(_json(path.with_name(PREPROCESSOR)))
    where = CONFIG if config else "meta" if meta else "hyper_parameters" if settings else ""
    return Declared(classes, colours_in(beside), settings, preprocessing, where)


def _json(path: Path) -> dict[str, Any]:
    if not is_regular(path):
        return {}
    try:
        found = json.loads(read_regular(path, MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _first_text(meta: Mapping[str, Any]) -> str:
    """The configuration's text: ``config`` in version 0.x, ``cfg`` in 1.x."""
    return next((meta[name] for name in ("config", "cfg") if isinstance(meta.get(name), str)), "")


def _hyper_parameters(beside: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in _SETTINGS:
        if isinstance(beside.get(name), Mapping):
            found |= {str(key): value for key, value in beside[name].items()}
    return found


def _numbers(value: Any) -> tuple[float, float, float] | None:
    if not isinstance(value, list | tuple) or len(value) != 3:
        return None
    if not all(isinstance(part, int | float) for part in value):
        return None
    return tuple(float(part) for part in value)  # type: ignore[return-value]


def _made(**values: Any) -> Preprocessing | None:
    try:
        return Preprocessing(**values)
    except ValidationError:
        return None


def _hugging_face(said: Mapping[str, Any]) -> Preprocessing | None:
    if not said:
        return None
    order = "BGR" if said.get("do_flip_channel_order") else "RGB"
    if said.get("do_normalize") is False:
        scale = "unit" if said.get("do_rescale", True) else "byte"
        return _made(channel_order=order, scale=scale, mean=(0.0,) * 3, std=(1.0,) * 3)
    mean, std = _numbers(said.get("image_mean")), _numbers(said.get("image_std"))
    return _made(channel_order=order, mean=mean, std=std) if mean and std else None


def _mmseg(python: Mapping[str, Any]) -> Preprocessing | None:
    """``data_preprocessor`` of version 1.x, ``img_norm_cfg`` of 0.x: of values 0 to 255."""
    said = python.get("data_preprocessor") or python.get("img_norm_cfg")
    model = python.get("model")
    if isinstance(model, Mapping) and isinstance(model.get("data_preprocessor"), Mapping):
        said = model["data_preprocessor"]
    if not isinstance(said, Mapping):
        return None
    mean, std = _numbers(said.get("mean")), _numbers(said.get("std"))
    order = "RGB" if said.get("bgr_to_rgb", said.get("to_rgb", True)) else "BGR"
    if not mean or not std:
        return None
    return _made(channel_order=order, scale="byte", mean=mean, std=std)


def _same(known: tuple[str, ...], found: tuple[str, ...]) -> bool:
    return [_plain(name) for name in known] == [_plain(name) for name in found]


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
