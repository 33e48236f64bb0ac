"""DeepLab v3+ (Chen, Zhu, Papandreou, Schroff, Adam 2018): a decoder behind ASPP, figure 2.

Against DeepLab v3: the pyramid's output is brought to stride 4, set beside low-level
features reduced to 48 channels, and refined by 3x3 convolutions, so that edges come back.

Departures, each a setting: one 3x3 convolution instead of two, and the low-level features
first in the concatenation (VainF's form, the default); Xception is jfzhang95's.
"""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from segviewer.layers.backbones import build_backbone
from segviewer.layers.decoder import PyramidDecoder
from segviewer.layers.framing import Framing
from segviewer.layers.multi_scale import by_scale, largest, maps_at_scales
from segviewer.networks.backbone_settings import (
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


class DeepLabV3PlusConfig(PyramidSettings):
    """Settings of :class:`DeepLabV3Plus`. Defaults are VainF's ResNet-50 form at stride 8."""

    backbone: Literal[
        ResNetName,
        MMSegResNetName,
        MobileNetV2Name,
        "resnet50_caffe",
        "resnet101_caffe",
        "resnet152_caffe",
        "mobilenet_v3_large",
        "efficientnet_lite0",
        "xception",
        "drn_d_54",
    ] = control("resnet50", kind="structure", label="Backbone")
    aspp_channels: int = control(256, kind="structure", label="ASPP channels", ge=1, le=4096)
    low_level_channels: int = control(
        48,
        kind="structure",
        label="Low-level channels",
        ge=1,
        le=1024,
        tip="Channels that the low-level features are reduced to before they are joined.",
    )
    decoder_convolutions: int = control(
        1,
        kind="structure",
        label="3×3 in the decoder",
        ge=1,
        le=4,
        tip="Number of 3×3 convolutions on the joined features. The paper has two.",
    )
    low_level_first: bool = control(
        True,
        kind="structure",
        label="Low-level features first",
        tip="Order in which the two inputs of the decoder are joined; it belongs to the weights.",
    )
    separable: bool = control(False, kind="structure", label="Separable 3×3 convolutions")
    separable_norm: bool = control(
        True,
        kind="structure",
        label="Batch norm between depthwise and 1×1",
        tip="Of separable convolutions. VainF's and smp's have nothing between the two.",
    )
    pyramid_kernel: Literal[1, 3] = pyramid_kernel_control()
    pyramid_convolution: bool = control(
        False,
        kind="structure",
        label="3×3 after the projection",
        tip="Another convolution between the pyramid and the decoder.",
    )
    decoder: bool = control(
        True,
        kind="geometry",
        label="Decoder",
        tip="Off: the same layers run on the pyramid's own grid without low-level features, "
        "and the scores are brought up at once as in DeepLab v3.",
    )
    low_level_skip: bool = control(
        True,
        kind="geometry",
        label="Low-level skip",
        tip="Off: zeros stand for the stride-4 features in the decoder.",
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


class DeepLabV3Plus(Network[DeepLabV3PlusConfig]):
    """Backbone, ASPP and decoder; geometry may change while the weights stay."""

    title = "DeepLab v3+"
    paper = "Chen, Zhu, Papandreou, Schroff, Adam 2018, arXiv 1802.02611"
    Config = DeepLabV3PlusConfig
    presets = {
        "DeepLab v3+ · ResNet-50": {},
        "DeepLab v3+ · ResNet-101": {"backbone": "resnet101"},
        "DeepLab v3+ · MobileNet v2": {
            "backbone": "mobilenet_v2",
            "output_stride": 16,
            "atrous_rates": (6, 12, 18),
        },
        "DeepLab v3+ · Caffe ResNet-101 (kazuto1011)": {
            "backbone": "resnet101_caffe",
            "decoder_convolutions": 2,
            "low_level_first": False,
            "output_stride": 16,
            "atrous_rates": (6, 12, 18),
            "multi_grid": (1, 2, 4),
            "first_unit_keeps_rate": False,
        },
        "DeepLab v3+ · EfficientNet-Lite0": {
            "backbone": "efficientnet_lite0",
            "output_stride": 16,
            "atrous_rates": (6, 12, 18),
        },
    }
    head_fields = (
        "atrous_rates",
        "branches",
        "image_pooling",
        "decoder",
        "low_level_skip",
        "align_corners",
    )

    def __init__(self, config: DeepLabV3PlusConfig):
        super().__init__(config)
        self.backbone = build_backbone(config.backbone)
        width = self.backbone.channels
        self.classifier = PyramidDecoder(
            width["low_level"],
            width["out"],
            config.aspp_channels,
            config.low_level_channels,
            len(config.atrous_rates),
            config.num_classes,
            convolutions=config.decoder_convolutions,
            low_level_first=config.low_level_first,
            separable=config.separable,
            norm_between=config.separable_norm,
            pyramid_kernel=config.pyramid_kernel,
            pyramid_convolution=config.pyramid_convolution,
        )
        self.reconfigure(config)

    @property
    def align_corners(self) -> bool:
        """Whether corners of the scores belong on corners of the picture."""
        return self.config.align_corners

    def framing(self, height: int, width: int) -> Framing:
        """Zeros below and on the right, where the weights were trained with whole strides."""
        return filled(self.config.filling, self.config.output_stride, height, width)

    def reconfigure(self, config: DeepLabV3PlusConfig) -> None:
        """Change the geometry in place, keeping every weight."""
        self.config = config
        self.backbone.reconfigure(
            config.output_stride, config.multi_grid, config.first_unit_keeps_rate
        )
        self.classifier.aspp.reconfigure(config.atrous_rates, config.branches, config.image_pooling)

    def features(self, image: Tensor) -> dict[str, Tensor]:
        """Return the maps `low_level` and `out` of a normalised `image` (B, 3, H, W)."""
        if self.config.multi_scale:
            return maps_at_scales(self._maps, image)
        return self._maps(image)

    def head(self, features: dict[str, Tensor]) -> Tensor:
        """Return scores (B, K, h, w): at stride 4, or without decoder at the output stride."""
        return largest([self._scores(maps) for maps in by_scale(features)])

    def training_head(self, features: dict[str, Tensor]) -> tuple[Tensor, list[Tensor]]:
        """Scores of the whole picture."""
        return self._scores(features), []

    def _maps(self, image: Tensor) -> dict[str, Tensor]:
        maps = self.backbone(image)
        return {name: maps[name] for name in ("low_level", "out")}

    def _scores(self, features: dict[str, Tensor]) -> Tensor:
        config = self.config
        scores: Tensor = self.classifier(
            features["low_level"],
            features["out"],
            config.decoder,
            config.low_level_skip,
            config.align_corners,
        )
        return scores
