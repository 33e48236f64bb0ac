"""A photograph, small, with what was labelled wrongly laid over it."""

from __future__ import annotations

import io
import os

import numpy as np
from PIL import Image

from segviewer.analysis.evaluation.error_maps import errors
from segviewer.imaging.nearest import nearest, reduced_size
from segviewer.imaging.overlay import blend, error_table
from segviewer.imaging.reading.read import read_thumbnail

SIDE = 320  # of the small maps, at most
_OPACITY = 0.8


def small_error_map(target: np.ndarray, labels: np.ndarray, num_classes: int) -> bytes:
    """Where labels and target differ, its long side at most :data:`SIDE` pixels.

    Parameters
    ----------
    target, labels : ndarray of uint8 (H, W)
    num_classes : int
        K; whatever is no class is not compared.

    Returns
    -------
    bytes
        A grey PNG of 0 right, 1 wrong, 255 not compared; nearest pixels.
    """
    found = errors(target, labels, num_classes)
    found = nearest(found, *reduced_size(found.shape[0], found.shape[1], SIDE))
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(found)).save(file, "PNG", compress_level=1)
    return file.getvalue()


def error_picture(path: str | os.PathLike[str], error_map: bytes, side: int) -> np.ndarray:
    """The photograph, its long side at most `side` pixels, with its errors in vermilion.

    Parameters
    ----------
    path : path-like
    error_map : bytes
        From :func:`small_error_map`; empty, or damaged where it was kept, shows none.
    side : int

    Returns
    -------
    ndarray of uint8 (h, w, 3)

    Raises
    ------
    PictureError
        If the photograph cannot be read.
    """
    photograph = read_thumbnail(path, side)
    try:
        with Image.open(io.BytesIO(error_map), formats=("PNG",)) as picture:
            if picture.mode != "L" or max(picture.size) > SIDE:
                return photograph
            found = np.array(picture)
    except (OSError, ValueError, SyntaxError):
        return photograph
    found = nearest(found, *photograph.shape[:2])
    return blend(photograph, found, error_table("errors"), _OPACITY)
