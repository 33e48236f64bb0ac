"""DeepLab v3 "going deeper" (Chen, Papandreou, Schroff, Adam 2017): blocks 5-7, figure 3.

Against a plain atrous ResNet: the last block is replicated three times in cascade, each
replica at twice the rate of the one before (2, 4, 8, 16 at output stride 16), with the same
multi-grid in blocks 4 to 7. Without atrous convolution every replica halves the map.

Departures: a removed or kept stride lies in the first unit of a block (torchvision's
place), the paper's in the last unit of the block before; the paper does not say which
shortcut a replica's first unit has, so both are here, the identity as the usual one.
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator
from torch import Tensor, nn

from segviewer.layers.backbones import build_backbone
from segviewer.layers.cascade import Cascade
from segviewer.networks.backbone_settings import (
    keeps_rate_control,
    multi_grid_control,
    output_stride_control,
    three_unit_rates,
)
from segviewer.networks.network import Network
from segviewer.networks.settings import NetworkSettings
from segviewer.settings import control


class DeepLabV3CascadeConfig(NetworkSettings):
    """Settings of :class:`DeepLabV3Cascade`. Defaults: ResNet-50, block 7, stride 16."""

    backbone: Literal["resnet50", "resnet101", "efficientnet_lite0"] = control(
        "resnet50", kind="structure", label="Backbone"
    )
    projection: bool = control(
        False,
        kind="structure",
        label="Projection shortcuts",
        tip="Gives the first unit of each added block a 1×1 convolution in its shortcut.",
    )
    cascaded_blocks: int = control(
        3,
        kind="geometry",
        label="Added blocks",
        ge=0,
        le=3,
        tip="How many of blocks 5, 6 and 7 run behind block 4; the others are passed over.",
    )
    output_stride: Literal[8, 16, 32, 64, 128, 256] = output_stride_control(
        16,
        tip="Input size divided by feature size. 256 is the network without atrous "
        "convolution, where every block halves the map; with fewer blocks it stops at 32, 64, 128.",
    )
    multi_grid: tuple[int, ...] = multi_grid_control(
        tip="Unit rates (r₁, r₂, r₃) of blocks 4 to 7, multiplied by the block's rate."
    )
    identity_shortcut: bool = control(
        False,
        kind="geometry",
        label="Identity shortcuts",
        tip="Leaves the projections out: the first unit of each added block adds its input as "
        "it is.",
    )
    first_unit_keeps_rate: bool = keeps_rate_control(False)

    @model_validator(mode="after")
    def _three_unit_rates(self) -> Self:
        three_unit_rates(self.multi_grid)
        return self


class DeepLabV3Cascade(Network[DeepLabV3CascadeConfig]):
    """Backbone, up to three replicas of its last block, and a 1x1 classifier."""

    title = "DeepLab v3, cascaded blocks"
    paper = "Chen, Papandreou, Schroff, Adam 2017, arXiv 1706.05587, section 3.2"
    Config = DeepLabV3CascadeConfig
    presets = {
        "Block 7 · ResNet-50": {},
        "Block 6 · ResNet-50": {"cascaded_blocks": 2},
        "Block 5 · ResNet-50": {"cascaded_blocks": 1},
        "Block 4 · ResNet-50": {"cascaded_blocks": 0},
        "Block 7 · ResNet-50, output stride 8": {"output_stride": 8},
        "Block 7 · ResNet-50 without atrous convolution": {"output_stride": 256},
        "Block 7 · ResNet-50, multi-grid 1 2 4": {"multi_grid": (1, 2, 4)},
        "Block 7 · ResNet-50, projection shortcuts": {"projection": True},
        "Block 7 · ResNet-101": {"backbone": "resnet101"},
        "Block 7 · EfficientNet-Lite0": {"backbone": "efficientnet_lite0"},
    }
    # The added blocks belong to the head, so that their number changes without the backbone.
    head_fields = ("cascaded_blocks", "identity_shortcut")

    def __init__(self, config: DeepLabV3CascadeConfig):
        super().__init__(config)
        self.backbone = build_backbone(config.backbone)
        channels = self.backbone.channels["out"]
        self.cascade = Cascade(config.backbone, channels, config.projection)
        self.classifier = nn.Conv2d(channels, config.num_classes, 1)
        self.reconfigure(config)

    def reconfigure(self, config: DeepLabV3CascadeConfig) -> None:
        """Change the geometry in place, keeping every weight."""
        self.config = config
        self.backbone.reconfigure(
            config.output_stride, config.multi_grid, config.first_unit_keeps_rate
        )
        self.cascade.reconfigure(
            config.output_stride,
            config.multi_grid,
            config.cascaded_blocks,
            config.identity_shortcut,
        )

    def idle_fields(self) -> tuple[str, ...]:
        """Geometry settings that do nothing in this structure."""
        return () if self.config.projection else ("identity_shortcut",)

    def features(self, image: Tensor) -> dict[str, Tensor]:
        """Return block 4's map `out` of a normalised `image` (B, 3, H, W)."""
        return {"out": self.backbone(image)["out"]}

    def head(self, features: dict[str, Tensor]) -> Tensor:
        """Return coarse scores (B, K, h, w), before softmax and upsampling."""
        scores: Tensor = self.classifier(self.cascade(features["out"]))
        return scores
