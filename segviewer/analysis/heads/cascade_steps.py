"""Blocks of a network that goes deeper, with strides or with atrous convolution, in closed form.

DeepLab v3 (Chen et al. 2017), section 3.2 and figure 3: copies of the last block are
cascaded behind it. With strides each of them halves the map; with atrous convolution the map
keeps the size of the wanted output stride, and the rate doubles in place of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from segviewer.layers.atrous import StageGeometry, plan_stages
from segviewer.layers.cascade import BLOCKS, EXPANSION, RESNET_UNITS
from segviewer.layers.efficientnet_lite import STAGES, STEM_CHANNELS
from segviewer.layers.resnet import STEM_STRIDE, STRIDES, UNITS, WIDTHS

LITE = "efficientnet_lite0"
ALL_STRIDES = 256
"""Output stride of block 7 without atrous convolution."""
BOTTLENECK = 4  # output channels against the 3x3 convolution's
# Stages of EfficientNet-Lite0 between two halvings, so that its blocks are those of a ResNet.
LITE_BLOCKS = ((1,), (2,), (3, 4), (5, 6))


@dataclass(frozen=True)
class Convolution:
    """One convolution; those of a shortcut are not on the longest path."""

    kernel: int
    cin: int
    cout: int
    groups: int = 1
    stride: int = 1
    rate: int = 1
    shortcut: bool = False


@dataclass(frozen=True)
class Block:
    """One block of the cascade on a picture.

    Attributes
    ----------
    number : int
        1 to 7; what stands in front of block 1 belongs to it.
    height, width : int
        Of its map.
    jump, field : int
        Pixels between two places, and side of their receptive field.
    rates : tuple of int
        Of the 3x3 (or 5x5) convolution of each unit.
    multiply_adds, parameters : int
        Of its convolutions and batch norms.
    """

    number: int
    height: int
    width: int
    jump: int
    field: int
    rates: tuple[int, ...]
    multiply_adds: int
    parameters: int


def blocks(
    backbone: str,
    output_stride: int,
    height: int,
    width: int,
    multi_grid: tuple[int, int, int] = (1, 1, 1),
    keeps_rate: bool = False,
) -> tuple[Block, ...]:
    """Blocks 1 to 7 on a picture of (height, width).

    Parameters
    ----------
    backbone : str
        ``resnet50``, ``resnet101`` or ``efficientnet_lite0``.
    output_stride : int
        8 … 256, the latter without atrous convolution.
    keeps_rate : bool
        The unit of the backbone whose stride was removed keeps the rate before it.
    """
    build = _lite if backbone == LITE else _resnet
    found, jump, field = [], 1, 1
    for number, units in enumerate(build(backbone, output_stride, multi_grid, keeps_rate), 1):
        multiply_adds = parameters = 0
        rates = []
        for unit in units:
            inner = [conv for conv in unit if not conv.shortcut]
            before = height, width
            for conv in inner:
                field += (conv.kernel - 1) * conv.rate * jump
                jump *= conv.stride
                height, width = -(-height // conv.stride), -(-width // conv.stride)
                if conv.cout:  # a pooling has none
                    each = conv.kernel**2 * conv.cin // conv.groups * conv.cout
                    multiply_adds += each * height * width
                    parameters += each + 2 * conv.cout
            for conv in unit:
                if conv.shortcut:
                    each = conv.kernel**2 * conv.cin * conv.cout
                    places = -(-before[0] // conv.stride) * -(-before[1] // conv.stride)
                    multiply_adds += each * places
                    parameters += each + 2 * conv.cout
            wide = [conv.rate for conv in inner if conv.kernel > 1 and conv.cout]
            rates += wide[:1]
        found.append(
            Block(number, height, width, jump, field, tuple(rates), multiply_adds, parameters)
        )
    return tuple(found)


Unit = tuple[Convolution, ...]


def _added(output_stride: int) -> tuple[StageGeometry, ...]:
    """Stride and rate of blocks 5 to 7."""
    return plan_stages((2,) * (len(STRIDES) + 1 + BLOCKS), 1, output_stride, False)[-BLOCKS:]


def _resnet(
    backbone: str, output_stride: int, multi_grid: tuple[int, ...], keeps_rate: bool
) -> Iterator[list[Unit]]:
    plan = plan_stages(STRIDES, STEM_STRIDE, output_stride, keeps_rate)
    cin = WIDTHS[0]
    for number, (width, count, geometry) in enumerate(
        zip(WIDTHS, UNITS[backbone], plan, strict=True), 1
    ):
        units: list[Unit] = []
        if number == 1:  # 7x7 and max pooling
            units += [(Convolution(7, 3, cin, stride=2), Convolution(3, cin, 0, stride=2))]
        for index in range(count):
            rate = geometry.rate if index else geometry.first_rate
            if number == len(WIDTHS):
                rate *= multi_grid[index]
            stride = 1 if index else geometry.stride
            units.append(_bottleneck(cin, width, stride, rate, projected=not index))
            cin = BOTTLENECK * width
        yield units
    for geometry in _added(output_stride):
        yield [
            _bottleneck(
                cin, WIDTHS[-1], 1 if index else geometry.stride, geometry.rate * multi_grid[index]
            )
            for index in range(RESNET_UNITS)
        ]


def _bottleneck(cin: int, width: int, stride: int, rate: int, projected: bool = False) -> Unit:
    cout = BOTTLENECK * width
    inner = (
        Convolution(1, cin, width),
        Convolution(3, width, width, stride=stride, rate=rate),
        Convolution(1, width, cout),
    )
    return (*inner, Convolution(1, cin, cout, stride=stride, shortcut=True)) if projected else inner


def _lite(
    backbone: str, output_stride: int, multi_grid: tuple[int, ...], keeps_rate: bool
) -> Iterator[list[Unit]]:
    plan = plan_stages(tuple(stage[1] for stage in STAGES), 2, output_stride, keeps_rate)
    total = sum(stage[-1] for stage in STAGES)
    grid = (1,) * (total - len(multi_grid)) + tuple(multi_grid)
    placed, cin = 0, STEM_CHANNELS
    stages: list[list[Unit]] = []
    for (kernel, _, expansion, cout, count), geometry in zip(STAGES, plan, strict=True):
        units: list[Unit] = []
        for index in range(count):
            rate = geometry.rate if index else geometry.first_rate
            units.append(
                _inverted(
                    cin,
                    cout,
                    kernel,
                    1 if index else geometry.stride,
                    rate * grid[placed],
                    expansion,
                )
            )
            placed, cin = placed + 1, cout
        stages.append(units)
    for number, members in enumerate(LITE_BLOCKS, 1):
        units = [unit for member in members for unit in stages[member]]
        if number == 1:
            units = [(Convolution(3, 3, STEM_CHANNELS, stride=2),), *stages[0], *units]
        yield units
    for geometry in _added(output_stride):
        yield [_inverted(cin, cin, 3, geometry.stride, geometry.rate * multi_grid[-1], EXPANSION)]


def _inverted(cin: int, cout: int, kernel: int, stride: int, rate: int, expansion: int) -> Unit:
    wide = cin * expansion
    inner = (
        Convolution(kernel, wide, wide, groups=wide, stride=stride, rate=rate),
        Convolution(1, wide, cout),
    )
    return (Convolution(1, cin, wide), *inner) if expansion > 1 else inner
