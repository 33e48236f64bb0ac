"""Where labels differ from a target mask, as maps to lay over the photograph."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segviewer.analysis.evaluation.trimap import outline_distance
from segviewer.imaging.reading.targets import VOID

RIGHT, WRONG = 0, 1
"""Codes of :func:`errors`; 255 (void) where nothing is compared."""

AT_BOUNDARY = 2
"""Code of :func:`boundary_errors` for what is wrong near a boundary; others are :data:`WRONG`."""

BAND = 5
"""Pixels on each side of a boundary that are near it; the outline itself is the first."""

FALSE_POSITIVE, FALSE_NEGATIVE = 1, 2
"""Codes of :func:`class_errors`; their sum is a true positive, 0 neither."""


def errors(
    target: NDArray[np.uint8], label_map: NDArray[np.uint8], num_classes: int
) -> NDArray[np.uint8]:
    """Every pixel that is labelled otherwise than the target says.

    Parameters
    ----------
    target, label_map : ndarray of uint8 (H, W)
        255, and labels of the target that are no classes, are not compared.
    num_classes : int
        K.

    Returns
    -------
    ndarray of uint8 (H, W)
        :data:`RIGHT`, :data:`WRONG` or 255.
    """
    found: NDArray[np.uint8] = (target != label_map).astype(np.uint8)
    found[(target >= num_classes) | (label_map == VOID)] = VOID
    return found


def boundary_errors(
    target: NDArray[np.uint8], label_map: NDArray[np.uint8], num_classes: int, width: int = BAND
) -> NDArray[np.uint8]:
    """Errors near a boundary of the target apart from all others.

    The first are of where an outline runs, which a CRF or a finer output stride can mend; the
    others are of what a thing is.

    Parameters
    ----------
    target, label_map : ndarray of uint8 (H, W)
        As for :func:`errors`.
    num_classes : int
        K.
    width : int
        Pixels on each side of a boundary, as of
        :func:`segviewer.analysis.evaluation.trimap.outline_distance`.

    Returns
    -------
    ndarray of uint8 (H, W)
        :data:`RIGHT`, :data:`WRONG`, :data:`AT_BOUNDARY` or 255.
    """
    found = errors(target, label_map, num_classes)
    wrong = found == WRONG
    if wrong.any():
        found[wrong & (outline_distance(target) <= width)] = AT_BOUNDARY
    return found


def class_errors(
    target: NDArray[np.uint8], label_map: NDArray[np.uint8], label: int
) -> NDArray[np.uint8]:
    """Where one class is seen wrongly, missed, or right.

    Parameters
    ----------
    target, label_map : ndarray of uint8 (H, W)
    label : int
        The class.

    Returns
    -------
    ndarray of uint8 (H, W)
        0 neither, 1 :data:`FALSE_POSITIVE`, 2 :data:`FALSE_NEGATIVE`, 3 right, or 255 where
        the target or the labels are void.
    """
    seen, there = label_map == label, target == label
    found: NDArray[np.uint8] = seen * np.uint8(FALSE_POSITIVE)
    found = found + there * np.uint8(FALSE_NEGATIVE)
    found[(target == VOID) | (label_map == VOID)] = VOID
    return found
