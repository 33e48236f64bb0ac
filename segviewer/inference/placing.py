"""Where a network lies, and how it computes there: device, precision, memory format."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import torch
from torch import nn

from segviewer.session import InferenceSettings

_PLACED = "_segviewer_placed"


@dataclass(frozen=True)
class Place:
    """A device, and how it is used.

    Attributes
    ----------
    device : torch.device
    half : bool
        Convolutions and matrix products in float16; weights, norms and sums stay float32.
    channels_last : bool
        Weights in the order (height, width, channels) in memory. Changes no result but by
        rounding.
    """

    device: torch.device
    half: bool = False
    channels_last: bool = False

    def precision(self) -> contextlib.AbstractContextManager[object]:
        """A context in which the network computes as precisely as is asked for."""
        if not self.half:
            return contextlib.nullcontext()
        return torch.autocast(self.device.type, torch.float16)

    def words(self) -> str:
        """What is to be said of it beyond the device; "" for nothing."""
        return f"half precision on {self.device}" if self.half else ""


def place_of(settings: InferenceSettings, device: torch.device) -> Place:
    """How the settings want `device` to be used; half precision and order are for CUDA."""
    if not takes_options(str(device)):
        return Place(device)
    return Place(device, settings.half, settings.channels_last)


def takes_options(device: str) -> bool:
    """Whether half precision and memory format can be chosen on a device of this name.

    On a CPU float16 is slower than float32, and pictures are in the fast order anyhow.
    """
    return device.startswith("cuda")


def put(network: nn.Module, place: Place) -> None:
    """Bring a network to its place; nothing is done where it is there already.

    Parameters
    ----------
    network : nn.Module
        Shared by all who run it; where it lies changes no result.
    place : Place
    """
    first = next(network.parameters(), None)
    wanted = (place.device, place.channels_last)
    if first is None or first.device != place.device:
        known = None
    else:  # as it was opened, if nobody has placed it yet
        known = getattr(network, _PLACED, (first.device, False))
    if known == wanted or first is None:
        return
    order = torch.channels_last if place.channels_last else torch.contiguous_format
    network.to(place.device)
    network.to(memory_format=order)
    object.__setattr__(network, _PLACED, wanted)
