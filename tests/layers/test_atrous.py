"""Atrous convolution against its definitions, and the stride-for-rate plan as a table."""

from math import prod

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from segviewer.layers import (
    deeplab_vgg,
    efficientnet_lite,
    mobilenet_v2,
    mobilenet_v3,
    plain_stages,
    resnet,
)
from segviewer.layers.atrous import StageGeometry, plan_stages, read_table, set_atrous

RESNET = (1, 2, 2, 2)


def random_map(channels: int, height: int, width: int) -> torch.Tensor:
    return torch.randn(1, channels, height, width, generator=torch.Generator().manual_seed(0))


@given(
    rate=st.integers(1, 6),
    kernel=st.sampled_from([1, 3, 5]),
    height=st.integers(1, 14),
    width=st.integers(1, 14),
)
@settings(max_examples=40)
def test_atrous_convolution_is_convolution_with_zeros_in_the_kernel(rate, kernel, height, width):
    conv = nn.Conv2d(2, 3, kernel)
    set_atrous(conv, rate=rate)
    span = rate * (kernel - 1) + 1
    spread = torch.zeros(3, 2, span, span)
    spread[:, :, ::rate, ::rate] = conv.weight.detach()
    image = random_map(2, height, width)
    expected = F.conv2d(image, spread, conv.bias, padding=span // 2)
    torch.testing.assert_close(conv(image), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("rate", [2, 3])
def test_atrous_convolution_is_plain_convolution_on_each_coset(rate):
    conv = nn.Conv2d(2, 3, 3, padding=1)
    image = random_map(2, 13, 11)
    expected = torch.empty(1, 3, 13, 11)
    for row in range(rate):
        for column in range(rate):
            coset = image[:, :, row::rate, column::rate]
            expected[:, :, row::rate, column::rate] = conv(coset)
    set_atrous(conv, rate=rate)
    torch.testing.assert_close(conv(image), expected)


@given(
    size=st.integers(1, 40),
    stride=st.sampled_from([1, 2]),
    rate=st.integers(1, 8),
    kernel=st.sampled_from([1, 3, 5, 7]),
)
@settings(max_examples=60)
def test_size_is_rounded_up_whatever_rate_and_kernel(size, stride, rate, kernel):
    conv = nn.Conv2d(1, 1, kernel)
    set_atrous(conv, stride=stride, rate=rate)
    assert conv(torch.zeros(1, 1, size, size)).shape[-2:] == (-(-size // stride),) * 2


@pytest.mark.parametrize(
    ("output_stride", "keeps", "expected"),
    [
        # FACTS §4: torchvision's layer3 runs at 1,2,2,… and layer4 at 2,4,4.
        (8, True, [(1, 1, 1), (2, 1, 1), (1, 1, 2), (1, 2, 4)]),
        # FACTS §23: Caffe DeepLab, PSPNet take the new rate at once.
        (8, False, [(1, 1, 1), (2, 1, 1), (1, 2, 2), (1, 4, 4)]),
        (16, True, [(1, 1, 1), (2, 1, 1), (2, 1, 1), (1, 1, 2)]),
        (16, False, [(1, 1, 1), (2, 1, 1), (2, 1, 1), (1, 2, 2)]),
        (32, True, [(1, 1, 1), (2, 1, 1), (2, 1, 1), (2, 1, 1)]),
        (32, False, [(1, 1, 1), (2, 1, 1), (2, 1, 1), (2, 1, 1)]),
    ],
)
def test_resnet_plan(output_stride, keeps, expected):
    plan = plan_stages(RESNET, 4, output_stride, keeps)
    assert plan == tuple(StageGeometry(*row) for row in expected)


@given(
    strides=st.lists(st.sampled_from([1, 2]), min_size=1, max_size=7),
    output_stride=st.sampled_from([2, 4, 8, 16, 32]),
    keeps=st.booleans(),
)
def test_stride_removed_is_rate_gained(strides, output_stride, keeps):
    plan = plan_stages(tuple(strides), 2, output_stride, keeps)
    full = 2 * prod(strides)
    assert 2 * prod(stage.stride for stage in plan) == min(full, output_stride)
    rate = 1
    for stride, stage in zip(strides, plan, strict=True):
        before = rate
        rate *= stride // stage.stride
        assert stage.rate == rate
        assert stage.first_rate == (before if keeps else rate)


@pytest.mark.parametrize("keeps", [False, True])
@pytest.mark.parametrize("output_stride", [8, 16, 32, 64, 256])
@pytest.mark.parametrize(
    ("table", "strides", "stem"),
    [
        (resnet.GEOMETRY, resnet.STRIDES, resnet.STEM_STRIDE),
        (mobilenet_v2.GEOMETRY, [stage[-1] for stage in mobilenet_v2.STAGES], 2),
        (mobilenet_v3.GEOMETRY, [stage[0] for stage in mobilenet_v3.STAGES], 2),
        (efficientnet_lite.GEOMETRY, [stage[1] for stage in efficientnet_lite.STAGES], 2),
        (deeplab_vgg.GEOMETRY, (2,) * len(deeplab_vgg.STAGES), 1),
        (plain_stages.GEOMETRY, (2,) * len(plain_stages.GROWTH), 1),
    ],
)
def test_the_tables_trade_strides_for_rates(table, strides, stem, output_stride, keeps):
    wanted = plan_stages(tuple(strides), stem, output_stride, keeps)
    assert read_table(table, output_stride, keeps) == wanted


def test_a_table_has_no_stride_that_it_does_not_say():
    with pytest.raises(KeyError):
        read_table(resnet.GEOMETRY, 4, True)
