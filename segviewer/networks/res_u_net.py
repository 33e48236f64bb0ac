"""U-Net on an image classifier (Iglovikov, Shvets 2018, TernausNet, figure 1), here a ResNet.

Against U-Net: the way down is a trained ResNet, from its stem at stride 2 on; a decoder of
two 3x3 convolutions a level climbs back beside its maps, and one more without a skip reaches
the pixels. This is the U-Net of Segmentation Models PyTorch, whose names of channels and
order of joining ([what comes up, skip]) it has.

The levels are found by the number of decoder channels: with five the whole ResNet, with four
and three its last layers are left out.
"""

from __future__ import annotations

from typing import Literal, Self

import torch
from pydantic import model_validator
from torch import Tensor, nn
from torch.nn import functional as F

from segviewer.layers.backbones import build_backbone
from segviewer.layers.double_conv import DoubleConv
from segviewer.layers.framing import Framing, next_multiple
from segviewer.layers.initialisation import initialise_he
from segviewer.layers.of_kind import of_kind
from segviewer.layers.resnet import ResNet
from segviewer.networks.backbone_settings import BackboneSettings, ResNetName, output_stride_control
from segviewer.networks.network import Network
from segviewer.settings import control

# Maps of the backbone from fine to coarse; the coarsest that is there is `out`.
MAPS = ("stride2", "low_level", "stride8", "auxiliary", "out")


class ResUNetConfig(BackboneSettings):
    """Settings of :class:`ResUNet`. Defaults are Segmentation Models PyTorch's."""

    backbone: ResNetName = control("resnet34", kind="structure", label="Backbone")
    decoder_channels: tuple[int, ...] = control(
        (256, 128, 64, 32, 16), kind="structure", label="Decoder channels", ge=1, le=4096
    )
    output_stride: Literal[8, 16, 32] = output_stride_control(32)
    skips: tuple[bool, ...] = control(
        (True, True, True, True),
        kind="geometry",
        label="Skips",
        item_labels=("finest", "2", "3", "coarsest"),
        tip="Maps of the way down that the way up may see; one switched off gives zeros.",
    )
    upsampling: Literal["nearest", "bilinear"] = control(
        "nearest",
        kind="geometry",
        label="Upsampling",
        tip="How maps are brought to the size of the next finer ones.",
    )

    @model_validator(mode="after")
    def _lengths_agree(self) -> Self:
        if not 3 <= len(self.decoder_channels) <= len(MAPS):
            raise ValueError("three to five decoder channels")
        if len(self.skips) != len(self.decoder_channels) - 1:
            raise ValueError("a skip for each decoder channel but the last")
        return self


class ResUNet(Network[ResUNetConfig]):
    """ResNet going down, double convolutions coming up; one level more without a skip."""

    title = "U-Net on ResNet"
    paper = "Ronneberger, Fischer, Brox 2015; on a classifier: Iglovikov, Shvets 2018, 1801.05746"
    Config = ResUNetConfig
    presets = {
        "U-Net · ResNet-34": {},
        "U-Net · ResNet-18": {"backbone": "resnet18"},
        "U-Net · ResNet-50": {"backbone": "resnet50"},
    }
    head_fields = ("skips", "upsampling")

    def __init__(self, config: ResUNetConfig):
        super().__init__(config)
        depth = len(config.decoder_channels)
        cut = f":{depth - 1}" if depth < len(MAPS) else ""
        self.backbone = build_backbone(config.backbone + cut)
        of_kind(self.backbone, ResNet).all_strides = True
        width = self.backbone.channels
        self.names = (*MAPS[: depth - 1], "out")
        cin, self.decoder = width["out"], nn.ModuleList()
        skips = [width[name] for name in reversed(self.names[:-1])]
        for skip, cout in zip([*skips, 0], config.decoder_channels, strict=True):
            self.decoder.append(DoubleConv(cin + skip, cout, cout, padded=True))
            cin = cout
        self.classifier = nn.Conv2d(cin, config.num_classes, 3, padding=1)
        for part in (self.decoder, self.classifier):
            initialise_he(part)
        self.reconfigure(config)

    def reconfigure(self, config: ResUNetConfig) -> None:
        """Change the geometry in place, keeping every weight."""
        self.config = config
        self.backbone.reconfigure(
            config.output_stride, config.multi_grid, config.first_unit_keeps_rate
        )

    def idle_fields(self) -> tuple[str, ...]:
        """Geometry settings that do nothing in front of the first stride that can go."""
        return ("output_stride", "first_unit_keeps_rate") if len(self.names) == 3 else ()

    def framing(self, height: int, width: int) -> Framing:
        """Zeros below and on the right to whole strides of the trained backbone."""
        step = 2 ** len(self.names)
        right, bottom = (next_multiple(side, step) - side for side in (width, height))
        return Framing(right=right, bottom=bottom)

    def features(self, image: Tensor) -> dict[str, Tensor]:
        """Return the maps of every level, the coarsest as `out`, of `image` (B, 3, H, W)."""
        maps = self.backbone(image)
        return {name: maps[name] for name in self.names}

    def head(self, features: dict[str, Tensor]) -> Tensor:
        """Return scores (B, K, H, W) at the pixels."""
        x, mode = features["out"], self.config.upsampling
        flags = (*self.config.skips[::-1], True)
        names = (*reversed(self.names[:-1]), None)
        corners = None if mode == "nearest" else False
        for name, on, step in zip(names, flags, self.decoder, strict=True):
            skip = features[name] if name else None
            size = [2 * side for side in x.shape[-2:]] if skip is None else skip.shape[-2:]
            x = F.interpolate(x, size, mode=mode, align_corners=corners)
            if skip is not None:
                x = torch.cat([x, skip if on else torch.zeros_like(skip)], dim=1)
            x = step(x)
        scores: Tensor = self.classifier(x)
        return scores
