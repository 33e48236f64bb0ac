"""Rates of the units of a ResNet's last two stages (Wang et al. 2018, section 3.2, table 3).

Equal rates read every r-th cell only and leave a grid of holes. A hybrid schedule lets the
rates of successive units rise and start anew, so that together they reach every cell.
"""

from __future__ import annotations

from itertools import cycle, islice
from typing import Literal

Schedule = Literal["none", "constant", "Dilation-conv", "RF", "bigger", "typed"]


def repeat(rates: tuple[int, ...], units: int) -> tuple[int, ...]:
    """`rates` over and over, `units` of them."""
    return tuple(islice(cycle(rates), units))


def rates_in_threes(units: int) -> tuple[int, ...]:
    """1, 2, 3 for every three units; what is left over has rate 2."""
    whole = units // 3 * 3
    return repeat((1, 2, 3), whole) + (2,) * (units - whole)


def rates_in_fours(units: int) -> tuple[int, ...]:
    """1, 2, 5, 9 for every four units; the very first has rate 2, as in the authors' code."""
    return (2, *repeat((1, 2, 5, 9), units)[1:])


def unit_rates(
    schedule: Schedule,
    units: tuple[int, int],
    constant: tuple[int, int] = (2, 4),
    typed: tuple[tuple[int, ...], tuple[int, ...]] = ((1,), (1,)),
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Rate of each unit of the two dilated stages (res4 and res5).

    Parameters
    ----------
    schedule : str
        ``none``: no dilation. ``constant``: one rate for each stage. ``Dilation-conv``: 2, 1
        in turn. ``RF``: 1, 2, 3 in turn, then 3, 4, 5. ``bigger``: 1, 2, 5, 9 in turn, then
        5, 9, 17. ``typed``: what `typed` says, repeated.
    units : (int, int)
        Units of the two stages: (23, 3) for ResNet-101.
    constant : (int, int)
        Rates of ``constant``; 2 and 4 make up for two strides that were removed.
    typed : pair of tuples of int
        Rates of ``typed``.

    Returns
    -------
    pair of tuples of int
    """
    fourth, fifth = units
    if schedule == "RF":
        return rates_in_threes(fourth), repeat((3, 4, 5), fifth)
    if schedule == "bigger":
        return rates_in_fours(fourth), repeat((5, 9, 17), fifth)
    patterns = {
        "none": ((1,), (1,)),
        "constant": ((constant[0],), (constant[1],)),
        "Dilation-conv": ((2, 1), (2, 1)),
        "typed": typed,
    }
    first, second = patterns[schedule]
    return repeat(first, fourth), repeat(second, fifth)
