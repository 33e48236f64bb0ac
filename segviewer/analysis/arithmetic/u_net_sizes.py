"""Sizes through a U-Net (Ronneberger, Fischer, Brox 2015, figure 1) in closed form.

A step is two 3x3 convolutions, which unpadded take 4 from a side; between steps a pooling
halves and an up-convolution doubles. Unpadded with d poolings a side n of the picture must
leave 4 below every pooling even, and comes out shorter by a fixed margin on each side::

    n = 2^d b + 4 (2^d - 1)        out = 2^d (b - 4) - 4 (2^d - 1)       b: coarsest map in

so that n leaves 2^d - 4 when divided by 2^d (12 of 16), and n - out = 12·2^d - 8 (184 for 4).
Padded, every size goes: a pooling rounds down and the map that comes up is padded to the skip.
"""

from __future__ import annotations

from dataclasses import dataclass

STEP_LOSS = 4  # of two unpadded 3x3 convolutions
FIRST_CHANNELS = 64


@dataclass(frozen=True)
class Step:
    """One double convolution, down, at the bottom, or up.

    Attributes
    ----------
    level : int
        Poolings above it.
    channels : int
        Out of the second convolution.
    sizes : tuple of int
        Side before the first, between the two, after the second.
    skip, cut : int
        On the way up: side of the map that comes over, and how many of its rows are cropped
        (or, negative, by how many the map from below is padded to fit).
    """

    level: int
    channels: int
    sizes: tuple[int, int, int]
    skip: int = 0
    cut: int = 0


@dataclass(frozen=True)
class Sizes:
    """All steps of one side; `problem` says where it stops if it does not go through."""

    down: tuple[Step, ...]
    up: tuple[Step, ...]
    problem: str = ""

    @property
    def out(self) -> int:
        """Side of the scores; 0 where nothing comes out."""
        return self.up[-1].sizes[-1] if self.up and not self.problem else 0


def margin(depth: int, padded: bool = False) -> int:
    """Pixels that are lost on each side: half of 12·2^d - 8, or none if padded."""
    return 0 if padded else 6 * 2**depth - 4


def fits(side: int, depth: int) -> bool:
    """Whether an unpadded U-Net with `depth` poolings takes this side without a remainder."""
    return side % 2**depth == (2**depth - 4) % 2**depth and side >= smallest(depth)


def smallest(depth: int) -> int:
    """Smallest side of the picture that leaves one row of scores or more, unpadded."""
    # Of 2^d (b - 4) - 4 (2^d - 1) >= 1.
    bottom = STEP_LOSS + -(-(STEP_LOSS * (2**depth - 1) + 1) // 2**depth)
    side: int = 2**depth * bottom + STEP_LOSS * (2**depth - 1)
    return side


def neighbours(side: int, depth: int) -> tuple[int, int]:
    """Nearest sides at most and at least `side` that fit; the first is 0 where none does."""
    low = side
    while low > 0 and not fits(low, depth):
        low -= 1
    high = max(side, smallest(depth))
    while not fits(high, depth):
        high += 1
    return low, high


def tile(side: int, depth: int) -> tuple[int, int]:
    """Overlap-tile: (sides of the mirrored picture, pixels mirrored on the far side).

    The near side is mirrored by :func:`margin`, the far side by that and what it takes to
    fit, so that the scores cover the picture.
    """
    near = margin(depth)
    high = neighbours(side + 2 * near, depth)[1]
    return high, high - side - near


def sizes(side: int, depth: int = 4, padded: bool = False) -> Sizes:
    """Steps of one side of the picture.

    Parameters
    ----------
    side : int
        Of the picture, pixels.
    depth : int
        Poolings; the paper has 4.
    padded : bool
        Convolutions keep the size, and a map that comes up is padded to its skip.
    """
    loss = 0 if padded else STEP_LOSS
    down: list[Step] = []
    problem, x = "", side
    for level in range(depth + 1):
        if x <= loss:
            problem = f"at level {level} a side of {x} is too short for two 3×3 convolutions"
            return Sizes(tuple(down), (), problem)
        down.append(Step(level, FIRST_CHANNELS * 2**level, (x, x - loss // 2, x - loss)))
        x -= loss
        if level < depth:
            if x % 2 and not padded:
                problem = problem or f"{x} rows at level {level} are odd: the pooling loses one"
            if x < 2:
                return Sizes(tuple(down), (), f"nothing is left below level {level}")
            x //= 2
    up: list[Step] = []
    for level in range(depth - 1, -1, -1):
        x *= 2
        skip = down[level].sizes[-1]
        cut = skip - x
        if padded:
            x, cut = skip, -cut
        if x <= loss:
            problem = problem or f"coming up to level {level}, a side of {x} is too short"
            return Sizes(tuple(down), tuple(up), problem)
        up.append(Step(level, FIRST_CHANNELS * 2**level, (x, x - loss // 2, x - loss), skip, cut))
        x -= loss
    return Sizes(tuple(down), tuple(up), problem)
