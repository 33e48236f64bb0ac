"""ParseNet: early and late fusion, the norm, and what global context is."""

import pytest
import torch

from segviewer.networks.parse_net import ParseNet, ParseNetConfig


def small(**values):
    torch.manual_seed(0)
    usual = {"backbone": "efficientnet_lite0", "fc_channels": 0, "num_classes": 4}
    return ParseNet(ParseNetConfig(**usual | values)).eval().requires_grad_(False)


@pytest.fixture
def network():
    network = small()
    network.classifier.bias.normal_()
    network.context_norm.weight.uniform_(5, 15)
    return network


@pytest.fixture
def features():
    return {"out": torch.randn(2, 320, 5, 7)}


def scores_with(network, features, **values):
    network.reconfigure(network.config.changed(**values))
    return network.head(features)


def test_parameters():
    with torch.device("meta"):
        network = ParseNet(ParseNetConfig())
        resnet = ParseNet(ParseNetConfig(backbone="resnet50", fc_channels=0))
    # VGG-16's convolutions, fc6 and fc7 of LargeFOV, two scales, one classifier of both.
    convolutions, fc6, fc7 = 14_714_688, (512 * 9 + 1) * 1024, (1024 + 1) * 1024
    head = 2 * 1024 + 2048 * 21 + 21
    assert sum(p.numel() for p in network.parameters()) == convolutions + fc6 + fc7 + head
    assert resnet.classifier.weight.shape == (21, 4096, 1, 1)


@pytest.mark.parametrize("global_context", [True, False])
def test_without_the_norm_early_is_late(network, features, global_context):
    same = {"l2_norm": False, "global_context": global_context}
    early = scores_with(network, features, fusion="early", **same)
    late = scores_with(network, features, fusion="late", **same)
    assert torch.allclose(early, late, atol=1e-5 * float(early.std()))


def test_with_the_norm_they_differ(network, features):
    early = scores_with(network, features, fusion="early")
    late = scores_with(network, features, fusion="late")
    assert (early - late).abs().max() > 0.1 * early.std()


def test_late_fusion_has_no_norm(network, features):
    on = scores_with(network, features, fusion="late", l2_norm=True, scale_factor=3.0)
    assert torch.equal(on, scores_with(network, features, fusion="late", l2_norm=False))


def test_with_the_norm_sizes_do_not_count(network, features):
    scaled = {"out": 30 * features["out"]}
    assert torch.allclose(network.head(scaled), network.head(features), atol=1e-4)
    network.reconfigure(network.config.changed(l2_norm=False))
    assert not torch.allclose(network.head(scaled), network.head(features), atol=1e-4)


def test_the_factor_is_one_of_the_scores_less_their_bias(network, features):
    bias = network.classifier.bias[:, None, None]
    once = network.head(features) - bias
    twice = scores_with(network, features, scale_factor=2.0) - bias
    assert torch.allclose(twice, 2 * once, atol=1e-4 * float(once.std()))


@pytest.mark.parametrize("fusion", ["early", "late"])
def test_context_adds_the_same_everywhere(network, features, fusion):
    on = scores_with(network, features, fusion=fusion, global_context=True)
    off = scores_with(network, features, fusion=fusion, global_context=False)
    added = (on - off).flatten(2)
    assert added.abs().max() > 1e-2
    spread = added.max(2).values - added.min(2).values
    assert spread.max() < 1e-4 * added.abs().max()


def test_without_context_a_place_sees_its_own_cell_only(network, features):
    changed = {"out": features["out"].clone()}
    changed["out"][..., 0, 0] += 1
    for context, elsewhere in ((False, 0), (True, 1)):
        network.reconfigure(network.config.changed(global_context=context))
        difference = (network.head(changed) - network.head(features)).abs()
        difference[..., 0, 0] = 0
        assert (difference.max() > 0) == bool(elsewhere)


def test_features_of_the_vgg_form_are_those_of_fc7():
    network = small(backbone="vgg16", fc_channels=8, fc6_rate=6)
    assert network.fc[0].dilation == (6, 6) and network.fc[0].padding == (6, 6)
    with torch.inference_mode():
        features = network.features(torch.randn(1, 3, 65, 33))
    assert features["out"].shape == (1, 8, 9, 5)
    assert network.head(features).shape == (1, 4, 9, 5)
