"""ParseNet (Liu, Rabinovich, Berg 2015): look wider to see better, figure 1.

Against DeepLab-LargeFOV: the average of the features over the whole picture stands beside
those of each cell. The two differ in size by far, so both are brought to length 1 across
channels and scaled channel by channel by a learned γ (section 3.3) before they are joined.

Early fusion joins the features in front of one classifier; late fusion adds the scores of
two classifiers, for which nothing need be normalised. One weight serves both: a linear
classifier of joined features is the sum of two, so without normalisation they are the same.

Departures: the paper's network is VGG-16 with fc6 and fc7 of DeepLab-LargeFOV
(`fc_channels`), without the averaging of 3x3 cells that its release has behind pool5; on the
other backbones, not in the paper, the head reads the last map. γ starts at 10.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from segviewer.layers.atrous import set_atrous
from segviewer.layers.backbones import build_backbone
from segviewer.layers.initialisation import initialise_he
from segviewer.layers.of_kind import of_kind
from segviewer.layers.scaled_norm import ScaledNorm
from segviewer.networks.backbone_settings import BackboneSettings
from segviewer.networks.network import Network
from segviewer.settings import control


class ParseNetConfig(BackboneSettings):
    """Settings of :class:`ParseNet`. Defaults are the paper's VGG-16."""

    backbone: Literal["vgg16", "resnet50", "resnet101", "efficientnet_lite0"] = control(
        "vgg16", kind="structure", label="Backbone"
    )
    fc_channels: int = control(
        1024,
        kind="structure",
        label="Channels of fc6 and fc7",
        ge=0,
        le=4096,
        zero_text="none",
        tip="A 3×3 atrous and a 1×1 layer behind the backbone, as in DeepLab-LargeFOV.",
    )
    fc6_rate: int = control(
        12,
        kind="geometry",
        label="Rate of fc6",
        symbol="r",
        unit="cells",
        ge=1,
        le=24,
        tip="The taps of fc6 lie r feature cells apart.",
    )
    global_context: bool = control(
        True,
        kind="geometry",
        label="Global context",
        tip="The average of the features over the whole picture, beside those of each cell.",
    )
    l2_norm: bool = control(
        True,
        kind="geometry",
        label="L2 norm",
        tip="Brings the features of each cell, and the average, to length 1 times a learned "
        "scale before they are joined. Late fusion has no use for it.",
    )
    scale_factor: float = control(
        1.0,
        kind="geometry",
        label="Scale",
        symbol="γ",
        unit="×",
        ge=0.1,
        le=10.0,
        log=True,
        tip="Multiplies the learned scales behind the L2 norm.",
    )
    fusion: Literal["early", "late"] = control(
        "early",
        kind="geometry",
        label="Fusion",
        tip="Early: one classifier of joined features. Late: scores of two classifiers, added. "
        "Without the L2 norm they are the same.",
    )


class ParseNet(Network[ParseNetConfig]):
    """Backbone, global average, normalisation, and a 1x1 classifier of both."""

    title = "ParseNet"
    paper = "Liu, Rabinovich, Berg 2015, arXiv 1506.04579"
    Config = ParseNetConfig
    presets = {
        "ParseNet · VGG-16": {},
        "ParseNet · VGG-16, late fusion": {"fusion": "late"},
        "ParseNet · ResNet-50": {"backbone": "resnet50", "fc_channels": 0},
        "ParseNet · ResNet-101": {"backbone": "resnet101", "fc_channels": 0},
        "ParseNet · EfficientNet-Lite0": {
            "backbone": "efficientnet_lite0",
            "fc_channels": 0,
            "output_stride": 16,
        },
    }
    head_fields = ("global_context", "l2_norm", "scale_factor", "fusion")

    def __init__(self, config: ParseNetConfig):
        super().__init__(config)
        self.backbone = build_backbone(config.backbone)
        width = self.channels = self.backbone.channels["out"]
        self.fc = nn.Sequential()
        if config.fc_channels:
            self.channels = config.fc_channels
            fc6 = nn.Conv2d(width, self.channels, 3)
            fc7 = nn.Conv2d(self.channels, self.channels, 1)
            self.fc.extend((fc6, nn.ReLU(), nn.Dropout(), fc7, nn.ReLU(), nn.Dropout()))
        self.local_norm = ScaledNorm(self.channels)
        self.context_norm = ScaledNorm(self.channels)
        # The first half of the weight reads the cell, the second the picture.
        self.classifier = nn.Conv2d(2 * self.channels, config.num_classes, 1)
        for part in (self.fc, self.classifier):
            initialise_he(part)
        self.reconfigure(config)

    def reconfigure(self, config: ParseNetConfig) -> None:
        """Change the geometry in place, keeping every weight."""
        self.config = config
        self.backbone.reconfigure(
            config.output_stride, config.multi_grid, config.first_unit_keeps_rate
        )
        if len(self.fc):
            set_atrous(of_kind(self.fc[0], nn.Conv2d), rate=config.fc6_rate)
        for norm in (self.local_norm, self.context_norm):
            norm.reconfigure(config.l2_norm and config.fusion == "early", config.scale_factor)

    def idle_fields(self) -> tuple[str, ...]:
        """Geometry settings that do nothing in this structure."""
        idle = () if len(self.fc) else ("fc6_rate",)
        vgg = self.config.backbone == "vgg16"  # has no units
        return (*idle, "multi_grid", "first_unit_keeps_rate") if vgg else idle

    def features(self, image: Tensor) -> dict[str, Tensor]:
        """Return the map (fc7's, if there is one) of a normalised `image` (B, 3, H, W)."""
        return self.after_backbone(self.backbone(image))

    def after_backbone(self, maps: dict[str, Tensor]) -> dict[str, Tensor]:
        """fc6 and fc7, where there are any."""
        return {"out": self.fc(maps["out"])}

    def head(self, features: dict[str, Tensor]) -> Tensor:
        """Return coarse scores (B, K, h, w), before softmax and upsampling."""
        x = features["out"]  # (B, C, h, w)
        local, context = self.local_norm(x), self.context_norm(x.mean((2, 3), keepdim=True))
        if not self.config.global_context:
            context = torch.zeros_like(context)
        if self.config.fusion == "early":
            scores: Tensor = self.classifier(torch.cat([local, context.expand_as(local)], dim=1))
            return scores
        # (K, C, 1, 1)
        by_cell, by_picture = torch.split(self.classifier.weight, self.channels, dim=1)
        return F.conv2d(local, by_cell, self.classifier.bias) + F.conv2d(context, by_picture)
