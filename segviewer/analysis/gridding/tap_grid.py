"""The taps of one unit, level by level: what is drawn of a sequence of rates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segviewer.analysis.gridding.rate_sequence import touch_levels


@dataclass(frozen=True)
class TapGrid:
    """Taps of one unit.

    Attributes
    ----------
    rates : tuple of int
        The first nearest to the picture.
    kernel : int or tuple of int
        Side of all kernels, or of each, in the order of their rates.
    lines : tuple of ndarray of float64
        Number of paths to each cell of a line, level by level, the unit first; the middle
        of long ones.
    sides : tuple of int
        Of the whole field at each level.
    level : int
        The one that is shown as a map.
    """

    rates: tuple[int, ...]
    kernel: int | tuple[int, ...]
    lines: tuple[np.ndarray, ...]
    sides: tuple[int, ...]
    level: int


def tap_grid(
    rates: tuple[int, ...], kernel: int | tuple[int, ...], level: int, longest: int
) -> TapGrid:
    """Follow one unit's taps down to the picture.

    Parameters
    ----------
    rates, kernel
        See `TapGrid`.
    level : int
        To be shown as a map; the last one if there are fewer.
    longest : int
        Cells that are kept of a line, odd.

    Raises
    ------
    SettingsError
        For a kernel that has no middle.
    """
    lines = touch_levels(rates, kernel)
    cuts = [max(0, -(-(len(line) - longest) // 2)) for line in lines]
    middles = tuple(line[cut : len(line) - cut] for line, cut in zip(lines, cuts, strict=True))
    return TapGrid(rates, kernel, middles, tuple(map(len, lines)), min(level, len(rates)))
