"""Effective receptive field of a unit, averaged over random pictures or random weights.

Means come one by one, so that a caller can show each and stop at any.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from segviewer.analysis.receptive_fields.effective_receptive_field import (
    EffectiveField,
    Unit,
    UnitGradients,
)
from segviewer.networks.network import Network

Check = Callable[[], None]


@dataclass(frozen=True)
class RunningMean:
    """Mean of the fields of `done` samples out of `total`.

    Attributes
    ----------
    values : ndarray of float32 (H, W)
    silent : int
        Samples whose gradient is 0 everywhere; they count with zeros.
    reason : str
        Of the latest of these.
    """

    done: int
    total: int
    values: NDArray[np.float32]
    silent: int
    reason: str


def average_over_pictures(
    network: nn.Module,
    height: int,
    width: int,
    unit: Unit,
    samples: int,
    *,
    seed: int = 0,
    check: Check = lambda: None,
) -> Iterator[RunningMean]:
    """Mean over pictures of normal noise (mean 0, deviation 1, as a normalised picture has).

    Yields after every picture. `check` is called before each and ends the work by raising
    :class:`segviewer.errors.Cancelled`.

    Parameters
    ----------
    network : nn.Module
        In eval mode.
    height, width : int
        Of the pictures, pixels.
    unit : Unit
    samples : int
        Pictures.
    seed : int
    check : callable
    """
    device = next((p.device for p in network.parameters()), torch.device("cpu"))
    generator = torch.Generator().manual_seed(seed)

    def fields() -> Iterator[EffectiveField]:
        for _ in range(samples):
            check()
            image = torch.randn(1, 3, height, width, generator=generator)
            yield UnitGradients(network, image.to(device)).of_unit(unit)

    return _running_mean(fields(), samples, alike=False)


def average_over_weights(
    network: Network,
    image: Tensor,
    unit: Unit,
    samples: int,
    *,
    seed: int = 0,
    check: Check = lambda: None,
) -> Iterator[RunningMean]:
    """Mean over networks with the settings of `network` and newly drawn weights.

    Each field is first divided by its mass, since drawn networks differ in scale by far. Checks
    are as in :func:`average_over_pictures`.

    Parameters
    ----------
    network : Network
    image : Tensor of float32 (3, H, W)
        Normalised.
    unit : Unit
    samples : int
        Networks.
    seed : int
    check : callable
    """

    def fields() -> Iterator[EffectiveField]:
        for sample in range(samples):
            check()
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(seed + sample)
                drawn = type(network)(network.config).eval().requires_grad_(False)
            check()
            yield UnitGradients(drawn.to(image.device), image).of_unit(unit)

    return _running_mean(fields(), samples, alike=True)


def _running_mean(
    fields: Iterator[EffectiveField], total: int, *, alike: bool
) -> Iterator[RunningMean]:
    summed, silent, reason = None, 0, ""
    for done, field in enumerate(fields, start=1):
        values = field.values.astype(np.float64)
        if field.reason:
            silent, reason = silent + 1, field.reason
        elif alike:
            values /= values.sum()
        summed = values if summed is None else summed + values
        yield RunningMean(done, total, (summed / done).astype(np.float32), silent, reason)
