"""PSPNet (Zhao, Shi, Qi, Wang, Jia 2017): pyramid pooling, figure 3.

Against FCN: what a place is, is judged beside averages over the whole picture, its halves,
thirds and sixths, so that a boat is not taken for a car where there is water all around.

The backbone is a ResNet with a stem of three 3x3 convolutions, output stride 8, and the full
rate in every unit. Sides of a picture are filled up with zeros until they leave 1 when
divided by the stride, so that the corners of the map lie on its corners (`align_corners`).

Departures: the paper trains max pooling and one level instead of four as networks of their
own; here both are switches on the same weights, as are the windows of SPP-net's formula,
which the paper does not use. On EfficientNet-Lite0, which is not in the paper, a picture
of any size is taken as it is, like by the other heads on that backbone.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator
from torch import Tensor, nn

from segviewer.layers.backbones import build_backbone
from segviewer.layers.fcn_head import FCNHead
from segviewer.layers.framing import WHOLE, Framing
from segviewer.layers.initialisation import initialise_he
from segviewer.layers.pyramid_pooling import PyramidPooling
from segviewer.networks.auxiliary_network import AuxiliaryNetwork
from segviewer.networks.backbone_settings import (
    BackboneSettings,
    DeepResNetName,
    Filling,
    MMSegResNetName,
    MobileNetV2Name,
    ResNetName,
    filled,
    filling_control,
    keeps_rate_control,
)
from segviewer.settings import control

LITE = "efficientnet_lite0"
STRIDE_BEHIND = {2: 8, 3: 16, 4: 32}  # so many layers of a ResNet
LITE_GEOMETRY = {"output_stride": 16, "first_unit_keeps_rate": True}
# Rows of the paper's table 1, named as there.
B1 = {"bins": (1,), "levels": (True,), "reduction": False}


class PSPNetConfig(BackboneSettings):
    """Settings of :class:`PSPNet`. Defaults are hszhao/semseg's PSPNet-50."""

    backbone: Literal[
        DeepResNetName, ResNetName, MMSegResNetName, MobileNetV2Name, "efficientnet_lite0"
    ] = control("resnet50_deep", kind="structure", label="Backbone")
    backbone_layers: Literal[2, 3, 4] = control(
        4,
        kind="structure",
        label="Backbone's layers",
        tip="Layers of a ResNet in front of the pyramid. Segmentation Models PyTorch takes two, "
        "which end at stride 8 without dilation.",
    )
    pyramid: bool = control(
        True,
        kind="structure",
        label="Pyramid",
        tip="Without it this is the plain baseline that the paper starts from.",
    )
    bins: tuple[int, ...] = control(
        (1, 2, 3, 6),
        kind="structure",
        label="Bins",
        symbol="n",
        ge=1,
        le=32,
        tip="Windows on a side of each level of the pyramid.",
    )
    reduction: bool = control(
        True,
        kind="structure",
        label="Dimension reduction",
        symbol="DR",
        tip="A 1×1 convolution behind each pooling, to an Nth of the channels for N levels.",
    )
    level_channels: int = control(
        0,
        kind="structure",
        label="Level channels",
        ge=0,
        le=4096,
        zero_text="an Nth",
        tip="Channels behind each level's reduction.",
    )
    head_channels: int = control(512, kind="structure", label="Head channels", ge=1, le=4096)
    head_kernel: Literal[1, 3] = control(3, kind="structure", label="Head's kernel")
    score_kernel: Literal[1, 3] = control(1, kind="structure", label="Last kernel")
    auxiliary: bool = control(True, kind="structure", label="Auxiliary head")
    levels: tuple[bool, ...] = control(
        (True, True, True, True),
        kind="geometry",
        label="Levels",
        item_labels=("1×1", "2×2", "3×3", "6×6"),
        tip="Enabled levels of the pyramid; one switched off gives zeros.",
    )
    pooling: Literal["average", "maximum"] = control(
        "average",
        kind="geometry",
        label="Pooling",
        tip="What a window says: its average, or its largest value.",
    )
    windows: Literal["adaptive", "SPP"] = control(
        "adaptive",
        kind="geometry",
        label="Windows",
        tip="Adaptive: from ⌊i·a/n⌋ to ⌈(i+1)·a/n⌉ of a cells. SPP: windows of ⌈a/n⌉ at every "
        "⌊a/n⌋ cells, which may leave the last cells out.",
    )
    align_corners: bool = control(
        True,
        kind="geometry",
        label="Align corners",
        tip="How levels and scores are enlarged: corner cells on the corners (as published), "
        "or cells over equal areas.",
    )
    scores_like_levels: bool = control(
        True,
        kind="geometry",
        label="Scores like levels",
        tip="Scores are enlarged as the levels are; off: the other way (yassouali's networks).",
    )
    filling: Filling = filling_control("strides and one")
    first_unit_keeps_rate: bool = keeps_rate_control(False)

    @model_validator(mode="after")
    def _lengths_agree(self) -> Self:
        if not self.bins or len(self.levels) != len(self.bins):
            raise ValueError("one switch for each level, and at least one level")
        return self


