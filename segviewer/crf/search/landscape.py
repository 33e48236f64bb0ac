"""How good the labels are over any two settings of the CRF: coarse first, then finer.

Grids of 3×3, 5×5 and 9×9 values lie inside one another, so a finer one only adds the points
that are missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.errors import SettingsError
from segviewer.settings import Control, controls

SIDES = (3, 5, 9)
"""Values along each axis, coarse to fine."""

AXES = tuple(
    control.name
    for control in controls(CRFSettings)
    if control.type in ("float", "int") and control.kind == "crf"
)
"""Settings that can be an axis."""


@dataclass(frozen=True, eq=False)
class Landscape:
    """What is known so far.

    Attributes
    ----------
    names : tuple of str
        Settings along the columns and the rows.
    columns, rows : ndarray of float (S,)
        Their values, ascending, at the finest grid.
    gains : ndarray of float (S, S)
        [row, column]: the measure less that without the CRF; NaN where not computed yet.
    side : int
        Of the grid that is being filled, one of `SIDES`.
    done : int
        How many points are computed.
    """

    names: tuple[str, str]
    columns: np.ndarray
    rows: np.ndarray
    gains: np.ndarray
    side: int
    done: int

    @property
    def best(self) -> tuple[int, int] | None:
        """Row and column of the largest gain, or None while there is none."""
        if np.isnan(self.gains).all():
            return None
        row, column = np.unravel_index(np.nanargmax(self.gains), self.gains.shape)
        return int(row), int(column)

    def filled(self) -> np.ndarray:
        """Gains with every missing point taken from the nearest computed one, for drawing."""
        known = np.argwhere(~np.isnan(self.gains))
        if not len(known):
            return np.zeros_like(self.gains)
        every = np.argwhere(np.ones_like(self.gains, bool))
        distance = np.abs(every[:, None] - known[None]).sum(-1)
        nearest = known[distance.argmin(1)]
        filled: np.ndarray = self.gains[tuple(nearest.T)].reshape(self.gains.shape)
        return filled


def axis_values(name: str, side: int = SIDES[-1]) -> NDArray[np.float64]:
    """Values of a setting from the smallest to the largest that its slider allows.

    Equal steps of the logarithm where the slider is logarithmic; whole numbers where it counts.

    Returns
    -------
    ndarray of float64 (side,)

    Raises
    ------
    SettingsError
        For a setting that is no axis.
    """
    control = _control(name)
    low, high = control.minimum, control.useful_maximum
    assert low is not None and high is not None  # an axis has ends
    if control.log:
        values = np.geomspace(low, high, side)
        # Ends exactly, so that no rounding steps over the range.
        values[0], values[-1] = low, high
        # Three digits are what a slider shows.
        return np.array([float(f"{value:.3g}") for value in values])
    values = np.linspace(low, high, side)
    return np.rint(values) if control.type == "int" else values


def landscape(
    score: Callable[[CRFSettings], float],
    baseline: float,
    settings: CRFSettings,
    names: tuple[str, str],
    check: Callable[[], None] = lambda: None,
) -> Iterator[Landscape]:
    """Fill the grids.

    Parameters
    ----------
    score : callable
        Measure (mean IoU, accuracy …) of the labels that a setting of the CRF gives.
    baseline : float
        The same of the network alone.
    settings : CRFSettings
        All other values.
    names : tuple of str
        Two different of `AXES`: columns, rows.
    check : callable
        Called before each point; what it raises ends the search.

    Yields
    ------
    Landscape
        After each point.

    Raises
    ------
    SettingsError
        For settings that are no two axes.
    """
    if names[0] == names[1]:
        raise SettingsError(
            "There is no map over one setting.",
            f"Both axes are {_control(names[0]).label.lower()}.",
            "Choose two different settings.",
        )
    columns, rows = (axis_values(name) for name in names)
    gains = np.full((len(rows), len(columns)), np.nan)
    done = 0
    for side in SIDES:
        step = (SIDES[-1] - 1) // (side - 1)
        for row, column in _ordered(range(0, SIDES[-1], step), names):
            if not np.isnan(gains[row, column]):
                continue
            check()
            values = {names[0]: columns[column], names[1]: rows[row]}
            gains[row, column] = score(settings.changed(**values)) - baseline
            done += 1
            yield Landscape(names, columns, rows, gains.copy(), side, done)


def _ordered(places: range, names: tuple[str, str]) -> list[tuple[int, int]]:
    """Points (row, column) such that a kernel's width changes as rarely as can be.

    Only a new width needs a new lattice.
    """
    pairs = [(row, column) for row in places for column in places]
    if "std" in names[0] and "std" not in names[1]:
        pairs.sort(key=lambda pair: (pair[1], pair[0]))
    return pairs


def _control(name: str) -> Control:
    if name not in AXES:
        raise SettingsError(
            f"There is no map over {name}.",
            f"Its axes can be {', '.join(AXES)}.",
            "Choose one of these.",
        )
    return next(control for control in controls(CRFSettings) if control.name == name)
