"""Remedies of gridding that a network can take with the weights it has.

Some are settings of the network (levels, shortcuts, rates), others are laid over its layers:
smoothed dilation starts as the identity, hierarchical sums stand between the branches of a
pyramid and its projection. Each can be put on and taken off, and nothing is trained for it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from segviewer.layers.hierarchical_fusion import attach_fusion, pyramids
from segviewer.layers.smoothed_dilation import attach_remedy, dilated_convolutions
from segviewer.networks.network import Network

Added = Literal["none", "shared separable", "group interaction", "hierarchical fusion"]
Values = tuple[tuple[str, Any], ...]

MIXED_GRID = (1, 2, 4)  # DeepLab v3's best, table 3
HYBRID = (1, 2, 3)  # HDC's "RF"


@dataclass(frozen=True)
class Remedy:
    """One remedy, for one network.

    Attributes
    ----------
    name, title, tip : str
        `name` is the remedy's own; `tip` says what it does, and in which paper.
    without, with_it : tuple of (name, value)
        Settings of the network; both empty for one that is laid over its layers.
    added : str
        What is laid over, or ``none``.
    why_not : str
        Why it does not apply to this network; "" where it does.
    places : tuple of str
        Modules that it changes; empty: all over the network.
    rate : int
        Period of its own, where the layer's would say nothing about it; else 0.
    """

    name: str
    title: str
    tip: str
    without: Values = ()
    with_it: Values = ()
    added: Added = "none"
    why_not: str = ""
    places: tuple[str, ...] = ()
    rate: int = 0

    def on(self, network: Network) -> bool:
        """Whether the settings of `network` are those with the remedy."""
        config = network.config
        return bool(self.with_it) and all(getattr(config, n, None) == v for n, v in self.with_it)


def remedies_of(network: Network) -> tuple[Remedy, ...]:
    """All remedies, those first that `network` can take."""
    found = (
        *_degridding(network),
        _hybrid_rates(network),
        _multi_grid(network),
        *_smoothed(network),
        _fusion(network),
    )
    return tuple(sorted(found, key=lambda remedy: bool(remedy.why_not)))


@contextmanager
def set_so(
    network: Network, values: Values = (), added: Added = "none", amount: float = 1.0
) -> Iterator[None]:
    """Run with these settings and this laid over; both are taken back at the end.

    Parameters
    ----------
    values : tuple of (name, value)
        Geometry settings that are others than now.
    added : str
    amount : float
        Of a smoothed dilation: 0 is the identity it starts from, 1 the plain mean.
    """
    before = network.config
    if values:
        network.reconfigure(before.changed(**dict(values)))
    take_off = _attach(network, added, amount)
    try:
        yield
    finally:
        take_off()
        if values:
            network.reconfigure(before)


def _attach(network: Network, added: Added, amount: float) -> Callable[[], None]:
    if added == "none":
        return lambda: None
    if added == "hierarchical fusion":
        return attach_fusion(network)
    return attach_remedy(network, added, amount)


def _degridding(network: Network) -> Iterator[Remedy]:
    """What DRN (Yu, Koltun, Funkhouser 2017, section 4) does, from A to C."""
    fields, idle = type(network.config).model_fields, network.idle_fields()
    known = {
        "max_pool": (
            "No early max pooling",
            "early_max_pool",
            True,
            False,
            ("backbone.maxpool",),
            "DRN: max pooling makes the strong lone activations that dilation spreads. "
            "Every second cell is taken instead.",
        ),
        "level_7": (
            "Degridding level 7",
            "level_7",
            False,
            True,
            ("backbone.layer7",),
            "DRN: two convolutions of rate 2 behind those of rate 4.",
        ),
        "level_8": (
            "Degridding level 8",
            "level_8",
            False,
            True,
            ("backbone.layer8",),
            "DRN: two convolutions of rate 1 behind those of rate 2.",
        ),
        "residual_free": (
            "No shortcuts in 7 and 8",
            "residual",
            True,
            False,
            ("backbone.layer7", "backbone.layer8"),
            "DRN: shortcuts would carry the grid past the two levels.",
        ),
    }
    for name, (title, field, without, with_it, places, tip) in known.items():
        why_not = ""
        if field not in fields:
            why_not = "Only DRN has it."
        elif field in idle:
            why_not = f"Not in DRN-{network.config.variant}."
        yield Remedy(
            name,
            title,
            tip,
            ((field, without),),
            ((field, with_it),),
            why_not=why_not,
            places=places,
        )


def _hybrid_rates(network: Network) -> Remedy:
    tip = "HDC (Wang et al. 2018): unequal rates in turn, here 1, 2, 3, in place of equal ones."
    config = network.config
    if "schedule" not in type(config).model_fields:
        return Remedy("hybrid_rates", "Hybrid rates (HDC)", tip, why_not="Only HDC-DUC has them.")
    typed = config.schedule == "typed"
    equal = config.schedule == "constant" or (typed and len(set(config.rates4)) == 1)
    if typed:
        without = (("rates4", config.rates4 if equal else (2,)),)
        with_it = (("rates4", HYBRID if equal else config.rates4),)
    else:
        mixed = "RF" if equal or config.schedule == "none" else config.schedule
        without, with_it = (("schedule", "constant"),), (("schedule", mixed),)
    return Remedy("hybrid_rates", "Hybrid rates (HDC)", tip, without, with_it)


def _multi_grid(network: Network) -> Remedy:
    tip = "DeepLab v3 (Chen et al. 2017, table 3): unequal rates of the last block's units."
    title, config = "Multi-grid", network.config
    if "multi_grid" not in type(config).model_fields:
        return Remedy("multi_grid", title, tip, why_not="It has no multi-grid.")
    if "multi_grid" in network.idle_fields():
        return Remedy("multi_grid", title, tip, why_not="Not with this backbone.")
    mixed = config.multi_grid if len(set(config.multi_grid)) > 1 else MIXED_GRID
    title = f"Multi-grid {', '.join(map(str, mixed))}"
    return Remedy("multi_grid", title, tip, (("multi_grid", (1, 1, 1)),), (("multi_grid", mixed),))


def _smoothed(network: Network) -> Iterator[Remedy]:
    """Smoothed dilation (Wang, Ji 2018)."""
    tips: dict[Added, str] = {
        "shared separable": "Smoothed dilation (Wang, Ji 2018): one kernel for all channels "
        "before each dilated convolution, the identity at first.",
        "group interaction": "Smoothed dilation (Wang, Ji 2018): the r² cosets are mixed behind "
        "each dilated convolution, not at all at first.",
    }
    why_not = "" if dilated_convolutions(network) else "Nothing here is dilated."
    for added, tip in tips.items():
        title = f"Smoothed: {added}"
        yield Remedy(added.replace(" ", "_"), title, tip, added=added, why_not=why_not)


def _fusion(network: Network) -> Remedy:
    tip = "ESPNet (Mehta et al. 2018): each branch of the pyramid is added to the next ones."
    found = pyramids(network)
    if not found:
        why_not = "No branches to fuse."
        return Remedy("fusion", "Hierarchical fusion", tip, why_not=why_not)
    name, pyramid = found[0]
    # Cells that never meet in any branch are alike modulo what divides all rates.
    rates = [conv.dilation[0] for _, conv in dilated_convolutions(pyramid)]
    return Remedy(
        "fusion",
        "Hierarchical fusion",
        tip,
        added="hierarchical fusion",
        places=(f"{name}.project",),
        rate=math.gcd(*rates) if rates else 0,
    )
