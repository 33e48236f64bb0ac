"""From probabilities to a label map, and to the other maps that are looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from segviewer.session import THRESHOLD

STRIP_PIXELS = 1_000_000


def label_map_of(
    probs: np.ndarray, threshold: float = THRESHOLD, multi_label: bool = False
) -> np.ndarray:
    """Most probable class at each pixel, uint8 (H, W), from probs (K, H, W).

    Another `threshold` is for the probs of a network with one class: 1 where the foreground's
    probability is larger; or, with `multi_label`, for those of a sigmoid for each class: the
    most probable class where it is larger, else the last plane, "none of them".

    Parameters
    ----------
    probs : ndarray of float32 (K, H, W)
    threshold : float
        0 to 1.
    multi_label : bool
        Whether each class has a sigmoid of its own; the last plane is "none of them" then.
    """
    labels: np.ndarray = _labels(torch.from_numpy(probs), threshold, multi_label).numpy()
    return labels


def _labels(probs: Tensor, threshold: float, multi_label: bool) -> Tensor:
    if threshold == THRESHOLD:
        # On a CPU max over the first axis is forty times faster than argmax over it.
        return probs.max(0).indices.to(torch.uint8)
    if not multi_label:
        return (probs[1] > threshold).to(torch.uint8)
    best = probs[:-1].max(0)
    none = torch.tensor(len(probs) - 1, dtype=torch.uint8)
    return torch.where(best.values > threshold, best.indices.to(torch.uint8), none)


def label_map_at(
    probs: NDArray[np.float32],
    size: tuple[int, int],
    check: Callable[[], None],
    progress: Callable[[float], None],
    threshold: float = THRESHOLD,
    multi_label: bool = False,
) -> NDArray[np.uint8]:
    """Label map at the photograph's own pixels; `threshold` is as in :func:`label_map_of`.

    Probabilities (K, h, w) are interpolated bilinearly to `size` (H, W) and the largest
    taken, a strip of rows at a time so that 24 megapixels never need (K, H, W) in memory.

    Parameters
    ----------
    probs : ndarray of float32 (K, h, w)
    size : (int, int)
    check : callable
        Called before each strip; may raise to stop.
    progress : callable (fraction)
    threshold : float
    multi_label : bool
        As in :func:`label_map_of`.

    Returns
    -------
    ndarray of uint8 (H, W)
    """
    height, width = size
    if probs.shape[1:] == (height, width):
        return label_map_of(probs, threshold, multi_label)
    source = torch.from_numpy(probs)
    out = np.empty((height, width), np.uint8)
    for rows, strip in _strips(source, height, width):
        check()
        # Rows are blended by hand, columns by interpolate, which then has no vertical part.
        wide = F.interpolate(strip[None], (len(rows), width), mode="bilinear", align_corners=False)
        out[rows.start : rows.stop] = _labels(wide[0], threshold, multi_label).numpy()
        progress(rows.stop / height)
    return out


def _strips(source: Tensor, height: int, width: int) -> Iterator[tuple[range, Tensor]]:
    low_height = source.shape[1]
    step = max(1, STRIP_PIXELS // max(1, width))
    for start in range(0, height, step):
        rows = range(start, min(height, start + step))
        position = (torch.arange(rows.start, rows.stop) + 0.5) * (low_height / height) - 0.5
        position = position.clamp(0, low_height - 1)
        above = position.floor().long()
        below = (above + 1).clamp(max=low_height - 1)
        part = (position - above).float()[None, :, None]
        yield rows, torch.lerp(source[:, above], source[:, below], part)


def resize_probs(probs: NDArray[np.float32], size: tuple[int, int]) -> NDArray[np.float32]:
    """Probabilities (K, h, w) at a smaller size (height, width): averages over its pixels."""
    if probs.shape[1:] == size:
        return probs
    smaller: NDArray[np.float32] = F.interpolate(torch.from_numpy(probs)[None], size, mode="area")[
        0
    ].numpy()
    return smaller


def raster_of(probs: np.ndarray, layer: str, chosen_class: int) -> np.ndarray:
    """A layer to look at, uint8 (h, w): 255 is 1.

    Parameters
    ----------
    layer : {"probability", "entropy", "margin"}
        Probability of `chosen_class`; entropy divided by log K; largest minus second
        largest probability.
    """
    if layer == "probability":
        value = probs[min(chosen_class, len(probs) - 1)]
    elif layer == "entropy":
        value = -(probs * np.log(np.maximum(probs, 1e-12))).sum(0) / np.log(len(probs))
    elif layer == "margin":
        top = np.partition(probs, len(probs) - 2, axis=0)[-2:]
        value = top[1] - top[0]
    else:
        raise ValueError(layer)
    raster: np.ndarray = np.rint(np.clip(value, 0, 1) * 255).astype(np.uint8)
    return raster
