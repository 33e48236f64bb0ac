"""Learning-rate policies: "poly" of the DeepLab papers, and what it is compared with."""

from __future__ import annotations

import math


def poly_rate(iteration: int, total: int, power: float = 0.9, end: float = 0.0) -> float:
    """Factor (1 - end)(1 - iteration/total)^power + end of the "poly" policy (DeepLab v2).

    Raises
    ------
    ValueError
        If `iteration` lies outside 0..total.
    """
    if not 0 <= iteration <= total:
        raise ValueError(f"iteration {iteration} outside 0..{total}")
    return (1 - end) * (1 - iteration / total) ** power + end


def step_rate(iteration: int, total: int, drops: int = 3, factor: float = 0.1) -> float:
    """Factor `factor` to the power of how many of `drops` equal parts are over.

    DeepLab v1 drops by 0.1 every 2,000 of 6,000 iterations.

    Raises
    ------
    ValueError
        If `iteration` lies outside 0..total.
    """
    if not 0 <= iteration <= total:
        raise ValueError(f"iteration {iteration} outside 0..{total}")
    return factor ** min(drops - 1, iteration * drops // total)


def cosine_rate(iteration: int, total: int, end: float = 0.0) -> float:
    """Factor (1 - end)(1 + cos(π iteration/total))/2 + end (Loshchilov, Hutter 2017).

    Raises
    ------
    ValueError
        If `iteration` lies outside 0..total.
    """
    if not 0 <= iteration <= total:
        raise ValueError(f"iteration {iteration} outside 0..{total}")
    return (1 - end) * (1 + math.cos(math.pi * iteration / total)) / 2 + end
