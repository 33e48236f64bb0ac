"""DenseNet (Huang, Liu, van der Maaten, Weinberger 2017), table 1: the ImageNet networks.

Against ResNet: maps of earlier layers are concatenated, not added, so that every layer
reads all of them (`dense_links` takes that away, block by block).

Departures: the classifier is applied at every cell, which makes a class map of the image
classifier; with `global_pooling` it is the published one. For a denser map the average
poolings of the last transitions are left out and later 3x3 convolutions take twice the
rate, which the paper does not do. Without a link the block's output, too, is a chain's:
the newest maps and zeros.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Literal, Self

from pydantic import model_validator
from torch import Tensor, nn
from torch.nn import functional as F

from segviewer.layers.atrous import plan_stages
from segviewer.layers.dense_block import BottleneckLayer, DenseBlock, Transition
from segviewer.layers.framing import Framing
from segviewer.layers.initialisation import initialise_he
from segviewer.layers.of_kind import of_kind
from segviewer.networks.backbone_settings import global_pooling_control, output_stride_control
from segviewer.networks.network import Network
from segviewer.networks.settings import NetworkSettings
from segviewer.settings import control

STRIDES = (1, 2, 2, 2)  # in front of each dense block
STEM_STRIDE = 4
SMALLEST = 32  # pixels; below, the poolings leave nothing


class DenseNetConfig(NetworkSettings):
    """Settings of :class:`DenseNet`. Defaults are DenseNet-121's."""

    block_layers: tuple[int, ...] = control(
        (6, 12, 24, 16),
        kind="structure",
        label="Layers",
        ge=1,
        le=64,
        item_labels=("block 1", "block 2", "block 3", "block 4"),
    )
    growth: int = control(
        32,
        kind="structure",
        label="Growth rate",
        symbol="k",
        ge=1,
        le=96,
        tip="Maps that each layer adds to the stack.",
    )
    output_stride: Literal[8, 16, 32] = output_stride_control(
        32,
        tip="Input size divided by feature size. Below 32 the last transitions do not pool and "
        "the 3×3 convolutions behind them are dilated.",
    )
    dense_links: tuple[bool, ...] = control(
        (True, True, True, True),
        kind="geometry",
        label="Dense links",
        item_labels=("block 1", "block 2", "block 3", "block 4"),
        tip="On: each layer reads the maps of all layers before it in its block. "
        "Off: a plain chain; zeros stand for all but the newest maps.",
    )
    global_pooling: bool = global_pooling_control()

    @model_validator(mode="after")
    def _four_blocks(self) -> Self:
        if len(self.block_layers) != 4 or len(self.dense_links) != 4:
            raise ValueError("DenseNet has four dense blocks")
        return self


class DenseNet(Network[DenseNetConfig]):
    """Image classifier of four dense blocks, read as a class map."""

    title = "DenseNet"
    paper = "Huang, Liu, van der Maaten, Weinberger 2017, CVPR, arXiv 1608.06993"
    Config = DenseNetConfig
    presets = {
        "DenseNet-121": {},
        "DenseNet-161": {"block_layers": (6, 12, 36, 24), "growth": 48},
        "DenseNet-169": {"block_layers": (6, 12, 32, 32)},
        "DenseNet-201": {"block_layers": (6, 12, 48, 32)},
        "DenseNet-121 · output stride 16": {"output_stride": 16},
        "DenseNet-121 · output stride 8": {"output_stride": 8},
    }
    head_fields = ("global_pooling",)

    def __init__(self, config: DenseNetConfig):
        super().__init__(config)
        growth, cin = config.growth, 2 * config.growth
        parts: OrderedDict[str, nn.Module] = OrderedDict(
            conv0=nn.Conv2d(3, cin, 7, 2, padding=3, bias=False),
            norm0=nn.BatchNorm2d(cin),
            relu0=nn.ReLU(inplace=True),
            pool0=nn.MaxPool2d(3, 2, padding=1),
        )
        for number, layers in enumerate(config.block_layers, start=1):
            if number > 1:  # compression: half of the maps go on
                parts[f"transition{number - 1}"] = Transition(cin, cin // 2)
                cin //= 2
            parts[f"denseblock{number}"] = DenseBlock(
                BottleneckLayer(cin + index * growth, growth) for index in range(layers)
            )
            cin += layers * growth
        parts["norm5"] = nn.BatchNorm2d(cin)
        self.layers = nn.Sequential(parts)
        self.classifier = nn.Conv2d(cin, config.num_classes, 1)
        initialise_he(self)
        self.reconfigure(config)

    def reconfigure(self, config: DenseNetConfig) -> None:
        """Change the geometry in place, keeping every weight."""
        self.config = config
        plan = plan_stages(STRIDES, STEM_STRIDE, config.output_stride, first_unit_keeps_rate=False)
        for number, (geometry, linked) in enumerate(
            zip(plan, config.dense_links, strict=True), start=1
        ):
            block = of_kind(self.layers.get_submodule(f"denseblock{number}"), DenseBlock)
            block.linked = linked
            for layer in block.values():
                of_kind(layer, BottleneckLayer).reconfigure(geometry.rate)
            if number > 1:
                transition = self.layers.get_submodule(f"transition{number - 1}")
                of_kind(transition, Transition).pooled = geometry.stride > 1

    def framing(self, height: int, width: int) -> Framing:
        """Very small pictures are brought to the smallest size that all poolings leave."""
        return Framing(right=max(0, SMALLEST - width), bottom=max(0, SMALLEST - height))

    def features(self, image: Tensor) -> dict[str, Tensor]:
        """Return the last block's maps `out` of a normalised `image` (B, 3, H, W)."""
        return {"out": F.relu(self.layers(image), inplace=True)}

    def head(self, features: dict[str, Tensor]) -> Tensor:
        """Return class scores of every cell, or (B, K, 1, 1) of the whole picture."""
        out = features["out"]
        if self.config.global_pooling:
            out = out.mean((2, 3), keepdim=True)  # (B, C, 1, 1)
        scores: Tensor = self.classifier(out)  # (B, K, h, w) or (B, K, 1, 1)
        return scores
