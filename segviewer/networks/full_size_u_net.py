"""U-Net on ResNet with a branch at full size (Usuyama 2018, a tutorial; no paper).

Against U-Net on ResNet: every map of the backbone goes through a 1x1 convolution before it is
joined, levels are brought up bilinearly with corners on corners and go through one convolution,
and two convolutions on the picture itself give the last level a skip at its own size. Nothing but
the backbone has batch norm.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from segviewer.layers.backbones import build_backbone
from segviewer.layers.framing import Framing, next_multiple
from segviewer.layers.initialisation import initialise_he
from segviewer.layers.of_kind import of_kind
from segviewer.layers.resnet import ResNet
from segviewer.networks.backbone_settings import BackboneSettings, ResNetName, output_stride_control
from segviewer.networks.network import Network
from segviewer.settings import control

STRIDE = 32
COLOURS = 3
# Maps of the backbone from coarse to fine, and the channels each level has coming up.
LEVELS = {"auxiliary": 512, "stride8": 256, "low_level": 256, "stride2": 128}
FULL = 64  # channels at the picture's size


class FullSizeUNetConfig(BackboneSettings):
    """Settings of :class:`FullSizeUNet`. Defaults are the tutorial's."""

    backbone: ResNetName = control("resnet18", kind="structure", label="Backbone")
    output_stride: Literal[8, 16, 32] = output_stride_control(32)
    full_size: bool = control(
        True,
        kind="geometry",
        label="Branch at full size",
        tip="What two convolutions see in the picture itself; switched off it gives zeros.",
    )


def _convolved(cin: int, cout: int, side: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(cin, cout, side, padding=side // 2), nn.ReLU())


class FullSizeUNet(Network[FullSizeUNetConfig]):
    """ResNet going down, a convolution a level coming up, and the picture itself at the end."""

    title = "U-Net on ResNet with full size"
    paper = "Usuyama 2018, tutorial; after Ronneberger, Fischer, Brox 2015"
    Config = FullSizeUNetConfig
    presets = {"U-Net · ResNet-18, full size": {}}
    head_fields = ("full_size",)

    def __init__(self, config: FullSizeUNetConfig):
        super().__init__(config)
        self.backbone = build_backbone(config.backbone)
        of_kind(self.backbone, ResNet).all_strides = True
        width = self.backbone.channels
        self.reduce = nn.ModuleDict(
            {name: _convolved(width[name], width[name], 1) for name in (*LEVELS, "out")}
        )
        self.decoder, cin = nn.ModuleDict(), width["out"]
        for name, cout in LEVELS.items():
            self.decoder[name] = _convolved(width[name] + cin, cout, 3)
            cin = cout
        self.picture = nn.Sequential(*_convolved(COLOURS, FULL, 3), *_convolved(FULL, FULL, 3))
        self.last = _convolved(FULL + cin, FULL, 3)
        self.classifier = nn.Conv2d(FULL, config.num_classes, 1)
        for part in (self.reduce, self.decoder, self.picture, self.last, self.classifier):
            initialise_he(part)
        self.reconfigure(config)

    def reconfigure(self, config: FullSizeUNetConfig) -> None:
        """Change the geometry in place, keeping every weight."""
        self.config = config
        self.backbone.reconfigure(
            config.output_stride, config.multi_grid, config.first_unit_keeps_rate
        )

    def framing(self, height: int, width: int) -> Framing:
        """Zeros below and on the right to whole strides of the trained backbone."""
        right, bottom = (next_multiple(side, STRIDE) - side for side in (width, height))
        return Framing(right=right, bottom=bottom)

    def features(self, image: Tensor) -> dict[str, Tensor]:
        """Return the maps of every level of `image` (B, 3, H, W), and `picture` at its size."""
        maps = self.backbone(image)
        found = {name: maps[name] for name in (*LEVELS, "out")}
        return {**found, "picture": self.picture(image)}

    def head(self, features: dict[str, Tensor]) -> Tensor:
        """Return scores (B, K, H, W) at the pixels."""
        x = self.reduce["out"](features["out"])
        for name in LEVELS:
            skip = self.reduce[name](features[name])
            x = self.decoder[name](torch.cat([_brought_to(x, skip), skip], 1))
        picture = features["picture"]
        if not self.config.full_size:
            picture = torch.zeros_like(picture)
        x = self.last(torch.cat([_brought_to(x, picture), picture], 1))
        scores: Tensor = self.classifier(x)
        return scores


def _brought_to(x: Tensor, other: Tensor) -> Tensor:
    """`x` at the size of `other`, corners on corners."""
    return F.interpolate(x, other.shape[-2:], mode="bilinear", align_corners=True)
