"""Context module of Yu and Koltun (2016), table 1: growing rates at full score resolution."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from segviewer.layers.atrous import set_atrous
from segviewer.layers.of_kind import of_kind


def names_of(num_layers: int) -> tuple[str, ...]:
    """Names of the 3x3 layers: two plain ones, dilated ones, fc1."""
    dilated = (f"conv{number}_1" for number in range(2, num_layers - 1))
    return ("conv1_1", "conv1_2", *dilated, "fc1")


def channels_of(num_layers: int, num_classes: int, size: str) -> tuple[int, ...]:
    """Channels of the 3x3 layers; large: 2C, 2C, 4C, 8C … and fc1 as wide as the one before.

    Parameters
    ----------
    num_layers : int
        3x3 layers.
    num_classes : int
        C.
    size : {"basic", "large"}
        Basic: C everywhere.
    """
    if size == "basic":
        return (num_classes,) * num_layers
    powers = (1, *range(1, num_layers - 1), num_layers - 2)
    return tuple(num_classes * 2**power for power in powers)


class ContextModule(nn.Module):
    """3x3 convolutions ``conv1_1`` … ``fc1`` with ReLUs, and a 1x1 ``final`` without.

    Parameters
    ----------
    num_classes : int
        Channels C that come in and go out.
    num_layers : int
        3x3 convolutions, at least 4: two plain ones, then dilated ones, then fc1.
    size : {"basic", "large"}
    """

    def __init__(self, num_classes: int, num_layers: int, size: Literal["basic", "large"]):
        super().__init__()
        self.num_classes, self.names = num_classes, names_of(num_layers)
        cin = num_classes
        for name, cout in zip(self.names, channels_of(num_layers, num_classes, size), strict=True):
            self.add_module(name, nn.Conv2d(cin, cout, 3, padding=1))
            cin = cout
        self.final = nn.Conv2d(cin, num_classes, 1)
        self.relu = nn.ReLU(inplace=True)
        self.around = 0
        self.start_as_identity()

    @torch.no_grad()
    def start_as_identity(self) -> None:
        """Weights that pass scores of 0 and more through as they are (equations 4 and 5).

        Channels of a layer fall into C groups; a channel is C/c_out times the sum of its group
        in the layer before. Without the paper's noise beside it.
        """
        for layer in (*(self._layer(name) for name in self.names), self.final):
            cout, cin = layer.weight.shape[:2]
            group_out = torch.arange(cout) * self.num_classes // cout
            group_in = torch.arange(cin) * self.num_classes // cin
            same = (group_out[:, None] == group_in[None, :]).to(layer.weight)
            middle = layer.kernel_size[0] // 2
            layer.weight.zero_()
            layer.weight[:, :, middle, middle] = same * (self.num_classes / cout)
            if layer.bias is not None:
                layer.bias.zero_()

    def reconfigure(self, dilations: tuple[int, ...], padding: str) -> None:
        """Set the rate of each 3x3 layer, and whether the first is padded for all of them."""
        at_once = padding == "first layer"
        self.around = sum(dilations) if at_once else 0
        for name, dilation in zip(self.names, dilations, strict=True):
            layer = self._layer(name)
            set_atrous(layer, rate=dilation)
            if at_once:
                layer.padding = (0, 0)

    def _layer(self, name: str) -> nn.Conv2d:
        return of_kind(self.get_submodule(name), nn.Conv2d)

    def forward(self, scores: Tensor) -> Tensor:
        """Map (B, C, h, w) to the same shape."""
        x = F.pad(scores, (self.around,) * 4) if self.around else scores  # (B, C, h + 2a, w + 2a)
        for name in self.names:
            x = self.relu(self.get_submodule(name)(x))
        y: Tensor = self.final(x)  # (B, C, h, w)
        return y
