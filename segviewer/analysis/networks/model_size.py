"""Layers of a network in the order in which they run: sizes, parameters, multiply-adds.

Read off one forward pass on torch's ``meta`` device, which computes shapes and no numbers:
every operation that reaches torch is seen, functional ones too, and counted where it
happened. One multiply-add is one multiplication and the addition behind it, which is what
papers on image networks call a FLOP; batch norm, activations, poolings and resizing count
as none. Layers that the settings leave out do not appear.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import prod
from typing import Any

import torch
from torch import Tensor, nn
from torch._ops import OpOverload
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.hooks import RemovableHandle

from segviewer.analysis.networks.layer_row import LayerRow
from segviewer.networks.network import Network

NORMALISED = ("native_batch_norm", "native_layer_norm", "native_group_norm")
POOLED = {
    "max_pool2d_with_indices": "max pooling",
    "avg_pool2d": "average pooling",
    "_adaptive_avg_pool2d": "adaptive average pooling",
    "adaptive_max_pool2d": "adaptive max pooling",
    "max_unpool2d": "unpooling by indices",
}
RESIZED = {
    "upsample_bilinear2d": "bilinear resizing",
    "upsample_nearest2d": "nearest resizing",
    "pixel_shuffle": "pixel shuffle",
}
MORE_ROWS = 512  # a multiple of every stride and of every size that networks ask for
PRODUCTS = {"mm": (0, 1), "bmm": (0, 1), "addmm": (1, 2), "baddbmm": (1, 2)}


@dataclass(frozen=True)
class Totals:
    """What a network costs on a picture of one size.

    Attributes
    ----------
    parameters : int
        Of the whole network, layers that do not run included.
    multiply_adds : int
    feature_height, feature_width : int
        Of the features' map `out`, or of their last one.
    output_stride : int
        Pixels between neighbouring cells of that map; 0 where it does not grow with the
        picture.
    """

    parameters: int
    multiply_adds: int
    feature_height: int
    feature_width: int
    output_stride: int


def layer_table(network: Network, height: int, width: int) -> tuple[LayerRow, ...]:
    """Layers of `network` in order, on one picture of (height, width).

    Parameters
    ----------
    network : Network
        On any device; it is neither run nor changed.
    height, width : int
        Of the picture before framing.
    """
    return _run(_without_numbers(network), height, width)[0]


def totals(network: Network, height: int, width: int) -> Totals:
    """Parameters, multiply-adds and feature size of `network` on a picture.

    Parameters
    ----------
    network : Network
    height, width : int
        Of the picture, pixels.
    """
    shadow = _without_numbers(network)
    rows, size = _run(shadow, height, width)
    # The ratio of the sizes is not exact: borders are rounded, or lost.
    more = _run(shadow, height + MORE_ROWS, width)[1][0] - size[0]
    return Totals(
        parameters=sum(parameter.numel() for parameter in network.parameters()),
        multiply_adds=sum(row.multiply_adds for row in rows),
        feature_height=size[0],
        feature_width=size[1],
        output_stride=round(MORE_ROWS / more) if more else 0,
    )


def _run(shadow: Network, height: int, width: int) -> tuple[tuple[LayerRow, ...], torch.Size]:
    """Rows, and the size of the features."""
    image = torch.empty(1, 3, height, width, device="meta")
    image = shadow.framing(height, width).pad(image)
    with torch.no_grad(), _Watch(shadow) as watch:
        watch.part = "features"
        features = shadow.features(image)
        watch.part = "head"
        shadow.head(features)
        watch.remove_hooks()
    # Names with a scale behind them are smaller copies (layers.multi_scale).
    last = [name for name in features if "@" not in name][-1]
    return tuple(watch.rows), features.get("out", features[last]).shape[-2:]


def _without_numbers(network: Network) -> Network:
    """A copy of `network` on the meta device: its settings and shapes, no weights copied."""
    tensors = (*network.parameters(), *network.buffers())
    with torch.no_grad():
        # deepcopy takes for a tensor what the memo holds in its place.
        memo = {id(tensor): _shape_only(tensor) for tensor in tensors}
    return copy.deepcopy(network, memo).eval()


def _shape_only(tensor: Tensor) -> Tensor:
    empty = torch.empty_like(tensor, device="meta")
    return nn.Parameter(empty, requires_grad=False) if isinstance(tensor, nn.Parameter) else empty


class _Watch(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch's is bare
    """Writes down every operation of interest, under the module in which it happens."""

    def __init__(self, network: nn.Module):
        super().__init__()  # type: ignore[no-untyped-call]  # torch's is bare
        self.rows: list[LayerRow] = []
        self.part = ""
        self._network = network
        self._running: list[tuple[str, nn.Module]] = []
        self._counted: set[int] = set()
        self._hooks: list[RemovableHandle] = []
        for name, module in network.named_modules():
            if module is not network:
                self._hooks.append(module.register_forward_pre_hook(self._entering(name)))
                self._hooks.append(module.register_forward_hook(self._leaving))

    def remove_hooks(self) -> None:
        for hook in self._hooks:
            hook.remove()

    def _entering(self, name: str) -> Callable[[nn.Module, object], None]:
        def enter(module: nn.Module, inputs: object) -> None:
            self._running.append((name, module))

        return enter

    def _leaving(self, module: nn.Module, inputs: object, output: object) -> None:
        fresh = id(module) not in self._counted
        if fresh and isinstance(output, Tensor) and _own_parameters(module):
            # No operation of note, but something that is trained (a scale, a PReLU).
            self._add(type(module).__name__, output)
        self._running.pop()

    def __torch_dispatch__(
        self,
        function: OpOverload,
        types: Iterable[type],
        arguments: tuple[Any, ...] = (),
        keywords: dict[str, Any] | None = None,
    ) -> Any:
        result = function(*arguments, **(keywords or {}))
        operation = function.overloadpacket.__name__
        first = result[0] if isinstance(result, tuple | list) else result
        if operation == "convolution":
            self._add_convolution(arguments, first)
        elif operation in PRODUCTS:
            left, right = (arguments[place] for place in PRODUCTS[operation])
            products = prod(left.shape) * right.shape[-1]
            self._add("matrix product", first, multiply_adds=products)
        elif operation.startswith(NORMALISED):
            self._add(operation.split("_")[1] + " norm", first)
        elif operation in POOLED:
            self._add_pooling(operation, arguments, first)
        elif operation in RESIZED:
            self._add(RESIZED[operation], first)
        elif operation == "mean" and arguments[0].ndim == 4 and _over_places(arguments):
            self._add("global average", first, kernel=0)
        return result

    def _add_convolution(self, arguments: tuple[Any, ...], output: Tensor) -> None:
        image, weight, _, stride, _, rate, transposed, _, groups = arguments
        # Each number of `weight` meets each cell: of the input where it spreads, else of
        # the output where it gathers.
        places = image if transposed else output
        kind = "transposed convolution" if transposed else "convolution"
        if groups > 1 and groups == image.shape[1]:
            kind = f"depthwise {kind}"
        self._add(
            kind,
            output,
            kernel=weight.shape[2],
            stride=stride[0],
            rate=rate[0],
            multiply_adds=prod(weight.shape) * prod(places.shape[2:]) * image.shape[0],
        )

    def _add_pooling(self, operation: str, arguments: tuple[Any, ...], output: Tensor) -> None:
        kernel = stride = rate = 1
        if operation in ("max_pool2d_with_indices", "avg_pool2d"):
            # kernel, stride (empty: as the kernel), padding, dilation of a max pooling
            kernel, stride, _, spacing = (*arguments[1:5], *([[]] * 3))[:4]
            kernel = kernel[0]
            stride = stride[0] if stride else kernel
            if spacing and operation.startswith("max"):
                rate = spacing[0]
        self._add(POOLED[operation], output, kernel=kernel, stride=stride, rate=rate)

    def _add(self, kind: str, output: Tensor, **values: int) -> None:
        # What happens outside all layers goes by the part of the network.
        name, module = self._running[-1] if self._running else (self.part, self._network)
        if id(module) not in self._counted:
            self._counted.add(id(module))
            values["parameters"] = _own_parameters(module)
        channels, height, width = (*output.shape[1:], 1, 1)[:3]
        self.rows.append(LayerRow(name, kind, channels, height, width, **values))


def _own_parameters(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters(recurse=False))


def _over_places(arguments: tuple[Any, ...]) -> bool:
    ndim = arguments[0].ndim
    return {axis % ndim for axis in arguments[1]} == {2, 3}
