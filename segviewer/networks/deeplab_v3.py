"""DeepLab v3 (Chen, Papandreou, Schroff, Adam 2017): parallel ASPP, figure 5.

Against DeepLab v2: batch norm in the pyramid, a 1x1 branch and image-level features,
concatenation instead of a sum, multi-grid rates in the last block, and no CRF.

Departures, each a setting: torchvision's extra 3x3 convolution after the projection
(`head_conv`), depthwise-separable branches (`separable`), and a low-level skip that adds
stride-4 detail to the scores (`low_level_channels`).
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator
from torch import Tensor, nn

from segviewer.layers.backbones import build_backbone
from segviewer.layers.pyramid import ASPP, LowLevelSkip
from segviewer.networks.network import Network
from segviewer.networks.settings import NetworkSettings
from segviewer.settings import control


class DeepLabV3Config(NetworkSettings):
    """Settings of :class:`DeepLabV3`. Defaults are torchvision's ResNet-50 form."""

    backbone: Literal["resnet50", "resnet101", "mobilenet_v3_large", "efficientnet_lite0"] = (
        control("resnet50", kind="structure", label="Backbone")
    )
    num_classes: int = control(21, kind="structure", label="Classes", symbol="K", ge=1, le=10000)
    aspp_channels: int = control(256, kind="structure", label="ASPP channels", ge=1, le=4096)
    separable: bool = control(False, kind="structure", label="Separable branches")
    head_conv: bool = control(True, kind="structure", label="3×3 after the projection")
    auxiliary: bool = control(True, kind="structure", label="Auxiliary head")
    low_level_channels: int = control(
        0, kind="structure", label="Low-level channels", ge=0, le=1024
    )
    output_stride: Literal[8, 16, 32] = control(
        8, kind="geometry", label="Output stride", symbol="OS", inline=True,
        tip="Input size divided by feature size. Smaller is denser and slower; the rates "
        "belong to it: halve the stride, double the rates.",
    )  # fmt: skip
    atrous_rates: tuple[int, ...] = control(
        (12, 24, 36), kind="geometry", label="Atrous rates", symbol="r", unit="cells", ge=1, le=48,
        tip="Rate r of each 3×3 branch: its taps lie r feature cells apart, "
        "so it spans (2r+1) × OS pixels.",
    )  # fmt: skip
    branches: tuple[bool, ...] = control(
        (True, True, True, True), kind="geometry", label="Branches",
        item_labels=("1×1", "r₁", "r₂", "r₃"),
        tip="Branches of the pyramid that speak; one switched off gives zeros.",
    )  # fmt: skip
    image_pooling: bool = control(
        True, kind="geometry", label="Image pooling",
        tip="Global average of the features, the same at every place: what the picture is about.",
    )  # fmt: skip
    multi_grid: tuple[int, ...] = control(
        (1, 1, 1), kind="geometry", label="Multi-grid", symbol="MG", ge=1, le=8,
        tip="Unit rates (r₁, r₂, r₃) of the last block, multiplied by its rate.",
    )  # fmt: skip
    first_unit_keeps_rate: bool = control(
        True, kind="geometry", label="First unit keeps rate",
        tip="Where a stride was removed, the unit that had it keeps the rate before it "
        "(torchvision's ResNets) or takes the new one at once (MobileNet v3, Caffe DeepLab).",
    )  # fmt: skip
    low_level_skip: bool = control(
        True, kind="geometry", label="Low-level skip",
        tip="Adds detail read off the stride-4 features to the scores. "
        "Not in the v3 paper; only for checkpoints trained with it.",
    )  # fmt: skip

    @model_validator(mode="after")
    def _lengths_agree(self) -> Self:
        wanted = len(self.atrous_rates) + 1
        if len(self.branches) != wanted:
            raise ValueError(f"{wanted} branches: the 1×1 and one for each rate")
        if len(self.multi_grid) != 3:
            raise ValueError("multi-grid has three unit rates")
        return self


