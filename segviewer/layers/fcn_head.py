"""The classifier of torchvision's fully convolutional networks, and its auxiliary heads."""

from __future__ import annotations

from torch import nn


class FCNHead(nn.Sequential):
    """3x3 convolution to a quarter of the channels, batch norm, ReLU, dropout, 1x1."""

    def __init__(self, cin: int, num_classes: int):
        inner = cin // 4
        super().__init__(
            nn.Conv2d(cin, inner, 3, padding=1, bias=False),
            nn.BatchNorm2d(inner),
            nn.ReLU(),
            nn.Dropout(0.1),
            nn.Conv2d(inner, num_classes, 1),
        )
