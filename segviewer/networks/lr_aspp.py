"""LR-ASPP (Howard et al. 2019), figure 10: a pyramid reduced to what a phone can run.

Against DeepLab v3's ASPP: one 1x1 branch, scaled channel by channel by a gate that sees the
average of the whole picture, and scores read off finer features at stride 8 added to it.

Departures: the form is torchvision's, whose gate averages the whole map and not a 49x49
window with stride 16, and whose finer features are behind the first unit of that stride.
Switching the low-level branch off keeps the size of the scores.
"""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn
from torch.nn import functional as F

from segviewer.layers.backbones import build_backbone
from segviewer.layers.efficientnet_lite import EfficientNetLite
from segviewer.layers.initialisation import initialise_he
from segviewer.layers.of_kind import of_kind
from segviewer.networks.backbone_settings import (
    BackboneSettings,
    keeps_rate_control,
    output_stride_control,
)
from segviewer.networks.network import Network
from segviewer.settings import control

# Which map of stride 8 is the finer one; both have 40 channels.
FINER = {"mobilenet_v3_large": "auxiliary", "efficientnet_lite0": "stride8"}


class LRASPPConfig(BackboneSettings):
    """Settings of :class:`LRASPP`. Defaults are torchvision's lraspp_mobilenet_v3_large."""

    backbone: Literal["mobilenet_v3_large", "efficientnet_lite0"] = control(
        "mobilenet_v3_large", kind="structure", label="Backbone"
    )
    head_channels: int = control(128, kind="structure", label="Head channels", ge=1, le=1024)
    output_stride: Literal[8, 16, 32] = output_stride_control(16)
    first_unit_keeps_rate: bool = keeps_rate_control(False)
    low_level: bool = control(
        True,
        kind="geometry",
        label="Low-level branch",
        tip="Adds scores read off the finer features at stride 8: edges and small things.",
    )
    gate: bool = control(
        True,
        kind="geometry",
        label="Image gate",
        tip="Scales each channel by a number from 0 to 1 computed from the average of the "
        "whole picture; without it every channel counts in full.",
    )


class LRASPPHead(nn.Module):
    """The two branches; parameter names are torchvision's.

    Parameters
    ----------
    low, high : int
        Channels of the finer and of the last map.
    num_classes : int
        K.
    channels : int
        Of the gated branch.
    """

    def __init__(self, low: int, high: int, num_classes: int, channels: int):
        super().__init__()
        self.cbr = nn.Sequential(
            nn.Conv2d(high, channels, 1, bias=False), nn.BatchNorm2d(channels), nn.ReLU()
        )
        self.scale = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(high, channels, 1, bias=False), nn.Sigmoid()
        )
        self.low_classifier = nn.Conv2d(low, num_classes, 1)
        self.high_classifier = nn.Conv2d(channels, num_classes, 1)
        initialise_he(self)
        self.reconfigure(low_level=True, gate=True)

    def reconfigure(self, low_level: bool, gate: bool) -> None:
        """Set which parts are enabled; weights stay."""
        self.low_level, self.gate = low_level, gate

    def forward(self, low: Tensor, high: Tensor) -> Tensor:
        """Scores (B, K, h, w) at the size of `low` (B, C, h, w)."""
        x = self.cbr(high)  # (B, channels, h, w)
        if self.gate:
            x = x * self.scale(high)  # gate (B, channels, 1, 1)
        # Classified before it is enlarged: both are linear and bilinear weights add up to 1,
        # so the other order gives the same and costs more.
        scores = F.interpolate(
            self.high_classifier(x), low.shape[-2:], mode="bilinear", align_corners=False
        )
        return scores + self.low_classifier(low) if self.low_level else scores


class LRASPP(Network[LRASPPConfig]):
    """MobileNet v3 and the reduced pyramid."""

    title = "LR-ASPP"
    paper = "Howard et al. 2019, Searching for MobileNetV3, ICCV, arXiv 1905.02244"
    Config = LRASPPConfig
    presets = {
        "LR-ASPP · MobileNet v3": {},
        "LR-ASPP · EfficientNet-Lite0": {
            "backbone": "efficientnet_lite0",
            "first_unit_keeps_rate": True,
        },
    }
    head_fields = ("low_level", "gate")

    def __init__(self, config: LRASPPConfig):
        super().__init__(config)
        self.backbone = build_backbone(config.backbone)
        self.finer = FINER[config.backbone]
        if self.finer == "stride8":
            of_kind(self.backbone, EfficientNetLite).all_strides = True
        width = self.backbone.channels
        self.classifier = LRASPPHead(
            width[self.finer], width["out"], config.num_classes, config.head_channels
        )
        self.reconfigure(config)

    def reconfigure(self, config: LRASPPConfig) -> None:
        """Change the geometry in place, keeping every weight."""
        self.config = config
        self.backbone.reconfigure(
            config.output_stride, config.multi_grid, config.first_unit_keeps_rate
        )
        self.classifier.reconfigure(config.low_level, config.gate)

    def features(self, image: Tensor) -> dict[str, Tensor]:
        """Return the finer and the last map of a normalised `image` (B, 3, H, W)."""
        return self.after_backbone(self.backbone(image))

    def after_backbone(self, maps: dict[str, Tensor]) -> dict[str, Tensor]:
        """The two maps that the head reads; kept features are memory."""
        return {name: maps[name] for name in (self.finer, "out")}

    def head(self, features: dict[str, Tensor]) -> Tensor:
        """Return scores (B, K, H/8, W/8), before softmax and upsampling."""
        scores: Tensor = self.classifier(features[self.finer], features["out"])
        return scores
