"""Blended windows in any order: what one looks at first is done first.

The same weighted means as :func:`segviewer.inference.windows.label_windows` makes going through a
picture from above to below. The picture falls into the middles of its windows; of each middle the
sum is kept until every window that sees it was added.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from segviewer.inference.windows import Windows, blend_weights


class BlendedWindows:
    """Sums of probabilities of the middles that some windows were added to, but not all.

    Parameters
    ----------
    windows : Windows
    most_bytes : int
        For the sums; those of the window that was added last are kept whatever their size.

    Attributes
    ----------
    cut : list of (window, middle)
        See :meth:`segviewer.inference.windows.Windows.middles`.
    """

    def __init__(self, windows: Windows, most_bytes: int):
        self.windows = windows
        self.cut = windows.middles()
        self._columns = len(windows.columns())
        self._rows = _met_by([(one[:2], middle[:2]) for one, middle in self.cut[:: self._columns]])
        self._across = _met_by([(one[2:], middle[2:]) for one, middle in self.cut[: self._columns]])
        self._most = most_bytes
        tall, wide = min(windows.side, windows.height), min(windows.side, windows.width)
        self._weights = blend_weights(tall, wide, windows.overlap)
        self._sums: dict[int, NDArray[np.float32]] = {}  # (K + 1, h, w), the last the weights
        self._added: dict[int, set[int]] = {}

    def seeing(self, number: int) -> list[int]:
        """Windows that see something of the middle of window `number`: itself and neighbours."""
        row, column = divmod(number, self._columns)
        rows, across = self._rows[row][1], self._across[column][1]
        return [r * self._columns + c for r in rows for c in across]

    def seen_by(self, number: int) -> list[int]:
        """Middles of which window `number` sees something."""
        row, column = divmod(number, self._columns)
        rows, across = self._rows[row][0], self._across[column][0]
        return [r * self._columns + c for r in rows for c in across]

    def missing(self, number: int) -> list[int]:
        """Windows that are still to be added to the middle of `number`; itself first."""
        added = self._added.get(number, set())
        return sorted(
            (n for n in self.seeing(number) if n not in added), key=lambda n: (n != number, n)
        )

    def add(
        self, number: int, probs: NDArray[np.float32], wanted: Callable[[int], int | None]
    ) -> list[int]:
        """Add what the network says of a window to every middle that it sees.

        Parameters
        ----------
        number : int
            Of the window.
        probs : ndarray of float32 (K, h, w)
        wanted : callable (number)
            When a middle's turn comes, None where it is done already; where there is no room the
            sums of the last are given up, never that of the first.

        Returns
        -------
        list of int
            Middles that every window was added to now; to be taken with :meth:`take`.
        """
        complete = []
        for middle in self.seen_by(number):
            if number in self._added.get(middle, ()):
                continue
            if wanted(middle) is None:
                self.drop(middle)
                continue
            self._add_to(middle, number, probs)
            if not self.missing(middle):
                complete.append(middle)
        self._give_up({number, *complete}, wanted)
        return complete

    def mean(self, number: int) -> NDArray[np.float32]:
        """Probabilities (K, h, w) of a middle, of the windows that were added so far."""
        sums = self._sums[number]
        return np.ascontiguousarray(sums[:-1] / sums[-1])

    def take(self, number: int) -> NDArray[np.float32]:
        """The same, once; its sum is not kept."""
        mean = self.mean(number)
        self.drop(number)
        return mean

    def drop(self, number: int) -> None:
        """Forget the sum of a middle."""
        self._sums.pop(number, None)
        self._added.pop(number, None)

    def _add_to(self, middle: int, number: int, probs: NDArray[np.float32]) -> None:
        window, counts = self.cut[number][0], self.cut[middle][1]
        size = counts[1] - counts[0], counts[3] - counts[2]
        if middle not in self._sums:
            self._sums[middle] = np.zeros((len(probs) + 1, *size), np.float32)
        top, bottom = max(window[0], counts[0]), min(window[1], counts[1])
        left, right = max(window[2], counts[2]), min(window[3], counts[3])
        here = np.s_[top - counts[0] : bottom - counts[0], left - counts[2] : right - counts[2]]
        there = np.s_[top - window[0] : bottom - window[0], left - window[2] : right - window[2]]
        sums, weights = self._sums[middle], self._weights[there]
        for summed, plane in zip(sums[:-1], probs, strict=True):
            summed[here] += plane[there] * weights
        sums[-1][here] += weights
        self._added.setdefault(middle, set()).add(number)

    def _give_up(self, kept: set[int], wanted: Callable[[int], int | None]) -> None:
        held = sum(sums.nbytes for sums in self._sums.values())
        turns = {number: turn for number in self._sums if (turn := wanted(number)) is not None}
        first = min(turns, key=turns.__getitem__, default=-1)  # or no middle would ever be done
        last = len(self.cut)
        for number in sorted(self._sums, key=lambda n: turns.get(n, last), reverse=True):
            if held <= self._most:
                return
            if number != first and number not in kept:
                held -= self._sums[number].nbytes
                self.drop(number)


def _met_by(
    lines: list[tuple[tuple[int, int], tuple[int, int]]],
) -> list[tuple[list[int], list[int]]]:
    """Of each row or column of windows: middles that it sees, and windows that see its middle."""

    def meet(one: tuple[int, int], other: tuple[int, int]) -> bool:
        return one[0] < other[1] and one[1] > other[0]

    return [
        (
            [n for n, (_, other) in enumerate(lines) if meet(window, other)],
            [n for n, (other, _) in enumerate(lines) if meet(other, middle)],
        )
        for window, middle in lines
    ]
