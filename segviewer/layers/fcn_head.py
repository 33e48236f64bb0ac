"""The classifiers of fully convolutional networks on a backbone, and auxiliary heads."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def convolved(cin: int, channels: int, number: int) -> list[nn.Module]:
    """3x3 convolution, batch norm and ReLU, `number` times.

    Parameters
    ----------
    cin, channels : int
        Channels in and out.
    number : int
    """
    parts: list[nn.Module] = []
    for _ in range(number):
        parts.append(nn.Conv2d(cin, channels, 3, padding=1, bias=False))
        parts += [nn.BatchNorm2d(channels), nn.ReLU()]
        cin = channels
    return parts


class FCNHead(nn.Sequential):
    """torchvision's: 3x3 to a quarter of the channels, batch norm, ReLU, dropout, 1x1.

    Parameters
    ----------
    cin, num_classes : int
    channels : int
        Of the 3x3 convolution; 0: a quarter of `cin`.
    """

    def __init__(self, cin: int, num_classes: int, channels: int = 0):
        channels = channels or max(1, cin // 4)
        super().__init__(
            *convolved(cin, channels, 1), nn.Dropout(0.1), nn.Conv2d(channels, num_classes, 1)
        )


class DeepFCNHead(nn.Module):
    """MMSegmentation's: several 3x3 convolutions, and one that joins their input to them.

    Parameters
    ----------
    cin, num_classes, channels : int
        As of :class:`FCNHead`.
    convolutions : int
    joins_input : bool
        One more 3x3 convolution, on the input and on what became of it.
    """

    def __init__(
        self, cin: int, num_classes: int, channels: int, convolutions: int, joins_input: bool
    ):
        super().__init__()
        channels = channels or max(1, cin // 4)
        self.convs = nn.Sequential(*convolved(cin, channels, convolutions))
        behind = channels if convolutions else cin
        joined = convolved(cin + behind, channels, 1) if joins_input else None
        self.join = None if joined is None else nn.Sequential(*joined)
        width = behind if joined is None else channels
        self.scores = nn.Sequential(nn.Dropout(0.1), nn.Conv2d(width, num_classes, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, cin, h, w) to scores (B, K, h, w)."""
        y = self.convs(x)
        if self.join is not None:
            y = self.join(torch.cat([x, y], dim=1))
        scores: Tensor = self.scores(y)
        return scores
