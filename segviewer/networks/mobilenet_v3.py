"""MobileNetV3-Large (Howard et al. 2019), table 1: the image classifier, read as a class map.

The backbone of DeepLab v3's and LR-ASPP's small forms, with its own last stage: global
average, 1x1 to 1280, hard swish, 1x1 to the classes.

Departures: the last stage is asked at every cell, which makes a class map of the image
classifier; with `global_pooling` it is the published one. Below output stride 32 the last
strides are removed and the depthwise convolutions behind them dilated.
"""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn

from segviewer.layers.backbones import build_backbone
from segviewer.layers.initialisation import initialise_he
from segviewer.networks.backbone_settings import global_pooling_control, output_stride_control
from segviewer.networks.network import Network
from segviewer.networks.settings import NetworkSettings
from segviewer.settings import control


class MobileNetV3Config(NetworkSettings):
    """Settings of :class:`MobileNetV3`."""

    last_channels: int = control(1280, kind="structure", label="Last channels", ge=1, le=4096)
    output_stride: Literal[8, 16, 32] = output_stride_control(
        32,
        tip="Input size divided by feature size. Below 32 the last strides are removed and the "
        "depthwise convolutions behind them are dilated.",
    )
    global_pooling: bool = global_pooling_control()


class MobileNetV3(Network[MobileNetV3Config]):
    """Small image classifier, read as a class map."""

    title = "MobileNetV3"
    paper = "Howard et al. 2019, ICCV, arXiv 1905.02244"
    Config = MobileNetV3Config
    presets = {
        "MobileNetV3-Large": {},
        "MobileNetV3-Large · output stride 16": {"output_stride": 16},
    }
    head_fields = ("global_pooling",)

    def __init__(self, config: MobileNetV3Config):
        super().__init__(config)
        self.backbone = build_backbone("mobilenet_v3_large")
        last = config.last_channels
        self.classifier = nn.Sequential(
            nn.Conv2d(self.backbone.channels["out"], last, 1),
            nn.Hardswish(inplace=True),
            nn.Dropout(0.2),
            nn.Conv2d(last, config.num_classes, 1),
        )
        initialise_he(self)
        self.reconfigure(config)

    def reconfigure(self, config: MobileNetV3Config) -> None:
        """Change the geometry in place, keeping every weight."""
        self.config = config
        self.backbone.reconfigure(config.output_stride, (1, 1, 1), first_unit_keeps_rate=False)

    def features(self, image: Tensor) -> dict[str, Tensor]:
        """Return backbone maps of a normalised `image` (B, 3, H, W)."""
        return self.backbone(image)

    def head(self, features: dict[str, Tensor]) -> Tensor:
        """Return class scores of every cell, or (B, K, 1, 1) of the whole picture."""
        out = features["out"]
        if self.config.global_pooling:
            out = out.mean((2, 3), keepdim=True)  # (B, C, 1, 1)
        scores: Tensor = self.classifier(out)  # (B, K, h, w) or (B, K, 1, 1)
        return scores
