"""Windows of pyramid pooling on a map of a cells: PSPNet's, and those of SPP-net's formula.

The lecture has windows of ceil(a / n) cells at every floor(a / n) cells (He et al. 2014). Where
n divides a they are the adaptive ones, from floor(i a / n) to ceil((i + 1) a / n). Else they
leave cells out, or there are more than n of them.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Rule = Literal["adaptive", "formula"]
Windows = tuple[tuple[int, int], ...]


def adaptive_windows(side: int, bins: int) -> Windows:
    """First cell and the one behind the last, for each of `bins` windows on `side` cells."""
    return tuple((i * side // bins, -(-(i + 1) * side // bins)) for i in range(bins))


def formula_windows(side: int, bins: int) -> Windows:
    """As many windows as fit by the formula; none where there are fewer cells than bins."""
    if side < bins:
        return ()
    window, stride = -(-side // bins), side // bins
    return tuple((start, start + window) for start in range(0, side - window + 1, stride))


def windows_of(rule: Rule, side: int, bins: int) -> Windows:
    """Windows by either rule.

    Parameters
    ----------
    rule : {"adaptive", "formula"}
    side : int
        Cells of the map.
    bins : int
    """
    return (adaptive_windows if rule == "adaptive" else formula_windows)(side, bins)


def unseen(windows: Windows, side: int) -> int:
    """Cells that lie in no window."""
    seen = np.zeros(side, bool)
    for start, end in windows:
        seen[start:end] = True
    return int((~seen).sum())


def sides_with_more(bins: int, largest: int = 130) -> tuple[int, ...]:
    """Sides, up to `largest` cells, for which the formula gives more than `bins` windows."""
    return tuple(
        side for side in range(bins, largest + 1) if len(formula_windows(side, bins)) > bins
    )


def pooled(
    cells: np.ndarray, rows: Windows, columns: Windows, pooling: Literal["average", "maximum"]
) -> NDArray[np.float64]:
    """Average or largest value of each window.

    Parameters
    ----------
    cells : ndarray of float (h, w, ...)
    rows, columns : windows on h and on w cells

    Returns
    -------
    ndarray of float64 (len(rows), len(columns), ...)
    """
    take = np.mean if pooling == "average" else np.max
    return np.array(
        [
            [take(cells[top:bottom, left:right], axis=(0, 1)) for left, right in columns]
            for top, bottom in rows
        ],
        float,
    ).reshape(len(rows), len(columns), *cells.shape[2:])
