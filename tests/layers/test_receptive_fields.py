"""Receptive fields of atrous ResNet-101s in closed form (FACTS §16, §20)."""

import pytest
import torch

from segviewer.layers.backbones import build_backbone

STEM = [(7, 2, 1), (3, 2, 1)]  # kernel, stride, rate; the pooling behind it


def receptive_field(steps):
    """Side in pixels: every layer adds its span less one, in steps of the stride so far."""
    field = jump = 1
    for kernel, stride, rate in steps:
        field += (kernel - 1) * rate * jump
        jump *= stride
    return field


def steps_of(name, output_stride, multi_grid, first_unit_keeps_rate):
    with torch.device("meta"):
        backbone = build_backbone(name)
    backbone.reconfigure(output_stride, multi_grid, first_unit_keeps_rate)
    steps = list(STEM)
    for layer in (backbone.layer1, backbone.layer2, backbone.layer3, backbone.layer4):
        for unit in layer:
            for conv in (unit.conv1, unit.conv2, unit.conv3):
                steps.append((conv.kernel_size[0], conv.stride[0], conv.dilation[0]))
    return steps


@pytest.mark.parametrize(("rate", "side"), [(6, 1123), (12, 1219), (18, 1315), (24, 1411)])
def test_deeplab_v2(rate, side):
    steps = steps_of("resnet101_caffe", 8, (1, 1, 1), False)
    assert receptive_field(steps) == 1027
    assert receptive_field([*steps, (3, 1, rate)]) == side


@pytest.mark.parametrize(("output_stride", "side"), [(16, 1259), (8, 1275)])
def test_deeplab_v3_with_multi_grid(output_stride, side):
    assert receptive_field(steps_of("resnet101", output_stride, (1, 2, 4), False)) == side


@pytest.mark.parametrize("output_stride", [8, 16, 32])
@pytest.mark.parametrize(("name", "side"), [("resnet50", 427), ("resnet101", 971)])
def test_dilation_does_not_change_torchvisions(name, side, output_stride):
    assert receptive_field(steps_of(name, output_stride, (1, 1, 1), True)) == side


@pytest.mark.parametrize(("rate", "side"), [(12, 635), (24, 827), (36, 1019)])
def test_torchvisions_branches_with_the_3x3_behind_them(rate, side):
    steps = steps_of("resnet50", 8, (1, 1, 1), True)
    assert receptive_field([*steps, (3, 1, rate), (3, 1, 1)]) == side
