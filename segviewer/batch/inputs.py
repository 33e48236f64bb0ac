"""The pictures that the arguments of a command line stand for."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from pathlib import Path, PurePath

from segviewer.errors import PictureError
from segviewer.imaging.datasets.listed_pairs import is_list
from segviewer.imaging.datasets.named_files import natural_text
from segviewer.imaging.datasets.naming import named
from segviewer.imaging.datasets.pairing import dataset_of
from segviewer.imaging.reading.mask_files.kinds import MASK_SUFFIXES
from segviewer.imaging.reading.routing import image_paths, natural_key
from segviewer.imaging.reading.suffixes import PICTURE_SUFFIXES
from segviewer.references import Reference

_WILD = set("*?[")


def pictures_of(arguments: Sequence[str]) -> list[str]:
    """Files, in their order, of files, folders, data sets and patterns.

    A folder stands for the pictures in it, a data set (see
    :func:`segviewer.imaging.datasets.pairing.dataset_of`) for its pictures without the masks,
    a list of pairs for its pictures, and
    a pattern such as ``"shots/**/*.jpg"`` for what fits it. ``sample:NAME``, and whatever is
    none of these, stays as it is: opening it says what is wrong.

    Raises
    ------
    PictureError
        If the only folder holds no pictures, or nothing fits a pattern.
    """
    found: list[str] = []
    for argument in arguments:
        if Reference.picture(argument).kind == "sample":
            found.append(argument)
        elif os.path.isdir(argument):
            # Among others, an empty folder is one that failed, and not the end of the run.
            found += _in_folder(Path(argument), refuse=len(arguments) == 1) or [argument]
        elif is_list(Path(argument)):
            found += dataset_of(Path(argument)).pictures.texts()
        elif _WILD & set(argument) and not os.path.lexists(argument):
            found += _fitting(argument)
        else:
            found.append(argument)
    return list(dict.fromkeys(found))


def _in_folder(folder: Path, refuse: bool) -> list[str]:
    if (plain := _only_pictures(folder)) is not None:
        return plain
    try:
        pictures = list(dataset_of(folder).pictures.texts())
    except PictureError:
        pictures = [str(path) for path in image_paths(folder)]
    if not pictures and refuse:
        raise PictureError(
            f"{folder.name or folder} holds no pictures.",
            "No file in it is a known picture.",
            "Name a folder with JPEG, PNG, WebP, TIFF, BMP or GIF files, or a pattern such as "
            "'FOLDER/**/*.jpg'.",
        )
    return pictures


def _only_pictures(folder: Path) -> list[str] | None:
    """The pictures of a folder that holds one kind of them alone; None for any other.

    That is what the largest folders are. Where there is neither a folder, nor a second kind, nor a
    name of a mask, nothing can be paired, and a million names take a text each.
    """
    names, kinds = [], set()
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                name = entry.name
                if name.startswith("."):
                    continue
                if entry.is_dir():
                    return None
                kind = os.path.splitext(name)[1].lower()
                if kind not in PICTURE_SUFFIXES | MASK_SUFFIXES:
                    continue
                kinds.add(kind)
                if len(kinds) > 1 or named(PurePath(name)).role in ("mask", "neither"):
                    return None
                names.append(name)
    except OSError:
        return None
    if not kinds <= PICTURE_SUFFIXES or not names:
        return None
    names.sort(key=natural_text)
    return [os.path.join(folder, name) for name in names]


def _fitting(pattern: str) -> list[str]:
    paths = [Path(path) for path in glob.glob(pattern, recursive=True)]
    files = sorted((path for path in paths if path.is_file()), key=natural_key)
    if not files:
        raise PictureError(
            f"Nothing fits {pattern}.", "No file has such a name.", "Check the pattern."
        )
    return [str(path) for path in files]
