"""Counts of the paper, counts of torch, and links by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from segviewer.analysis.arithmetic.dense_growth import (
    block_starts,
    channels_in,
    dense_parameters,
    depth,
    layer_gradients,
    layer_parameters,
    links,
    resnet_parameters,
)


@pytest.mark.parametrize(
    ("layers", "growth", "bc", "named", "parameters"),
    [
        (12, 12, False, 40, 1_019_722),
        (32, 12, False, 100, 6_979_642),
        (32, 24, False, 100, 27_249_082),
        (16, 12, True, 100, 769_162),
        (41, 24, True, 250, 15_324_406),
        (31, 40, True, 190, 25_624_430),
    ],
)
def test_the_papers_networks(layers, growth, bc, named, parameters):
    assert depth(layers, bc) == named
    assert dense_parameters(layers, growth, bc) == parameters


def test_resnet_110():
    assert resnet_parameters(18) == 1_727_962


@pytest.mark.parametrize("bc", [False, True])
def test_a_layer_counts_as_torch_does(bc):
    from segviewer.layers.dense_block import BottleneckLayer, PlainLayer

    layer = BottleneckLayer(20, 6) if bc else PlainLayer(20, 6)
    counted = sum(p.numel() for name, p in layer.named_parameters() if name != "2.bias")
    assert layer_parameters(20, 6, bc) == counted


def test_channels_and_links():
    assert channels_in(16, 12, 3) == (16, 28, 40, 52)
    assert [links(n) for n in (1, 2, 5, 12)] == [1, 3, 15, 78]
    assert block_starts(12, 12, False) == (16, 160, 304)
    assert block_starts(16, 12, True) == (24, 108, 150)


@pytest.mark.parametrize("bc", [False, True])
def test_gradients_end_at_one_and_depend_on_the_links(bc):
    before = torch.get_rng_state()
    found = layer_gradients(6, 4, bc, seed=1)
    assert torch.equal(before, torch.get_rng_state())
    assert found.dense.shape == found.chain.shape == (6,)
    assert found.dense[-1] == found.chain[-1] == 1
    assert (found.dense > 0).all() and not np.allclose(found.dense, found.chain)
    again = layer_gradients(6, 4, bc, seed=1)
    np.testing.assert_array_equal(found.dense, again.dense)
