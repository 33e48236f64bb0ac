"""What one unit reads through a sequence of dilated convolutions (gridding, in theory).

Layers i = 1..n have the same kernel K and rates r_1..r_n, the first nearest to the picture;
strides are 1 and padding is as wide as it need be. The unit of layer n reads the cells
``sum_i r_i t_i`` with taps t_i of -(K-1)/2 .. (K-1)/2, in the cells of the map below layer 1.

Rows and columns are alike, so everything is computed along one line; a map is the outer
product of the line with itself. The order of the rates does not change what is read, only
how the levels between look.

Two judgements stand side by side. The rule of hybrid dilated convolution (Wang et al. 2018,
section 3.2) looks at the largest distance between non-zero taps, M_i, from r_2 on: r_1 never
enters, so it passes 2, 2, 2, which leaves holes. The count simply looks where taps fall.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np

from segviewer.errors import SettingsError

LONGEST = 32  # rates
LARGEST_RATE = 1024  # a sequence of 32 of these is still counted within a frame
KERNELS = (3, 5, 7, 9)


def parse_rates(text: str) -> tuple[int, ...]:
    """Read a typed sequence: whole numbers from 1 on, apart by commas or blanks.

    Raises
    ------
    SettingsError
        For anything else, for more than `LONGEST` rates or one above `LARGEST_RATE`.
    """
    words = [word for word in re.split(r"[\s,;]+", text.strip(" \t\n()[]{}")) if word]
    example = "Write rates like 1, 2, 5."
    if not words:
        raise SettingsError("There is no rate.", "The sequence is empty.", example)
    if len(words) > LONGEST:
        raise SettingsError(
            f"The sequence has {len(words)} rates.",
            f"At most {LONGEST} are followed.",
            "Leave some out; a stage that repeats shows its pattern in one or two groups.",
        )
    rates = []
    for word in words:
        shown = word if len(word) <= 16 else f"{word[:15]}…"
        if not re.fullmatch(r"[+-]?[0-9]+", word):
            raise SettingsError(
                f"“{shown}” is not a rate.", "A rate is a whole number of cells.", example
            )
        rate = int(word[:20])
        if rate < 1:
            raise SettingsError(
                f"{shown} is not a rate.",
                "Neighbouring taps lie at least one cell apart.",
                "Use 1 for an ordinary convolution.",
            )
        if rate > LARGEST_RATE:
            raise SettingsError(
                f"Rate {shown} is too large.",
                f"Rates up to {LARGEST_RATE} are followed.",
                "Use a smaller rate; no map is that wide.",
            )
        rates.append(rate)
    return tuple(rates)


def touch_levels(rates: tuple[int, ...], kernel: int | tuple[int, ...] = 3) -> list[np.ndarray]:
    """How often one unit touches each cell, level by level.

    Parameters
    ----------
    rates : tuple of int
    kernel : int or tuple of int
        Side of all kernels, or of each, in the order of their rates.

    Returns
    -------
    list of ndarray of float64, n + 1 of them
        Along one line, each as long as the field at its level, the unit above its middle:
        first the unit itself, then the map below layer n, and last the one below layer 1,
        whose numbers of paths are the path-count map. Whole numbers, exact below 2**53.
    """
    levels = [np.ones(1)]
    kernels = _kernels(rates, kernel)
    for rate, side in zip(reversed(rates), reversed(kernels), strict=True):
        levels.append(_touched(levels[-1], rate, side))
    return levels


def ancestors(
    rates: tuple[int, ...], kernel: int | tuple[int, ...], level: int, position: int
) -> list[np.ndarray]:
    """Through which cells the unit reads one tap.

    Parameters
    ----------
    level : int
        Of the tap, 0 .. n, counted as in :func:`touch_levels`: 0 is the unit.
    position : int
        Of the tap relative to the unit, in cells.

    Returns
    -------
    list of ndarray of float64, level + 1 of them
        For each level down to the tap's, how many of the paths from the unit to the tap lead
        through each cell. Every level sums to the number of these paths; all are 0 where
        the tap is a hole. In two dimensions: outer product of those of row and column.
    """
    down = touch_levels(rates, kernel)[: level + 1]
    at = position + len(down[-1]) // 2
    if not 0 <= at < len(down[-1]):
        return [np.zeros_like(touched) for touched in down]
    up = np.zeros_like(down[-1])
    up[at] = 1
    found = [down[-1] * up]
    steps = tuple(reversed(rates))[:level]
    sides = tuple(reversed(_kernels(rates, kernel)))
    for index in range(level - 1, -1, -1):
        # Who reads a cell lies where its own taps would: the kernel is symmetrical.
        wide = _touched(up, steps[index], sides[index])
        surplus = (len(wide) - len(down[index])) // 2
        up = wide[surplus : surplus + len(down[index])]
        found.append(down[index] * up)
    return found[::-1]


@dataclass(frozen=True)
class Coverage:
    """Where taps fall, counted.

    Attributes
    ----------
    side : int
        Side of the field.
    reached : int
        Cells of a line that are read.
    holes : tuple of int
        Cells of a line that are not, relative to the unit.
    """

    side: int
    reached: int
    holes: tuple[int, ...]

    @property
    def fraction(self) -> float:
        """Share of a line that is read."""
        return self.reached / self.side

    @property
    def area_fraction(self) -> float:
        """Share of the square that is read: the line's, squared."""
        return self.fraction**2

    @property
    def full(self) -> bool:
        """No hole."""
        return not self.holes


def count_coverage(rates: tuple[int, ...], kernel: int | tuple[int, ...] = 3) -> Coverage:
    """Enumerate the cells that one unit reads."""
    reached = touch_levels(rates, kernel)[-1] > 0
    holes = np.flatnonzero(~reached) - len(reached) // 2
    return Coverage(len(reached), int(reached.sum()), tuple(holes.tolist()))


def unevenness(line: np.ndarray) -> float:
    """Coefficient of variation (standard deviation / mean) of the map of a path-count `line`."""
    line = line / line.max()  # squares of 3^32 lose digits
    mean, square = line.mean(), (line**2).mean()
    return float(math.sqrt(max(0.0, (square / mean**2) ** 2 - 1)))


def _touched(line: np.ndarray, rate: int, kernel: int) -> np.ndarray:
    wide = np.zeros(len(line) + (kernel - 1) * rate)
    for tap in range(kernel):
        wide[tap * rate : tap * rate + len(line)] += line
    return wide


def _kernels(rates: tuple[int, ...], kernel: int | tuple[int, ...]) -> tuple[int, ...]:
    sides = kernel if isinstance(kernel, tuple) else (kernel,) * len(rates)
    return tuple(map(_checked, sides))


def _checked(kernel: int) -> int:
    if kernel not in KERNELS:
        sides = ", ".join(map(str, KERNELS))
        raise SettingsError(
            f"A kernel of {kernel} is not followed.",
            f"The side of the kernel is one of {sides}: odd, so that it has a middle.",
            "Choose one of these.",
        )
    return kernel
