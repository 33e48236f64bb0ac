"""Modules without a branch or a shortcut, and swapped; the network heals."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from segviewer.analysis.networks.lesions import Patient
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
    patient = Patient(resnet(), scores)
    assert len(patient.modules) == 8
    assert patient.modules[0].name == "backbone.layer1.0" and patient.modules[0].keeps_shape
    assert patient.modules[2].size == (128, 8, 8) and not patient.modules[2].keeps_shape
    assert [patient.partner(index) for index in range(8)] == [1, *[None] * 7]


@pytest.mark.parametrize("number", [2, 3])
def test_without_a_branch_it_is_the_networks_own_deletion(number):
    patient = Patient(resnet(), scores)
    with patient.hurt(number - 1, "branch") as network:
        hurt = scores(network)
    torch.testing.assert_close(hurt, scores(resnet(delete_first=number)))
    torch.testing.assert_close(scores(patient.network), scores(resnet()), rtol=0, atol=0)


def test_a_swap_is_the_networks_own():
    patient = Patient(resnet(), scores)
    with patient.hurt(0, "swap") as network:
        torch.testing.assert_close(scores(network), scores(resnet(swap=1)))
    with pytest.raises(ValueError, match="none to change places"), patient.hurt(1, "swap"):
        pass


def test_without_a_shortcut_it_is_the_branch_alone():
    made = resnet()
    patient = Patient(made, scores)
    block = made.backbone.layer1[1]
    x = torch.randn(1, 64, 8, 8).relu()
    with patient.hurt(1, "shortcut") as network, torch.inference_mode():
        torch.testing.assert_close(network.backbone.layer1[1](x), F.relu(block.residual(x)))


def test_inverted_residuals_and_cascaded_blocks():
    torch.manual_seed(0)
    made = DeepLabV3Cascade(DeepLabV3CascadeConfig(backbone="efficientnet_lite0")).eval()
    patient = Patient(made, scores)
    assert len(patient.modules) == 9 + 3
    with patient.hurt(11, "branch") as network:
        fewer = made
        fewer.reconfigure(made.config.changed(cascaded_blocks=2))
        torch.testing.assert_close(scores(network), scores(fewer))
    unit = made.backbone.stages[1][1]
    x = torch.randn(1, 24, 8, 8)
    place = [module.name for module in patient.modules].index("backbone.stages.1.1")
    with patient.hurt(place, "shortcut") as network, torch.inference_mode():
        own = unit.project(unit.depthwise(unit.expand(x)))
        torch.testing.assert_close(network.backbone.stages[1][1](x), own, rtol=1e-3, atol=1e-4)


def test_degridding_levels_of_drn_c_are_no_modules_and_a_vgg_has_none():
    torch.manual_seed(0)
    drn = DRN(DRNConfig(variant="C-26", width=0.125, num_classes=5)).eval()
    names = [module.name for module in Patient(drn, scores).modules]
    assert names and not [name for name in names if "layer7" in name or "layer8" in name]
    with torch.device("meta"):
        vgg = VGG(VGGConfig(num_classes=5))
    assert Patient(vgg, lambda network: None).modules == ()
