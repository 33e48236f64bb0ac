"""What striding loses, and what it costs to come back (DeepLab v1, section 3; v2, section 3.1).

A map that is sampled at every s-th pixel and enlarged again has lost what was smaller than s,
which shows at the outlines, and depends on which pixels the samples hit: shifted by one pixel,
the same picture gives other labels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segviewer.analysis.arithmetic.sparse_dense import enlarged
from segviewer.analysis.evaluation.trimap import outline_distance

STRIDES = (1, 2, 4, 8, 16, 32)
FLOAT_BYTES = 4


def labels_down_and_up(label_map: np.ndarray, stride: int) -> np.ndarray:
    """Take the middle pixel of each `stride` × `stride` cell for all of the cell.

    Parameters
    ----------
    label_map : ndarray (H, W)

    Returns
    -------
    ndarray (H, W)
    """
    rows, columns = (_middles(n, stride) for n in label_map.shape)
    enlarged_labels: np.ndarray = label_map[rows[:, None], columns]
    return enlarged_labels


def _middles(length: int, stride: int) -> np.ndarray:
    cell = np.arange(length) // stride
    return np.minimum(cell * stride + stride // 2, length - 1)


def scores_down_and_up(probs: np.ndarray, stride: int) -> NDArray[np.uint8]:
    """Sample the scores at every `stride`-th pixel, interpolate between, take the largest.

    Parameters
    ----------
    probs : ndarray of float (K, H, W)
        Their logarithms are the scores up to a number per pixel, which interpolates alike for
        all classes and changes no label.

    Returns
    -------
    ndarray of uint8 (H, W)
    """
    _, height, width = probs.shape
    best, labels = np.full((height, width), -np.inf), np.zeros((height, width), np.uint8)
    for label, plane in enumerate(probs):
        small = np.log(np.maximum(plane[::stride, ::stride], 1e-12))
        score = enlarged(small, stride, (height, width), "bilinear")
        better = score > best
        labels[better] = label
        best = np.maximum(best, score)
    return labels


def shift_change(label_map: np.ndarray, stride: int) -> float:
    """Share of labels that differ where a map is shifted by one pixel before and not after.

    0 for a stride of 1, which commutes with shifts.
    """
    if label_map.shape[1] < 2:
        return 0.0
    shifted_first = labels_down_and_up(label_map[:, 1:], stride)
    shifted_last = labels_down_and_up(label_map, stride)[:, 1:]
    return float((shifted_first != shifted_last).mean())


@dataclass(frozen=True)
class Loss:
    """Shares of pixels whose label changes: everywhere, near outlines, by a shift of 1 px."""

    stride: int
    everywhere: float
    near: float
    shifted: float


def losses(
    label_map: NDArray[np.uint8], scaled: dict[int, np.ndarray], band: float, void: int = 255
) -> list[Loss]:
    """Measure maps that went down and up against the map they come from.

    Parameters
    ----------
    label_map : ndarray of uint8 (H, W)
        `void` counts nowhere.
    scaled : dict
        Stride → ndarray of uint8 (H, W).
    band : float
        Pixels on each side of an outline that are near; NaN comes out where there is none.
    """
    distance = outline_distance(label_map)
    counted = label_map != void
    near = counted & (distance <= band)
    found = []
    for stride, labels in scaled.items():
        changed = labels != label_map
        found.append(
            Loss(
                stride,
                float(changed[counted].mean()) if counted.any() else float("nan"),
                float(changed[near].mean()) if near.any() else float("nan"),
                shift_change(label_map, stride),
            )
        )
    return found


@dataclass(frozen=True)
class LayerCost:
    """Parameters, multiply-adds, and bytes of the maps that the layers write."""

    parameters: int
    multiply_adds: int
    map_bytes: int


def atrous_cost(height: int, width: int, channels: int, kernel: int = 3) -> LayerCost:
    """One convolution at full size; its rate costs nothing.

    Parameters
    ----------
    height, width : int
        Of the map, cells.
    channels : int
        In and out.
    kernel : int
    """
    weights = kernel**2 * channels**2
    places = height * width
    return LayerCost(weights, weights * places, FLOAT_BYTES * channels * places)


def deconvolution_cost(
    height: int, width: int, channels: int, stride: int, kernel: int = 3
) -> LayerCost:
    """The same convolution at every `stride`-th place, and a deconvolution back to full size.

    The deconvolution's kernel is 2 strides wide, as FCN's are: each cell it writes receives
    2 × 2 of the small map's.

    Parameters
    ----------
    height, width : int
        Of the full map, cells.
    channels : int
        In and out.
    stride, kernel : int
        Of the convolution.
    """
    small = -(-height // stride) * -(-width // stride)
    down, up = kernel**2 * channels**2, (2 * stride) ** 2 * channels**2
    return LayerCost(
        down + up, (down + up) * small, FLOAT_BYTES * channels * (small + height * width)
    )
