"""Modules without a branch or a shortcut, and swapped; the network is whole again."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from segviewer.analysis.networks.lesions import LesionedNetwork
from segviewer.networks.deeplab_v3_cascade import DeepLabV3Cascade, DeepLabV3CascadeConfig
from segviewer.networks.drn import DRN, DRNConfig
from segviewer.networks.res_net import ResNet, ResNetConfig
from segviewer.networks.vgg import VGG, VGGConfig

torch.manual_seed(1)
IMAGE = torch.randn(1, 3, 64, 64)


def scores(network):
    with torch.inference_mode():
        return network.head(network.features(IMAGE))


def resnet(**settings):
    torch.manual_seed(0)
    return ResNet(ResNetConfig(depth=18, num_classes=5, **settings)).eval()


def test_the_modules_of_a_resnet():
    subject = LesionedNetwork(resnet(), scores)
    assert len(subject.modules) == 8
    assert subject.modules[0].name == "backbone.layer1.0" and subject.modules[0].keeps_shape
    assert subject.modules[2].size == (128, 8, 8) and not subject.modules[2].keeps_shape
    assert [subject.partner(index) for index in range(8)] == [1, *[None] * 7]


@pytest.mark.parametrize("number", [2, 3])
def test_without_a_branch_it_is_the_networks_own_deletion(number):
    subject = LesionedNetwork(resnet(), scores)
    with subject.with_lesion(number - 1, "branch") as network:
        lesioned = scores(network)
    torch.testing.assert_close(lesioned, scores(resnet(delete_first=number)))
    torch.testing.assert_close(scores(subject.network), scores(resnet()), rtol=0, atol=0)


def test_a_swap_is_the_networks_own():
    subject = LesionedNetwork(resnet(), scores)
    with subject.with_lesion(0, "swap") as network:
        torch.testing.assert_close(scores(network), scores(resnet(swap=1)))
    with pytest.raises(ValueError, match="none to change places"), subject.with_lesion(1, "swap"):
        pass


def test_without_a_shortcut_it_is_the_branch_alone():
    made = resnet()
    subject = LesionedNetwork(made, scores)
    block = made.backbone.layer1[1]
    x = torch.randn(1, 64, 8, 8).relu()
    with subject.with_lesion(1, "shortcut") as network, torch.inference_mode():
        torch.testing.assert_close(network.backbone.layer1[1](x), F.relu(block.residual(x)))


def test_inverted_residuals_and_cascaded_blocks():
    torch.manual_seed(0)
    made = DeepLabV3Cascade(DeepLabV3CascadeConfig(backbone="efficientnet_lite0")).eval()
    subject = LesionedNetwork(made, scores)
    assert len(subject.modules) == 9 + 3
    with subject.with_lesion(11, "branch") as network:
        fewer = made
        fewer.reconfigure(made.config.changed(cascaded_blocks=2))
        torch.testing.assert_close(scores(network), scores(fewer))
    unit = made.backbone.stages[1][1]
    x = torch.randn(1, 24, 8, 8)
    place = [module.name for module in subject.modules].index("backbone.stages.1.1")
    with subject.with_lesion(place, "shortcut") as network, torch.inference_mode():
        own = unit.project(unit.depthwise(unit.expand(x)))
        torch.testing.assert_close(network.backbone.stages[1][1](x), own, rtol=1e-3, atol=1e-4)


def test_degridding_levels_of_drn_c_are_no_modules_and_a_vgg_has_none():
    torch.manual_seed(0)
    drn = DRN(DRNConfig(variant="C-26", width=0.125, num_classes=5)).eval()
    names = [module.name for module in LesionedNetwork(drn, scores).modules]
    assert names and not [name for name in names if "layer7" in name or "layer8" in name]
    with torch.device("meta"):
        vgg = VGG(VGGConfig(num_classes=5))
    assert LesionedNetwork(vgg, lambda network: None).modules == ()
