"""The split of a score adds up; a branch alone is what the network's own switch gives."""

from __future__ import annotations

import pytest
import torch

from segviewer.analysis.heads.aspp_branches import TakenApart, branch_names, has_aspp
from segviewer.layers.framing import full_scores
from segviewer.networks.deeplab_v3 import DeepLabV3, DeepLabV3Config

SIZE = (64, 80)


def network(**settings):
    torch.manual_seed(0)
    config = DeepLabV3Config(
        backbone="efficientnet_lite0",
        num_classes=5,
        aspp_channels=16,
        output_stride=16,
        atrous_rates=(1, 2, 3),
        auxiliary=False,
        **settings,
    )
    made = DeepLabV3(config)
    # Batch norms of a trained network are not the identity.
    for module in made.classifier.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.normal_(module.running_mean, 0, 0.2)
            torch.nn.init.uniform_(module.running_var, 0.5, 2)
            torch.nn.init.normal_(module.bias, 0, 0.3)
    return made.eval()


def features_of(made):
    torch.manual_seed(1)
    with torch.inference_mode():
        return made.features(torch.randn(1, 3, *SIZE))


@pytest.mark.parametrize("head_conv", [True, False])
@pytest.mark.parametrize("low_level", [0, 8])
def test_the_parts_add_up_and_the_network_is_met(head_conv, low_level):
    made = network(head_conv=head_conv, low_level_channels=low_level)
    features = features_of(made)
    apart = TakenApart(made, features, *SIZE)
    with torch.inference_mode():
        own = full_scores(made, features, *SIZE)[0]
    torch.testing.assert_close(apart.scores(apart.enabled), own)
    parts, constant = apart.coarse_split()
    with torch.inference_mode():
        coarse = made.classifier(features["out"])
    torch.testing.assert_close(parts.sum(0) + constant[0], coarse[0], rtol=1e-4, atol=1e-4)
    split = apart.split(20, 33)
    assert split.winner == int(own[:, 20, 33].argmax()) and split.margin >= 0
    assert sum(split.parts) + split.constant + split.skip == pytest.approx(split.margin, abs=1e-4)
    assert (abs(split.skip) > 1e-6) == bool(low_level)


def test_a_branch_alone_and_a_branch_off_are_the_networks_own_switches():
    made = network()
    features = features_of(made)
    apart = TakenApart(made, features, *SIZE)
    alone = apart.scores((False, False, True, False, False))
    made.reconfigure(made.config.changed(branches=(False, False, True, False), image_pooling=False))
    with torch.inference_mode():
        torch.testing.assert_close(alone, full_scores(made, features, *SIZE)[0])
    silenced = TakenApart(made, features, *SIZE).split(3, 3)
    assert [part == 0 for part in silenced.parts] == [True, True, False, True, True]


def test_which_heads_can_be_taken_apart():
    assert has_aspp(network()) and not has_aspp(torch.nn.Linear(1, 1))
    assert branch_names(network()) == ("1×1", "rate 1", "rate 2", "rate 3", "image pooling")
