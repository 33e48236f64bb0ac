"""What a dropped or opened path is: image, target mask, checkpoint or folder."""

from __future__ import annotations

import json
import os
import re
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Literal

import numpy as np
from PIL import Image

from segviewer.errors import PictureError
from segviewer.files.regular_files import open_regular
from segviewer.imaging.datasets.naming import says_mask
from segviewer.imaging.labels import label_set, label_set_names
from segviewer.imaging.reading.faults import file_error
from segviewer.imaging.reading.formats import is_picture_by_content
from segviewer.imaging.reading.header import (
    PictureHeader,
    has_picture_name,
    open_picture,
    time_limit,
)
from segviewer.imaging.reading.mask_files.kinds import MASK_SUFFIXES, mask_kind
from segviewer.imaging.reading.slice_order import MOST_SLICES, holds_slice, in_slice_order
from segviewer.imaging.reading.slice_order import SUFFIXES as SLICE_SUFFIXES
from segviewer.imaging.reading.suffixes import CHECKPOINT_SUFFIXES as CHECKPOINT_SUFFIXES
from segviewer.imaging.reading.suffixes import FOREIGN_SUFFIXES, INDEX_SUFFIX
from segviewer.imaging.reading.suffixes import SCORES_SUFFIXES as SCORES_SUFFIXES

Kind = Literal["image", "target", "checkpoint", "scores", "folder", "unknown"]

_FEW_TENSORS = 4
"""A file with at most so many, of two to four axes, holds scores: no network is as short."""

_KERAS = (b"keras_version", b"model_config", b"layer_names", b"model_weights")
_KERAS_BYTES = 1 << 20  # in which it says so

_SMALL_PIXELS = 4_000_000
_MOST_LABELS = 160  # ADE20K has 150
_MOST_COLOURS = 160
_FEW_COLOURS = 3  # a palette that is shorter fits by chance
MASK_FORMATS = ("PNG", "TIFF", "BMP", "DIB", "GIF", "WEBP", "PPM")
"""Formats in which numbers stay what they are; JPEG changes them."""
_NUMBER_MODES = ("1", "L", "P", "I;16", "I;16B", "I;16L")
_MASK_MODES = ("1", "L", "P", "I;16", "I;16B", "I;16L", "I", "RGB", "RGBA")
_LOOK_SECONDS = 2.0
_MOST_ARCHIVE_LIST = 8 << 20  # bytes; a checkpoint of a thousand layers lists 100 kB


def looks_like(
    path: str | os.PathLike[str], partners: Iterable[str | os.PathLike[str]] = ()
) -> Kind:
    """Say what a path is, from its content, without decoding anything large.

    A picture is a target mask only where its name, its folder, a picture that is open or its
    palette says so (:func:`segviewer.imaging.datasets.naming.says_mask`), and what it holds can
    be labels; few colours alone make no mask of a photograph. A broken file is what its
    extension says, so that opening it gives the error that fits.

    Parameters
    ----------
    path : path-like
    partners : iterable of path-like
        The photograph that is open, and what is opened together with the path: a file of the
        name of one of them may be its mask.

    Returns
    -------
    {"image", "target", "checkpoint", "scores", "folder", "unknown"}
    """
    path = Path(path)
    suffix = path.suffix.lower()
    by_name: Kind = "unknown"
    if has_picture_name(path):
        by_name = "image"
    elif suffix in SCORES_SUFFIXES:
        by_name = "scores"
    elif suffix in (*CHECKPOINT_SUFFIXES, *FOREIGN_SUFFIXES) or path.name.endswith(INDEX_SUFFIX):
        by_name = "checkpoint"
    try:
        if path.is_dir():
            return "folder"
        with open_regular(path) as file:
            if suffix in MASK_SUFFIXES and by_name == "scores":
                return "target" if _holds_whole_numbers(file) else by_name
            if by_name == "scores":
                start = file.read(_KERAS_BYTES) if suffix in FOREIGN_SUFFIXES else b""
                return "checkpoint" if any(word in start for word in _KERAS) else by_name
            if by_name == "checkpoint" and _holds_few_tensors(file):
                return "scores"
            file.seek(0)
            if _is_checkpoint(path, file):
                return "checkpoint"
        if suffix in MASK_SUFFIXES and mask_kind(path):
            return "target"
    except (OSError, ValueError):
        return by_name
    if is_picture_by_content(path):
        return "image"
    try:
        with open_picture(path, time_limit(path, _LOOK_SECONDS)) as (picture, header):
            if header.format not in MASK_FORMATS:
                return "image"
            if says_mask(path, map(Path, partners)):
                large = header.pixels > _SMALL_PIXELS and header.mode in _NUMBER_MODES
                return "target" if large or _may_hold_labels(picture, header) else "image"
            return "target" if _has_known_palette(picture) else "image"
    except PictureError:
        return by_name


def holds_label_numbers(path: str | os.PathLike[str]) -> bool:
    """Whether what a picture holds could be labels: few different numbers or colours.

    False for what cannot be read. Large pictures are judged by their mode alone: a photograph is
    seldom palettised.
    """
    path = Path(path)
    try:
        with open_picture(path, time_limit(path, _LOOK_SECONDS)) as (picture, header):
            return header.format in MASK_FORMATS and _may_hold_labels(picture, header)
    except PictureError:
        return False


