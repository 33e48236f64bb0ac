"""Dense blocks (Huang, Liu, van der Maaten, Weinberger 2017, figure 1) with links that switch.

In a dense block each layer reads the maps of all layers before it and adds `growth` maps
of its own. With the links off it is a plain chain: a layer reads only the newest maps and
zeros stand for the older ones, so that every parameter keeps its shape.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from segviewer.layers.atrous import set_atrous

BOTTLENECK = 4  # the 1x1 convolution makes this many times `growth` channels


class BottleneckLayer(nn.Module):
    """BN, ReLU, 1x1 to 4 times `growth`; BN, ReLU, 3x3 to `growth` (torchvision's names)."""

    def __init__(self, cin: int, growth: int):
        super().__init__()
        self.norm1 = nn.BatchNorm2d(cin)
        self.conv1 = nn.Conv2d(cin, BOTTLENECK * growth, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(BOTTLENECK * growth)
        self.conv2 = nn.Conv2d(BOTTLENECK * growth, growth, 3, padding=1, bias=False)

    def reconfigure(self, rate: int) -> None:
        """Set the rate of the 3x3 convolution."""
        set_atrous(self.conv2, rate=rate)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv1(F.relu(self.norm1(x), inplace=True))  # (B, 4 growth, h, w)
        y: Tensor = self.conv2(F.relu(self.norm2(x), inplace=True))  # (B, growth, h, w)
        return y


class PlainLayer(nn.Sequential):
    """BN, ReLU, 3x3 to `growth` with bias, dropout: the layer of FC-DenseNet.

    Parameters
    ----------
    cin, growth : int
        Channels in and out.
    dropout : float
        Share that is dropped in training.
    """

    def __init__(self, cin: int, growth: int, dropout: float = 0.2):
        super().__init__(
            nn.BatchNorm2d(cin),
            nn.ReLU(inplace=True),
            nn.Conv2d(cin, growth, 3, padding=1),
            nn.Dropout(dropout),
        )


class DenseBlock(nn.ModuleDict):
    """Layers ``denselayer1``, ``denselayer2``, …; `linked` says whether old maps are seen."""

    def __init__(self, layers: Iterable[nn.Module]):
        named = {f"denselayer{number}": layer for number, layer in enumerate(layers, start=1)}
        super().__init__(named)
        self.linked = True

    def maps(self, x: Tensor) -> list[Tensor]:
        """What the next layer sees: `x` (B, cin, h, w) and the new maps of each layer.

        Without links all but the last are zeros.
        """
        found = [x]
        for layer in self.values():
            found.append(layer(torch.cat(self._seen(found), dim=1)))  # (B, growth, h, w)
        return self._seen(found)

    def forward(self, x: Tensor) -> Tensor:
        """Return the whole stack (B, cin + layers * growth, h, w)."""
        return torch.cat(self.maps(x), dim=1)

    def _seen(self, maps: list[Tensor]) -> list[Tensor]:
        if self.linked:
            return maps
        return [*(torch.zeros_like(old) for old in maps[:-1]), maps[-1]]


class Transition(nn.Module):
    """BN, ReLU, 1x1, and 2x2 average pooling unless it was taken out for a denser map."""

    def __init__(self, cin: int, cout: int):
        super().__init__()
        self.norm = nn.BatchNorm2d(cin)
        self.conv = nn.Conv2d(cin, cout, 1, bias=False)
        self.pool = nn.AvgPool2d(2)
        self.pooled = True

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(F.relu(self.norm(x), inplace=True))  # (B, cout, h, w)
        return self.pool(x) if self.pooled else x
