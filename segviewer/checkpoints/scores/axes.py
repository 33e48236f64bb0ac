"""Which axis of an array is which, and what its numbers are: found, and said.

Nothing in a file says it, but the photograph does: two axes have its aspect, and what is left are
the classes. What the numbers are shows in their sums: probabilities sum to one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SUM_TOLERANCE = 2e-2
"""How far from 1 the sum of a pixel's probabilities may be: half precision over many classes."""

CONFIDENCE = 0.7
"""Probability of a label map's label where nobody says one, as in pydensecrf's examples."""

VOID = 255


class NotScores(ValueError):
    """An array that cannot be the scores of the photograph; its text is one sentence."""


@dataclass(frozen=True)
class Understood:
    """Probabilities, and how they were come by.

    Attributes
    ----------
    probs : ndarray of float32 (K, h, w)
        Every pixel sums to 1.
    said : str
        In a few words: what the numbers were taken for.
    one_class : bool
        There was one number a pixel: that of the foreground.
    """

    probs: NDArray[np.float32]
    said: str
    one_class: bool = False


def understood(array: np.ndarray, size: tuple[int, int]) -> Understood:
    """Probabilities of an array.

    Parameters
    ----------
    array : ndarray
        Two to four axes: (K, h, w), (h, w, K), either with a 1 before, (h·w, K), (K, h·w), or
        (h, w) for one class.
    size : (int, int)
        Height and width of the photograph.

    Raises
    ------
    NotScores
    """
    if array.ndim == 4:
        if array.shape[0] != 1:
            raise NotScores(f"It is {array.shape}: a batch of {array.shape[0]} pictures, not one.")
        array = array[0]
    if array.dtype.kind in "iub" and array.ndim == 2 and _has_aspect(array.shape, size):
        raise NotScores("It holds labels, and no scores.")
    if array.dtype.kind == "b":
        array = array.astype(np.float32)
    found = _orders(array, size)
    if not found:
        raise NotScores(
            f"It is {array.shape}, and no two of its axes have the photograph's aspect "
            f"({size[1]}×{size[0]})."
        )
    # Of several orders that fit, the one whose sums are one; else the one with fewer classes.
    known = [(order, planes, *_numbers(planes)) for order, planes in found[:3]]
    known.sort(key=lambda one: (one[2] not in _SUMMING, len(one[1])))
    order, planes, kind, probs = known[0]
    return Understood(probs, f"{kind}, {order}", len(planes) == 1)


def from_labels(
    labels: np.ndarray, size: tuple[int, int], confidence: np.ndarray | float = CONFIDENCE
) -> Understood:
    """Probabilities of a label map, as pydensecrf's ``unary_from_labels`` makes them.

    Parameters
    ----------
    labels : ndarray of int (h, w)
        255 is void: every class is as likely there.
    size : (int, int)
        Height and width of the photograph.
    confidence : float or ndarray of float (h, w)
        Probability of the label; the others share the rest.

    Raises
    ------
    NotScores
    """
    if labels.ndim != 2 or not _has_aspect(labels.shape, size):
        raise NotScores(f"The label map is {labels.shape}, not of the photograph's aspect.")
    void = (labels == VOID) | (labels < 0)
    count = max(2, int(labels.max(where=~void, initial=0)) + 1)
    if count > VOID:
        raise NotScores(f"Its labels go up to {count - 1}: it is no label map.")
    sure = np.broadcast_to(np.asarray(confidence, np.float32), labels.shape)
    if not (np.isfinite(sure).all() and sure.min() >= 0 and sure.max() <= 1):
        raise NotScores("The confidence is no number from 0 to 1.")
    # A label that is known for certain has no logarithm to be weighed by.
    sure = np.clip(sure, 1 / count, 1 - 1e-4)
    probs = np.broadcast_to((1 - sure) / (count - 1), (count, *labels.shape)).astype(np.float32)
    place = np.where(void, 0, labels).astype(np.intp)[None]
    np.put_along_axis(probs, place, sure[None].astype(np.float32), 0)
    probs[:, void] = np.float32(1 / count)
    given = "of the file" if isinstance(confidence, np.ndarray) else f"{confidence:g}"
    return Understood(probs, f"label map with confidence {given}")


