"""Remedies against gridding start as the identity, and hierarchical sums are the paper's."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from segviewer.analysis.receptive_fields.theoretical_receptive_field import trace
from segviewer.layers.hierarchical_fusion import fuse_hierarchically
from segviewer.layers.smoothed_dilation import (
    GroupInteraction,
    SharedSeparableConv,
    attach_remedy,
    dilated_convolutions,
    split_cosets,
)

REMEDIES = ("shared separable", "group interaction")


def small_network() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 6, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(6, 6, 3, padding=2, dilation=2, groups=3),
        nn.ReLU(),
        nn.Conv2d(6, 4, 3, padding=3, dilation=3),
    )


@pytest.mark.parametrize("rate", [1, 2, 3, 4])
def test_both_start_as_the_identity(rate):
    maps = torch.randn(2, 3, 11, 13)
    for module, parameters in (
        (SharedSeparableConv(rate), (2 * rate - 1) ** 2),
        (GroupInteraction(rate), rate**4),
    ):
        assert torch.equal(module(maps), maps)
        assert sum(p.numel() for p in module.parameters()) == parameters


@pytest.mark.parametrize("remedy", REMEDIES)
def test_a_network_with_a_remedy_is_the_same_network_at_first(remedy):
    network, picture = small_network(), torch.randn(1, 3, 29, 31)
    keys, before = list(network.state_dict()), network(picture)
    take_off = attach_remedy(network, remedy)
    assert torch.equal(network(picture), before)
    assert list(network.state_dict()) == keys
    take_off()
    take_off = attach_remedy(network, remedy, 0.5)
    assert not torch.allclose(network(picture), before)
    take_off()
    assert torch.equal(network(picture), before)
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in network.modules())


def test_only_dilated_convolutions_are_smoothed():
    assert [name for name, _ in dilated_convolutions(small_network())] == ["2", "4"]


def test_full_blends_are_means():
    maps = torch.randn(1, 2, 12, 12)
    shared = SharedSeparableConv(2)
    shared.blend(1)
    torch.testing.assert_close(shared(maps), nn.AvgPool2d(3, 1, 1)(maps))
    mixing = GroupInteraction(3)
    mixing.blend(1)
    cells = nn.functional.avg_pool2d(maps, 3)
    torch.testing.assert_close(mixing(maps), cells.repeat_interleave(3, 2).repeat_interleave(3, 3))


def test_an_interaction_takes_every_coset_to_every_coset():
    mixing = GroupInteraction(2)
    with torch.no_grad():
        mixing.weight.copy_(torch.arange(16.0).reshape(4, 4))
    maps = torch.randn(1, 3, 6, 8)
    before, after = (split_cosets(m, 2).unflatten(1, (3, 4)) for m in (maps, mixing(maps)))
    torch.testing.assert_close(after, torch.einsum("ij,bcjhw->bcihw", mixing.weight, before))


@pytest.mark.parametrize("remedy", REMEDIES)
def test_receptive_fields_are_traced_through_remedies(remedy):
    network = small_network()
    before = trace(network, height=64, width=64)[-1]
    take_off = attach_remedy(network, remedy)
    after = trace(network, height=64, width=64)[-1]
    take_off()
    wider = 2 * sum((2, 4)) if remedy == "shared separable" else 0
    assert after.size >= before.size + wider


def test_hierarchical_sums():
    d = [torch.full((1, n, 2, 2), float(v)) for n, v in ((7, 1), (5, 10), (5, 100), (5, 1000))]
    sums = [int(m.flatten()[0]) for m in fuse_hierarchically(d)]
    assert sums == [1, 10, 110, 1110]


def test_fusion_fills_the_grid_of_the_largest_rate():
    """Places of the picture that the map of rate 16 reads: 9 alone, many when fused."""
    rates, ones = (1, 2, 4, 8, 16), torch.ones(1, 1, 3, 3, dtype=torch.double)
    read = []
    for fused in (False, True):
        picture = torch.ones(1, 1, 65, 65, dtype=torch.double, requires_grad=True)
        maps = [nn.functional.conv2d(picture, ones, padding=r, dilation=r) for r in rates]
        last = (fuse_hierarchically(maps) if fused else maps)[-1]
        last[0, 0, 32, 32].backward()
        read.append(int((picture.grad != 0).sum()))
    assert read == [9, 9 + 3 * 8]


def test_an_interaction_of_a_large_rate_needs_no_weights_for_each_channel():
    """Repeated for 512 channels its r⁴ numbers would take 680 MB."""
    mixing = GroupInteraction(24)
    mixing.blend(1)
    maps = torch.randn(1, 512, 24, 48)
    means = nn.functional.avg_pool2d(maps, 24)
    wanted = means.repeat_interleave(24, 2).repeat_interleave(24, 3)
    torch.testing.assert_close(mixing(maps), wanted, atol=1e-4, rtol=1e-3)
