"""Hierarchical feature fusion of ESPNet (Mehta et al. 2018, ECCV), figure 1 and section 3.2.

An efficient spatial pyramid reduces its input with a 1x1 convolution to a fifth of the
channels, convolves that with 3x3 kernels of rates 1, 2, 4, 8, 16 side by side, and
concatenates. Large rates alone leave a grid; adding each branch to those of smaller rates
before concatenation removes it at no cost in parameters.

No network here is an ESPNet, but DeepLab v3's pyramid has the same parts, so that the sums can
be laid over its branches.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate

import torch
from torch import Tensor, nn

from segviewer.layers.pyramid import ASPP


def fuse_hierarchically(branches: Sequence[Tensor]) -> list[Tensor]:
    """d1, d2, d2 + d4, d2 + d4 + d8, …: the first stands outside the running sums.

    Parameters
    ----------
    branches : sequence of Tensor (B, C, h, w)
        In the order of their rates; all but the first of the same width.
    """
    first, *rest = branches
    return [first, *accumulate(rest)]


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
