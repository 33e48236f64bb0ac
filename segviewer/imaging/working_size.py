"""At what size a network is shown a photograph, and what must be said about it."""

from __future__ import annotations

from dataclasses import dataclass

USUAL_LONG_SIDE = 513
"""What DeepLab v3 was trained on, for networks that do not say."""

SMALLEST_PART = 4
"""Below this part of the size it was trained for, no network knows what it sees."""

WORRY = 1.5
"""Factor by which the size may differ from the trained one before that is said."""


def smallest_long_side(trained: int) -> int:
    """The smallest inference size for a network trained for `trained` pixels (0: unknown)."""
    return -(-(trained or USUAL_LONG_SIDE) // SMALLEST_PART)


@dataclass(frozen=True)
class WorkingSize:
    """Long side of the picture that the network sees.

    Attributes
    ----------
    asked : int
        Pixels that were asked for; 0 for the size the network was trained for.
    trained : int
        What it was trained for; 0 where nobody says.
    picture : int
        Long side of the photograph.
    random : bool
        Its weights are random: there is no training that a size could leave.
    enlarges : bool
        The network was trained on enlarged pictures: a smaller photograph is enlarged for it to
        what it was trained for, which it never is for another.
    """

    asked: int
    trained: int
    picture: int
    random: bool = False
    enlarges: bool = False

    @property
    def long_side(self) -> int:
        """Pixels the network really sees."""
        wanted = self.asked or self.trained or USUAL_LONG_SIDE
        if not self.random:
            wanted = max(wanted, smallest_long_side(self.trained))
        return min(wanted, max(self.picture, self.trained) if self.enlarges else self.picture)

    def chips(self) -> list[tuple[str, str]]:
        """(text, tone): nothing where the size is about the one the network was trained for."""
        seen, usual = self.long_side, self.trained or USUAL_LONG_SIDE
        asked = f" ({self.asked:,} asked)" if self.asked and self.asked != seen else ""
        measured = self.trained or self.asked  # nothing is known, and nothing was asked for
        if measured and not self.random and max(seen, usual) > WORRY * min(seen, usual):
            why = ", all the photograph has" if seen == self.picture < usual else ""
            known = f"trained for {usual:,}" if self.trained else f"{usual:,} is usual"
            return [(f"network sees {seen:,} px{why}{asked} · {known}", "warning")]
        if seen > self.picture:
            return [(f"network sees {seen:,} px, enlarged from {self.picture:,}{asked}", "info")]
        if asked:
            return [(f"network sees {seen:,} px, all the photograph has{asked}", "info")]
        return []
