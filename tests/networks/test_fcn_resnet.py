"""FCN-ResNet: torchvision's parameters and sizes; its auxiliary head."""

import pytest
import torch

from segviewer.networks.fcn_resnet import FCNResNet, FCNResNetConfig


def on_meta(**values):
    with torch.device("meta"):
        return FCNResNet(FCNResNetConfig(**values)).eval()


def parameters(module):
    return sum(p.numel() for p in module.parameters())


@pytest.mark.parametrize(
    ("values", "number"),
    [
        ({"auxiliary": False}, 32_957_013),
        ({}, 35_322_218),
        ({"backbone": "resnet101", "auxiliary": False}, 51_949_141),
        ({"backbone": "resnet101"}, 54_314_346),
    ],
)
def test_parameters(values, number):
    assert parameters(on_meta(**values)) == number


def test_parameters_of_the_heads():
    network = on_meta()
    assert parameters(network.classifier) == 9_448_981
    assert parameters(network.aux_classifier) == 2_365_205
    assert len(network.state_dict()) == 334


@pytest.mark.parametrize(("output_stride", "cells"), [(8, 65), (16, 33), (32, 17)])
def test_size_of_the_scores(output_stride, cells):
    image = torch.zeros(1, 3, 513, 513, device="meta")
    assert on_meta(output_stride=output_stride)(image).shape == (1, 21, cells, cells)


def test_the_first_unit_keeps_its_rate_if_asked():
    network = on_meta()

    def rates():
        return [unit.conv2.dilation[0] for unit in network.backbone.layer4]

    assert rates() == [2, 4, 4]
    network.reconfigure(network.config.changed(first_unit_keeps_rate=False))
    assert rates() == [4, 4, 4]
    network.reconfigure(network.config.changed(multi_grid=(1, 2, 4)))
    assert rates() == [4, 8, 16]


def test_features_are_what_the_heads_read():
    image = torch.zeros(1, 3, 65, 65, device="meta")
    assert set(on_meta().features(image)) == {"auxiliary", "out"}
    network = on_meta(auxiliary=False)
    features = network.features(image)
    assert set(features) == {"out"}
    assert network.training_head(features)[1] == []
