"""Which input positions a position of a feature map reaches, along one axis.

Every spatial operation reads, for position i of its output, equally spaced positions
``first(i), first(i) + spacing, …, last(i)`` of its input: a window. Chains of windows give
the interval of the picture that a unit reaches; where branches meet, the interval that
holds both (the maximum over paths). Exact integers throughout, so odd sizes, transposed
convolutions and resizing by any ratio need no special care.

Three intervals are followed at once:

* `theory`: as if every map went on for ever, so that it does not depend on the border. It
  may lie partly outside the picture, and is what papers and Araujo, Norris and Sim
  (Computing Receptive Fields of CNNs, Distill 2019) state.
* `local`: the same along paths without global pooling, normalisation or full connection.
* `seen`: pixels of the picture from the first to the last reached; zero padding is not one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

# An interval that is unlimited has these ends; one that holds nothing has them swapped.
BELOW, ABOVE = -(1 << 40), 1 << 40


@dataclass(frozen=True)
class Windows:
    """Convolution, pooling, cropping (negative padding) and padding.

    Attributes
    ----------
    stride, padding, kernel, rate : int
        As those of a convolution.
    beyond : {"nothing", "clamp", "reflect"}
        What lies outside the input: zeros, its first and last cell again, its mirror image.
    """

    stride: int = 1
    padding: int = 0
    kernel: int = 1
    rate: int = 1
    beyond: str = "nothing"

    @property
    def spacing(self) -> int:
        return self.rate

    def scaled(self, jump: Fraction) -> Fraction:
        """Distance of neighbouring units, from that of the input's."""
        return jump * self.stride

    def bounds(self, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """First and last input position of each output position (n,)."""
        first = at * self.stride - self.padding
        return first, first + (self.kernel - 1) * self.rate


SAME = Windows()


@dataclass(frozen=True)
class Spread:
    """Transposed convolution; also unpooling and pixel shuffle (kernel = stride)."""

    stride: int
    padding: int = 0
    kernel: int = 1
    rate: int = 1
    beyond: str = "nothing"

    @property
    def spacing(self) -> int:
        return self.rate // math.gcd(self.stride, self.rate)

    def scaled(self, jump: Fraction) -> Fraction:
        """Distance of neighbouring units, from that of the input's."""
        return jump / self.stride

    def bounds(self, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """First and last input position of each output position; first > last: none."""
        shifted = at + self.padding
        first, last = np.ones_like(at), np.zeros_like(at)
        taps = np.arange(self.kernel)
        for phase in range(self.stride):
            found = taps[taps * self.rate % self.stride == phase]
            here = shifted % self.stride == phase
            if found.size:
                first[here] = (shifted[here] - found[-1] * self.rate) // self.stride
                last[here] = (shifted[here] - found[0] * self.rate) // self.stride
        return first, last


@dataclass(frozen=True)
class Resize:
    """Interpolation: the `support` cells around ``offset + scale * i``.

    Attributes
    ----------
    scale, offset : Fraction
        Input position of an output cell.
    support : int
        0 nearest (below), 2 bilinear, 4 bicubic.
    """

    scale: Fraction
    offset: Fraction
    support: int
    beyond: str = "clamp"
    spacing: int = 1

    def scaled(self, jump: Fraction) -> Fraction:
        """Distance of neighbouring units, from that of the input's."""
        return jump * self.scale

    def bounds(self, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """First and last input position of each output position (n,)."""
        below = self.offset.denominator * self.scale.denominator
        above = at * int(self.scale * below) + int(self.offset * below)
        floor = above // below
        if self.support == 0:
            return floor, floor
        # On a cell itself the others have weight nought.
        between = (above % below != 0).astype(at.dtype)
        reach = self.support // 2 - 1
        return floor - reach * between, floor + (reach + 1) * between


@dataclass(frozen=True)
class Bins:
    """Adaptive pooling of `size` cells into `number` bins."""

    size: int
    number: int
    beyond: str = "nothing"
    spacing: int = 1

    def scaled(self, jump: Fraction) -> Fraction:
        """Distance of neighbouring units, from that of the input's."""
        return jump * Fraction(self.size, self.number)

    def bounds(self, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """First and last input position of each bin (n,)."""
        return at * self.size // self.number, -(-(at + 1) * self.size // self.number) - 1


@dataclass(frozen=True)
class Everything:
    """All `size` places: global pooling, full connection, the statistics of a norm."""

    size: int
    keeps_size: bool = False
    beyond: str = "nothing"
    spacing: int = 1

    def scaled(self, jump: Fraction) -> Fraction:
        """Distance of neighbouring units, from that of the input's."""
        return jump if self.keeps_size else jump * self.size

    def bounds(self, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The whole input at every output position (n,)."""
        return np.zeros_like(at), np.full_like(at, self.size - 1)


@dataclass(frozen=True)
class Repeat:
    """The only place, `number` times (broadcasting)."""

    number: int
    beyond: str = "nothing"
    spacing: int = 1

    def scaled(self, jump: Fraction) -> Fraction:
        """Distance of neighbouring units, from that of the input's."""
        return jump / self.number

    def bounds(self, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Cell 0 at every output position (n,)."""
        return np.zeros_like(at), np.zeros_like(at)


Window = Windows | Spread | Resize | Bins | Everything | Repeat


@dataclass(eq=False)
class Interval:
    """First and last input position (n,) of output positions from `start` on."""

    first: np.ndarray
    last: np.ndarray
    start: int = 0

    @classmethod
    def nothing(cls, size: int, start: int = 0) -> Interval:
        """Intervals that hold nothing yet."""
        return cls(np.full(size, ABOVE), np.full(size, BELOW), start)

    def between(self, start: int, size: int) -> Interval:
        """The part for `size` positions from `start` on."""
        part = slice(start - self.start, start - self.start + size)
        return Interval(self.first[part], self.last[part], start)

    def take_in(self, first: int, last: int) -> None:
        """Widen every interval so that it holds `first` to `last`."""
        np.minimum(self.first, first, out=self.first)
        np.maximum(self.last, last, out=self.last)

    def widen(
        self, source: Interval, window: Window, at: NDArray[np.int64], limit: int | None
    ) -> None:
        """Take in what `window` reads of `source` at positions `at` (n,).

        `limit` is the number of positions that exist; None where the map has no end.

        Parameters
        ----------
        source : Interval
        window : Window
        at : ndarray of int64 (n,)
        limit : int or None
        """
        first, last = window.bounds(at)
        taps = int((last - first).max(initial=0)) // window.spacing + 1
        for tap in range(taps):
            index = first + tap * window.spacing
            inside = index <= last
            if limit is not None:
                index = _placed(index, limit, window.beyond)
                inside &= (index >= 0) & (index < limit)
            index = np.where(inside, index, source.start) - source.start
            np.minimum(self.first, np.where(inside, source.first[index], ABOVE), out=self.first)
            np.maximum(self.last, np.where(inside, source.last[index], BELOW), out=self.last)


def _placed(index: np.ndarray, size: int, beyond: str) -> np.ndarray:
    if beyond == "clamp":
        return index.clip(0, size - 1)
    if beyond == "reflect":
        mirrored: np.ndarray = size - 1 - np.abs(size - 1 - np.abs(index))
        return mirrored
    return index


@dataclass(eq=False)
class AxisNode:
    """One map along one axis, and what its positions read of earlier maps.

    Attributes
    ----------
    size : int
        Positions that exist.
    links : tuple of (AxisNode, Window)
        Empty: the picture itself.
    jump : Fraction
        Pixels between neighbouring positions.
    """

    size: int
    links: tuple[tuple[AxisNode, Window], ...]
    jump: Fraction
    # Filled by `Tape.measure`.
    theory: Interval = field(init=False, repr=False)
    local: Interval = field(init=False, repr=False)
    seen: Interval = field(init=False, repr=False)
    _from: int = 0
    _to: int = 0


class Tape:
    """All maps of one run along one axis, in the order in which they were made."""

    def __init__(self, size: int):
        self.picture = AxisNode(size, (), Fraction(1))
        self._nodes = [self.picture]

    def add(self, size: int, *links: tuple[AxisNode, Window]) -> AxisNode:
        """A map of `size` positions that reads earlier ones; the same map where nothing moved."""
        links = tuple(dict.fromkeys(links))
        if len(links) == 1 and links[0][1] == SAME and links[0][0].size == size:
            return links[0][0]
        # A map spread from one cell says nothing about distances if another does.
        source, window = min(links, key=lambda link: isinstance(link[1], Repeat | Everything))
        node = AxisNode(size, links, window.scaled(source.jump))
        self._nodes.append(node)
        return node

    def measure(self) -> None:
        """Fill the intervals of every map."""
        self._ask_backwards()
        for node in self._nodes:
            at = np.arange(node._from, node._to + 1)
            inside = np.arange(node.size)
            if not node.links:
                node.theory = node.local = Interval(at, at, node._from)
                node.seen = Interval(inside, inside)
                continue
            node.theory = Interval.nothing(at.size, node._from)
            node.seen = Interval.nothing(node.size)
            only_local = all(
                source.local is source.theory and not isinstance(window, Everything)
                for source, window in node.links
            )
            node.local = node.theory if only_local else Interval.nothing(at.size, node._from)
            for source, window in node.links:
                if isinstance(window, Everything):
                    node.theory.take_in(*self._everything(source))
                    node.seen.take_in(source.seen.first.min(), source.seen.last.max())
                    continue
                node.theory.widen(source.theory, window, at, None)
                node.seen.widen(source.seen, window, inside, source.size)
                if not only_local:
                    node.local.widen(source.local, window, at, None)

    def _everything(self, source: AxisNode) -> tuple[int, int]:
        """Ends of what all positions of `source` reach: none, where that is the whole picture."""
        part = source.theory.between(0, source.size)
        first, last = int(part.first.min()), int(part.last.max())
        covers = first <= 0 and last >= self.picture.size - 1
        return (BELOW, ABOVE) if covers else (first, last)

    def _ask_backwards(self) -> None:
        """Find the positions, also outside the maps, that later maps ask of each map."""
        for node in self._nodes:
            node._from, node._to = 0, node.size - 1
        for node in reversed(self._nodes):
            at = np.arange(node._from, node._to + 1)
            for source, window in node.links:
                if isinstance(window, Everything):
                    continue
                first, last = window.bounds(at)
                read = first <= last
                if read.any():
                    source._from = min(source._from, int(first[read].min()))
                    source._to = max(source._to, int(last[read].max()))
