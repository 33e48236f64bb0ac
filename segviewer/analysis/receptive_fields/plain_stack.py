"""Stacks of plain convolutions: theoretical fields grow with depth n, effective ones with √n.

Luo et al. 2016, section 2. With uniform weights a path takes each tap with probability 1/K,
so that n layers of rate r spread it with the standard deviation ::

    sigma = r sqrt(n (K² - 1) / 12)

along each axis, while the theoretical side is 1 + n (K-1) r: their ratio falls as 1/√n. A
shortcut around every layer takes half of the paths past it, and n becomes n/2. With random
weights the same holds for the squares of the gradient; absolute values, which are drawn,
are then wider by √2.

The rest of the file measures: stacks of one to many layers, uniform or random weights, with
and without ReLU and shortcuts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from segviewer.analysis.receptive_fields.effective_size import measure, spread
from segviewer.errors import SettingsError

DEEPEST = 100
RANDOM_CHANNELS = 8


@dataclass(frozen=True)
class PlainStack:
    """Layers that are all alike.

    Attributes
    ----------
    weights : {"uniform", "random"}
        1/K² everywhere on one channel, or normal on `RANDOM_CHANNELS` channels, of the
        deviation that keeps a signal's size.
    relu : bool
        A ReLU behind each layer.
    skips : bool
        A shortcut around each layer.
    kernel, rate : int
    """

    weights: Literal["uniform", "random"] = "uniform"
    relu: bool = False
    skips: bool = False
    kernel: int = 3
    rate: int = 1


@dataclass(frozen=True)
class StackSize:
    """Size of the fields of one depth. Lengths are pixels; see `EffectiveSize`.

    Attributes
    ----------
    depth : int
        Layers.
    theoretical_side : int
    sigma : float
        Standard deviation along a row, of the whole field taken as a distribution; NaN for a
        field that is 0 everywhere.
    area_side : float
    box_side : int or None
    closed_sigma : float
        What the theory says; with a ReLU it is what the stack without would have.
    """

    depth: int
    theoretical_side: int
    sigma: float
    area_side: float
    box_side: int | None
    closed_sigma: float


def theoretical_side(stack: PlainStack, depth: int) -> int:
    """1 + n (K-1) r."""
    return 1 + depth * (stack.kernel - 1) * stack.rate


def closed_sigma(stack: PlainStack, depth: int) -> float:
    """Standard deviation of the absolute gradient along an axis, in pixels."""
    layers = depth / 2 if stack.skips else depth
    variance = layers * (stack.kernel**2 - 1) / 12
    if stack.weights == "random":
        variance *= 2
    return stack.rate * math.sqrt(variance)


def uniform_field(stack: PlainStack, depth: int) -> np.ndarray:
    """Field of a linear stack of uniform weights, exactly: (side, side), summing to 1.

    Without shortcuts the n-fold convolution of a box with itself, along rows and columns;
    a shortcut adds the field as it was before the layer.
    """
    kernel, rate, side = stack.kernel, stack.rate, theoretical_side(stack, depth)
    if not stack.skips:
        line = np.zeros(side)
        line[side // 2] = 1
        for _ in range(depth):
            line = _averaged(line, kernel, rate)
        return np.outer(line, line)
    field = np.zeros((side, side))
    field[side // 2, side // 2] = 1
    for _ in range(depth):
        both = _averaged(_averaged(field, kernel, rate).T, kernel, rate).T
        field = (field + both) / 2
    return field


def size_of(stack: PlainStack, depth: int, field: NDArray[np.float64]) -> StackSize:
    """Measure the field (h, w) of the unit in its middle.

    Parameters
    ----------
    stack : PlainStack
    depth : int
        Layers.
    field : ndarray of float64 (h, w)
        Its side is the theoretical one.
    """
    middle = field.shape[0] // 2, field.shape[1] // 2
    size = measure(field, *middle)
    return StackSize(
        depth=depth,
        theoretical_side=theoretical_side(stack, depth),
        sigma=spread(size.row_sum)[1],
        area_side=size.area_side,
        box_side=size.box_side,
        closed_sigma=closed_sigma(stack, depth),
    )


def measure_depths(
    stack: PlainStack,
    depths: Sequence[int],
    samples: int,
    *,
    seed: int = 0,
    check: Callable[[], None] = lambda: None,
) -> Iterator[list[StackSize]]:
    """Measure stacks of several depths, better with every sample.

    Each sample draws a picture of normal noise, and weights if they are random, and runs the
    deepest stack once; the shallower ones are its beginnings. Fields are divided by their
    mass and averaged.

    Parameters
    ----------
    depths : sequence of int
        1 .. `DEEPEST`.
    samples : int
    check : callable
        Called before each sample and each backward pass; raises
        :class:`segviewer.errors.Cancelled` to end the work.

    Yields
    ------
    list of StackSize
        One for each depth, after every sample.

    Raises
    ------
    SettingsError
        If a depth is out of range.
    """
    if not depths or min(depths) < 1 or max(depths) > DEEPEST:
        raise SettingsError(
            "Such stacks are not measured.",
            f"Depths are 1 to {DEEPEST} layers; asked for were {', '.join(map(str, depths))}.",
            "Choose depths in this range.",
        )
    generator = torch.Generator().manual_seed(seed)
    sums: list[np.ndarray] = [np.zeros(())] * len(depths)
    for _ in range(samples):
        check()
        side = theoretical_side(stack, max(depths))
        picture = torch.randn(1, 1, side, side, generator=generator).requires_grad_()
        outputs = _run(stack, picture, max(depths), generator)
        for place, depth in enumerate(depths):
            check()
            unit = outputs[depth - 1][0, 0, side // 2, side // 2]
            (gradient,) = torch.autograd.grad(unit, picture, retain_graph=True)
            field = gradient[0, 0].abs().double().numpy()
            cut = (side - theoretical_side(stack, depth)) // 2
            field = field[cut : side - cut, cut : side - cut]
            sums[place] = sums[place] + field / (field.sum() or 1)
        yield [size_of(stack, n, total) for n, total in zip(depths, sums, strict=True)]


def growth_exponent(depths: Sequence[int], lengths: Sequence[float]) -> float:
    """Slope of log length over log depth: 1/2 for a field that grows as √n, 1 for n."""
    return float(np.polyfit(np.log(depths), np.log(lengths), 1)[0])


def _averaged(values: np.ndarray, kernel: int, rate: int) -> np.ndarray:
    """Mean of `kernel` values `rate` apart along the last axis, nothing beyond the border."""
    total = np.zeros_like(values)
    size = values.shape[-1]
    for tap in range(-(kernel // 2), kernel // 2 + 1):
        shift = tap * rate
        if abs(shift) < size:
            to = slice(max(0, shift), size + min(0, shift))
            source = slice(max(0, -shift), size + min(0, -shift))
            total[..., to] += values[..., source]
    return total / kernel


def _run(
    stack: PlainStack, picture: Tensor, depth: int, generator: torch.Generator
) -> list[Tensor]:
    """Output of every layer; padded to the picture's size."""
    kernel, padding = stack.kernel, stack.rate * (stack.kernel // 2)
    maps, outputs = picture, []
    width = 1 if stack.weights == "uniform" else RANDOM_CHANNELS
    for _ in range(depth):
        cin = maps.shape[1]
        if stack.weights == "uniform":
            weight = torch.full((1, 1, kernel, kernel), 1 / kernel**2)
        else:
            gain = 2 if stack.relu else 1
            deviation = math.sqrt(gain / (cin * kernel**2))
            weight = deviation * torch.randn(width, cin, kernel, kernel, generator=generator)
        found = F.conv2d(maps, weight, padding=padding, dilation=stack.rate)
        if stack.relu:
            found = found.relu()
        maps = maps + found if stack.skips else found
        outputs.append(maps)
    return outputs
