"""How long a run is: as many iterations as fit into the minutes that were given."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

MEASUREMENTS = 10
"""Of a run, beside the last one."""

MEASURED_FRAMES = 24
"""Of the val pictures, on the way; all of them in the end."""

FEWEST = 10  # iterations of a run by time, even where it takes longer
_RECENT = 60  # iterations of which a run by the clock knows its pace
_FEWEST_TIMED = 5
_FULL = 150  # under which smaller batches make more of the time


@dataclass(frozen=True)
class Pace:
    """What one iteration and one measurement cost on this machine.

    Attributes
    ----------
    seconds : float
        Of an iteration.
    picture_seconds : float
        To measure one val picture.
    """

    seconds: float
    picture_seconds: float

    @classmethod
    def of(cls, steps: Sequence[float], picture_seconds: float) -> Pace:
        """From timed iterations, of which the first, that also warms up, does not count."""
        return cls(median(steps[1:] or steps), picture_seconds)

    def iterations(self, seconds: float, val: int) -> int:
        """How many iterations fit into `seconds` together with their measurements.

        Parameters
        ----------
        seconds : float
            That are left.
        val : int
            Pictures to measure on.
        """
        some = MEASUREMENTS * min(val, MEASURED_FRAMES) * self.picture_seconds
        left = seconds - some - val * self.picture_seconds
        return max(FEWEST, int(left / self.seconds))


class Clock:
    """Says again and again how many iterations fit, on a machine that does other things too.

    Parameters
    ----------
    seconds : float
        Of training, of all calls together.
    """

    def __init__(self, seconds: float):
        self._seconds = seconds
        self._steps: deque[tuple[int, float]] = deque(maxlen=_RECENT)

    def total(self, iteration: int, elapsed: float, planned: int) -> int:
        """Iterations of the whole run, at the pace of the last :data:`_RECENT`.

        Parameters
        ----------
        iteration : int
            That were made.
        elapsed : float
            Seconds of training until now.
        planned : int
            What is taken while the pace is not known.
        """
        self._steps.append((iteration, elapsed))
        left = self._seconds - elapsed
        if left <= 0:
            return iteration
        first, then = self._steps[0]
        if iteration - first < min(_FEWEST_TIMED, planned - iteration):
            return max(planned, iteration + 1)
        pace = (elapsed - then) / (iteration - first)
        return iteration + int(left / pace)


def smaller_batch(iterations: int, batch: int) -> int:
    """Half of the batch where the time allows few iterations and at least 4 crops remain."""
    return batch // 2 if iterations < _FULL and batch >= 8 else batch


def every(iterations: int) -> int:
    """Iterations between two measurements."""
    return max(1, round(iterations / MEASUREMENTS))


def clock(seconds: float) -> str:
    """A duration for people: 45 s, 12 min, 2 h 05 min."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"
