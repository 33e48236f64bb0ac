"""Colours, averaged over a window and weighed: the smallest network with a live setting."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from segviewer.networks.network import Network
from segviewer.networks.settings import NetworkSettings
from segviewer.settings import control


class ColourNetConfig(NetworkSettings):
    """Settings; geometry may change while it runs, structure needs new weights."""

    num_classes: int = control(3, kind="structure", label="Classes", symbol="K", ge=1, le=100)
    window: int = control(
        1, kind="geometry", label="Window", symbol="w", ge=1, le=15, tip="Side of the mean."
    )


class ColourNet(Network[ColourNetConfig]):
    """Features are mean colours; the head is one convolution of 1×1."""

    title = "Colour net"
    paper = "the template of segviewer's guide"
    Config = ColourNetConfig
    presets = {"Colour net": {}, "Colour net, wide": {"window": 9}}

    def __init__(self, config: ColourNetConfig) -> None:
        super().__init__(config)
        self.weigh = nn.Conv2d(3, config.num_classes, 1)

    def features(self, image: Tensor) -> dict[str, Tensor]:
        """Mean colours (B, 3, H, W)."""
        half = self.config.window // 2
        return {"out": F.avg_pool2d(image, 2 * half + 1, 1, half)}

    def head(self, features: dict[str, Tensor]) -> Tensor:
        """Scores (B, K, H, W)."""
        return self.weigh(features["out"])
