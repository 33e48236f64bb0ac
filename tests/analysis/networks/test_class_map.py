"""The class map of a network and its mean: the same scores in either order."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from segviewer.analysis.networks.class_map import ClassMap, class_map, has_pooling
from segviewer.networks.drn import DRN, DRNConfig
from segviewer.networks.fcn_resnet import FCNResNet, FCNResNetConfig
from segviewer.networks.res_net import ResNet, ResNetConfig


def features_of(network):
    torch.manual_seed(1)
    with torch.inference_mode():
        return network.features(torch.randn(1, 3, 64, 96))


def built(kind, config):
    torch.manual_seed(0)
    return kind(config).eval()


@pytest.mark.parametrize(
    ("kind", "config"),
    [
        (DRN, DRNConfig(variant="A-18", width=0.125, task="classification", num_classes=7)),
        (DRN, DRNConfig(variant="C-26", width=0.125, task="classification", num_classes=7)),
        (ResNet, ResNetConfig(depth=18, num_classes=7)),
    ],
)
def test_mean_of_the_map_is_the_score_of_the_mean(kind, config):
    network = built(kind, config)
    before = network.config
    found = class_map(network, features_of(network))
    assert has_pooling(network) and found.departure < 1e-4 and network.config is before
    np.testing.assert_allclose(found.pooled, found.scores.mean((1, 2)), atol=1e-4)
    # Any order of the cells: nothing of where is left.
    rng = np.random.default_rng(0)
    flat = found.scores.reshape(7, -1)
    np.testing.assert_allclose(
        flat[:, rng.permutation(flat.shape[1])].mean(1), found.pooled, atol=1e-4
    )


def test_a_drn_that_labels_pixels_gives_its_map_before_the_enlargement():
    network = built(DRN, DRNConfig(variant="C-26", width=0.125, num_classes=5))
    features = features_of(network)
    found = class_map(network, features)
    assert found.scores.shape == (5, 8, 12) and found.departure == 0
    with torch.inference_mode():
        enlarged = network.up(torch.from_numpy(found.scores)[None])
        torch.testing.assert_close(enlarged, network.head(features))


def test_any_other_network_gives_its_coarse_scores():
    network = built(FCNResNet, FCNResNetConfig(num_classes=5, auxiliary=False))
    features = features_of(network)
    found = class_map(network, features)
    assert not has_pooling(network)
    with torch.inference_mode():
        np.testing.assert_array_equal(found.scores, network.head(features)[0].numpy())


def test_best_cell_and_wins_by_hand():
    scores = np.array([[[1, 5, 2]], [[3, 4, 0]]], np.float32)
    found = ClassMap(scores, scores.mean((1, 2)), 0.0)
    assert found.best_cell(0) == (0, 1) and found.best_cell(1) == (0, 1)
    assert found.wins().tolist() == [2, 1]
