"""Learning-rate policy of the DeepLab papers."""

from __future__ import annotations


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
