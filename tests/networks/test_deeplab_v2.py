"""DeepLab v2: parameters, sizes, rates and the fusion of scales."""

import pytest
import torch
from pydantic import ValidationError

from segviewer.layers.multi_scale import by_scale
from segviewer.networks.deeplab_v2 import DeepLabV2, DeepLabV2Config

VGG = {"backbone": "vgg16", "branch_channels": 1024}


def on_meta(**values):
    with torch.device("meta"):
        return DeepLabV2(DeepLabV2Config(**values)).eval()


def small(**values):
    torch.manual_seed(0)
    config = DeepLabV2Config(backbone="efficientnet_lite0", num_classes=3, **values)
    return DeepLabV2(config).eval().requires_grad_(False)


@pytest.mark.parametrize(
    ("values", "parameters"),
    [({}, 44_048_532), ({"atrous_rates": (3, 6, 9, 12)}, 44_048_532), (VGG, 37_877_652)],
)
def test_parameters(values, parameters):
    assert sum(p.numel() for p in on_meta(**values).parameters()) == parameters


@pytest.mark.parametrize(("side", "cells"), [(321, 41), (513, 65)])
@pytest.mark.parametrize("values", [{}, VGG], ids=["resnet", "vgg"])
def test_size_of_the_scores(values, side, cells):
    scores = on_meta(**values)(torch.zeros(1, 3, side, side, device="meta"))
    assert scores.shape == (1, 21, cells, cells)


def test_every_unit_takes_the_full_rate():
    backbone = on_meta().backbone
    assert {unit.conv2.dilation for unit in backbone.layer3} == {(2, 2)}
    assert {unit.conv2.dilation for unit in backbone.layer4} == {(4, 4)}
    assert backbone.layer2[0].conv1.stride == (2, 2)  # in the 1x1, as in Caffe
    assert backbone.layer2[0].conv2.stride == (1, 1)


def test_large_field_of_view_is_one_branch():
    values = DeepLabV2.presets["LargeFOV · ResNet-101"]
    config = DeepLabV2Config(**values)
    spoken = [r for r, on in zip(config.atrous_rates, config.branches, strict=True) if on]
    assert spoken == [12]


@torch.inference_mode()
def test_fused_scores_are_the_largest_of_three():
    network = small(multi_scale=True, output_stride=8)
    image = torch.randn(1, 3, 64, 96)
    features = network.features(image)
    assert len(by_scale(features)) == 3
    fused, each = network.training_head(features)
    assert torch.equal(fused, network.head(features))
    assert [tuple(s.shape[-2:]) for s in each] == [(8, 12), (4, 6), (6, 9)]
    assert (fused >= each[0]).all() and (fused > each[0]).any()
    network.reconfigure(network.config.changed(multi_scale=False))
    alone, none = network.training_head(network.features(image))
    assert torch.equal(alone, each[0]) and none == []


@pytest.mark.parametrize(
    "values", [{"branches": (True,) * 3}, {"atrous_rates": (), "branches": ()}]
)
def test_a_branch_for_each_rate(values):
    with pytest.raises(ValidationError):
        DeepLabV2Config(**values)
