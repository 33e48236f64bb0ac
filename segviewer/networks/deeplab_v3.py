"""DeepLab v3 (Chen, Papandreou, Schroff, Adam 2017): parallel ASPP, figure 5.

Against DeepLab v2: batch norm in the pyramid, a 1x1 branch and image-level features,
concatenation instead of a sum, multi-grid rates in the last block, and no CRF.

Departures, each a setting: torchvision's extra 3x3 convolution after the projection
(`head_conv`), depthwise-separable branches (`separable`), and a low-level skip that adds
stride-4 detail to the scores (`low_level_channels`).
"""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn

from segviewer.layers.backbones import build_backbone
from segviewer.layers.fcn_head import FCNHead
from segviewer.layers.framing import Framing
from segviewer.layers.multi_scale import by_scale, largest, maps_at_scales
from segviewer.layers.of_kind import of_kind
from segviewer.layers.pyramid import ASPP, LowLevelSkip, separable_conv
from segviewer.networks.backbone_settings import (
    DeepResNetName,
    Filling,
    MMSegResNetName,
    MobileNetV2Name,
    ResNetName,
    align_corners_control,
    filled,
    filling_control,
)
from segviewer.networks.network import Network
from segviewer.networks.pyramid_settings import PyramidSettings, pyramid_kernel_control
from segviewer.settings import control


class DeepLabV3Config(PyramidSettings):
    """Settings of :class:`DeepLabV3`. Defaults are torchvision's ResNet-50 form."""

    backbone: Literal[
        ResNetName,
        DeepResNetName,
        MMSegResNetName,
        MobileNetV2Name,
        "mobilenet_v3_large",
        "efficientnet_lite0",
        "efficientnet_lite2",
        "resnet50_caffe",
        "resnet101_caffe",
        "resnet152_caffe",
    ] = control("resnet50", kind="structure", label="Backbone")
    aspp_channels: int = control(256, kind="structure", label="ASPP channels", ge=1, le=4096)
    separable: bool = control(False, kind="structure", label="Separable branches")
    separable_norm: bool = control(
        True,
        kind="structure",
        label="Batch norm between depthwise and 1×1",
        tip="Of separable convolutions. VainF's and smp's have nothing between the two.",
    )
    pyramid_kernel: Literal[1, 3] = pyramid_kernel_control()
    head_conv: bool = control(True, kind="structure", label="3×3 after the projection")
    head_separable: bool = control(
        False, kind="structure", label="Separable 3×3 after the projection"
    )
    auxiliary: bool = control(True, kind="structure", label="Auxiliary head")
    low_level_channels: int = control(
        0, kind="structure", label="Low-level channels", ge=0, le=1024
    )
    low_level_skip: bool = control(
        True,
        kind="geometry",
        label="Low-level skip",
        tip="Adds detail read off the stride-4 features to the scores. "
        "Not in the v3 paper; only for checkpoints trained with it.",
    )
    align_corners: bool = align_corners_control(False)
    filling: Filling = filling_control("none")
    multi_scale: bool = control(
        False,
        kind="geometry",
        label="Three scales",
        tip="Runs the network at 0.5, 0.75 and 1 times the picture's size and keeps the largest "
        "score (kazuto1011's wrapper; the paper averages probabilities).",
    )


class DeepLabV3(Network[DeepLabV3Config]):
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
        "DeepLab v3 · EfficientNet-Lite2": {
            "backbone": "efficientnet_lite2",
            "output_stride": 16,
            "atrous_rates": (6, 12, 18),
        },
        "DeepLab v3 · MobileNet v2 (VainF)": {
            "backbone": "mobilenet_v2",
            "auxiliary": False,
            "output_stride": 16,
            "atrous_rates": (6, 12, 18),
        },
        "DeepLab v3 · Caffe ResNet-101, MG 1 2 4 (kazuto1011)": {
            "backbone": "resnet101_caffe",
            "auxiliary": False,
            "head_conv": False,
            "output_stride": 16,
            "atrous_rates": (6, 12, 18),
            "multi_grid": (1, 2, 4),
            "first_unit_keeps_rate": False,
        },
    }
    # Changing these reuses cached backbone features.
    head_fields = ("atrous_rates", "branches", "image_pooling", "low_level_skip", "align_corners")

    def __init__(self, config: DeepLabV3Config):
        super().__init__(config)
        self.backbone = build_backbone(config.backbone)
        width = self.backbone.channels
        channels = config.aspp_channels
        aspp = ASPP(
            width["out"],
            channels,
            len(config.atrous_rates),
            config.separable,
            norm_between=config.separable_norm,
            kernel=config.pyramid_kernel,
        )
        between: list[nn.Module] = []
        if config.head_conv:
            between = [
                separable_conv(channels, channels, norm_between=False)
                if config.head_separable
                else nn.Conv2d(channels, channels, 3, padding=1, bias=False),
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

    @property
    def align_corners(self) -> bool:
        """Whether corners of the scores belong on corners of the picture."""
        return self.config.align_corners

    def framing(self, height: int, width: int) -> Framing:
        """Zeros below and on the right, where the weights were trained with whole strides."""
        return filled(self.config.filling, self.config.output_stride, height, width)

    def reconfigure(self, config: DeepLabV3Config) -> None:
        """Change the geometry in place, keeping every weight."""
        self.config = config
        self.backbone.reconfigure(
            config.output_stride, config.multi_grid, config.first_unit_keeps_rate
        )
        aspp = of_kind(self.classifier[0], ASPP)
        aspp.reconfigure(config.atrous_rates, config.branches, config.image_pooling)

    def idle_fields(self) -> tuple[str, ...]:
        """Geometry settings that do nothing in this structure."""
        return ("low_level_skip",) if self.low_level is None else ()

    def features(self, image: Tensor) -> dict[str, Tensor]:
        """Return backbone maps of a normalised `image` (B, 3, H, W)."""
        if self.config.multi_scale:
            return maps_at_scales(self.backbone, image)
        return self.backbone(image)

    def head(self, features: dict[str, Tensor]) -> Tensor:
        """Return coarse scores (B, K, h, w), before softmax and upsampling."""
        return largest([self._scores(maps)[-1] for maps in by_scale(features)])

    def training_head(self, features: dict[str, Tensor]) -> tuple[Tensor, list[Tensor]]:
        """Scores; auxiliary scores, and those without the skip, so that it can be taken away."""
        *coarse, scores = self._scores(features)
        auxiliary = (
            [] if self.aux_classifier is None else [self.aux_classifier(features["auxiliary"])]
        )
        return scores, auxiliary + coarse

    def _scores(self, features: dict[str, Tensor]) -> list[Tensor]:
        aspp, *rest = self.classifier
        pyramid = scores = aspp(features["out"])  # (B, channels, h, w)
        for layer in rest:
            scores = layer(scores)  # at last (B, K, h, w)
        if self.low_level is None or not self.config.low_level_skip:
            return [scores]
        return [scores, self.low_level(features["low_level"], pyramid, scores)]
