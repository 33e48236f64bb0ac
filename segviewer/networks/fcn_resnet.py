"""FCN on a ResNet: torchvision's form of Long, Shelhamer and Darrell (2015).

Against the FCN of the paper: a ResNet at output stride 8 in place of VGG-16 with skips, so
that scores need no transposed convolutions, only interpolation. The classifier is a 3x3
convolution to a quarter of the channels and a 1x1 one; a second of its kind on layer3
helps in training. It is the plain baseline which the pyramids are compared with.
"""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn

from segviewer.layers.backbones import build_backbone
from segviewer.layers.fcn_head import DeepFCNHead, FCNHead
from segviewer.layers.initialisation import initialise_he
from segviewer.networks.auxiliary_network import AuxiliaryNetwork
from segviewer.networks.backbone_settings import (
    BackboneSettings,
    DeepResNetName,
    MMSegResNetName,
    MobileNetV2Name,
    ResNetName,
    align_corners_control,
)
from segviewer.settings import control


class FCNResNetConfig(BackboneSettings):
    """Settings of :class:`FCNResNet`. Defaults are torchvision's fcn_resnet50."""

    backbone: Literal[
        ResNetName, DeepResNetName, MMSegResNetName, MobileNetV2Name, "efficientnet_lite0"
    ] = control("resnet50", kind="structure", label="Backbone")
    auxiliary: bool = control(True, kind="structure", label="Auxiliary head")
    head_channels: int = control(
        0,
        kind="structure",
        label="Head channels",
        ge=0,
        le=4096,
        zero_text="a quarter",
        tip="Of the classifier's 3×3 convolutions.",
    )
    head_convolutions: int = control(1, kind="structure", label="3×3 in the head", ge=0, le=8)
    joins_input: bool = control(
        False,
        kind="structure",
        label="Head joins its input",
        tip="What the 3×3 convolutions give is joined with the map they were given, and one more "
        "of them reads both (MMSegmentation).",
    )
    align_corners: bool = align_corners_control(False)


class FCNResNet(AuxiliaryNetwork[FCNResNetConfig]):
    """Atrous backbone and a classifier of two convolutions."""

    title = "FCN-ResNet"
    paper = "Long, Shelhamer, Darrell 2015, CVPR, arXiv 1411.4038; torchvision's form"
    Config = FCNResNetConfig
    presets = {
        "FCN-ResNet-50": {},
        "FCN-ResNet-101": {"backbone": "resnet101"},
        "FCN · EfficientNet-Lite0": {"backbone": "efficientnet_lite0", "output_stride": 16},
    }

    head_fields = ("align_corners",)

    def __init__(self, config: FCNResNetConfig):
        super().__init__(config)
        self.backbone = build_backbone(config.backbone)
        width = self.backbone.channels
        out, classes, channels = width["out"], config.num_classes, config.head_channels
        if config.head_convolutions == 1 and not config.joins_input:
            self.classifier: nn.Module = FCNHead(out, classes, channels)
        else:
            self.classifier = DeepFCNHead(
                out, classes, channels, config.head_convolutions, config.joins_input
            )
        self.aux_classifier = (
            FCNHead(width["auxiliary"], config.num_classes) if config.auxiliary else None
        )
        initialise_he(self.classifier)
        self.reconfigure(config)

    @property
    def align_corners(self) -> bool:
        """Whether corners of the scores belong on corners of the picture."""
        return self.config.align_corners

    def reconfigure(self, config: FCNResNetConfig) -> None:
        """Change the geometry in place, keeping every weight."""
        self.config = config
        self.backbone.reconfigure(
            config.output_stride, config.multi_grid, config.first_unit_keeps_rate
        )

    def head(self, features: dict[str, Tensor]) -> Tensor:
        """Return coarse scores (B, K, h, w), before softmax and upsampling."""
        scores: Tensor = self.classifier(features["out"])
        return scores
