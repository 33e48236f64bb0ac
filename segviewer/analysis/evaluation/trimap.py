"""Accuracy near the outlines, and where the CRF mended or broke labels.

The measure of Kohli et al. 2009 that Krähenbühl and Koltun 2011 (figure 5) and DeepLab v2
plot: only pixels within some distance of an outline count, because a CRF changes
little elsewhere. VOC's masks are void along every outline; then void marks the outlines. Other
masks change label from pixel to pixel, and both pixels lie on the outline.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segviewer.analysis.evaluation.metrics import Confusion
from segviewer.imaging.overlay import contours
from segviewer.imaging.reading.targets import VOID

WIDTHS = tuple(range(1, 41))
"""Widths of the bands in pixels, on each side of an outline."""

RIGHT, MENDED, BROKEN, WRONG = 0, 1, 2, 3
"""Values of :func:`error_map`: right before and after, only after, only before, never."""


@dataclass(frozen=True, eq=False)
class TrimapCurves:
    """Measures in bands around the outlines; the first axis is before, after.

    Attributes
    ----------
    widths : ndarray of int (W,)
        Pixels on each side.
    pixels : ndarray of int (W,)
        How many labelled pixels each band holds.
    accuracy, miou : ndarray of float (2, W)
        NaN where a band is empty. Mean IoU is over the classes that the band's target has.
    iou : ndarray of float (2, W, K)
        Per class; NaN where neither side has it.
    """

    widths: np.ndarray
    pixels: np.ndarray
    accuracy: np.ndarray
    miou: np.ndarray
    iou: np.ndarray


def outline_distance(target: NDArray[np.uint8], void_outlines: bool = True) -> NDArray[np.float64]:
    """Distance of every pixel from the nearest outline of the target.

    Parameters
    ----------
    target : ndarray of uint8 (H, W)
    void_outlines : bool
        Whether a change from a class to void is an outline. If not, only two classes that touch
        make one; on masks whose outlines are void, as VOC's, there is then none.

    Returns
    -------
    ndarray of float64 (H, W)
        1 on an outline, which is two pixels wide, growing by Euclidean pixels; infinite where
        the target has no outline.
    """
    from scipy.ndimage import distance_transform_edt

    line = contours(target) if void_outlines else _between_classes(target)
    if not line.any():
        return np.full(target.shape, np.inf)
    distance: np.ndarray = distance_transform_edt(~line) + 1
    return distance


def trimap(
    target: NDArray[np.uint8],
    before: NDArray[np.uint8],
    after: NDArray[np.uint8],
    num_classes: int,
    widths: Sequence[int] = WIDTHS,
    void_outlines: bool = True,
) -> TrimapCurves:
    """Measure two label maps in bands around the target's outlines.

    Parameters
    ----------
    target, before, after : ndarray of uint8 (H, W)
        The target holds 255 where it says nothing; such pixels count nowhere.
    num_classes : int
        K.
    widths : sequence of int
        Ascending; a band holds all pixels no farther from an outline.
    void_outlines : bool
        See :func:`outline_distance`.

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    distance = outline_distance(target, void_outlines)
    edges = np.asarray(widths, np.int64)
    # A pixel belongs to the first band that reaches it, and to all wider ones.
    band = np.searchsorted(edges, distance.ravel(), side="left")
    order = np.argsort(band, kind="stable")
    ends = np.searchsorted(band[order], np.arange(len(widths)), side="right")
    flat_target = target.ravel()
    accuracy, miou = np.full((2, 2, len(widths)), np.nan)
    iou = np.full((2, len(widths), num_classes), np.nan)
    pixels = np.zeros(len(widths), np.int64)
    for side, label_map in enumerate((before, after)):
        if label_map.shape != target.shape:
            raise ValueError(f"target {target.shape} and label map {label_map.shape} differ")
        labels = label_map.ravel()
        confusion = Confusion(num_classes)
        start = 0
        for place, end in enumerate(ends):
            new = order[start:end]
            confusion.add(flat_target[new], labels[new])
            start = end
            pixels[place] = confusion.counts.sum()
            accuracy[side, place] = confusion.pixel_accuracy
            miou[side, place] = confusion.miou
            iou[side, place] = confusion.iou
    return TrimapCurves(edges, pixels, accuracy, miou, iou)


def error_map(
    target: NDArray[np.uint8], before: NDArray[np.uint8], after: NDArray[np.uint8], num_classes: int
) -> NDArray[np.uint8]:
    """Where refining mended, broke or changed nothing.

    Parameters
    ----------
    target, before, after : ndarray of uint8 (H, W)
        Target mask, and labels before and after refining.
    num_classes : int
        Larger labels of the target are no class.

    Returns
    -------
    ndarray of uint8 (H, W)
        `RIGHT`, `MENDED`, `BROKEN`, `WRONG`, or 255 where the target is no class.
    """
    first, second = before == target, after == target
    found = np.full(target.shape, WRONG, np.uint8)
    found[first & second] = RIGHT
    found[second & ~first] = MENDED
    found[first & ~second] = BROKEN
    found[target >= num_classes] = VOID
    return found


def _between_classes(target: np.ndarray) -> np.ndarray:
    """Pixels that touch another class; void is none."""
    line = np.zeros(target.shape, bool)
    for one, other in (
        ((slice(None), slice(1, None)), (slice(None), slice(None, -1))),
        ((slice(1, None), slice(None)), (slice(None, -1), slice(None))),
    ):
        change = (target[one] != target[other]) & (target[one] != VOID) & (target[other] != VOID)
        line[one] |= change
        line[other] |= change
    return line
