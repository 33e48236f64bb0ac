"""Atrous convolution as something that can be set while a network is running.

Trading stride for rate (DeepLab v3, section 3.1): where a stage would bring the output
stride above the wanted one, its stride becomes 1 and every later 3x3 or 5x5 convolution
takes twice the rate. Parameter shapes do not change, so the weights stay.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn


def set_atrous(conv: nn.Conv2d, *, stride: int = 1, rate: int = 1) -> None:
    """Set stride and rate of `conv` in place, with "same" padding r(k-1)/2.

    Parameters
    ----------
    conv : nn.Conv2d
        A convolution with an odd kernel.
    stride, rate : int
        New stride and dilation.
    """
    kernel = conv.kernel_size[0]
    conv.stride = (stride, stride)
    conv.dilation = (rate, rate)
    conv.padding = (rate * (kernel - 1) // 2,) * 2


@dataclass(frozen=True)
class StageGeometry:
    """Stride of a stage's first unit, its rate, and the rate of the other units."""

    stride: int
    first_rate: int
    rate: int


StageTable = dict[int, tuple[tuple[int, int], ...]]
"""Stride and rate of each stage of a backbone, by output stride; it stands in its file."""


def read_table(
    table: StageTable, output_stride: int, first_unit_keeps_rate: bool
) -> tuple[StageGeometry, ...]:
    """Geometry of a backbone's stages at an output stride.

    Parameters
    ----------
    table : dict
        Of the backbone. Above its largest output stride no stage has more strides to give.
    output_stride : int
        Wanted input / feature ratio.
    first_unit_keeps_rate : bool
        See :func:`plan_stages`, which makes the same of the strides.

    Returns
    -------
    tuple of StageGeometry
    """
    stages = table[min(output_stride, max(table))]
    before = (1, *(rate for _, rate in stages))
    return tuple(
        StageGeometry(stride, earlier if first_unit_keeps_rate else rate, rate)
        for (stride, rate), earlier in zip(stages, before, strict=False)
    )


def plan_stages(
    strides: tuple[int, ...], stem_stride: int, output_stride: int, first_unit_keeps_rate: bool
) -> tuple[StageGeometry, ...]:
    """Spread `output_stride` over the stages of a backbone.

    Parameters
    ----------
    strides : tuple of int
        Stride of each stage as trained for classification.
    stem_stride : int
        Stride in front of the first stage.
    output_stride : int
        Wanted input / feature ratio.
    first_unit_keeps_rate : bool
        True: the unit whose stride was removed keeps the rate before it (torchvision's
        ResNet); False: it takes the new rate at once (Caffe DeepLab, MobileNet v3).

    Returns
    -------
    tuple of StageGeometry
    """
    plan = []
    reached, rate = stem_stride, 1
    for stride in strides:
        first_rate = rate
        if stride > 1 and reached * stride > output_stride:
            rate *= stride
            stride = 1
            if not first_unit_keeps_rate:
                first_rate = rate
        reached *= stride
        plan.append(StageGeometry(stride, first_rate, rate))
    return tuple(plan)
