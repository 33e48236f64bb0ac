"""Hierarchical feature fusion of ESPNet (Mehta et al. 2018, ECCV), figure 1 and section 3.2.

An efficient spatial pyramid reduces its input with a 1x1 convolution to a fifth of the
channels, convolves that with 3x3 kernels of rates 1, 2, 4, 8, 16 side by side, and
concatenates. Large rates alone leave a grid; adding each branch to those of smaller rates
before concatenation removes it at no cost in parameters.

DeepLab v3's pyramid has the same parts, so that the sums can be laid over its branches too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate

import torch
from torch import Tensor, nn

from segviewer.layers.atrous import set_atrous
from segviewer.layers.of_kind import of_kind
from segviewer.layers.pyramid import ASPP

RATES = (1, 2, 4, 8, 16)


def fuse_hierarchically(branches: Sequence[Tensor]) -> list[Tensor]:
    """d1, d2, d2 + d4, d2 + d4 + d8, …: the first stands outside the running sums.

    Parameters
    ----------
    branches : sequence of Tensor (B, C, h, w)
        In the order of their rates; all but the first of the same width.
    """
    first, *rest = branches
    return [first, *accumulate(rest)]


class ESPBlock(nn.Module):
    """Reduce, five rates side by side, fuse, concatenate, add the input.

    Parameters
    ----------
    channels : int
        Out, at least 5, and in. A fifth of them, rounded down, for each rate; the branch of
        rate 1 takes what is left over.
    cin : int
        Channels in where they differ, so that the input is not added; 0 otherwise.
    halves : bool
        The reduction is 3x3 and has stride 2, and the input is not added.

    Attributes
    ----------
    fusion : bool
        Hierarchical sums before the concatenation; may change while the weights stay.
    """

    def __init__(self, channels: int, *, cin: int = 0, halves: bool = False, fusion: bool = True):
        super().__init__()
        fifth = channels // len(RATES)
        widths = (channels - (len(RATES) - 1) * fifth, *[fifth] * (len(RATES) - 1))
        self.fusion = fusion
        self.adds_input = not (cin or halves)
        kernel, stride = (3, 2) if halves else (1, 1)
        self.reduce = nn.Conv2d(
            cin or channels, fifth, kernel, stride, padding=kernel // 2, bias=False
        )
        self.branches = nn.ModuleList(
            nn.Conv2d(fifth, width, 3, padding=rate, dilation=rate, bias=False)
            for width, rate in zip(widths, RATES, strict=True)
        )
        self.bn = nn.BatchNorm2d(channels, eps=1e-3)
        self.act = nn.PReLU(channels)

    def reconfigure(self, rates: tuple[int, ...], fusion: bool) -> None:
        """Set the rates of the five branches and whether they are summed; weights stay."""
        for branch, rate in zip(self.branches, rates, strict=True):
            set_atrous(of_kind(branch, nn.Conv2d), rate=rate)
        self.fusion = fusion

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, cin, h, w) to (B, C, h, w), or half of it a side."""
        reduced = self.reduce(x)
        maps = [branch(reduced) for branch in self.branches]
        if self.fusion:
            maps = fuse_hierarchically(maps)
        joined = torch.cat(maps, 1)
        y: Tensor = self.act(self.bn(joined + x if self.adds_input else joined))
        return y


def pyramids(root: nn.Module) -> list[tuple[str, ASPP]]:
    """Pyramids under `root` that concatenate at least two atrous branches, by name."""
    return [
        (name, module)
        for name, module in root.named_modules()
        if isinstance(module, ASPP) and len(module.convs) > 3
    ]


def attach_fusion(root: nn.Module) -> Callable[[], None]:
    """Sum the branches of every concatenating pyramid in ESPNet's way, weights untouched.

    The 1x1 branch takes the place of d1 and stands outside the sums, as the image pooling
    does. The projection behind was trained on the branches, not on their sums.

    Returns
    -------
    callable
        Takes it off again.
    """

    def fused(module: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        (maps,) = inputs
        *branches, pooling = torch.split(maps, maps.shape[1] // parts[module], 1)
        return (torch.cat([*fuse_hierarchically(branches), pooling], 1),)

    parts: dict[nn.Module, int] = {
        pyramid.project: len(pyramid.convs) for _, pyramid in pyramids(root)
    }
    handles = [project.register_forward_pre_hook(fused) for project in parts]

    def take_off() -> None:
        for handle in handles:
            handle.remove()

    return take_off
