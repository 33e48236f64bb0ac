"""Dilated residual networks (Yu, Koltun, Funkhouser 2017), figures 1 and 5 and section 4.

A: a ResNet that keeps stride 8, with dilation where it had the last two strides. Its early
max pooling makes strong lone activations, and dilated convolutions spread each of them over
a grid. B puts convolutions in place of the pooling and two levels of falling dilation at
the end, C takes the shortcuts out of these two, and D is C with plain convolutions outside.

The image classifier is a *prediction model* of places as well: without the global pooling
(`global_pooling` off) the same weights give a map of classes.

Departures: fyu/drn leaves the first block of A's dilated layers undilated; `first_block_rate`
has that and the paper's. Form B is C with its shortcuts on, for the shapes are the same;
files of C hold no trained projection for level 7 of C-58. Without the pooling A takes every
second cell, so that its weights still meet what they were trained for.
"""

from __future__ import annotations

from typing import Literal

from torch import Tensor, nn

from segviewer.layers.drn import UNITS, DRNBackbone, FixedBilinear
from segviewer.layers.framing import WHOLE, Framing, next_multiple
from segviewer.layers.initialisation import initialise_he
from segviewer.networks.backbone_settings import global_pooling_control
from segviewer.networks.network import Network
from segviewer.networks.settings import NetworkSettings
from segviewer.settings import control

STRIDE = 8
CLASSIFIER = {"task": "classification", "global_pooling": False}


class DRNConfig(NetworkSettings):
    """Settings of :class:`DRN`."""

    variant: Literal[
        "A-18",
        "A-34",
        "A-50",
        "C-26",
        "C-42",
        "C-58",
        "D-22",
        "D-24",
        "D-38",
        "D-40",
        "D-54",
        "D-56",
        "D-105",
        "D-107",
    ] = control("C-26", kind="structure", label="Variant")
    task: Literal["segmentation", "classification"] = control(
        "segmentation",
        kind="structure",
        label="Trained for",
        tip="Segmentation has a score layer and a fixed enlargement by 8; classification has "
        "the image classifier's last layer, which is also asked at every cell.",
    )
    width: float = control(
        1.0,
        kind="structure",
        label="Width",
        ge=1 / 32,
        le=2,
        decimals=2,
        tip="Factor on every number of channels. The published networks have 1.",
    )
    dilation: tuple[int, int] = control(
        (2, 4),
        kind="geometry",
        label="Dilation of groups 5 and 6",
        ge=1,
        le=8,
        item_labels=("5", "6"),
        tip="Rates of the two last residual levels (layers 3 and 4 of form A), whose strides "
        "the network gave up. Behind them come rates 2 and 1 in forms C and D.",
    )
    early_max_pool: bool = control(
        True,
        kind="geometry",
        label="Early max pooling",
        tip="Form A. Off: every second cell is taken in place of the largest of 3×3.",
    )
    first_block_rate: Literal["repo", "paper"] = control(
        "repo",
        kind="geometry",
        label="First dilated block",
        inline=True,
        tip="Form A. Repo: the first block of a dilated layer has rate 1, as in fyu/drn. Paper: "
        "the convolution that lost its stride keeps the rate before it, the others take the new.",
    )
    level_7: bool = control(
        True,
        kind="geometry",
        label="Degridding level 7",
        tip="Two convolutions of dilation 2 (one in form D). What changes the number of channels "
        "stays.",
    )
    level_8: bool = control(
        True, kind="geometry", label="Degridding level 8", tip="The same, not dilated."
    )
    residual: bool = control(
        False,
        kind="geometry",
        label="Shortcuts in levels 7 and 8",
        tip="On: form B. Shortcuts carry the grid past the levels that should remove it.",
    )
    global_pooling: bool = global_pooling_control(
        True, on="Classifiers. On: one answer for the whole picture, as trained."
    )


class DRN(Network[DRNConfig]):
    """Backbone of stride 8, degridding levels, and a 1x1 score or classifier layer."""

    title = "DRN"
    paper = "Yu, Koltun, Funkhouser 2017, CVPR, arXiv 1705.09914"
    Config = DRNConfig
    presets = {
        "DRN-C-26": {},
        "DRN-B-26": {"residual": True},
        **{f"DRN-{variant}": {"variant": variant} for variant in UNITS if variant != "C-26"},
        "DRN-A-50 · prediction model": {"variant": "A-50", **CLASSIFIER},
        "DRN-C-26 · prediction model": CLASSIFIER,
    }
    head_fields = ("level_7", "level_8", "residual", "global_pooling")

    def __init__(self, config: DRNConfig):
        super().__init__(config)
        self.backbone = DRNBackbone(config.variant, config.width)
        last = nn.Conv2d(self.backbone.channels["degridded"], config.num_classes, 1)
        initialise_he(last)
        # Names of fyu/drn.
        if config.task == "segmentation":
            self.seg, self.up = last, FixedBilinear(config.num_classes)
        else:
            self.fc = last
        self.reconfigure(config)

    def reconfigure(self, config: DRNConfig) -> None:
        """Change the geometry in place, keeping every weight."""
        self.config = config
        self.backbone.reconfigure(
            config.dilation,
            early_max_pool=config.early_max_pool,
            first_block_keeps_rate=config.first_block_rate == "paper",
            shortcuts=config.residual,
        )

    def idle_fields(self) -> tuple[str, ...]:
        """Geometry settings that do nothing in this form."""
        config, form = self.config, self.config.variant[0]
        idle = ["global_pooling"] if config.task == "segmentation" else []
        if form == "A":
            return (*idle, "level_7", "level_8", "residual")
        idle += ["early_max_pool", "first_block_rate"]
        fixed = self.backbone.fixed_units(self.backbone.level(7))
        if len(fixed) == UNITS[config.variant][6]:
            idle.append("level_7")
        if form == "D" or not (config.level_7 or config.level_8 or fixed):
            idle.append("residual")
        return tuple(idle)

    def framing(self, height: int, width: int) -> Framing:
        """The segmentation form gives back 8 pixels for each cell of its map."""
        if self.config.task == "classification":
            return WHOLE  # its mean over all places is the answer
        right, bottom = (next_multiple(side, STRIDE) - side for side in (width, height))
        return Framing(right=right, bottom=bottom)

    def features(self, image: Tensor) -> dict[str, Tensor]:
        """Return `out` (B, C, H/8, W/8), before the degridding levels, of `image` (B, 3, H, W)."""
        return {"out": self.backbone(image)}

    def head(self, features: dict[str, Tensor]) -> Tensor:
        """Return scores of every pixel, or of every cell, or (B, K, 1, 1) of the picture."""
        config = self.config
        scores: Tensor
        x = self.backbone.degrid(features["out"], (config.level_7, config.level_8))
        if config.task == "segmentation":
            scores = self.up(self.seg(x))  # (B, K, 8h, 8w)
            return scores
        if config.global_pooling:
            x = x.mean((2, 3), keepdim=True)  # (B, C, 1, 1)
        scores = self.fc(x)  # (B, K, h, w) or (B, K, 1, 1)
        return scores
