"""Sparse and dense responses of one filter (DeepLab v2, figure 3).

Above: take every s-th pixel, filter, enlarge. Below: filter the picture itself with the rate s.
Both see the same pixels with the same weights, so that they agree exactly where the first one
has a response at all, which is one pixel in s². Outside of the picture there are zeros, as in
a network; pictures have their mean taken off before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Upsampling = Literal["nearest", "bilinear"]

FILTERS = ("vertical edges", "horizontal edges", "Laplacian", "blur")
SIDE = 7
STD = 1.2


@dataclass(frozen=True, eq=False)
class SparseDense:
    """Two ways to the responses of one filter.

    Attributes
    ----------
    sparse, dense : ndarray of float64 (H, W)
    computed : ndarray of float64 (h, w)
        What the first way computes before it enlarges.
    true_share : float
        Share of the pixels that it computes a response for.
    """

    sparse: NDArray[np.float64]
    dense: NDArray[np.float64]
    computed: NDArray[np.float64]
    true_share: float

    @property
    def difference(self) -> np.ndarray:
        """Sparse minus dense."""
        difference: np.ndarray = self.sparse - self.dense
        return difference


def grey(image: np.ndarray) -> np.ndarray:
    """Brightness float64 (H, W), mean 0, of a picture uint8 (H, W, 3) scaled to 0 … 1."""
    bright = image.astype(float) @ np.array([0.299, 0.587, 0.114]) / 255
    centred: np.ndarray = bright - bright.mean()
    return centred


def kernel_of(name: str) -> np.ndarray:
    """One of `FILTERS`, float64 (7, 7): a Gaussian or its derivatives, Σ |w| = 1."""
    place = np.arange(SIDE) - SIDE // 2
    bell = np.exp(-(place**2) / (2 * STD**2))
    if name == "blur":
        kernel = np.outer(bell, bell)
    elif name == "Laplacian":
        curved = (place**2 / STD**2 - 1) * bell
        kernel = np.outer(bell, curved) + np.outer(curved, bell)
        kernel -= kernel.mean()
    else:
        kernel = np.outer(bell, place * bell)
        kernel = kernel if name == "vertical edges" else kernel.T
    normalised: np.ndarray = kernel / np.abs(kernel).sum()
    return normalised


def filtered(picture: np.ndarray, kernel: np.ndarray, rate: int = 1) -> np.ndarray:
    """Responses float64 (H, W) of an odd `kernel` whose taps lie `rate` pixels apart.

    Parameters
    ----------
    picture : ndarray of float (H, W)
    kernel : ndarray of float (k, k)
    rate : int
    """
    height, width = picture.shape
    half = kernel.shape[0] // 2
    margin = half * rate
    padded = np.pad(picture, margin)
    total = np.zeros(picture.shape)
    for (row, column), weight in np.ndenumerate(kernel):
        top, left = row * rate, column * rate
        if weight:
            total += weight * padded[top : top + height, left : left + width]
    return total


def enlarged(small: np.ndarray, stride: int, shape: tuple[int, int], how: Upsampling) -> np.ndarray:
    """Bring responses computed at every `stride`-th pixel to a picture of `shape`.

    A computed response stays where it belongs; between two of them there is the nearest, or a
    straight line.

    Parameters
    ----------
    small : ndarray (h, w)
    stride : int
    shape : (int, int)
        Height and width of the result.
    how : {"nearest", "bilinear"}
    """
    positions = [np.arange(n) / stride for n in shape]
    last = [n - 1 for n in small.shape]
    if how == "nearest":
        rows, columns = (
            np.minimum(np.floor(p + 0.5).astype(int), end)
            for p, end in zip(positions, last, strict=True)
        )
        repeated: np.ndarray = small[rows[:, None], columns]
        return repeated
    found = small
    for axis, (place, end) in enumerate(zip(positions, last, strict=True)):
        low = np.minimum(place.astype(int), end)
        high = np.minimum(low + 1, end)
        part = (place - low).reshape((-1, 1) if axis == 0 else (1, -1))
        found = (1 - part) * found.take(low, axis) + part * found.take(high, axis)
    return found


def compare(
    picture: NDArray[np.float64],
    kernel: np.ndarray,
    rate: int,
    how: Upsampling,
    smooth: bool = False,
) -> SparseDense:
    """Both ways, the stride of the first being the rate of the second.

    Parameters
    ----------
    picture : ndarray of float64 (H, W)
    smooth : bool
        Average over `rate` × `rate` pixels before every `rate`-th is taken, as resizing does.
        The first way then filters another picture.
    """
    source = picture
    if smooth:
        padded = np.pad(picture, ((rate // 2, rate), (rate // 2, rate)), mode="edge")
        sums = np.pad(padded, ((1, 0), (1, 0))).cumsum(0).cumsum(1)
        source = sums[rate:, rate:] - sums[:-rate, rate:] - sums[rate:, :-rate]
        source = (source + sums[:-rate, :-rate])[: picture.shape[0], : picture.shape[1]] / rate**2
    computed = filtered(source[::rate, ::rate], kernel)
    dense = filtered(picture, kernel, rate)
    sparse = enlarged(computed, rate, picture.shape, how)
    return SparseDense(sparse, dense, computed, computed.size / picture.size)