class PSPNet(AuxiliaryNetwork[PSPNetConfig]):
    """Atrous ResNet, pyramid pooling, and a 3x3 and a 1x1 convolution."""

    title = "PSPNet"
    paper = "Zhao, Shi, Qi, Wang, Jia 2017, CVPR, arXiv 1612.01105"
    Config = PSPNetConfig
    presets = {
        "PSPNet-50": {},
        "PSPNet-101": {"backbone": "resnet101_deep"},
        "PSPNet-50, no pyramid": {"pyramid": False},
        "PSPNet-50, B1236, no reduction": {"reduction": False},
        "PSPNet-50, B1236, maximum": {"pooling": "maximum"},
        "PSPNet-50, B1, no reduction": B1,
        "PSPNet-50, B1, no reduction, maximum": B1 | {"pooling": "maximum"},
        "PSPNet · EfficientNet-Lite0": {"backbone": LITE, "head_channels": 128} | LITE_GEOMETRY,
    }
    head_fields = ("levels", "pooling", "windows", "align_corners", "scores_like_levels")

    def __init__(self, config: PSPNetConfig):
        super().__init__(config)
        cut = f":{config.backbone_layers}" if config.backbone_layers < 4 else ""
        self.backbone = build_backbone(config.backbone + cut)
        width, channels = self.backbone.channels, config.head_channels
        self.ppm = PyramidPooling(
            width["out"],
            config.bins if config.pyramid else (),
            config.reduction,
            config.level_channels,
        )
        head, last = config.head_kernel, config.score_kernel
        self.classifier = nn.Sequential(
            nn.Conv2d(self.ppm.channels, channels, head, padding=head // 2, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
            nn.Dropout2d(0.1),
            nn.Conv2d(channels, config.num_classes, last, padding=last // 2),
        )
        self.aux_classifier = (
            FCNHead(width["auxiliary"], config.num_classes) if config.auxiliary else None
        )
        for part in (self.ppm, self.classifier):
            initialise_he(part)
        self.reconfigure(config)

    @property
    def align_corners(self) -> bool:
        """Whether corners of the scores belong on corners of the picture."""
        return self.config.align_corners == self.config.scores_like_levels

    def reconfigure(self, config: PSPNetConfig) -> None:
        """Change the geometry in place, keeping every weight."""
        self.config = config
        self.backbone.reconfigure(
            config.output_stride, config.multi_grid, config.first_unit_keeps_rate
        )
        levels = config.levels if config.pyramid else ()
        self.ppm.reconfigure(levels, config.pooling, config.windows, config.align_corners)

    def idle_fields(self) -> tuple[str, ...]:
        """Geometry settings that do nothing in this structure."""
        idle = () if self.config.pyramid else ("levels", "pooling", "windows")
        # Layers that end at stride 8 have no stride to trade for a rate.
        early = self.config.backbone_layers == 2
        return (*idle, "output_stride", "first_unit_keeps_rate") if early else idle

    def framing(self, height: int, width: int) -> Framing:
        """Zeros below and on the right, until a side is a number of strides and one."""
        config = self.config
        if config.backbone == LITE:
            return WHOLE
        step = min(config.output_stride, STRIDE_BEHIND[config.backbone_layers])
        return filled(config.filling, step, height, width)

    def head(self, features: dict[str, Tensor]) -> Tensor:
        """Return coarse scores (B, K, h, w), before softmax and upsampling."""
        scores: Tensor = self.classifier(self.ppm(features["out"]))
        return scores