_SUMMING = ("probabilities", "log-probabilities", "energies −log p")


def _orders(array: np.ndarray, size: tuple[int, int]) -> list[tuple[str, np.ndarray]]:
    """Every way to see (K, h, w) of the photograph's aspect in an array, the likeliest first."""
    found = []
    if array.ndim == 2:
        if _has_aspect(array.shape, size):
            found.append(("(height, width): one class", array[None]))
        for order, flat in (("(pixels, classes)", array.T), ("(classes, pixels)", array)):
            shape = _unflattened(flat.shape[1], size)
            if shape is not None:
                found.append((order, flat.reshape(flat.shape[0], *shape)))
    else:
        first, last = array.shape[:2], array.shape[1:]
        if _has_aspect(last, size):
            found.append(("(classes, height, width)", array))
        if _has_aspect(first, size):
            found.append(("(height, width, classes)", np.moveaxis(array, 2, 0)))
    return [(order, planes) for order, planes in found if len(planes) <= VOID]


def _has_aspect(shape: tuple[int, ...], size: tuple[int, int]) -> bool:
    """Whether a map is the photograph made smaller or larger, to a pixel of the smaller one."""
    (height, width), (rows, columns) = shape, size
    return abs(height * columns - width * rows) <= max(rows, columns) + max(height, width)


def _unflattened(pixels: int, size: tuple[int, int]) -> tuple[int, int] | None:
    """Height and width of so many pixels with the photograph's aspect."""
    if pixels == size[0] * size[1]:
        return size
    near = round(math.sqrt(pixels * size[0] / size[1]))
    for height in sorted(range(max(1, near - 2), near + 3), key=lambda h: abs(h - near)):
        if pixels % height == 0 and _has_aspect((height, pixels // height), size):
            return height, pixels // height
    return None


def _numbers(planes: np.ndarray) -> tuple[str, NDArray[np.float32]]:
    """What (K, h, w) numbers are, and the probabilities that they say."""
    scaled = {"u": {1: 255.0, 2: 65535.0}}.get(planes.dtype.kind, {}).get(planes.dtype.itemsize)
    values = np.ascontiguousarray(planes, np.float32)
    if scaled:
        values = values / np.float32(scaled)
    if not np.isfinite(values).all():
        count = int((~np.isfinite(values)).any(0).sum())
        raise NotScores(f"{count} of {values[0].size} pixels hold NaN or infinity.")
    low, high = float(values.min()), float(values.max())
    if len(values) == 1:
        if low >= 0 and high <= 1:
            return "probability of the foreground", np.concatenate([1 - values, values])
        foreground = 1 / (1 + np.exp(-np.clip(values, -80, 80)))
        return "logit of the foreground", np.concatenate([1 - foreground, foreground])
    if low >= -1e-4 and _sums(values):
        return "probabilities", _normalised(np.maximum(values, 0))
    if high <= 1e-3 and low < 0 and _sums(np.exp(values)):
        return "log-probabilities", _normalised(np.exp(values))
    if low >= -1e-3 and high > 1 and _sums(np.exp(-values)):
        return "energies −log p", _normalised(np.exp(-values))
    if low >= 0 and high <= 1 + 1e-4:
        sums = values.sum(0)
        if (sums > 0).all():
            return "independent probabilities, divided by their sum", _normalised(values)
    values = values - values.max(0)
    return "logits, softmax applied", _normalised(np.exp(values))


def _sums(values: np.ndarray) -> bool:
    return bool(np.abs(values.sum(0) - 1).max() <= SUM_TOLERANCE)


def _normalised(values: np.ndarray) -> NDArray[np.float32]:
    values /= values.sum(0)
    return values.astype(np.float32, copy=False)
