"""Smoothed dilated convolutions (Wang, Ji 2018, KDD), figures 4 and 5.

A convolution of rate r is r² ordinary convolutions that never meet: the map falls apart into
r² cosets (cells that are alike modulo r), each is convolved, and they are put together
again. The two remedies let them meet, before or after:

- shared separable convolution: a (2r-1)x(2r-1) kernel, one for all channels, in front;
- group interaction: an r²xr² matrix that mixes the r² coset maps behind.

Both start as the identity, so that an unchanged network is the same network. What they learn
is not in any published file for a network here; `blend` moves them from the identity to the
plain mean instead, which shows what they do without training.

Only the public code was read, not the paper; there every coset map also has the group
interaction's own batch norm around it, which is the network's here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Remedy = Literal["shared separable", "group interaction"]


def split_cosets(maps: Tensor, rate: int) -> Tensor:
    """Cosets of (B, C, h, w) as (B, C·r², ⌈h/r⌉, ⌈w/r⌉), padded with zeros below and right.

    Channel ``c r² + i r + j`` holds the cells of channel c with row i and column j modulo r.
    """
    height, width = maps.shape[-2:]
    maps = F.pad(maps, (0, -width % rate, 0, -height % rate))
    return F.pixel_unshuffle(maps, rate)


def merge_cosets(cosets: Tensor, rate: int, height: int, width: int) -> Tensor:
    """Put cosets together again, undoing :func:`split_cosets`: (B, C, h, w).

    Parameters
    ----------
    cosets : Tensor (B, C r², ⌈h/r⌉, ⌈w/r⌉)
    rate : int
        r.
    height, width : int
        h and w.
    """
    return F.pixel_shuffle(cosets, rate)[..., :height, :width]


class SharedSeparableConv(nn.Module):
    """One (2r-1)x(2r-1) kernel for all channels, the identity at first; (2r-1)² parameters.

    Parameters
    ----------
    rate : int
        Of the dilated convolution that follows.
    """

    def __init__(self, rate: int):
        super().__init__()
        side = 2 * rate - 1
        self.rate = rate
        self.weight = nn.Parameter(torch.zeros(1, 1, side, side))
        self.blend(0)

    @torch.no_grad()
    def blend(self, amount: float) -> None:
        """Set the kernel between the identity (0) and the plain mean (1)."""
        middle = self.rate - 1
        self.weight.fill_(amount / self.weight.numel())
        self.weight[..., middle, middle] += 1 - amount

    def forward(self, maps: Tensor) -> Tensor:
        """Convolve each channel of (B, C, h, w)."""
        channels = maps.shape[1]
        kernel = self.weight.expand(channels, -1, -1, -1)  # (C, 1, 2r - 1, 2r - 1)
        return F.conv2d(maps, kernel, padding=self.rate - 1, groups=channels)


class GroupInteraction(nn.Module):
    """Mixes the r² coset maps of each channel, the identity at first; r⁴ parameters."""

    def __init__(self, rate: int):
        super().__init__()
        self.rate = rate
        self.weight = nn.Parameter(torch.eye(rate * rate))

    @torch.no_grad()
    def blend(self, amount: float) -> None:
        """Set the matrix between the identity (0) and the plain mean (1)."""
        cosets = self.rate * self.rate
        self.weight.fill_(amount / cosets)
        self.weight.diagonal().add_(1 - amount)

    def forward(self, maps: Tensor) -> Tensor:
        """Mix the cosets of (B, C, h, w)."""
        height, width = maps.shape[-2:]
        cosets = split_cosets(maps, self.rate)  # (B, C r², h', w')
        # Channels side by side with the pictures: repeated for each, r⁴ numbers are too many.
        each = cosets.reshape(-1, self.rate * self.rate, *cosets.shape[-2:])  # (B C, r², h', w')
        mixed = F.conv2d(each, self.weight[:, :, None, None])
        return merge_cosets(mixed.reshape(cosets.shape), self.rate, height, width)


def dilated_convolutions(root: nn.Module) -> list[tuple[str, nn.Conv2d]]:
    """Convolutions under `root` that run with a rate above 1 and stride 1, by name."""
    return [
        (name, module)
        for name, module in root.named_modules()
        if isinstance(module, nn.Conv2d)
        and module.dilation[0] == module.dilation[1] > 1
        and module.kernel_size != (1, 1)
        and module.stride == (1, 1)
    ]


def attach_remedy(root: nn.Module, remedy: Remedy, amount: float = 0.0) -> Callable[[], None]:
    """Put a remedy on every dilated convolution under `root`, without touching its weights.

    Parameters
    ----------
    root : nn.Module
        Its rates should not change until the remedy is taken off again.
    remedy : {"shared separable", "group interaction"}
    amount : float
        0: the identity; 1: the plain mean.

    Returns
    -------
    callable
        Takes it off again.
    """
    handles = []
    for _, conv in dilated_convolutions(root):
        kind: type[SharedSeparableConv] | type[GroupInteraction]
        kind = SharedSeparableConv if remedy == "shared separable" else GroupInteraction
        added = kind(conv.dilation[0]).to(conv.weight).requires_grad_(False)
        added.blend(amount)
        if remedy == "shared separable":
            handles.append(conv.register_forward_pre_hook(_before(added)))
        else:
            handles.append(conv.register_forward_hook(_behind(added)))

    def take_off() -> None:
        for handle in handles:
            handle.remove()

    return take_off


def _before(added: nn.Module) -> Callable[[nn.Module, tuple[Tensor, ...]], tuple[Tensor, ...]]:
    def smoothed(module: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        return (added(inputs[0]), *inputs[1:])

    return smoothed


def _behind(added: nn.Module) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], Tensor]:
    def smoothed(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        mixed: Tensor = added(output)
        return mixed

    return smoothed
