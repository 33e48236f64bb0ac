"""A folder of grey pictures, one a class, as probabilities."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from segviewer.checkpoints.reading.refusals import check_memory
from segviewer.checkpoints.scores.arrays import Arrays, unreadable
from segviewer.imaging.reading.header import open_picture, time_limit
from segviewer.imaging.reading.routing import image_paths

SUFFIXES = frozenset({".png", ".tif", ".tiff"})
MODES = ("L", "I;16", "I;16L", "I;16B", "I", "F")
_SECONDS = 20.0


def stack_paths(folder: Path) -> list[Path]:
    """Pictures of a folder that may be a stack, in natural order; fewer than two are none."""
    found = [path for path in image_paths(folder) if path.suffix.lower() in SUFFIXES]
    return found if len(found) >= 2 else []


def read_stack(folder: Path) -> Arrays:
    """Read the pictures of a folder: one array (K, h, w), and the classes by the files' names.

    Raises
    ------
    CheckpointError, PictureError
    """
    planes: list[np.ndarray] = []
    paths = stack_paths(folder)
    for path in paths:
        with open_picture(path, time_limit(path, _SECONDS)) as (picture, header):
            if header.mode not in MODES:
                raise unreadable(folder, f"{path.name} is {header.mode}, not a grey picture.")
            check_memory(path, header.pixels * 8 * len(paths))
            plane = np.asarray(picture)
        if plane.dtype.kind in "iu":
            top = 255.0 if plane.dtype.itemsize == 1 else 65535.0
            plane = plane.astype(np.float32) / np.float32(top)
        if planes and plane.shape != planes[0].shape:
            raise unreadable(folder, f"{path.name} has another size than {paths[0].name}.")
        planes.append(plane.astype(np.float32, copy=False))
    names = [path.stem for path in paths]
    ending = [name.rpartition("_")[2].rpartition("-")[2] for name in names]
    plain = all(name.isdecimal() for name in ending) or len(set(ending)) < len(ending)
    return Arrays({folder.name: np.stack(planes)}, () if plain else tuple(ending))
