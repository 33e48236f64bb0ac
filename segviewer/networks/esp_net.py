"""ESPNet (Mehta, Rastegari, Caspi, Shapiro, Hajishirzi 2018), figure 4.

Against DeepLab's pyramid at the end: every unit is a pyramid. It reduces to a fifth of the
channels, convolves that at rates 1, 2, 4, 8, 16 side by side, sums the rates up one by one
so that no grid is left (`fusion`), and joins them. The picture itself, shrunk, is joined to each
level again.

Without `decoder` this is ESPNet-C, whose scores stand at stride 8; the decoder brings scores up
and joins each level's to them.
"""

from __future__ import annotations

from typing import Self

import torch
from pydantic import model_validator
from torch import Tensor, nn
from torch.nn import functional as F

from segviewer.layers.framing import Framing, next_multiple
from segviewer.layers.hierarchical_fusion import RATES, ESPBlock
from segviewer.layers.initialisation import initialise_he
from segviewer.networks.network import Network
from segviewer.networks.settings import NetworkSettings
from segviewer.settings import control

STRIDE = 8  # that sides are filled up to whole ones of
COLOURS, STEM, LEVEL2, LEVEL3 = 3, 16, 64, 128
EPS = 1e-3


class ESPNetConfig(NetworkSettings):
    """Settings of :class:`ESPNet`. Defaults are those of its published files."""

    level2_blocks: int = control(
        2, kind="structure", label="Blocks at stride 4", symbol="p", ge=0, le=100
    )
    level3_blocks: int = control(
        8, kind="structure", label="Blocks at stride 8", symbol="q", ge=0, le=100
    )
    num_classes: int = control(20, kind="structure", label="Classes", symbol="K", ge=1, le=10000)
    decoder: bool = control(True, kind="structure", label="Decoder")
    rates: tuple[int, ...] = control(
        RATES,
        kind="geometry",
        label="Rates",
        symbol="r",
        ge=1,
        le=32,
        tip="Of the five convolutions that every unit runs side by side.",
    )
    fusion: bool = control(
        True,
        kind="geometry",
        label="Hierarchical fusion",
        tip="Sums the rates up before they are joined; without it they leave a grid.",
    )

    @model_validator(mode="after")
    def _five_rates(self) -> Self:
        if len(self.rates) != len(RATES):
            raise ValueError("five rates")
        if self.decoder and self.num_classes < len(RATES):
            raise ValueError("its decoder has a fifth of the classes for each rate: at least five")
        return self


class NormPReLU(nn.Sequential):
    """Batch norm and PReLU."""

    def __init__(self, channels: int):
        super().__init__(nn.BatchNorm2d(channels, eps=EPS), nn.PReLU(channels))


def convolved(cin: int, cout: int, stride: int) -> nn.Sequential:
    """3x3 convolution, batch norm, PReLU.

    Parameters
    ----------
    cin, cout : int
        Channels in and out.
    stride : int
    """
    conv = nn.Conv2d(cin, cout, 3, stride, padding=1, bias=False)
    return nn.Sequential(conv, *NormPReLU(cout))


class ESPNet(Network[ESPNetConfig]):
    """Levels of pyramids, and a decoder as light."""

    title = "ESPNet"
    paper = "Mehta, Rastegari, Caspi, Shapiro, Hajishirzi 2018, ECCV, arXiv 1803.06815"
    Config = ESPNetConfig
    presets = {"ESPNet": {}, "ESPNet-C": {"decoder": False}}

    def __init__(self, config: ESPNetConfig):
        super().__init__(config)
        classes = config.num_classes
        self.level1 = convolved(COLOURS, STEM, 2)
        self.join1 = NormPReLU(STEM + COLOURS)
        self.level2_down = ESPBlock(LEVEL2, cin=STEM + COLOURS, halves=True)
        self.level2 = nn.Sequential(*(ESPBlock(LEVEL2) for _ in range(config.level2_blocks)))
        joined = 2 * LEVEL2 + COLOURS
        self.join2 = NormPReLU(joined)
        self.level3_down = ESPBlock(LEVEL3, cin=joined, halves=True)
        self.level3 = nn.Sequential(*(ESPBlock(LEVEL3) for _ in range(config.level3_blocks)))
        self.join3 = NormPReLU(2 * LEVEL3)
        self.scores3 = nn.Conv2d(2 * LEVEL3, classes, 1, bias=False)
        if config.decoder:
            self.norm3 = nn.BatchNorm2d(classes, eps=EPS)
            self.up3, self.up2, self.up1 = (
                nn.ConvTranspose2d(classes, classes, 2, 2, bias=False) for _ in range(3)
            )
            self.scores2 = nn.Conv2d(joined, classes, 1, bias=False)
            self.merge3 = nn.Sequential(NormPReLU(2 * classes), ESPBlock(classes, cin=2 * classes))
            self.norm2 = NormPReLU(classes)
            self.merge2 = convolved(STEM + classes, classes, 1)
        initialise_he(self)
        self.reconfigure(config)

    def reconfigure(self, config: ESPNetConfig) -> None:
        """Change the geometry in place, keeping every weight."""
        self.config = config
        for module in self.modules():
            if isinstance(module, ESPBlock):
                module.reconfigure(config.rates, config.fusion)

    def framing(self, height: int, width: int) -> Framing:
        """Zeros below and on the right to whole strides, so that what comes up fits."""
        right, bottom = (next_multiple(side, STRIDE) - side for side in (width, height))
        return Framing(right=right, bottom=bottom)

    def features(self, image: Tensor) -> dict[str, Tensor]:
        """Return the maps of the three levels of a normalised `image` (B, 3, H, W)."""
        half = F.avg_pool2d(image, 3, 2, 1)
        level1 = self.level1(image)
        down = self.level2_down(self.join1(torch.cat([level1, half], 1)))
        quarter = F.avg_pool2d(half, 3, 2, 1)
        level2 = self.join2(torch.cat([self.level2(down), down, quarter], 1))
        down = self.level3_down(level2)
        level3 = self.join3(torch.cat([down, self.level3(down)], 1))
        return {"level1": level1, "level2": level2, "level3": level3}

    def head(self, features: dict[str, Tensor]) -> Tensor:
        """Return scores (B, K, H, W), or (B, K, H/8, W/8) without decoder."""
        scores: Tensor = self.scores3(features["level3"])
        if not self.config.decoder:
            return scores
        scores = self.up3(self.norm3(scores))
        both = torch.cat([self.scores2(features["level2"]), scores], 1)
        scores = self.norm2(self.up2(self.merge3(both)))
        scores = self.up1(self.merge2(torch.cat([scores, features["level1"]], 1)))
        return scores