class FCNHead(nn.Sequential):
    """3x3 convolution to a quarter of the channels, batch norm, ReLU, dropout, 1x1."""

    def __init__(self, cin: int, num_classes: int):
        inner = cin // 4
        super().__init__(
            nn.Conv2d(cin, inner, 3, padding=1, bias=False),
            nn.BatchNorm2d(inner),
            nn.ReLU(),
            nn.Dropout(0.1),
            nn.Conv2d(inner, num_classes, 1),
        )


class DeepLabV3(Network):
    """Backbone, ASPP and classifier; geometry may change while the weights stay."""

    title = "DeepLab v3"
    paper = "Chen, Papandreou, Schroff, Adam 2017, arXiv 1706.05587"
    Config = DeepLabV3Config
    presets = {
        "DeepLab v3 · ResNet-50": {},
        "DeepLab v3 · ResNet-101": {"backbone": "resnet101"},
        "DeepLab v3 · MobileNet v3": {
            "backbone": "mobilenet_v3_large",
            "output_stride": 16,
            "first_unit_keeps_rate": False,
        },
        "DeepLab v3 · EfficientNet-Lite0": {
            "backbone": "efficientnet_lite0",
            "output_stride": 16,
            "atrous_rates": (6, 12, 18),
        },
    }
    # Changing these reuses cached backbone features.
    head_fields = ("atrous_rates", "branches", "image_pooling", "low_level_skip")

    def __init__(self, config: DeepLabV3Config):
        super().__init__()
        self.backbone = build_backbone(config.backbone)
        width = self.backbone.channels
        channels = config.aspp_channels
        aspp = ASPP(width["out"], channels, len(config.atrous_rates), config.separable)
        between = []
        if config.head_conv:
            between = [
                nn.Conv2d(channels, channels, 3, padding=1, bias=False),
                nn.BatchNorm2d(channels),
                nn.ReLU(),
            ]
        self.classifier = nn.Sequential(aspp, *between, nn.Conv2d(channels, config.num_classes, 1))
        self.aux_classifier = (
            FCNHead(width["auxiliary"], config.num_classes) if config.auxiliary else None
        )
        self.low_level = (
            LowLevelSkip(
                width["low_level"], channels, config.low_level_channels, config.num_classes
            )
            if config.low_level_channels
            else None
        )
        self.reconfigure(config)

    def reconfigure(self, config: DeepLabV3Config) -> None:
        """Change the geometry in place, keeping every weight."""
        self.config = config
        self.backbone.reconfigure(
            config.output_stride, config.multi_grid, config.first_unit_keeps_rate
        )
        self.classifier[0].reconfigure(config.atrous_rates, config.branches, config.image_pooling)

    def idle_fields(self) -> tuple[str, ...]:
        """Geometry settings that do nothing in this structure."""
        return ("low_level_skip",) if self.low_level is None else ()

    def features(self, image: Tensor) -> dict[str, Tensor]:
        """Return backbone maps of a normalised `image` (B, 3, H, W)."""
        return self.backbone(image)

    def head(self, features: dict[str, Tensor]) -> Tensor:
        """Return coarse scores (B, K, h, w), before softmax and upsampling."""
        return self._scores(features)[-1]

    def training_head(self, features: dict[str, Tensor]) -> tuple[Tensor, list[Tensor]]:
        """Scores; auxiliary scores, and those without the skip, so that it can be taken away."""
        *coarse, scores = self._scores(features)
        auxiliary = (
            [] if self.aux_classifier is None else [self.aux_classifier(features["auxiliary"])]
        )
        return scores, auxiliary + coarse

    def _scores(self, features: dict[str, Tensor]) -> list[Tensor]:
        aspp, *rest = self.classifier
        pyramid = scores = aspp(features["out"])
        for layer in rest:
            scores = layer(scores)
        if self.low_level is None or not self.config.low_level_skip:
            return [scores]
        return [scores, self.low_level(features["low_level"], pyramid, scores)]
