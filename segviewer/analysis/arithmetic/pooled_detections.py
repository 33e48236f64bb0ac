"""Pooling of a map of detections: what a shift leaves as it was, and what position it costs.

A detector that fires at one pixel, pooled over s×s without overlap, gives the same map from
each of the s² pixels of a window. That is the invariance a classifier wants, and the
uncertainty of s pixels that a segmentation has to pay back.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

SIDE = 16
"""Pixels of a side."""
DETECTIONS = ((5, 4), (5, 9), (9, 6))
"""Row and column of each before any shift: two eyes and a mouth."""
WINDOWS = (1, 2, 4, 8, 16)
Pooling = Literal["maximum", "average", "every s-th"]


def detections(shift: int) -> NDArray[np.float64]:
    """Map float64 (16, 16) with 1 where a detector fires, moved right by `shift` pixels."""
    found = np.zeros((SIDE, SIDE))
    for row, column in DETECTIONS:
        if column + shift < SIDE:
            found[row, column + shift] = 1
    return found


def pooled(responses: np.ndarray, window: int, how: Pooling) -> NDArray[np.float64]:
    """Responses over windows that do not overlap.

    Parameters
    ----------
    responses : ndarray of float (a, a)
    window : int
        Side of a window in pixels, which divides a.
    how : str
        ``every s-th`` takes the first pixel of each window alone.

    Returns
    -------
    ndarray of float64 (a / window, a / window)
    """
    if how == "every s-th":
        return np.array(responses[::window, ::window], float)
    side = len(responses) // window
    parts = np.reshape(responses, (side, window, side, window))
    return np.asarray(parts.max((1, 3)) if how == "maximum" else parts.mean((1, 3)), float)


def enlarged(maps: np.ndarray, window: int) -> NDArray[np.float64]:
    """A pooled map at the size it was made from: all that is left of where."""
    return np.asarray(maps.repeat(window, 0).repeat(window, 1), float)


def share_changed(window: int, shift: int, how: Pooling) -> float:
    """Of all pixels at which one detector may fire, those where the shift changes the map.

    min(1, shift / window) for maximum and average; none for a window as large as the map, which
    nothing leaves. Of every s-th pixel most detections are never seen, shifted or not.

    Parameters
    ----------
    window, shift : int
        Pixels.
    how : str
    """
    if window >= SIDE and how != "every s-th":
        return 0.0
    places = np.arange(window)
    if how != "every s-th":
        return float((places // window != (places + shift) // window).mean())
    before, after = places % window == 0, (places + shift) % window == 0
    moved = before & after & (shift > 0)
    # A row in `window` is seen at all.
    return float(((before != after) | moved).mean() / window)
