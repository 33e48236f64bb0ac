"""Whether target masks are about the network's classes: what they hold, in shares and values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from segviewer.imaging.reading.targets import VOID

if TYPE_CHECKING:
    from segviewer.analysis.evaluation.metrics import Confusion

_MOST_VOID = 0.5  # above this share it is said: some labels may have been taken for void
_SHIFTED = 0.5  # accuracy with every label moved by one, from which that is worth saying
_LISTED = 4


@dataclass(frozen=True)
class TargetFit:
    """How far some masks fit a network.

    Attributes
    ----------
    num_classes : int
        K; labels 0 … K-1 are compared.
    pixels, compared, void : int
        Of all masks; those with a label of the network, and those marked void.
    outside : tuple of (int, int)
        Labels that are neither, each with its number of pixels.
    present : int
        How many of the classes the masks hold.
    shift : int
        1 or -1 where the masks fit much better with every label less or more by one, else 0.
    """

    num_classes: int
    pixels: int
    compared: int
    void: int
    outside: tuple[tuple[int, int], ...]
    present: int
    shift: int = 0

    @property
    def outside_share(self) -> float:
        """Share of the pixels that hold labels the network does not have."""
        return sum(count for _, count in self.outside) / self.pixels if self.pixels else 0.0

    @property
    def void_share(self) -> float:
        """Share of the pixels that are void."""
        return self.void / self.pixels if self.pixels else 0.0

    def few_words(self) -> str:
        """For the picture itself, where labels were passed over; "" where none were."""
        if not self.compared:
            return "nothing of the target mask can be compared"
        if not self.outside:
            return ""
        return (
            f"{share_text(self.outside_share)} of the target mask holds labels the network "
            "does not have"
        )

    def sentences(self, masks: str = "mask") -> tuple[str, ...]:
        """What must be said beside any figure; empty where the masks fit.

        Parameters
        ----------
        masks : str
            What they are called: ``mask`` or ``masks``.
        """
        verb, be = ("holds", "is") if masks == "mask" else ("hold", "are")
        said = []
        if self.outside:
            values = [value for value, _ in self.outside]
            word = "label" if len(values) == 1 else "labels"
            said.append(
                f"{share_text(self.outside_share)} of the {masks} {verb} {word} "
                f"{_value_text(values)}; the network has {_count_text(self.num_classes)}: "
                "these pixels are not compared."
            )
        if self.pixels and self.void == self.pixels:
            said.append(f"The {masks} {be} void throughout.")
        elif self.void_share > _MOST_VOID or (self.void and self.present == 1):
            said.append(
                f"{share_text(self.void_share)} of the {masks} {be} void and not compared."
                + (" Only one class is left." if self.present == 1 else "")
            )
        if self.shift:
            way = "less" if self.shift > 0 else "more"
            said.append(
                f"The {masks} would fit much better with every label {way} by one"
                + (
                    ", as if counted from 1: choose the mapping “counted from 1”."
                    if self.shift > 0
                    else "."
                )
            )
        return tuple(said)


def target_fit(confusion: Confusion) -> TargetFit:
    """What the targets counted in `confusion` hold, and what of it was compared."""
    held, size = confusion.held, confusion.num_classes
    outside = tuple(
        (int(value), int(held[value])) for value in np.flatnonzero(held) if size <= value != VOID
    )
    return TargetFit(
        num_classes=size,
        pixels=int(held.sum()),
        compared=int(held[:size].sum()),
        void=int(held[VOID]) if size <= VOID else 0,
        outside=outside,
        present=int((~confusion.absent).sum()),
        shift=_shift(confusion.counts),
    )


def share_text(share: float) -> str:
    """A share in per cent that is never rounded to nothing or to all."""
    if 0 < share < 0.001:
        return "under 0.1 %"
    if 0.999 < share < 1:
        return "over 99.9 %"
    return f"{share:.0%}".replace("%", " %") if share >= 0.095 else f"{share * 100:.1f} %"


def _shift(counts: np.ndarray) -> int:
    """Whether target k is mostly seen where the network says k - 1 (1) or k + 1 (-1)."""
    total = counts.sum()
    if not total:
        return 0
    right = np.trace(counts) / total
    for by in (1, -1):
        moved = np.trace(counts, offset=-by) / total
        # A picture that is nearly all of one class says nothing about the others.
        spread = np.count_nonzero(np.diagonal(counts, offset=-by) > 0.01 * total)
        if moved > _SHIFTED and moved > 2 * right and spread >= 2:
            return by
    return 0


def _value_text(values: list[int]) -> str:
    """``20``, ``13, 17, 23``, ``20…33``, ``7…33 (12 of them)``."""
    if len(values) <= _LISTED:
        return ", ".join(str(value) for value in values)
    said = f"{values[0]}…{values[-1]}"
    return said if values[-1] - values[0] + 1 == len(values) else f"{said} ({len(values)} of them)"


def _count_text(num_classes: int) -> str:
    return "1 class" if num_classes == 1 else f"{num_classes} classes"
