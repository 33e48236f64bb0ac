"""LR-ASPP: parameters, sizes, the gate and the low-level branch."""

import pytest
import torch
from torch.nn import functional as F

from segviewer.networks.lr_aspp import LRASPP, LRASPPConfig


@pytest.fixture(params=["mobilenet_v3_large", "efficientnet_lite0"])
def network(request):
    torch.manual_seed(0)
    config = LRASPPConfig(backbone=request.param, num_classes=3, head_channels=8)
    return LRASPP(config).eval().requires_grad_(False)


def test_parameters():
    with torch.device("meta"):
        network = LRASPP(LRASPPConfig())
    assert sum(p.numel() for p in network.parameters()) == 3_221_538
    assert len(network.state_dict()) == 319


def test_sizes_of_513():
    with torch.device("meta"):
        network = LRASPP(LRASPPConfig()).eval()
    features = network.features(torch.zeros(1, 3, 513, 513, device="meta"))
    assert features["auxiliary"].shape == (1, 40, 65, 65)
    assert features["out"].shape == (1, 960, 33, 33)
    assert network.head(features).shape == (1, 21, 65, 65)


@torch.inference_mode()
def test_the_low_level_branch_is_what_it_adds(network):
    features = network.features(torch.randn(1, 3, 64, 96))
    both = network.head(features)
    network.reconfigure(network.config.changed(low_level=False))
    added = network.classifier.low_classifier(features[network.finer])
    assert added.shape == both.shape == (1, 3, 8, 12)
    assert torch.allclose(network.head(features) + added, both, atol=1e-6)


@torch.inference_mode()
def test_the_gate_is_between_nothing_and_all(network):
    head, high = network.classifier, torch.randn(1, network.backbone.channels["out"], 4, 6)
    gate = head.scale(high)
    assert gate.shape == (1, 8, 1, 1) and (gate > 0).all() and (gate < 1).all()
    low = torch.zeros(1, 40, 4, 6)
    head.reconfigure(low_level=False, gate=True)
    gated = F.conv2d(gate * head.cbr(high), head.high_classifier.weight, head.high_classifier.bias)
    assert torch.allclose(head(low, high), gated, atol=1e-5)
    head.reconfigure(low_level=False, gate=False)
    assert torch.allclose(head(low, high), head.high_classifier(head.cbr(high)), atol=1e-5)


@torch.inference_mode()
def test_classified_before_or_after_it_is_enlarged(network):
    head = network.classifier
    low, high = torch.randn(1, 40, 8, 11), torch.randn(1, network.backbone.channels["out"], 4, 6)
    x = head.cbr(high) * head.scale(high)
    x = F.interpolate(x, (8, 11), mode="bilinear", align_corners=False)
    expected = head.high_classifier(x) + head.low_classifier(low)
    assert torch.allclose(head(low, high), expected, atol=1e-5)
