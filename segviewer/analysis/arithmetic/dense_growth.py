"""Channels, links and parameters of DenseNets on CIFAR in closed form, and their gradients.

Huang, Liu, van der Maaten, Weinberger 2017: three dense blocks of ℓ layers; layer l reads
k0 + k (l - 1) maps and adds k. With BC each layer has a 1x1 convolution to 4k maps before it,
a transition keeps half of the maps, and the first convolution makes 2k of them, not 16.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:  # torch is imported where it computes
    from torch import Tensor, nn

BLOCKS = 3
FIRST = 16  # maps of the first convolution without BC
BOTTLENECK = 4  # times k
CLASSES = 10
RESNET_WIDTHS = (16, 32, 64)
CHANNELS, SIDE, BATCH = 4, 8, 8  # of the network that is measured
MEASURED_GROWTH = 8  # at most


def depth(layers: int, bc: bool) -> int:
    """Depth L of a network with `layers` in each block."""
    return BLOCKS * layers * (2 if bc else 1) + 4


def links(layers: int) -> int:
    """Connections of a block: layer l reads the block's input and l - 1 layers."""
    return layers * (layers + 1) // 2


def channels_in(first: int, growth: int, layers: int) -> tuple[int, ...]:
    """Maps that each layer of a block reads, and last the block's output.

    Parameters
    ----------
    first : int
        Maps before the block.
    growth : int
        k.
    layers : int
    """
    return tuple(first + growth * index for index in range(layers + 1))


def block_starts(layers: int, growth: int, bc: bool) -> tuple[int, ...]:
    """Maps at the start of each block.

    Parameters
    ----------
    layers : int
        Of each block.
    growth : int
        k.
    bc : bool
        With bottlenecks and compression.
    """
    found, maps = [], 2 * growth if bc else FIRST
    for _ in range(BLOCKS):
        found.append(maps)
        maps += layers * growth
        maps = maps // 2 if bc else maps
    return tuple(found)


def layer_parameters(cin: int, growth: int, bc: bool) -> int:
    """BN, ReLU, 3x3; with BC a BN, ReLU, 1x1 before it.

    Parameters
    ----------
    cin : int
        Maps that it reads.
    growth : int
        k.
    bc : bool
        With a bottleneck.
    """
    if not bc:
        return 2 * cin + 9 * cin * growth
    middle = BOTTLENECK * growth
    return 2 * cin + cin * middle + 2 * middle + 9 * middle * growth


def dense_parameters(layers: int, growth: int, bc: bool) -> int:
    """Of the whole network with 10 classes.

    Parameters
    ----------
    layers : int
        Of each block.
    growth : int
        k.
    bc : bool
        With bottlenecks and compression.
    """
    starts = block_starts(layers, growth, bc)
    total = 27 * starts[0]
    for number, start in enumerate(starts, start=1):
        *each, maps = channels_in(start, growth, layers)
        total += sum(layer_parameters(cin, growth, bc) for cin in each)
        if number < BLOCKS:
            total += 2 * maps + maps * starts[number]
    return total + 2 * maps + CLASSES * (maps + 1)


def resnet_parameters(units: int) -> int:
    """ResNet of depth 6 units + 2 on CIFAR-10, shortcuts without parameters (He et al. 2016)."""
    total, before = 27 * RESNET_WIDTHS[0] + 2 * RESNET_WIDTHS[0], RESNET_WIDTHS[0]
    for width in RESNET_WIDTHS:
        total += 9 * before * width + 9 * width * width + 4 * width
        total += (units - 1) * (18 * width * width + 4 * width)
        before = width
    return total + CLASSES * (before + 1)


@dataclass(frozen=True, eq=False)
class LayerGradients:
    """RMS of the gradient at each layer's output, that of the last being 1; float64 (layers,)."""

    dense: np.ndarray
    chain: np.ndarray


def layer_gradients(
    layers: int, growth: int, bc: bool, seed: int = 0, check: Callable[[], None] = lambda: None
) -> LayerGradients:
    """Gradient of a random loss at the layers of one random block, with links and without.

    The block has `CHANNELS` maps before it, maps of 8x8 and a growth of at most
    `MEASURED_GROWTH`; batch norm uses the batch.

    Parameters
    ----------
    layers : int
    growth : int
        k.
    bc : bool
        With bottlenecks.
    seed : int
    check : callable
        Called before each run; may raise to stop.
    """
    import torch

    from segviewer.layers.dense_block import BottleneckLayer, DenseBlock, PlainLayer
    from segviewer.layers.initialisation import initialise_he

    growth = min(growth, MEASURED_GROWTH)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        each = channels_in(CHANNELS, growth, layers)[:-1]
        block = DenseBlock(
            BottleneckLayer(cin, growth) if bc else PlainLayer(cin, growth, dropout=0.0)
            for cin in each
        )
        initialise_he(block)
        x = torch.randn(BATCH, CHANNELS, SIDE, SIDE)
        found = {}
        for linked in (True, False):
            block.linked = linked
            outputs: list[torch.Tensor] = []
            keep = partial(_keep_output, outputs)
            hooks = [layer.register_forward_hook(keep) for layer in block.values()]
            check()
            y = block(x)
            for hook in hooks:
                hook.remove()
            gradients = torch.autograd.grad((y * torch.randn_like(y)).sum(), outputs)
            rms = np.array([float(g.square().mean().sqrt()) for g in gradients])
            found[linked] = rms / rms[-1]
    return LayerGradients(found[True], found[False])


def _keep_output(kept: list[Tensor], module: nn.Module, inputs: object, output: Tensor) -> None:
    kept.append(output)
