"""ERFNet (Romera, Álvarez, Bergasa, Arroyo 2018), table I and figure 2.

Against ResNet: each 3x3 convolution of a unit is taken apart into a column and a row (3x1, 1x3),
with a rectifier between them, so that a unit of as many channels costs two thirds. Maps are
halved by a convolution beside a pooling, joined; the second pair of a unit is dilated, at stride
8 by 2, 4, 8, 16 twice over. Three transposed convolutions bring scores up to every pixel.

The dropout of the paper is not there: it does nothing where a network is run.
"""

from __future__ import annotations

from typing import Self

import torch
from pydantic import model_validator
from torch import Tensor, nn
from torch.nn import functional as F

from segviewer.layers.framing import Framing, next_multiple
from segviewer.layers.initialisation import initialise_he
from segviewer.layers.of_kind import of_kind
from segviewer.networks.network import Network
from segviewer.networks.settings import NetworkSettings
from segviewer.settings import control

STRIDE = 8  # that sides are filled up to whole ones of
COLOURS, STEM = 3, 16
EPS = 1e-3
RATES = (2, 4, 8, 16)


class ERFNetConfig(NetworkSettings):
    """Settings of :class:`ERFNet`. Defaults are those of its published files."""

    channels: tuple[int, int] = control(
        (64, 128), kind="structure", label="Channels at stride 4 and 8", ge=STEM + 1, le=4096
    )
    level2_units: int = control(5, kind="structure", label="Units at stride 4", ge=0, le=100)
    level3_units: int = control(8, kind="structure", label="Units at stride 8", ge=0, le=100)
    num_classes: int = control(20, kind="structure", label="Classes", symbol="K", ge=1, le=10000)
    rates: tuple[int, ...] = control(
        RATES,
        kind="geometry",
        label="Rates",
        symbol="r",
        ge=1,
        le=32,
        tip="Of the units at stride 8, over and over again.",
    )

    @model_validator(mode="after")
    def _four_rates(self) -> Self:
        if len(self.rates) != len(RATES):
            raise ValueError("four rates")
        if self.channels[0] >= self.channels[1]:
            raise ValueError("more channels at stride 8 than at stride 4")
        return self


class Down(nn.Module):
    """A convolution of stride 2 beside a pooling, joined; batch norm, rectifier."""

    def __init__(self, cin: int, cout: int):
        super().__init__()
        self.conv = nn.Conv2d(cin, cout - cin, 3, 2, padding=1)
        self.norm = nn.BatchNorm2d(cout, eps=EPS)

    def forward(self, x: Tensor) -> Tensor:
        """Return maps (B, cout, H/2, W/2) of `x` (B, cin, H, W), whose sides are even."""
        joined = torch.cat([self.conv(x), F.max_pool2d(x, 2, 2)], 1)
        return F.relu(self.norm(joined))


class Unit(nn.Sequential):
    """Two pairs of a column and a row, the second of them dilated, added to what came in."""

    def __init__(self, channels: int):
        def pair() -> tuple[nn.Module, ...]:
            return (
                nn.Conv2d(channels, channels, (3, 1), padding=(1, 0)),
                nn.ReLU(),
                nn.Conv2d(channels, channels, (1, 3), padding=(0, 1)),
                nn.BatchNorm2d(channels, eps=EPS),
            )

        super().__init__(*pair(), nn.ReLU(), *pair())

    def dilate(self, rate: int) -> None:
        """Set the rate of the second pair, each along its own axis."""
        column, row = of_kind(self[5], nn.Conv2d), of_kind(self[7], nn.Conv2d)
        column.dilation, column.padding = (rate, 1), (rate, 0)
        row.dilation, row.padding = (1, rate), (0, rate)

    def forward(self, x: Tensor) -> Tensor:
        """Return maps of the shape of `x` (B, C, H, W)."""
        changed: Tensor = super().forward(x)  # type: ignore[no-untyped-call]  # torch says no types
        return F.relu(changed + x)


def _up(cin: int, cout: int) -> nn.Sequential:
    """Twice the size: transposed convolution, batch norm, rectifier."""
    conv = nn.ConvTranspose2d(cin, cout, 3, 2, padding=1, output_padding=1)
    return nn.Sequential(conv, nn.BatchNorm2d(cout, eps=EPS), nn.ReLU())


class ERFNet(Network[ERFNetConfig]):
    """Factorised residual units going down, and a few coming up."""

    title = "ERFNet"
    paper = "Romera, Álvarez, Bergasa, Arroyo 2018, IEEE T-ITS 19(1)"
    Config = ERFNetConfig
    presets = {"ERFNet": {}}

    def __init__(self, config: ERFNetConfig):
        super().__init__(config)
        narrow, wide = config.channels
        self.encoder = nn.Sequential(
            Down(COLOURS, STEM),
            Down(STEM, narrow),
            *(Unit(narrow) for _ in range(config.level2_units)),
            Down(narrow, wide),
        )
        self.dilated = nn.Sequential(*(Unit(wide) for _ in range(config.level3_units)))
        self.decoder = nn.Sequential(
            _up(wide, narrow), Unit(narrow), Unit(narrow), _up(narrow, STEM), Unit(STEM), Unit(STEM)
        )
        self.classifier = nn.ConvTranspose2d(STEM, config.num_classes, 2, 2)
        initialise_he(self)
        self.reconfigure(config)

    def reconfigure(self, config: ERFNetConfig) -> None:
        """Change the geometry in place, keeping every weight."""
        self.config = config
        for number, unit in enumerate(self.dilated):
            of_kind(unit, Unit).dilate(config.rates[number % len(config.rates)])

    def idle_fields(self) -> tuple[str, ...]:
        """Rates do nothing without units at stride 8."""
        return () if len(self.dilated) else ("rates",)

    def framing(self, height: int, width: int) -> Framing:
        """Zeros below and on the right to whole strides, so that what comes up fits."""
        right, bottom = (next_multiple(side, STRIDE) - side for side in (width, height))
        return Framing(right=right, bottom=bottom)

    def features(self, image: Tensor) -> dict[str, Tensor]:
        """Return the map at stride 8 of a normalised `image` (B, 3, H, W)."""
        return {"out": self.dilated(self.encoder(image))}

    def head(self, features: dict[str, Tensor]) -> Tensor:
        """Return scores (B, K, H, W)."""
        scores: Tensor = self.classifier(self.decoder(features["out"]))
        return scores
