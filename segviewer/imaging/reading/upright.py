"""Turning what a file stores the way its orientation tag says."""

from __future__ import annotations

import numpy as np


def as_stored(picture: np.ndarray, orientation: int) -> np.ndarray:
    """View of an upright `picture` (H, W, …) laid out as the file stores it; nothing is copied.

    Parameters
    ----------
    picture : ndarray (H, W, …)
    orientation : int
        EXIF's, 1 to 8.
    """
    view = picture.swapaxes(0, 1) if orientation >= 5 else picture
    flip_rows = -1 if orientation in (3, 4, 6, 7) else 1
    flip_columns = -1 if orientation in (2, 3, 7, 8) else 1
    return view[::flip_rows, ::flip_columns]


def upright(stored: np.ndarray, orientation: int) -> np.ndarray:
    """What a file stores (h, w, …), turned upright: (H, W, …), C-contiguous."""
    # Turning by a quarter one way is undone by one the other way; all else undoes itself.
    back = {6: 8, 8: 6}.get(orientation, orientation)
    return np.ascontiguousarray(as_stored(stored, back))
