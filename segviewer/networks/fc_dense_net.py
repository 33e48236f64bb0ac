"""FC-DenseNet, "the one hundred layers tiramisu" (Jégou et al. 2017), table 2.

Against DenseNet: a U-shaped network of dense blocks with skips, no 1x1 bottlenecks, and
max pooling. What goes up is only the *new* maps of the block below, because the whole
stack would grow too large; the skip brings the rest.

Departures: the paper's channel counts for the 103-layer form are mistaken in four places;
these are the ones its authors corrected to. Switching a block's links off (`dense_links`)
leaves a plain chain; zeros stand for all but the newest maps.
"""

from __future__ import annotations

from typing import Self

import torch
from pydantic import model_validator
from torch import Tensor, nn

from segviewer.layers.dense_block import DenseBlock, PlainLayer
from segviewer.layers.framing import Framing, next_multiple
from segviewer.layers.initialisation import initialise_he
from segviewer.layers.of_kind import of_kind
from segviewer.networks.network import Network
from segviewer.networks.settings import NetworkSettings
from segviewer.settings import control

BLOCKS = 11  # five down, the bottleneck, five up


class FCDenseNetConfig(NetworkSettings):
    """Settings of :class:`FCDenseNet`. Defaults are FC-DenseNet-103's."""

    down_layers: tuple[int, ...] = control(
        (4, 5, 7, 10, 12),
        kind="structure",
        label="Layers of a block",
        ge=1,
        le=32,
        item_labels=("1", "2", "3", "4", "5"),
        tip="Layers of the blocks on the way down; the way up mirrors them.",
    )
    bottleneck_layers: int = control(
        15, kind="structure", label="Layers of the bottleneck", ge=1, le=32
    )
    growth: int = control(
        16,
        kind="structure",
        label="Growth rate",
        symbol="k",
        ge=1,
        le=64,
        tip="Maps that each layer adds to the stack.",
    )
    first_channels: int = control(48, kind="structure", label="First channels", ge=1, le=256)
    dense_links: tuple[bool, ...] = control(
        (True,) * BLOCKS,
        kind="geometry",
        label="Dense links",
        item_labels=("1", "2", "3", "4", "5", "B", "5", "4", "3", "2", "1"),
        tip="One for each block, from the first on the way down over the bottleneck to the last "
        "on the way up. Off: each layer reads only the newest maps, zeros stand for the others.",
    )
    skips: tuple[bool, ...] = control(
        (True,) * 5,
        kind="geometry",
        label="Skips",
        item_labels=("1", "2", "3", "4", "5"),
        tip="From each block on the way down to its mirror, finest first. Off: zeros.",
    )

    @model_validator(mode="after")
    def _lengths_agree(self) -> Self:
        levels = len(self.down_layers)
        if levels < 1:
            raise ValueError("at least one block on the way down")
        if len(self.dense_links) != 2 * levels + 1:
            raise ValueError(f"{2 * levels + 1} blocks: down, bottleneck and up")
        if len(self.skips) != levels:
            raise ValueError(f"{levels} skips: one for each block on the way down")
        return self


def transition_down(channels: int) -> nn.Sequential:
    """BN, ReLU, 1x1 that keeps the channels, dropout, 2x2 max pooling."""
    return nn.Sequential(
        nn.BatchNorm2d(channels),
        nn.ReLU(inplace=True),
        nn.Conv2d(channels, channels, 1),
        nn.Dropout(0.2),
        nn.MaxPool2d(2),
    )


class FCDenseNet(Network[FCDenseNetConfig]):
    """Dense blocks down and up again; only new maps climb, skips bring the rest."""

    title = "FC-DenseNet"
    paper = "Jégou, Drozdzal, Vazquez, Romero, Bengio 2017, arXiv 1611.09326"
    Config = FCDenseNetConfig
    presets = {
        "FC-DenseNet-103": {},
        "FC-DenseNet-67": {"down_layers": (5,) * 5, "bottleneck_layers": 5},
        "FC-DenseNet-56": {"down_layers": (4,) * 5, "bottleneck_layers": 4, "growth": 12},
    }

    def __init__(self, config: FCDenseNetConfig):
        super().__init__(config)
        channels = config.first_channels
        self.first = nn.Conv2d(3, channels, 3, padding=1)
        self.down, self.transitions_down = nn.ModuleList(), nn.ModuleList()
        skip_channels = []
        for layers in config.down_layers:
            self.down.append(self._block(channels, layers, config.growth))
            channels += layers * config.growth
            skip_channels.append(channels)
            self.transitions_down.append(transition_down(channels))
        self.bottleneck = self._block(channels, config.bottleneck_layers, config.growth)
        new = config.bottleneck_layers * config.growth
        self.transitions_up, self.up = nn.ModuleList(), nn.ModuleList()
        for layers, skip in zip(config.down_layers[::-1], skip_channels[::-1], strict=True):
            self.transitions_up.append(nn.ConvTranspose2d(new, new, 3, 2))
            self.up.append(self._block(new + skip, layers, config.growth))
            channels, new = new + skip + layers * config.growth, layers * config.growth
        self.classifier = nn.Conv2d(channels, config.num_classes, 1)
        initialise_he(self)
        self.reconfigure(config)

    @staticmethod
    def _block(cin: int, layers: int, growth: int) -> DenseBlock:
        return DenseBlock(PlainLayer(cin + index * growth, growth) for index in range(layers))

    def reconfigure(self, config: FCDenseNetConfig) -> None:
        """Change the geometry in place, keeping every weight."""
        self.config = config
        blocks = [*self.down, self.bottleneck, *self.up]
        for block, linked in zip(blocks, config.dense_links, strict=True):
            block.linked = linked

    def framing(self, height: int, width: int) -> Framing:
        """Sides are brought to a multiple of two to the number of poolings."""
        step = 2 ** len(self.down)
        return Framing(
            right=next_multiple(width, step) - width, bottom=next_multiple(height, step) - height
        )

    def features(self, image: Tensor) -> dict[str, Tensor]:
        """Return `scores` of a framed `image` (B, 3, H, W): the last stack is too large to keep."""
        x, stacks = self.first(image), []
        for block, transition in zip(self.down, self.transitions_down, strict=True):
            stacks.append(block(x))  # (B, C + layers · growth, h, w)
            x = transition(stacks[-1])  # (B, as before, h/2, w/2)
        maps = self.bottleneck.maps(x)
        levels = zip(
            self.transitions_up, self.up, stacks[::-1], self.config.skips[::-1], strict=True
        )
        for transition, up_block, skip, on in levels:
            # A 3x3 transposed convolution gives one row and column too many.
            up = transition(torch.cat(maps[1:], dim=1))[..., : skip.shape[-2], : skip.shape[-1]]
            stack = torch.cat([up, skip if on else torch.zeros_like(skip)], dim=1)
            maps = of_kind(up_block, DenseBlock).maps(stack)
        return {"scores": self.classifier(torch.cat(maps, dim=1))}

    def head(self, features: dict[str, Tensor]) -> Tensor:
        """Return scores (B, K, H, W) at full size."""
        return features["scores"]
