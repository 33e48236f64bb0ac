"""Pyramid pooling (PSPNet, figure 3): averages over n x n windows of a map, beside the map.

Windows that do not divide a map evenly can be laid in two ways. Adaptive ones start at
floor(i a / n) and end at ceil((i + 1) a / n): they cover everything and overlap by what it
takes. SPP-net's formula has one window ceil(a / n) and one stride floor(a / n) for all:
it may leave the last cells out, and may give more than n windows, of which the first n count.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Pooling = Literal["average", "maximum"]
Windows = Literal["adaptive", "SPP"]


def spp_window(side: int, bins: int) -> tuple[int, int]:
    """Window and stride of SPP-net's formula for a map of `side` cells (at least `bins`)."""
    return -(-side // bins), side // bins


def pool_bins(x: Tensor, bins: int, pooling: Pooling, windows: Windows) -> Tensor:
    """Pool (B, C, h, w) to (B, C, bins, bins).

    A map with fewer cells than bins on a side has no SPP stride (it would be 0); its windows
    are adaptive.

    Parameters
    ----------
    x : Tensor (B, C, h, w)
    bins : int
        Cells on a side.
    pooling : {"average", "maximum"}
    windows : {"adaptive", "SPP"}
    """
    average = pooling == "average"
    if windows == "adaptive" or min(x.shape[-2:]) < bins:
        return (F.adaptive_avg_pool2d if average else F.adaptive_max_pool2d)(x, bins)
    rows, columns = (spp_window(side, bins) for side in x.shape[-2:])
    pool = F.avg_pool2d if average else F.max_pool2d
    pooled = pool(x, (rows[0], columns[0]), (rows[1], columns[1]))
    return pooled[..., :bins, :bins]


class PyramidPooling(nn.Module):
    """The map itself and one pooled, reduced and enlarged copy of it for each level.

    Parameter names are hszhao/semseg's: layer 0 of a level is the pooling, 1 the reduction,
    2 its batch norm.

    Parameters
    ----------
    cin : int
        Channels of the map.
    bins : tuple of int
        Windows on a side of each level; none: the map alone.
    reduction : bool
        A 1x1 convolution to cin / N channels behind each of the N poolings; without it the
        levels keep all channels and have no parameters.
    level_channels : int
        Channels of each level where it is not an Nth; 0 otherwise.
    """

    def __init__(
        self, cin: int, bins: tuple[int, ...], reduction: bool = True, level_channels: int = 0
    ):
        super().__init__()
        self.bins = bins
        reduced = level_channels or cin // max(1, len(bins))
        self.level_channels = reduced if reduction else cin
        self.channels = cin + len(bins) * self.level_channels
        self.features = nn.ModuleList()
        if reduction:
            for _ in bins:
                convolution = nn.Conv2d(cin, self.level_channels, 1, bias=False)
                norm = nn.BatchNorm2d(self.level_channels)
                parts = (nn.Identity(), convolution, norm, nn.ReLU(inplace=True))
                self.features.append(nn.Sequential(*parts))
        self.reconfigure((True,) * len(bins), "average", "adaptive", align_corners=True)

    def reconfigure(
        self, levels: tuple[bool, ...], pooling: Pooling, windows: Windows, align_corners: bool
    ) -> None:
        """Set which levels are enabled and how they pool and enlarge; weights stay.

        Parameters
        ----------
        levels : tuple of bool
            One for each of the bins.
        pooling, windows : str
            As in :func:`pool_bins`.
        align_corners : bool
            Of the enlargement.
        """
        self.levels = tuple(levels)
        self.pooling, self.windows, self.align_corners = pooling, windows, align_corners

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, cin, h, w) to (B, channels, h, w): `x`, then a level each, zeros if off."""
        size = x.shape[-2:]
        silent = x.new_zeros(()).expand(x.shape[0], self.level_channels, *size)
        parts = [x]
        for index, (bins, on) in enumerate(zip(self.bins, self.levels, strict=True)):
            if not on:
                parts.append(silent)
                continue
            pooled = pool_bins(x, bins, self.pooling, self.windows)  # (B, cin, bins, bins)
            if self.features:
                pooled = self.features[index](pooled)  # (B, cin/levels, bins, bins)
            parts.append(
                F.interpolate(pooled, size, mode="bilinear", align_corners=self.align_corners)
            )
        return torch.cat(parts, dim=1)