def image_paths(folder: str | os.PathLike[str]) -> list[Path]:
    """Pictures directly inside a folder, by extension, in natural order (2 before 10).

    Hidden files are left out. The files are not opened, unless no name is a picture's or all are
    slices of DICOM: those are known by what they hold, and come in the order of their numbers.

    Raises
    ------
    PictureError
        If the folder is missing, no folder, or may not be read.
    """
    folder = Path(folder)
    try:
        inside, others = [], []
        for entry in folder.iterdir():
            if entry.name.startswith("."):
                continue
            if not has_picture_name(entry):
                others.append(entry)
            elif entry.is_file():
                inside.append(entry)
        if not inside and len(others) <= MOST_SLICES:
            inside = [entry for entry in others if entry.is_file() and holds_slice(entry)]
    except NotADirectoryError as error:
        raise PictureError(
            f"{folder.name} is not a folder.",
            "A folder of pictures was asked for.",
            "Open it as a picture instead.",
        ) from error
    except (OSError, ValueError) as error:
        raise file_error(folder, error) from error
    inside.sort(key=natural_key)
    if all(one.suffix.lower() in SLICE_SUFFIXES or not has_picture_name(one) for one in inside):
        return in_slice_order(inside)
    return inside


NaturalKey = tuple[tuple[tuple[int, int, str], ...], str]


def natural_key(path: Path) -> NaturalKey:
    """Sort key by name in which numbers count as numbers."""
    parts = re.split(r"(\d+)", path.name.casefold())
    numbered = tuple((1, int(p), "") if p.isdecimal() else (0, 0, p) for p in parts)
    return numbered, path.name


def _is_checkpoint(path: Path, file: IO[bytes]) -> bool:
    start = file.read(16)
    if start[:4] == b"PK\x03\x04":
        if path.suffix.lower() in CHECKPOINT_SUFFIXES:
            return True
        return _lists_a_pickle(file)
    # A pickle of protocol 2 to 5, as torch wrote before it used zip.
    if start[:1] == b"\x80" and start[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return True
    # safetensors: the length of a JSON header, then the header.
    length = int.from_bytes(start[:8], "little")
    return len(start) > 9 and start[8:9] == b"{" and 2 <= length <= os.fstat(file.fileno()).st_size


def _holds_few_tensors(file: IO[bytes]) -> bool:
    """Whether a file of tensors has so few that they are scores; nothing of it is loaded."""
    start = file.read(8)
    if start[:4] == b"PK\x03\x04":
        names = _archive_names(file)
        # torch's archive has a file a storage, named data/0, data/1 and so on.
        storages = [name for name in names if name.rpartition("/data/")[2].isdecimal()]
        is_program = any("/code/" in name or "/models/" in name for name in names)
        return not is_program and 0 < len(storages) <= _FEW_TENSORS
    length = int.from_bytes(start, "little")
    if not 2 <= length <= _MOST_ARCHIVE_LIST or length > os.fstat(file.fileno()).st_size:
        return False
    try:
        header = json.loads(file.read(length))
    except (ValueError, RecursionError):
        return False
    if not isinstance(header, dict):
        return False
    tensors = [one for name, one in header.items() if name != "__metadata__"]
    shapes = [one.get("shape") for one in tensors if isinstance(one, dict)]
    return 0 < len(tensors) <= _FEW_TENSORS and any(
        isinstance(shape, list) and 2 <= len(shape) <= 4 and min(shape[-2:]) > 7 for shape in shapes
    )


def _holds_whole_numbers(file: IO[bytes]) -> bool:
    """Whether an .npy, or the first array of an .npz, has whole numbers, which are labels.

    Scores are fractions. Only the header is read, and never a pickle.
    """
    if file.read(4) == b"PK\x03\x04":
        names = _archive_names(file)
        file.seek(0)
        if not names or not names[0].endswith(".npy"):
            return False
        with zipfile.ZipFile(file) as archive, archive.open(names[0]) as array:
            return _whole_numbers(array)
    file.seek(0)
    return _whole_numbers(file)


def _whole_numbers(array: IO[bytes]) -> bool:
    try:
        read = getattr(np.lib.format, f"read_array_header_{np.lib.format.read_magic(array)[0]}_0")
        return read(array)[2].kind in "uib"
    # A damaged header can raise nearly anything; reading the file says what is wrong.
    except Exception:
        return False


def _lists_a_pickle(file: IO[bytes]) -> bool:
    """Whether a zip archive holds what torch writes; one with a huge list is not read."""
    return any(name.endswith("data.pkl") for name in _archive_names(file))


def _archive_names(file: IO[bytes]) -> list[str]:
    """Names in a zip archive; none where its list is huge or damaged."""
    file.seek(max(0, os.fstat(file.fileno()).st_size - (1 << 16)))
    tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or int.from_bytes(tail[end + 12 : end + 16], "little") > _MOST_ARCHIVE_LIST:
        return []
    try:
        with zipfile.ZipFile(file) as archive:
            return archive.namelist()
    # A list that is damaged can raise nearly anything.
    except Exception:
        return []


def _may_hold_labels(picture: Image.Image, header: PictureHeader) -> bool:
    if header.mode not in _MASK_MODES:
        return False
    if header.pixels > _SMALL_PIXELS:
        return header.mode in ("P", "1")
    if header.mode in ("RGB", "RGBA"):
        return picture.convert("RGB").getcolors(_MOST_COLOURS) is not None
    values = np.asarray(picture)
    # Numbers of 16 bits may name as many regions as they like; labels below 256 are few.
    return values.size > 0 and len(np.unique(values)) <= _MOST_LABELS


def _has_known_palette(picture: Image.Image) -> bool:
    """Whether a palettised picture has the colours of a label set at the labels' places."""
    if picture.mode != "P" or "transparency" in picture.info:
        return False
    palette = picture.getpalette("RGB") or []
    colours = tuple(zip(palette[::3], palette[1::3], palette[2::3], strict=False))
    for name in label_set_names():
        known = label_set(name).colours
        if len(colours) >= _FEW_COLOURS and colours[: len(known)] == known[: len(colours)]:
            return True
    return False
