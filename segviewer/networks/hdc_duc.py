"""HDC and DUC (Wang, Chen, Yuan, Liu, Huang, Hou, Cottrell 2018), figures 1 and 3.

Against DeepLab v2 two ideas. Hybrid dilated convolution: the units of the last two stages
take unequal rates, so that together they read every cell and no grid of holes is left
(`schedule`). Dense upsampling convolution: instead of enlarging coarse scores, the
classifier says the scores of the d x d sub-cells of each cell itself (`duc`).

Without `duc` the d x d scores of a cell are averaged and enlarged bilinearly: what is left
of the same weights when the detail inside a cell is taken away.

Departures: the stem's pooling is padded and a stage's stride lies in its 3x3 convolution,
as in PSPNet. EfficientNet-Lite0, which is not in the paper, runs at output stride 16 and has
the rates of res4 in its sixth stage and those of res5 in its last. Schedules "RF" and
"Dilation-conv" are as the paper's text is remembered; "bigger" is as in the authors' code.
"""

from __future__ import annotations

from typing import Literal, Self

import torch
from pydantic import model_validator
from torch import Tensor, nn
from torch.nn import functional as F

from segviewer.layers.atrous import set_atrous
from segviewer.layers.backbones import build_backbone
from segviewer.layers.efficientnet_lite import EfficientNetLite, InvertedResidual
from segviewer.layers.framing import Framing, next_multiple
from segviewer.layers.of_kind import of_kind
from segviewer.layers.pyramid_sum import SummedPyramid
from segviewer.layers.rate_schedule import Schedule, unit_rates
from segviewer.layers.resnet import Bottleneck, ResNet
from segviewer.networks.network import Network
from segviewer.networks.settings import NetworkSettings
from segviewer.settings import control

RATES = (6, 12, 18, 24)
LITE = "efficientnet_lite0"


class HDCDUCConfig(NetworkSettings):
    """Settings of :class:`HDCDUC`. Defaults are the authors' ResNet-101, "bigger"."""

    backbone: Literal["resnet101_deep", "resnet50_deep", "efficientnet_lite0"] = control(
        "resnet101_deep", kind="structure", label="Backbone"
    )
    cells: int = control(
        4,
        kind="structure",
        label="Sub-cells",
        symbol="d",
        ge=1,
        le=16,
        tip="Each cell gives d × d scores of every class. With output stride 8, 4 is half the "
        "picture's resolution (the authors' code) and 8 the whole.",
    )
    schedule: Schedule = control(
        "bigger",
        kind="geometry",
        label="Rate schedule",
        tip="Rates of the units of res4 and res5. None: 1. Constant: 2 and 4. Dilation-conv: "
        "2, 1 in turn. RF: 1, 2, 3 and 3, 4, 5. Bigger: 1, 2, 5, 9 and 5, 9, 17.",
    )
    rates4: tuple[int, ...] = control(
        (1, 2, 5, 9),
        kind="geometry",
        label="Typed rates, res4",
        symbol="r",
        unit="cells",
        ge=1,
        le=32,
        tip="Repeated over the units of res4, where the schedule is “typed”.",
    )
    rates5: tuple[int, ...] = control(
        (5, 9, 17),
        kind="geometry",
        label="Typed rates, res5",
        symbol="r",
        unit="cells",
        ge=1,
        le=32,
        tip="Repeated over the units of res5, where the schedule is “typed”.",
    )
    duc: bool = control(
        True,
        kind="geometry",
        label="Dense upsampling",
        symbol="DUC",
        tip="The d × d scores of a cell are placed side by side; without it they are averaged "
        "and enlarged bilinearly.",
    )
    branches: tuple[bool, ...] = control(
        (True, True, True, True),
        kind="geometry",
        label="Branches",
        item_labels=tuple(f"r={rate}" for rate in RATES),
        tip="Branches of the classifier whose scores are summed.",
    )

    @model_validator(mode="after")
    def _lengths_agree(self) -> Self:
        if not self.rates4 or not self.rates5:
            raise ValueError("at least one rate for each stage")
        if len(self.branches) != len(RATES):
            raise ValueError(f"{len(RATES)} branches")
        return self


