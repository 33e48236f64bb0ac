"""SegFormer (Xie, Wang, Yu, Anandkumar, Alvarez, Luo 2021), figure 2.

Against networks on convolutions: a transformer that shrinks in four stages and needs no
position codes, and a head of linear layers alone, for attention has seen the whole picture.

The strides of the last two stages can be taken away: their tokens are then twice as dense a side.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

import torch
from pydantic import model_validator
from torch import Tensor, nn
from torch.nn import functional as F

from segviewer.layers.framing import Framing
from segviewer.layers.initialisation import initialise_he
from segviewer.layers.mix_transformer import MixTransformer
from segviewer.networks.backbone_settings import output_stride_control
from segviewer.networks.network import Network
from segviewer.networks.settings import NetworkSettings
from segviewer.settings import control

SMALLEST = 32  # pixels; below, nothing is left for keys and values
SMALL, LARGE = (32, 64, 160, 256), (64, 128, 320, 512)
DEPTHS = {"B1": (2, 2, 2, 2), "B2": (3, 4, 6, 3), "B3": (3, 4, 18, 3), "B4": (3, 8, 27, 3)}
DEPTHS["B5"] = (3, 6, 40, 3)


class SegFormerConfig(NetworkSettings):
    """Settings of :class:`SegFormer`. Defaults are B0's."""

    widths: tuple[int, ...] = control(SMALL, kind="structure", label="Widths", ge=1, le=2048)
    depths: tuple[int, ...] = control((2, 2, 2, 2), kind="structure", label="Blocks", ge=1, le=100)
    head_channels: int = control(256, kind="structure", label="Head channels", ge=1, le=4096)
    num_classes: int = control(19, kind="structure", label="Classes", symbol="K", ge=1, le=10000)
    norm_eps: float = control(
        1e-5, kind="structure", label="Norm ε", ge=0, le=1, tip="Of the blocks' layer norms."
    )
    output_stride: Literal[8, 16, 32] = output_stride_control(
        32, tip="Below 32 the patches of the last stages lie as dense as those before them."
    )
    mix_ffn: bool = control(
        True,
        kind="geometry",
        label="Mix-FFN",
        tip="The 3×3 convolution in each block, which alone lets it know where a token is.",
    )
    levels: tuple[bool, ...] = control(
        (True, True, True, True),
        kind="geometry",
        label="Levels",
        item_labels=("4", "8", "16", "32"),
        tip="Stages, by their stride, whose maps the head reads; one switched off gives zeros.",
    )

    @model_validator(mode="after")
    def _four_stages(self) -> Self:
        if not len(self.widths) == len(self.depths) == len(self.levels) == 4:
            raise ValueError("four stages")
        if any(width % self.widths[0] for width in self.widths):
            raise ValueError("widths are multiples of the first, which is a head's")
        return self


class SegFormer(Network[SegFormerConfig]):
    """Mix transformer and a head of linear layers."""

    title = "SegFormer"
    paper = "Xie, Wang, Yu, Anandkumar, Alvarez, Luo 2021, NeurIPS, arXiv 2105.15203"
    Config = SegFormerConfig
    presets: ClassVar[dict[str, dict[str, Any]]] = {"SegFormer-B0": {}} | {
        f"SegFormer-{name}": {
            "widths": LARGE,
            "depths": depths,
            "head_channels": 256 if name == "B1" else 768,
        }
        for name, depths in DEPTHS.items()
    }
    head_fields = ("levels",)

    def __init__(self, config: SegFormerConfig):
        super().__init__(config)
        self.backbone = MixTransformer(config.widths, config.depths, config.norm_eps)
        channels = config.head_channels
        self.project = nn.ModuleList(nn.Conv2d(width, channels, 1) for width in config.widths)
        self.fuse = nn.Sequential(
            nn.Conv2d(4 * channels, channels, 1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Dropout(0.1),
        )
        self.classifier = nn.Conv2d(channels, config.num_classes, 1)
        for part in (self.project, self.fuse, self.classifier):
            initialise_he(part)
        self.reconfigure(config)

    def reconfigure(self, config: SegFormerConfig) -> None:
        """Change the geometry in place, keeping every weight."""
        self.config = config
        self.backbone.reconfigure(config.output_stride, config.mix_ffn)

    def framing(self, height: int, width: int) -> Framing:
        """Small pictures are filled up with zeros."""
        return Framing(right=max(0, SMALLEST - width), bottom=max(0, SMALLEST - height))

    def features(self, image: Tensor) -> dict[str, Tensor]:
        """Return `stage1` … `stage4` of a normalised `image` (B, 3, H, W)."""
        return {f"stage{n}": x for n, x in enumerate(self.backbone(image), 1)}

    def head(self, features: dict[str, Tensor]) -> Tensor:
        """Return scores (B, K, H/4, W/4), before softmax and upsampling."""
        size = features["stage1"].shape[-2:]
        levels = []
        for x, project, on in zip(features.values(), self.project, self.config.levels, strict=True):
            x = F.interpolate(project(x), size, mode="bilinear", align_corners=False)
            levels.append(x if on else torch.zeros_like(x))
        scores: Tensor = self.classifier(self.fuse(torch.cat(levels[::-1], dim=1)))
        return scores
