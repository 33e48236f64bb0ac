"""Where the names of curves stand in a plot: beside their own curve, clear of all else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

SPACING = 4.0  # pixels between the points by which a line is known
PLACES = 12  # along a curve, beside its peak
GAP = 5.0  # pixels between a curve and its name
MOST = 1000  # points by which a line is known


def resampled(line: np.ndarray) -> np.ndarray:
    """Points (m, 2) along a polyline (n, 2), so dense that no name fits between two."""
    if len(line) < 2:
        return line
    lengths = np.hypot(*np.diff(line, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    if not along[-1]:
        return line[:1]
    # A view that is not yet laid out has lines of a million pixels.
    at = np.linspace(0, along[-1], int(np.clip(along[-1] / SPACING, 2, MOST)))
    return np.stack([np.interp(at, along, line[:, axis]) for axis in (0, 1)], axis=1)


def place_names(
    lines: Sequence[np.ndarray],
    sizes: Sequence[tuple[float, float] | None],
    area: tuple[float, float, float, float],
) -> list[tuple[float, float] | None]:
    """Left and top of each name.

    Parameters
    ----------
    lines : sequence of ndarray (n, 2)
        Points of the curves in pixels, y downwards.
    sizes : sequence of (width, height) or None
        Of the names; None for a curve without.
    area : (left, top, right, bottom)
        Inside which names stay as far as they fit.
    """
    dense = [resampled(line) for line in lines]
    taken: list[np.ndarray] = []
    found: list[tuple[float, float] | None] = []
    everything = np.concatenate([np.zeros((0, 2)), *dense])
    left, top, right, bottom = area
    # Names stay inside, and meet nothing beyond.
    seen = (everything > (left, top)) & (everything < (right, bottom))
    everything = everything[seen.all(1)]
    for line, along, size in zip(lines, dense, sizes, strict=True):
        if size is None or not len(line):
            found.append(None)
            continue
        boxes = _candidates(line, along, size, area)
        inside = (everything[:, 0] > boxes[:, :1]) & (everything[:, 0] < boxes[:, 2:3])
        inside &= (everything[:, 1] > boxes[:, 1:2]) & (everything[:, 1] < boxes[:, 3:])
        cost = inside.sum(1) + 1e-3 * np.arange(len(boxes))
        for other in taken:
            across = np.minimum(boxes[:, 2], other[2]) - np.maximum(boxes[:, 0], other[0])
            down = np.minimum(boxes[:, 3], other[3]) - np.maximum(boxes[:, 1], other[1])
            cost += 1000 * ((across > 0) & (down > 0))
        taken.append(boxes[cost.argmin()])
        found.append((float(taken[-1][0]), float(taken[-1][1])))
    return found


def _candidates(line, along, size, area) -> np.ndarray:
    """Boxes (left, top, right, bottom) around the peak and along the curve, the best first."""
    (width, height), (left, top, right, bottom) = size, area
    spread = np.linspace(0, len(along) - 1, PLACES).astype(int)
    points = np.concatenate([line[[line[:, 1].argmin()]], along[spread]])
    # Right above, left above, right below, left below, and to either side.
    x = np.array([0, -width, 0, -width, GAP, -width - GAP])
    y = np.array([-height, -height, 0, 0, -height / 2, -height / 2])
    corners = points[:, None] + np.stack([x, y], axis=1)
    corners = corners.reshape(-1, 2)
    corners[:, 0] = np.clip(corners[:, 0], left, max(left, right - width))
    corners[:, 1] = np.clip(corners[:, 1], top, max(top, bottom - height))
    return np.concatenate([corners, corners + (width, height)], axis=1)
