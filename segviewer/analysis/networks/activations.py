"""What one layer gives for a photograph, as a map over its pixels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from segviewer.analysis.networks.network_card import MEAN, STRONGEST, NetworkCard
from segviewer.networks.network import Network

BORDER = 1.5  # units by which a map may miss the frame: strides round, and centres shift


@dataclass(frozen=True)
class Activation:
    """One map of a layer.

    Attributes
    ----------
    values : ndarray of float32 (h, w)
        Mean of ``|x|`` over the channels, or x of one channel.
    channel : int
        :data:`MEAN`, or the channel's number.
    channels : int
    """

    values: NDArray[np.float32]
    channel: int
    channels: int


class _SeenError(Exception):
    """The layer has run; what comes after it need not."""


class Listening:
    """Reduces what `module` gives to one map, as soon as it gives it.

    At once, because a later layer may write over it; the last time counts where it runs
    several times. Used as a context.

    Parameters
    ----------
    channel : int
        :data:`MEAN`, :data:`STRONGEST` (largest mean ``|x|``), or a number, which is cut to
        the channels there are.
    once : bool
        The module runs a single time: end the run behind it.
    """

    def __init__(self, module: nn.Module, channel: int, once: bool = False):
        self.found: Activation | None = None
        self._module, self._channel, self._once = module, channel, once

    def __enter__(self) -> Listening:
        self._hook = self._module.register_forward_hook(self._reduce)
        return self

    def __exit__(self, kind: type | None, *error: object) -> bool:
        self._hook.remove()
        return kind is _SeenError

    def _reduce(self, module: nn.Module, inputs: object, output: object) -> None:
        if isinstance(output, tuple | list) and output:
            output = output[0]  # the maps of a pooling come with their indices
        if not isinstance(output, Tensor) or output.ndim != 4:
            return
        maps = output[0].float()
        if self._channel == MEAN:
            values, channel = maps.abs().mean(0), MEAN
        else:
            channel = self._channel
            if channel == STRONGEST:
                channel = int(maps.abs().mean((1, 2)).argmax())
            channel = min(channel, len(maps) - 1)
            values = maps[channel]
        self.found = Activation(values.cpu().numpy(), channel, len(maps))
        if self._once:
            raise _SeenError


def over_picture(values: np.ndarray, network: Network, card: NetworkCard, layer: str) -> np.ndarray:
    """Bring a map to where it belongs on the photograph, by repeating its values.

    A map covers the framed photograph, as scores do; but where layers have lost a border, or
    gained one by padding, it covers what its units look at.

    Parameters
    ----------
    values : ndarray (h, w)
        From the layer `layer`, of the framed photograph.
    card : NetworkCard
        Of the network as it is set, for the photograph as it sees it.

    Returns
    -------
    ndarray
        The map itself where it covers the photograph exactly, else (height, width) of it.
    """
    height, width = card.height, card.width
    framing = network.framing(height, width)
    frame = (-framing.top, -framing.left, height + framing.bottom, width + framing.right)
    box: tuple[float, ...] = frame
    own = card.box_of(layer, (values.shape[0], values.shape[1]))
    if own is not None:
        cells = (own[2] - own[0]) / values.shape[0], (own[3] - own[1]) / values.shape[1]
        gaps = (abs(one - other) for one, other in zip(own, frame, strict=True))
        if any(gap > BORDER * cell for gap, cell in zip(gaps, 2 * cells, strict=True)):
            box = own
    if box == (0, 0, height, width):
        return values
    places = [
        _units(count, side, first, last)
        for count, side, first, last in zip(
            values.shape, (height, width), box[:2], box[2:], strict=True
        )
    ]
    over: np.ndarray = values[np.ix_(*places)]
    return over


def _units(count: int, side: int, first: float, last: float) -> np.ndarray:
    """Number of the unit over each of `side` pixels, of `count` that span first to last."""
    units = np.floor((np.arange(side) + 0.5 - first) * count / (last - first)).astype(int)
    inside: np.ndarray = np.clip(units, 0, count - 1)
    return inside


def as_raster(values: np.ndarray, channel: int) -> tuple[np.ndarray, float, float]:
    """Score map of activations, with the values that 0 and 255 stand for.

    A mean of ``|x|`` begins at 0; of one channel the smallest value does.

    Returns
    -------
    raster : ndarray of uint8 (h, w)
    low, high : float
    """
    known = values[np.isfinite(values)]
    high = float(known.max()) if known.size else 0.0
    low = 0.0 if channel == MEAN or not known.size else float(known.min())
    span = high - low
    scaled = (np.nan_to_num(values, nan=low, posinf=high, neginf=low) - low) / (span or 1.0)
    return np.rint(np.clip(scaled, 0, 1) * 255).astype(np.uint8), low, high


def no_map(network: nn.Module, layer: str) -> str:
    """Why there is nothing to see of `layer`, which gave no map."""
    if layer in dict(network.named_modules()):
        return "does not run, or gives no map, as the network is set now"
    return "is not in this network"


Run = Callable[[], object]


def activation_of(
    network: Network, card: NetworkCard, layer: str, channel: int, head: Run | None, features: Run
) -> Activation | None:
    """Map of `layer`, from the head alone if it runs there.

    Parameters
    ----------
    card : NetworkCard
        Of the network as it is set.
    channel : int
        See :class:`Listening`.
    head : callable or None
        Runs the head on features of the photograph, if there are any.
    features : callable
        Runs the whole network.

    Returns
    -------
    Activation or None
        None where the layer does not run or gives no map.
    """
    module = dict(network.named_modules()).get(layer)
    if module is None or not layer:
        return None
    for run in filter(None, (head, features)):
        listening = Listening(module, channel, card.runs_once(layer))
        with listening, torch.inference_mode():
            run()
        if listening.found is not None:
            return listening.found
    return None
