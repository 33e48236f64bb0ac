"""Grids as a lab asks for them: of a layer, with or without a remedy, and what was before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from segviewer.labs.lab import LabContext

if TYPE_CHECKING:
    from segviewer.analysis.gridding.gridding import CosetEnergy, Spectrum
    from segviewer.analysis.gridding.gridding_remedies import Added

Given = Literal["picture", "step", "delta", "noise"]


@dataclass(frozen=True)
class MeasuredGrid:
    """The measures of one layer with a period, and all that decided them."""

    settings: tuple[tuple[str, Any], ...]
    rate: int
    energy: CosetEnergy
    parity: CosetEnergy
    spectrum: Spectrum


def given_picture(context: LabContext, given: Given) -> np.ndarray:
    """The photograph, or a probe of its size: uint8 (H, W, 3)."""
    from segviewer.analysis.gridding.gridding import probe

    if given == "picture":
        return context.image
    height, width = context.image.shape[:2]
    grey = np.rint(255 * probe(given, height, width)).astype(np.uint8)
    return np.repeat(grey[..., None], 3, 2)


def maps_of(
    context: LabContext, image: np.ndarray, label: str, added: Added = "none", amount: float = 1.0
) -> np.ndarray:
    """Maps of a layer, float32 (C, h, w), with a remedy laid over the network's layers."""
    import torch

    from segviewer.analysis.gridding.gridding_remedies import set_so
    from segviewer.analysis.networks.layer_maps import layer_maps

    network = context.network
    values = torch.from_numpy(context.card.preprocessing.normalise(image))
    values = values.to(next(network.parameters()).device)
    with set_so(network, (), added, amount):
        return layer_maps(network, values, label)


def measure_grid(maps: np.ndarray, rate: int, settings: tuple, window: int) -> MeasuredGrid:
    """Measure maps in pieces of `window` cells, 0 for the whole."""
    from segviewer.analysis.gridding.gridding import coset_energy, parity_energy, spectrum

    pieces = window or None
    return MeasuredGrid(
        settings,
        rate,
        coset_energy(maps, rate, pieces),
        parity_energy(maps, pieces),
        spectrum(maps, rate),
    )


def grid_settings(context: LabContext, label: str, config: Any) -> tuple[tuple[str, Any], ...]:
    """All that decides a grid, by the name that it is said with."""
    found = {
        "network": context.card.title,
        "source": context.card.source,
        "layer": label,
        "seen": config.given,
        "window": config.window,
        "picture": hash(context.image.tobytes()),
    }
    return tuple((found | context.network.config.model_dump()).items())


def grid_before(context: LabContext, now: MeasuredGrid) -> MeasuredGrid | None:
    """The last measures of other settings, if their period was the same."""
    kept = context.memory.get("now")
    if kept is not None and (kept.settings, kept.rate) != (now.settings, now.rate):
        context.memory["before"] = kept
    context.memory["now"] = now
    before = context.memory.get("before")
    return before if before is not None and before.rate == now.rate else None
