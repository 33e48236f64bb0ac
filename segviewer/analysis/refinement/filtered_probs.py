"""Probabilities smoothed by a filter: what people do who want no CRF."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_GREY = np.array([0.299, 0.587, 0.114])  # of red, green and blue, ITU-R BT.601


def median_filtered(probs: NDArray[np.float32], side: int) -> NDArray[np.float32]:
    """Each class's probability by the median of a square, which the photograph has no say in.

    Parameters
    ----------
    probs : ndarray of float32 (K, H, W)
    side : int
        Of the square, in pixels.

    Returns
    -------
    ndarray of float32 (K, H, W)
        Not normalised: what they are for is their argmax.
    """
    from scipy.ndimage import median_filter

    filtered: NDArray[np.float32] = np.stack([median_filter(p, side) for p in probs])
    return filtered


def guided_filtered(
    image: NDArray[np.uint8], probs: NDArray[np.float32], radius: int, edge: float
) -> NDArray[np.float32]:
    """Each class's probability by the guided filter, with the grey photograph as its guide.

    He, Sun and Tang, "Guided Image Filtering" (TPAMI 2013), algorithm 1: in each square the result
    is a linear function of the guide, q = a I + b with a = cov(I, p) / (var(I) + ε), and each pixel
    takes the mean over the squares that it lies in.

    Parameters
    ----------
    image : ndarray of uint8 (H, W, 3)
    probs : ndarray of float32 (K, H, W)
    radius : int
        Pixels from the middle of a square to its side.
    edge : float
        √ε in grey levels: smaller steps of the guide are smoothed over, larger ones are kept.

    Returns
    -------
    ndarray of float32 (K, H, W)
        They sum to what `probs` sum to.
    """
    from scipy.ndimage import uniform_filter

    side = 2 * radius + 1

    def mean(values: np.ndarray) -> np.ndarray:
        found: np.ndarray = uniform_filter(values, side, mode="reflect")
        return found

    guide = image @ _GREY
    middle = mean(guide)
    spread = np.maximum(mean(guide * guide) - middle * middle, 0.0) + edge * edge
    filtered = np.empty_like(probs)
    for plane, out in zip(probs.astype(np.float64), filtered, strict=True):
        slope = (mean(guide * plane) - middle * mean(plane)) / spread
        out[:] = mean(slope) * guide + mean(mean(plane) - slope * middle)
    return filtered
