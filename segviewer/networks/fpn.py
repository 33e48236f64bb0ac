"""Feature pyramid network with a semantic head (Kirillov, Girshick, He, Dollár 2019), figure 3.

Against FCN: scores are read off a pyramid of maps of one width, in which what comes down
from coarse maps is added to each finer one; each level is brought to stride 4 by as many
3x3 convolutions as it has doublings to go, and the levels are added up.

The form is Segmentation Models PyTorch's: group norm in the head, doublings corner on corner
there and by repetition in the pyramid.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, Self

import torch
from pydantic import model_validator
from torch import Tensor, nn
from torch.nn import functional as F

from segviewer.layers.backbones import build_backbone
from segviewer.layers.framing import Framing, next_multiple
from segviewer.layers.initialisation import initialise_he
from segviewer.layers.of_kind import of_kind
from segviewer.layers.resnet import ResNet
from segviewer.networks.backbone_settings import (
    BackboneSettings,
    ResNetName,
    align_corners_control,
    output_stride_control,
)
from segviewer.networks.network import Network
from segviewer.settings import control

MAPS = ("out", "auxiliary", "stride8", "low_level")  # from coarse to fine
COARSEST = 32  # stride that the finest map's size must be whole in
GROUPS = 32


class FPNConfig(BackboneSettings):
    """Settings of :class:`FPN`. Defaults are Segmentation Models PyTorch's."""

    backbone: ResNetName = control("resnet34", kind="structure", label="Backbone")
    pyramid_channels: int = control(256, kind="structure", label="Pyramid channels", ge=1, le=4096)
    head_channels: int = control(
        128, kind="structure", label="Head channels", ge=GROUPS, le=4096, step=GROUPS
    )
    merging: Literal["sum", "joined"] = control(
        "sum", kind="structure", label="Levels are merged by"
    )
    output_stride: Literal[8, 16, 32] = output_stride_control(32)
    levels: tuple[bool, ...] = control(
        (True, True, True, True),
        kind="geometry",
        label="Levels",
        item_labels=("32", "16", "8", "4"),
        tip="Levels of the pyramid, by their stride, that reach the head; one switched off "
        "gives zeros.",
    )
    top_down: bool = control(
        True,
        kind="geometry",
        label="Top-down path",
        tip="Off: each level of the pyramid knows its own map alone.",
    )
    align_corners: bool = align_corners_control(True)

    @model_validator(mode="after")
    def _whole_groups(self) -> Self:
        if self.head_channels % GROUPS or len(self.levels) != len(MAPS):
            raise ValueError(f"head channels in groups of {GROUPS}, and a switch for each level")
        return self


class HeadStep(nn.Sequential):
    """3x3 convolution, group norm, ReLU."""

    def __init__(self, cin: int, cout: int):
        super().__init__(
            nn.Conv2d(cin, cout, 3, padding=1, bias=False),
            nn.GroupNorm(GROUPS, cout),
            nn.ReLU(inplace=True),
        )


class FPN(Network[FPNConfig]):
    """ResNet, pyramid, and a head that adds up its levels at stride 4."""

    title = "FPN"
    paper = "Kirillov, Girshick, He, Dollár 2019, Panoptic feature pyramid networks, 1901.02446"
    Config = FPNConfig
    presets = {
        "FPN · ResNet-34": {},
        "FPN · ResNet-18": {"backbone": "resnet18"},
        "FPN · ResNet-50": {"backbone": "resnet50"},
    }
    head_fields = ("levels", "top_down", "align_corners")

    def __init__(self, config: FPNConfig):
        super().__init__(config)
        self.backbone = build_backbone(config.backbone)
        of_kind(self.backbone, ResNet).all_strides = True
        width, channels = self.backbone.channels, config.head_channels
        self.lateral = nn.ModuleList(
            nn.Conv2d(width[name], config.pyramid_channels, 1) for name in MAPS
        )
        self.steps = nn.ModuleList()
        for doublings in reversed(range(len(MAPS))):
            cin, steps = config.pyramid_channels, nn.Sequential()
            for _ in range(max(1, doublings)):
                steps.append(HeadStep(cin, channels))
                cin = channels
            self.steps.append(steps)
        joined = channels * (len(MAPS) if config.merging == "joined" else 1)
        self.classifier = nn.Conv2d(joined, config.num_classes, 1)
        for part in (self.lateral, self.steps, self.classifier):
            initialise_he(part)
        self.reconfigure(config)

    @property
    def align_corners(self) -> bool:
        """Whether corners of the scores belong on corners of the picture."""
        return self.config.align_corners

    def reconfigure(self, config: FPNConfig) -> None:
        """Change the geometry in place, keeping every weight."""
        self.config = config
        self.backbone.reconfigure(
            config.output_stride, config.multi_grid, config.first_unit_keeps_rate
        )

    def framing(self, height: int, width: int) -> Framing:
        """Zeros below and on the right to whole strides of the trained backbone."""
        right, bottom = (next_multiple(side, COARSEST) - side for side in (width, height))
        return Framing(right=right, bottom=bottom)

    def features(self, image: Tensor) -> dict[str, Tensor]:
        """Return the four maps of a normalised `image` (B, 3, H, W)."""
        maps = self.backbone(image)
        return {name: maps[name] for name in MAPS}

    def head(self, features: dict[str, Tensor]) -> Tensor:
        """Return scores (B, K, H/4, W/4), before softmax and upsampling."""
        config = self.config
        finest = features[MAPS[-1]].shape[-2:]
        levels, above = [], None
        for name, lateral, steps, on in zip(
            MAPS, self.lateral, self.steps, config.levels, strict=True
        ):
            x = lateral(features[name])
            if above is not None and config.top_down:
                x = x + F.interpolate(above, x.shape[-2:], mode="nearest")
            above = x
            levels.append(self._at(finest, x, steps.children()) * float(on))
        merged = torch.cat(levels, dim=1) if config.merging == "joined" else sum(levels)
        scores: Tensor = self.classifier(merged)
        return scores

    def _at(self, size: torch.Size, x: Tensor, steps: Iterable[nn.Module]) -> Tensor:
        """`x` through its steps, doubled behind each until it has `size`."""
        corners = self.config.align_corners
        for step in steps:
            x = step(x)
            wanted = [min(2 * side, most) for side, most in zip(x.shape[-2:], size, strict=True)]
            if list(x.shape[-2:]) != wanted:
                x = F.interpolate(x, wanted, mode="bilinear", align_corners=corners)
        return x
