"""How far a piece of work in two parts is, where only the first knows its share of the whole."""

from __future__ import annotations

from collections.abc import Callable


class Progress:
    """Passes on how far the first part says it is, and spreads the second over what is left.

    Parameters
    ----------
    progressed : callable
        Called with how far the whole is, 0 to 1.
    """

    def __init__(self, progressed: Callable[[float], None]):
        self._progressed, self._reached = progressed, 0.0

    def first(self, part: float) -> None:
        """The first part says how far the whole is, and may end before 1.

        A file that is opened again, as its kind is looked for, does not set it back.
        """
        self._reached = max(self._reached, part)
        self._progressed(self._reached)

    def second(self, part: float) -> None:
        """How far the second part is of itself, 0 to 1."""
        self._progressed(self._reached + (1 - self._reached) * part)
