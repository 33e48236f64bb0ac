"""Effective receptive field: which pixels move one unit, and how much (Luo et al. 2016).

The gradient of a unit with respect to the picture, its absolute values summed over colours.
:class:`UnitGradients` keeps the graph of one forward pass, so that every further unit, at
any layer, costs a backward pass and nothing else. Sizes are measured by
:mod:`segviewer.analysis.receptive_fields.effective_size`, means over pictures and weights taken by
:mod:`segviewer.analysis.receptive_fields.average_field`.

The picture is what the network is given: normalised, before framing. A frame that mirrors
gives its gradient to the pixels it mirrors.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.autograd.graph import GradientEdge, get_gradient_edge

from segviewer.analysis.receptive_fields.theoretical_receptive_field import LayerField
from segviewer.analysis.receptive_fields.zero_gradient import find_reason
from segviewer.errors import SettingsError
from segviewer.layers.framing import place_scores
from segviewer.networks.network import Network

PICTURE = "picture"


@dataclass(frozen=True)
class Unit:
    """Which number of which layer.

    Attributes
    ----------
    y, x : int
        Row and column of the layer's map; for ``picture`` pixels.
    channel : int or None
        Class or feature channel; None: the sum of all.
    layer : str
        Label as in :class:`LayerField`: ``backbone.conv1``, ``layer1.0.relu#2``,
        ``features[out]``, ``scores``, ``picture`` (scores at the picture's pixels).
    """

    y: int
    x: int
    channel: int | None = None
    layer: str = PICTURE


@dataclass(frozen=True)
class EffectiveField:
    """Gradient of one unit.

    Attributes
    ----------
    unit : Unit
    values : ndarray (H, W) of the picture's dtype
        Absolute gradient, summed over the colours of the picture.
    reason : str
        "" or, where the gradient is 0 everywhere, why: a sentence.
    """

    unit: Unit
    values: np.ndarray
    reason: str = ""


@dataclass(frozen=True)
class _Reached:
    shape: tuple[int, ...]
    dtype: torch.dtype
    edge: GradientEdge | None  # None: nothing of the picture leads here


class UnitGradients:
    """One forward pass whose graph is kept.

    Parameters
    ----------
    network : nn.Module
        A :class:`Network` in eval mode, framed as it wants to be, or any module of one
        picture. Its weights and its modes stay as they are.
    image : Tensor of float32 (3, H, W) or (1, 3, H, W)
        Normalised.
    kept : str
        Label of a layer whose maps are wanted as well.

    Attributes
    ----------
    maps : ndarray of float32 (C, h, w) or None
        Those of `kept`; None where it did not run or gives no map.
    layers : tuple of str
        Labels of what can be asked, in the order in which it runs.
    numbers : int
        Of all layers together: what the graph holds is about so large.
    """

    def __init__(self, network: nn.Module, image: Tensor, kept: str = ""):
        image = image.detach().clone()
        self.image = (image[None] if image.ndim == 3 else image).requires_grad_()
        self._known = [name for name, _ in network.named_modules() if name]
        self._reached: dict[str, _Reached] = {}
        self._strongest: dict[str, Tensor] = {}
        self.numbers, self.kept = 0, kept
        self.maps: np.ndarray | None = None
        calls: Counter[str] = Counter()

        def listen(name: str) -> Callable[[nn.Module, object, Any], None]:
            def ran(module: nn.Module, inputs: object, output: Any) -> None:
                tensor = _first_tensor(output)
                if tensor is not None:
                    calls[name] += 1
                    label = name if calls[name] == 1 else f"{name}#{calls[name]}"
                    self._reached[label] = _reach(tensor)
                    self.numbers += tensor.numel()
                    if label == kept and tensor.ndim == 4:
                        # Copied now: what follows may change it in place.
                        self.maps = tensor.detach()[0].float().cpu().numpy().copy()

            return ran

        leaves = [(n, m) for n, m in network.named_modules() if n and not any(m.children())]
        hooks = [module.register_forward_hook(listen(name)) for name, module in leaves]
        try:
            with torch.enable_grad():
                self._run(network)
        finally:
            for hook in hooks:
                hook.remove()

    @property
    def layers(self) -> tuple[str, ...]:
        return tuple(self._reached)

    def shape(self, layer: str) -> tuple[int, int, int]:
        """Channels, rows and columns of a layer.

        Raises
        ------
        SettingsError
            If it is unknown, did not run, or is no map.
        """
        if layer not in self._reached:
            raise self._absent(layer)
        shape = self._reached[layer].shape
        if len(shape) != 4:
            raise SettingsError(
                f"{layer} has no cells.",
                f"Its output is {' × '.join(map(str, shape[1:]))} numbers for the whole picture, "
                "not a map.",
                "Choose a layer before the map is flattened.",
            )
        return shape[1:]

    def class_at(self, layer: str, y: int, x: int) -> int | None:
        """Class with the largest score at a cell of ``scores`` or a pixel of ``picture``.

        None for every other layer, whose channels are no classes.

        Parameters
        ----------
        layer : str
        y, x : int
            Row and column, from 0.
        """
        if layer not in self._strongest:
            return None
        return int(self._strongest[layer][y, x])

    def class_map(self) -> np.ndarray | None:
        """Class with the largest score at each pixel of the picture, (H, W); None without."""
        strongest = self._strongest.get(PICTURE)
        return None if strongest is None else strongest.cpu().numpy()

    def of_unit(self, unit: Unit) -> EffectiveField:
        """Gradient of `unit`: one backward pass.

        Raises
        ------
        SettingsError
            If there is no such unit.
        """
        seed = self._seed(unit)
        edge = self._reached[unit.layer].edge
        gradient = None
        if edge is not None:
            (gradient,) = torch.autograd.grad(
                edge, self.image, seed, retain_graph=True, allow_unused=True
            )
        if gradient is None:
            values = np.zeros(self.image.shape[-2:], np.float32)
        else:
            values = gradient[0].abs().sum(0).cpu().numpy()
        reason = ""
        if not values.any():
            # The name of the module, where an output has one as well.
            found = reversed(self._reached.items())
            labels = {reached.edge.node: label for label, reached in found if reached.edge}
            reason = find_reason(edge, self.image, seed, labels)
        return EffectiveField(unit, values, reason)

    def _run(self, network: nn.Module) -> None:
        height, width = self.image.shape[-2:]
        if not isinstance(network, Network):
            output = network(self.image)
            outputs = output if isinstance(output, Mapping) else {"output": _first_tensor(output)}
            reached = {
                name: _reach(tensor) for name, tensor in outputs.items() if tensor is not None
            }
            self._reached.update(reached)
            return
        features = network.features(network.framing(height, width).pad(self.image))
        # Looked at before the head, which may change them in place.
        found = {f"features[{name}]": _reach(tensor) for name, tensor in features.items()}
        scores = network.head(features)
        found["scores"] = _reach(scores)
        at_pixels = place_scores(network, scores, height, width)
        found[PICTURE] = _reach(at_pixels)
        for name, maps in (("scores", scores), (PICTURE, at_pixels)):
            if maps.ndim == 4:
                self._strongest[name] = maps.detach()[0].max(0).indices
        self._reached.update(found)

    def _seed(self, unit: Unit) -> Tensor:
        channels, rows, columns = self.shape(unit.layer)
        if not (0 <= unit.y < rows and 0 <= unit.x < columns):
            raise SettingsError(
                f"{unit.layer} has no unit in row {unit.y}, column {unit.x}.",
                f"It has {rows} rows and {columns} columns, counted from 0.",
                "Choose a unit of its map.",
            )
        if unit.channel is not None and not 0 <= unit.channel < channels:
            raise SettingsError(
                f"{unit.layer} has no channel {unit.channel}.",
                f"Its channels are 0 to {channels - 1}.",
                "Choose one of these, or all together.",
            )
        seed = torch.zeros(
            (1, channels, rows, columns),
            dtype=self._reached[unit.layer].dtype,
            device=self.image.device,
        )
        seed[0, slice(None) if unit.channel is None else unit.channel, unit.y, unit.x] = 1
        return seed

    def _absent(self, layer: str) -> SettingsError:
        if layer.partition("#")[0] in self._known:
            return SettingsError(
                f"{layer} does not run.",
                "The branch it stands in is switched off, or it is a part that holds others.",
                "Switch its branch on, or choose another layer.",
            )
        near = difflib.get_close_matches(layer, self._reached, 3, 0.3) or list(self._reached)[:3]
        return SettingsError(
            f"There is no layer {layer}.",
            f"Names are paths like {', '.join(near)}.",
            "Choose one of the table of layers: segviewer receptive-field NETWORK.",
        )


def unit_at_pixel(row: LayerField, y: int, x: int) -> tuple[int, int]:
    """Row and column of the unit whose field is centred nearest to pixel (y, x).

    Parameters
    ----------
    row : LayerField
    y, x : int
        Row and column of the pixel.
    """
    if row.name == PICTURE:
        return y, x
    found = []
    for axis, at in ((row.vertical, y), (row.horizontal, x)):
        place = (at - (axis.centre or 0)) / axis.jump if axis.jump else 0
        found.append(min(max(round(place), 0), axis.output_size - 1))
    return found[0], found[1]


def pixel_of_unit(row: LayerField, y: int, x: int) -> tuple[int, int]:
    """Pixel in the middle of a unit's field; the picture's middle where that is everything.

    Parameters
    ----------
    row : LayerField
    y, x : int
        Row and column of the unit.
    """
    if row.name == PICTURE:
        return y, x
    found = []
    for axis, at in ((row.vertical, y), (row.horizontal, x)):
        middle = axis.picture / 2 if axis.centre is None else axis.centre + at * axis.jump
        found.append(min(max(int(middle), 0), axis.picture - 1))
    return found[0], found[1]


def _reach(tensor: Tensor) -> _Reached:
    # The edge, not the tensor: an activation in place would take the tensor's own away.
    edge = get_gradient_edge(tensor) if tensor.requires_grad else None
    return _Reached(tuple(tensor.shape), tensor.dtype, edge)


def _first_tensor(output: Any) -> Tensor | None:
    if isinstance(output, Tensor):
        return output
    values = output.values() if isinstance(output, Mapping) else output or ()
    return next((value for value in values if isinstance(value, Tensor)), None)
