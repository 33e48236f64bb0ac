"""A mask laid on its photograph: turned as the photograph was, or at another scale."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from segviewer.errors import PictureError
from segviewer.imaging.nearest import nearest
from segviewer.imaging.overlay import contours
from segviewer.imaging.reading.inspecting import inspect_picture

_MOST_SCALE = 16
_BETTER = 1.25  # by which edges must lie better under a turned mask to believe it
_COMPARED = 1_000_000  # pixels in which edges are looked at


def fitted(
    target: np.ndarray, image: np.ndarray, orientation: Callable[[], int]
) -> tuple[np.ndarray, tuple[str, ...]] | None:
    """The mask at the photograph's size, and sentences on what was done; None if it does not fit.

    A photograph is shown as its EXIF orientation says. A mask was drawn over the turned picture
    or over the pixels as they are stored, and seldom says which: of the two, the one whose size
    fits is taken, and where both do, the turned one if the photograph's edges lie clearly better
    under its outlines. A size that differs by a scale is changed to the nearest pixels.

    Parameters
    ----------
    target : ndarray of uint8 (h, w)
    image : ndarray of uint8 (H, W, 3)
        The photograph, upright.
    orientation : callable
        Gives its EXIF orientation, 1 to 8; 1 is upright as it is stored. Called once, because a
        file has to be opened for it.
    """
    size = image.shape[0], image.shape[1]
    number = orientation()
    turned = upright(target, number)
    fits, fits_turned = (_scale(one.shape, size) > 0 for one in (target, turned))
    notes = []
    if number != 1 and fits_turned and (not fits or _lies_better(turned, target, image)):
        target, fits = turned, True
        notes.append(
            f"The mask was drawn over the photograph before its EXIF orientation ({number}) "
            "turned it: it was turned in the same way."
        )
    if not fits:
        return None
    if target.shape != size:
        notes.append(
            f"A mask of {target.shape[1]}×{target.shape[0]} pixels was brought to the "
            f"photograph's {size[1]}×{size[0]} by nearest neighbours."
        )
        target = nearest(target, *size)
    return np.ascontiguousarray(target), tuple(notes)


def orientation_of(path: Path) -> int:
    """EXIF orientation of a picture, 1 to 8; 1 also for what cannot be read."""
    try:
        return inspect_picture(path).orientation
    except PictureError:
        return 1


def upright(stored: np.ndarray, orientation: int) -> np.ndarray:
    """View of an array (H, W, …) turned as EXIF orientation 1 to 8 says."""
    flip_rows = -1 if orientation in (3, 4, 6, 7) else 1
    flip_columns = -1 if orientation in (2, 3, 7, 8) else 1
    view = stored[::flip_rows, ::flip_columns]
    return view.swapaxes(0, 1) if orientation >= 5 else view


def _scale(size: tuple[int, ...], wanted: tuple[int, int]) -> float:
    """By how much a size is smaller than the wanted one; 0 where its sides' shares differ.

    Sides were rounded to whole pixels, so that they may differ by one of the coarser grid.
    """
    height, width = size
    scale = max(wanted) / max(size)
    if not 1 / _MOST_SCALE <= scale <= _MOST_SCALE:
        return 0
    coarse = max(1.0, scale)
    if abs(height * scale - wanted[0]) > coarse or abs(width * scale - wanted[1]) > coarse:
        return 0
    return scale


def _lies_better(turned: np.ndarray, target: np.ndarray, image: np.ndarray) -> bool:
    """Whether the photograph's edges lie clearly better under the outlines of the turned mask."""
    step = max(1, round((image.shape[0] * image.shape[1] / _COMPARED) ** 0.5))
    grey = image[::step, ::step].mean(-1, dtype=np.float32)
    strength = np.hypot(*np.gradient(grey)) if min(grey.shape) > 1 else np.zeros_like(grey)
    under = []
    for mask in (turned, target):
        line = contours(nearest(mask, *grey.shape))
        under.append(float(strength[line].mean()) if line.any() else 0.0)
    return under[0] > _BETTER * under[1]
