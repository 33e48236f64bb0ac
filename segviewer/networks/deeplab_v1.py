"""DeepLab v1 (Chen, Papandreou, Kokkinos, Murphy, Yuille 2015): holes instead of strides.

Against FCN: the last two poolings keep the size and what follows them is dilated, so that
scores have stride 8 without skips, and fc6 is made small and atrous (LargeFOV): 3x3 at rate
12 sees as far as 7x7 at rate 4 and costs a seventh.

The poolings are 3x3 with padding as in the release, where the text has 2x2; LargeFOV has an
average pooling behind them (pool5a). Rates and strides are free of each other here, so that
what happens when they do not match can be seen. The CRF is the program's own. kazuto1011's
ResNet-101 container has one 1x1 classifier behind an atrous backbone. Not here: the MSc form
(scores of the image and four poolings), and the prototxts were read through ports only.
"""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn
from torch.nn import functional as F

from segviewer.layers.backbones import Backbone, build_backbone
from segviewer.layers.initialisation import initialise_he
from segviewer.layers.of_kind import of_kind
from segviewer.layers.vgg import VGG16, FullyConnected
from segviewer.networks.backbone_settings import output_stride_control
from segviewer.networks.network import Network
from segviewer.networks.settings import NetworkSettings
from segviewer.settings import control


class DeepLabV1Config(NetworkSettings):
    """Settings of :class:`DeepLabV1`. Defaults are LargeFOV's."""

    backbone: Literal["vgg16", "resnet101_caffe", "resnet50_caffe", "resnet152_caffe"] = control(
        "vgg16", kind="structure", label="Backbone"
    )
    fc6_kernel: Literal[3, 4, 7] = control(3, kind="structure", label="fc6 kernel")
    width: int = control(64, kind="structure", label="First channels", ge=1, le=256)
    fc_channels: int = control(1024, kind="structure", label="fc6, fc7 channels", ge=1, le=8192)
    fc6_rate: int = control(
        12,
        kind="geometry",
        label="fc6 rate",
        symbol="r",
        unit="cells",
        ge=1,
        le=24,
        tip="Distance of the taps of fc6 in cells of the map. Larger sees farther, at no cost.",
    )
    pool4_stride: Literal[1, 2] = control(
        1,
        kind="geometry",
        label="pool4 stride",
        inline=True,
        tip="1 keeps the size; 2 is the classifier's. What follows was trained for 1.",
    )
    pool5_stride: Literal[1, 2] = control(
        1,
        kind="geometry",
        label="pool5 stride",
        inline=True,
        tip="1 keeps the size; 2 is the classifier's. fc6 was trained for 1.",
    )
    conv5_rate: int = control(
        2,
        kind="geometry",
        label="conv5 rate",
        symbol="r",
        unit="cells",
        ge=1,
        le=8,
        tip="2 makes up for the stride that pool4 lost; with pool4 at stride 2 it would be 1.",
    )
    average_pooling: bool = control(
        True,
        kind="geometry",
        label="Average pooling",
        tip="Averages 3×3 cells before fc6 (pool5a of the LargeFOV release).",
    )
    output_stride: Literal[8, 16, 32] = output_stride_control(
        8, tip="Input size divided by feature size, of the ResNets."
    )


class DeepLabV1(Network[DeepLabV1Config]):
    """VGG-16 with holes, fc6, fc7 and fc8; or an atrous ResNet and one classifier."""

    title = "DeepLab v1"
    paper = "Chen, Papandreou, Kokkinos, Murphy, Yuille 2015, ICLR, arXiv 1412.7062"
    Config = DeepLabV1Config
    presets = {
        "DeepLab-LargeFOV": {},
        "DeepLab-7x7": {
            "fc6_kernel": 7,
            "fc6_rate": 4,
            "fc_channels": 4096,
            "average_pooling": False,
        },
        "DeepLab": {"fc6_kernel": 4, "fc6_rate": 4, "fc_channels": 4096, "average_pooling": False},
        "DeepLab-4x4": {
            "fc6_kernel": 4,
            "fc6_rate": 8,
            "fc_channels": 4096,
            "average_pooling": False,
        },
        "ResNet-101 (kazuto1011)": {"backbone": "resnet101_caffe"},
    }
    head_fields = ("fc6_rate", "average_pooling")

    def __init__(self, config: DeepLabV1Config):
        super().__init__(config)
        self.plain = config.backbone == "vgg16"
        self.backbone: VGG16 | Backbone
        if self.plain:
            poolings = [nn.MaxPool2d(3, 2, padding=1) for _ in range(5)]
            vgg = self.backbone = VGG16(config.width, poolings)
            fc = config.fc_channels
            self.average = nn.AvgPool2d(3, 1, padding=1)
            self.fully_connected = FullyConnected(vgg.channels[4], fc, config.fc6_kernel)
            self.fc8 = nn.Conv2d(fc, config.num_classes, 1)
            initialise_he(self)
        else:
            atrous = self.backbone = build_backbone(config.backbone)
            self.fc = nn.Conv2d(atrous.channels["out"], config.num_classes, 1)
        self.reconfigure(config)

    def reconfigure(self, config: DeepLabV1Config) -> None:
        """Change the geometry in place, keeping every weight."""
        self.config = config
        if not isinstance(self.backbone, VGG16):
            self.backbone.reconfigure(config.output_stride, (1, 1, 1), False)
            return
        of_kind(self.backbone.pooling(4), nn.MaxPool2d).stride = config.pool4_stride
        of_kind(self.backbone.pooling(5), nn.MaxPool2d).stride = config.pool5_stride
        self.backbone.set_rate(5, config.conv5_rate)
        self.fully_connected.fc6.dilation = (config.fc6_rate,) * 2

    def idle_fields(self) -> tuple[str, ...]:
        """Geometry settings that do nothing on this backbone."""
        if self.plain:
            return ("output_stride",)
        return ("fc6_rate", "pool4_stride", "pool5_stride", "conv5_rate", "average_pooling")

    def features(self, image: Tensor) -> dict[str, Tensor]:
        """Return the last map `out` of a normalised `image` (B, 3, H, W)."""
        return {"out": self.backbone(image)["pool5" if self.plain else "out"]}

    def head(self, features: dict[str, Tensor]) -> Tensor:
        """Return coarse scores (B, K, h, w)."""
        x = features["out"]
        scores: Tensor
        if not self.plain:
            scores = self.fc(x)  # (B, K, h, w)
            return scores
        if self.config.average_pooling:
            x = self.average(x)
        # "Same" padding; a 4x4 kernel has its odd cell at the end.
        around = (self.config.fc6_kernel - 1) * self.config.fc6_rate
        before = around // 2
        x = F.pad(x, (before, around - before) * 2)  # (B, C, h + around, w + around)
        scores = self.fc8(self.fully_connected(x))  # (B, K, h, w)
        return scores
