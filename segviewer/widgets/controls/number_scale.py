"""How a number becomes a slider position and comes back, linear or logarithmic."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segviewer.settings import Control


@dataclass(frozen=True)
class NumberScale:
    """Maps values in [minimum, reach] to positions in [0, 1]; those to maximum can be typed.

    A logarithmic scale that starts at or below zero is linear near its start, so that zero
    can be reached.
    """

    minimum: float
    maximum: float
    log: bool
    integer: bool
    decimals: int
    step: float
    reach: float

    @classmethod
    def of(cls, control: Control) -> NumberScale:
        """Scale of a control of type int or float; an open end gets a generous one."""
        items = control.default if control.length else (control.default,)
        largest = max((abs(float(v)) for v in items), default=1.0) or 1.0
        low = control.minimum if control.minimum is not None else min(0.0, -10 * largest)
        high = control.maximum if control.maximum is not None else 10 * largest
        integer = control.type == "int"
        span = (high if control.slider_to is None else control.slider_to) - low
        decimals = control.decimals
        if decimals is None:
            step = control.step
            decimals = _decimals(step) if step else 0 if span >= 200 else 1 if span >= 20 else 2
        # An end that is rounded away would be a value that the settings refuse.
        decimals = 0 if integer else max(decimals, *map(_decimals_of, (low, high)))
        step = control.step or (1.0 if integer else max(10.0**-decimals, _round_step(span / 100)))
        reach = high if control.slider_to is None else min(high, control.slider_to)
        ends = float(low), float(high)
        return cls(*ends, control.log, integer, decimals, float(step), float(reach))

    def position(self, value: float) -> float:
        """Slider position of `value`, 0 to 1."""
        value = min(max(float(value), self.minimum), self.reach)
        if self.reach <= self.minimum:
            return 0.0
        if not self.log:
            return (value - self.minimum) / (self.reach - self.minimum)
        if self._purely_log():
            return math.log(value / self.minimum) / math.log(self.reach / self.minimum)
        knee = self._knee()
        return math.log1p((value - self.minimum) / knee) / math.log1p(
            (self.reach - self.minimum) / knee
        )

    def value(self, position: float) -> float | int:
        """Value at a slider `position`, rounded to what the spin box can show."""
        position = min(max(position, 0.0), 1.0)
        span = self.reach - self.minimum
        if not self.log:
            raw = self.minimum + position * span
        elif self._purely_log():
            raw = self.minimum * (self.reach / self.minimum) ** position
        else:
            knee = self._knee()
            raw = self.minimum + knee * math.expm1(position * math.log1p(span / knee))
        return self.rounded(raw)

    def rounded(self, value: float) -> float | int:
        """`value` held in range, with the decimals the control shows."""
        value = min(max(value, self.minimum), self.maximum)
        return round(value) if self.integer else round(value, self.decimals)

    def _purely_log(self) -> bool:
        # Below a billionth of the range a decade would get a tenth of the slider for nothing.
        return self.minimum > 1e-9 * self.reach

    def _knee(self) -> float:
        return (self.reach - self.minimum) / 1000


def _decimals(step: float) -> int:
    return next((n for n in range(6) if abs(step * 10**n - round(step * 10**n)) < 1e-9), 6)


def _decimals_of(value: float) -> int:
    return next((n for n in range(12) if round(value, n) == value), 0)


def _round_step(raw: float) -> float:
    return 10.0 ** math.floor(math.log10(raw)) if raw > 0 else 1.0
