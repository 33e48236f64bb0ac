"""The pictures that the arguments of a command line stand for."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from pathlib import Path

from segviewer.errors import PictureError
from segviewer.imaging.datasets.pairing import dataset_of
from segviewer.imaging.reading.routing import image_paths, natural_key
from segviewer.references import Reference

_WILD = set("*?[")


def pictures_of(arguments: Sequence[str]) -> list[str]:
    """Files, in their order, of files, folders, data sets and patterns.

    A folder stands for the pictures in it, a data set (see
    :func:`segviewer.imaging.datasets.pairing.dataset_of`) for its pictures without the masks,
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
        elif _WILD & set(argument) and not os.path.lexists(argument):
            found += _fitting(argument)
        else:
            found.append(argument)
    return list(dict.fromkeys(found))


def _in_folder(folder: Path, refuse: bool) -> list[str]:
    try:
        pictures = dataset_of(folder).pictures
    except PictureError:
        pictures = tuple(image_paths(folder))
    if not pictures and refuse:
        raise PictureError(
            f"{folder.name or folder} holds no pictures.",
            "No file in it is a known picture.",
            "Name a folder with JPEG, PNG, WebP, TIFF, BMP or GIF files, or a pattern such as "
            "'FOLDER/**/*.jpg'.",
        )
    return [str(path) for path in pictures]


def _fitting(pattern: str) -> list[str]:
    paths = [Path(path) for path in glob.glob(pattern, recursive=True)]
    files = sorted((path for path in paths if path.is_file()), key=natural_key)
    if not files:
        raise PictureError(
            f"Nothing fits {pattern}.", "No file has such a name.", "Check the pattern."
        )
    return [str(path) for path in files]