class HDCDUC(Network[HDCDUCConfig]):
    """Atrous backbone with scheduled rates, a sum of atrous classifiers, sub-cell scores."""

    title = "HDC-DUC"
    paper = "Wang, Chen, Yuan, Liu, Huang, Hou, Cottrell 2018, WACV, arXiv 1702.08502"
    Config = HDCDUCConfig
    presets = {
        "HDC-DUC · ResNet-101": {},
        "HDC-DUC · ResNet-101, rates in threes (RF)": {"schedule": "RF"},
        "HDC-DUC · ResNet-101, Dilation-conv": {"schedule": "Dilation-conv"},
        "HDC-DUC · ResNet-101, no dilation": {"schedule": "none"},
        "DUC · ResNet-101, constant rates": {"schedule": "constant"},
        "HDC-DUC · ResNet-50": {"backbone": "resnet50_deep"},
        "HDC-DUC · EfficientNet-Lite0": {"backbone": LITE, "schedule": "RF"},
    }
    head_fields = ("duc", "branches")

    def __init__(self, config: HDCDUCConfig):
        super().__init__(config)
        self.backbone = build_backbone(config.backbone)
        scores = config.num_classes * config.cells**2
        self.classifier = SummedPyramid(self.backbone.channels["out"], scores, len(RATES))
        self.reconfigure(config)

    @property
    def output_stride(self) -> int:
        """Input size divided by the size of the backbone's last map."""
        return 16 if self.config.backbone == LITE else 8

    def reconfigure(self, config: HDCDUCConfig) -> None:
        """Change the geometry in place, keeping every weight."""
        self.config = config
        self.backbone.reconfigure(self.output_stride, (1, 1, 1), False)
        # On EfficientNet one stride was removed, so one rate makes up for it in both stages.
        constant = (2, 2) if config.backbone == LITE else (2, 4)
        res4, res5 = self._dilated_convolutions()
        rates4, rates5 = unit_rates(
            config.schedule, (len(res4), len(res5)), constant, (config.rates4, config.rates5)
        )
        for conv, rate in zip((*res4, *res5), (*rates4, *rates5), strict=True):
            set_atrous(conv, rate=rate)
        self.classifier.reconfigure(RATES, config.branches)

    def _dilated_convolutions(self) -> tuple[list[nn.Conv2d], list[nn.Conv2d]]:
        """Of each unit of the last two stages, the convolution that takes the rate."""
        backbone = self.backbone
        if isinstance(backbone, EfficientNetLite):
            stages = (of_kind(stage, nn.Sequential) for stage in backbone.stages[5:])
            fourth, fifth = (
                [of_kind(of_kind(unit, InvertedResidual).depthwise[0], nn.Conv2d) for unit in stage]
                for stage in stages
            )
        else:
            resnet = of_kind(backbone, ResNet)
            fourth, fifth = (
                [of_kind(unit, Bottleneck).conv2 for unit in stage]
                for stage in (resnet.layer3, resnet.layer4)
            )
        return fourth, fifth

    def framing(self, height: int, width: int) -> Framing:
        """Zeros below and on the right up to whole cells, so that sub-cells lie on pixels."""
        right, bottom = (next_multiple(n, self.output_stride) - n for n in (width, height))
        return Framing(right=right, bottom=bottom)

    def features(self, image: Tensor) -> dict[str, Tensor]:
        """Return the last map of a normalised `image` (B, 3, H, W)."""
        return self.after_backbone(self.backbone(image))

    def after_backbone(self, maps: dict[str, Tensor]) -> dict[str, Tensor]:
        """The map that the head reads; kept features are memory."""
        return {"out": maps["out"]}

    def head(self, features: dict[str, Tensor]) -> Tensor:
        """Return scores (B, K, d·h, d·w), or (B, K, h, w) without dense upsampling."""
        scores: Tensor = self.classifier(features["out"])  # (B, K d², h, w)
        if self.config.duc:
            # Channel c·d² + i·d + j is class c at row i and column j inside the cell.
            return F.pixel_shuffle(scores, self.config.cells)
        return torch.unflatten(scores, 1, (self.config.num_classes, -1)).mean(2)
