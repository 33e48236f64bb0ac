"""Rate sequences of published networks, to look at as lattices.

Rates are those of the 3x3 convolutions of a stage, in the cells of its own map; 1x1
convolutions read one cell and are left out. Where a stage repeats a group, the group stands
alone: its pattern is the same, and the fields of a whole stage are too wide to look at.
"""

from __future__ import annotations

from dataclasses import dataclass

MULTI_GRIDS = ((1, 1, 1), (1, 2, 1), (1, 2, 3), (1, 2, 4), (2, 2, 2))
"""Unit rates of the lecture slides' table (DeepLab v3, table 3)."""

BLOCK4_RATES = {16: 2, 8: 4}  # output stride: rate of the last block, before the multi-grid


@dataclass(frozen=True)
class RatePreset:
    """A named sequence.

    Attributes
    ----------
    name : str
    rates : tuple of int
        The first nearest to the picture.
    origin : str
        Paper and place, or that it is from memory.
    note : str
        What to look at; "" for nothing more than the numbers say.
    """

    name: str
    rates: tuple[int, ...]
    origin: str
    note: str = ""


_HDC = "Wang et al. 2018, HDC-DUC"
_REMEMBERED = f"{_HDC}, as the paper's text is remembered"
_DRN = "Yu, Koltun, Funkhouser 2017, DRN"
_SHORTCUTS = "Shortcuts around levels 7 and 8 carry the grid of level 6 past them."


def _deeplab() -> tuple[RatePreset, ...]:
    return tuple(
        RatePreset(
            f"DeepLab v3 · OS{stride} · multi-grid {', '.join(map(str, grid))}",
            tuple(rate * unit for unit in grid),
            "Chen et al. 2017, DeepLab v3, table 3",
            f"Last block: its rate {rate} times the rates of its three units.",
        )
        for stride, rate in BLOCK4_RATES.items()
        for grid in MULTI_GRIDS
    )


PRESETS: tuple[RatePreset, ...] = (
    RatePreset("Dilation-conv · group", (2, 1), _REMEMBERED, "Units of res4 and res5 in pairs."),
    RatePreset("RF · group of res4", (1, 2, 3), _REMEMBERED),
    RatePreset("RF · res5", (3, 4, 5), _REMEMBERED, "Alone it has holes; res4 fills them."),
    RatePreset("RF · group of res4, then res5", (1, 2, 3, 3, 4, 5), _REMEMBERED),
    RatePreset("bigger · group of res4", (1, 2, 5, 9), _HDC),
    RatePreset(
        "bigger · first group of res4",
        (2, 2, 5, 9),
        f"{_HDC}, authors' code",
        "The code starts with 2 where the paper has 1.",
    ),
    RatePreset("bigger · res5", (5, 9, 17), _HDC, "Alone it has holes; res4 fills them."),
    RatePreset("bigger · group of res4, then res5", (1, 2, 5, 9, 5, 9, 17), _HDC),
    RatePreset("equal rates", (2, 2, 2), f"{_HDC}, figure 2", "Passes the rule and has holes."),
    *_deeplab(),
    RatePreset(
        "DRN-A-18",
        (1, 2, 2, 2, 2, 4, 4, 4),
        _DRN,
        "Layers 3 and 4, where the first convolution keeps the rate before it.",
    ),
    RatePreset(
        "DRN-A-18 · as in fyu/drn",
        (1, 1, 2, 2, 1, 1, 4, 4),
        _DRN,
        "The first block of each layer is not dilated.",
    ),
    RatePreset("DRN-B-26", (2,) * 4 + (4,) * 4 + (2, 2, 1, 1), _DRN, _SHORTCUTS),
    RatePreset(
        "DRN-C-26",
        (2,) * 4 + (4,) * 4 + (2, 2, 1, 1),
        _DRN,
        "The taps of B; without shortcuts every path leads through levels 7 and 8.",
    ),
    RatePreset(
        "DRN-C-26 without levels 7 and 8",
        (2,) * 4 + (4,) * 4,
        _DRN,
        "What the degridding levels are there for.",
    ),
    RatePreset("Dilation8 · context", (1, 1, 2, 4, 8, 16, 1), "Yu, Koltun 2016, table 1"),
)
