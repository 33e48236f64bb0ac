"""DeepLab v2 (Chen, Papandreou, Kokkinos, Murphy, Yuille 2017): ASPP by sum, figure 7.

Against DeepLab v1: a ResNet-101, four rates side by side instead of one large one, and
scores of three picture sizes fused by their maximum (section 4.1.2).

The branches are single 3x3 convolutions from the features to the classes (ResNet), or have
two hidden layers (`branch_channels`, VGG-16). Departure: the VGG form of DeepLab v1's
release averages 3x3 cells behind the fifth pooling; that is left out here.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator
from torch import Tensor

from segviewer.layers.backbones import build_backbone
from segviewer.layers.multi_scale import by_scale, largest, maps_at_scales
from segviewer.layers.pyramid_sum import SummedPyramid
from segviewer.networks.backbone_settings import keeps_rate_control, output_stride_control
from segviewer.networks.network import Network
from segviewer.networks.settings import NetworkSettings
from segviewer.settings import control


class DeepLabV2Config(NetworkSettings):
    """Settings of :class:`DeepLabV2`. Defaults are the paper's ResNet-101 with ASPP-L."""

    backbone: Literal[
        "resnet101_caffe",
        "resnet50_caffe",
        "resnet152_caffe",
        "resnet101",
        "resnet50",
        "vgg16",
        "efficientnet_lite0",
    ] = control("resnet101_caffe", kind="structure", label="Backbone")
    branch_channels: int = control(
        0,
        kind="structure",
        label="Hidden channels",
        ge=0,
        le=4096,
        zero_text="none",
        tip="Channels of the two hidden layers of each branch (fc6, fc7) of the VGG form; "
        "none: a branch is one convolution.",
    )
    output_stride: Literal[8, 16, 32] = output_stride_control(8)
    atrous_rates: tuple[int, ...] = control(
        (6, 12, 18, 24),
        kind="geometry",
        label="Atrous rates",
        symbol="r",
        unit="cells",
        ge=1,
        le=48,
        tip="Rate r of each 3×3 branch: its taps lie r feature cells apart. "
        "ASPP-L has 6, 12, 18, 24 and ASPP-S 2, 4, 8, 12.",
    )
    branches: tuple[bool, ...] = control(
        (True, True, True, True),
        kind="geometry",
        label="Branches",
        item_labels=("r₁", "r₂", "r₃", "r₄"),
        tip="Branches whose scores are summed. With one of them at rate 12 this is LargeFOV.",
    )
    multi_scale: bool = control(
        False,
        kind="geometry",
        label="Three scales",
        tip="Runs the network at 0.5, 0.75 and 1 times the picture's size and keeps the "
        "largest score of each cell and class.",
    )
    first_unit_keeps_rate: bool = keeps_rate_control(False)

    @model_validator(mode="after")
    def _lengths_agree(self) -> Self:
        if not self.atrous_rates or len(self.branches) != len(self.atrous_rates):
            raise ValueError("one branch for each rate, and at least one")
        return self


class DeepLabV2(Network[DeepLabV2Config]):
    """Atrous backbone and a sum of atrous classifiers, on one or three picture sizes."""

    title = "DeepLab v2"
    paper = "Chen, Papandreou, Kokkinos, Murphy, Yuille 2017, arXiv 1606.00915"
    Config = DeepLabV2Config
    presets = {
        "ASPP-L · ResNet-101": {},
        "ASPP-L · ResNet-101, three scales": {"multi_scale": True},
        "ASPP-S · ResNet-101": {"atrous_rates": (2, 4, 8, 12)},
        "ASPP-S · ResNet-101 (kazuto1011)": {"atrous_rates": (3, 6, 9, 12)},
        "LargeFOV · ResNet-101": {"branches": (False, True, False, False)},
        "ASPP-L · VGG-16": {"backbone": "vgg16", "branch_channels": 1024},
        "ASPP-S · VGG-16": {
            "backbone": "vgg16",
            "branch_channels": 1024,
            "atrous_rates": (2, 4, 8, 12),
        },
        "ASPP-L · ResNet-50": {"backbone": "resnet50"},
        "ASPP-L · EfficientNet-Lite0": {"backbone": "efficientnet_lite0", "output_stride": 16},
    }
    head_fields = ("atrous_rates", "branches")

    def __init__(self, config: DeepLabV2Config):
        super().__init__(config)
        self.backbone = build_backbone(config.backbone)
        self.aspp = SummedPyramid(
            self.backbone.channels["out"],
            config.num_classes,
            len(config.atrous_rates),
            config.branch_channels,
        )
        self.reconfigure(config)

    def reconfigure(self, config: DeepLabV2Config) -> None:
        """Change the geometry in place, keeping every weight."""
        self.config = config
        self.backbone.reconfigure(config.output_stride, (1, 1, 1), config.first_unit_keeps_rate)
        self.aspp.reconfigure(config.atrous_rates, config.branches)

    def idle_fields(self) -> tuple[str, ...]:
        """Geometry settings that do nothing in this structure."""
        return ("first_unit_keeps_rate",) if self.config.backbone == "vgg16" else ()

    def features(self, image: Tensor) -> dict[str, Tensor]:
        """Return the last map of a normalised `image` (B, 3, H, W), of each scale."""
        if self.config.multi_scale:
            return maps_at_scales(self._last_map, image)
        return self._last_map(image)

    def head(self, features: dict[str, Tensor]) -> Tensor:
        """Return coarse scores (B, K, h, w): the largest over the scales."""
        return largest(self._scores(features))

    def training_head(self, features: dict[str, Tensor]) -> tuple[Tensor, list[Tensor]]:
        """Fused scores, and with three scales those of each: all four have a loss."""
        scores = self._scores(features)
        return largest(scores), scores if len(scores) > 1 else []

    def _last_map(self, image: Tensor) -> dict[str, Tensor]:
        # Kept features are memory: nothing here reads the backbone's other maps.
        return {"out": self.backbone(image)["out"]}

    def _scores(self, features: dict[str, Tensor]) -> list[Tensor]:
        return [self.aspp(maps["out"]) for maps in by_scale(features)]
