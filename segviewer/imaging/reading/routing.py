"""What a dropped or opened path is: image, target mask, checkpoint or folder."""

from __future__ import annotations

import os
import re
import zipfile
from pathlib import Path
from typing import IO, Literal

import numpy as np

from segviewer.errors import PictureError
from segviewer.files.regular_files import open_regular
from segviewer.imaging.reading.header import PICTURE_SUFFIXES, file_error, open_picture, time_limit

Kind = Literal["image", "target", "checkpoint", "folder", "unknown"]

CHECKPOINT_SUFFIXES = frozenset({".pth", ".pt", ".ckpt", ".safetensors", ".bin", ".tar"})

_SMALL_PIXELS = 4_000_000
_MOST_LABELS = 64
_HIGHEST_LABEL = 199
_LOOK_SECONDS = 2.0
_MOST_ARCHIVE_LIST = 8 << 20  # bytes; a checkpoint of a thousand layers lists 100 kB


def looks_like(path: str | os.PathLike) -> Kind:
    """Say what a path is, from its content, without decoding anything large.

    A PNG is a target where it is palettised or single-channel and uses at most 64 different
    numbers, none above 199 but 255; black-and-white line art stays an image. PNGs over four
    megapixels are judged by their mode alone. A broken file is what its extension says, so
    that opening it gives the error that fits.

    Returns
    -------
    {"image", "target", "checkpoint", "folder", "unknown"}
    """
    path = Path(path)
    suffix = path.suffix.lower()
    by_name: Kind = "unknown"
    if suffix in PICTURE_SUFFIXES:
        by_name = "image"
    elif suffix in CHECKPOINT_SUFFIXES:
        by_name = "checkpoint"
    try:
        if path.is_dir():
            return "folder"
        with open_regular(path) as file:
            if _is_checkpoint(path, file):
                return "checkpoint"
    except (OSError, ValueError):
        return by_name
    try:
        with open_picture(path, time_limit(path, _LOOK_SECONDS)) as (picture, header):
            if header.format != "PNG" or header.mode not in ("P", "L", "I;16"):
                return "image"
            if header.pixels > _SMALL_PIXELS:
                return "target" if header.mode == "P" else "image"
            return "target" if _holds_labels(np.asarray(picture)) else "image"
    except PictureError:
        return by_name


def image_paths(folder: str | os.PathLike) -> list[Path]:
    """Pictures directly inside a folder, by extension, in natural order (2 before 10).

    Hidden files are left out. The files are not opened.

    Raises
    ------
    PictureError
        If the folder is missing, no folder, or may not be read.
    """
    folder = Path(folder)
    try:
        inside = [
            entry
            for entry in folder.iterdir()
            if entry.suffix.lower() in PICTURE_SUFFIXES
            and not entry.name.startswith(".")
            and entry.is_file()
        ]
    except NotADirectoryError as error:
        raise PictureError(
            f"{folder.name} is not a folder.",
            "A folder of pictures was asked for.",
            "Open it as a picture instead.",
        ) from error
    except (OSError, ValueError) as error:
        raise file_error(folder, error) from error
    return sorted(inside, key=natural_key)


def natural_key(path: Path) -> tuple:
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


def _lists_a_pickle(file: IO[bytes]) -> bool:
    """Whether a zip archive holds what torch writes; one with a huge list is not read."""
    file.seek(max(0, os.fstat(file.fileno()).st_size - (1 << 16)))
    tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or int.from_bytes(tail[end + 12 : end + 16], "little") > _MOST_ARCHIVE_LIST:
        return False
    try:
        with zipfile.ZipFile(file) as archive:
            return any(name.endswith("data.pkl") for name in archive.namelist())
    # A list that is damaged can raise nearly anything.
    except Exception:
        return False


def _holds_labels(values: np.ndarray) -> bool:
    if values.size == 0 or values.max() > 255:
        return False
    used = np.flatnonzero(np.bincount(values.ravel(), minlength=256))
    labels = used[used != 255]
    if len(used) > _MOST_LABELS or len(labels) == 0 or labels.max() > _HIGHEST_LABEL:
        return False
    return set(used) != {0, 255}
