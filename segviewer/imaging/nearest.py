"""Label maps at another size: labels are never mixed, so the nearest pixel is taken."""

from __future__ import annotations

import numpy as np


def reduced_size(height: int, width: int, long_side: int) -> tuple[int, int]:
    """Height and width, brought down to a long side where they are larger.

    Parameters
    ----------
    height, width : int
        Pixels.
    long_side : int
        Pixels of the longer of the two, at most.

    Returns
    -------
    (int, int)
        Height and width, at least 1.
    """
    scale = min(1.0, long_side / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def nearest(label_map: np.ndarray, height: int, width: int) -> np.ndarray:
    """Return `label_map` (or a picture) at another size, (height, width, …).

    Each new pixel is the old one that its middle falls into.

    Parameters
    ----------
    label_map : ndarray (H, W, …)
    height, width : int
        Of the result, pixels.
    """
    if label_map.shape[:2] == (height, width):
        return label_map
    rows = ((np.arange(height) + 0.5) * label_map.shape[0] / height).astype(int)
    columns = ((np.arange(width) + 0.5) * label_map.shape[1] / width).astype(int)
    resized: np.ndarray = label_map[rows[:, None], columns]
    return resized
