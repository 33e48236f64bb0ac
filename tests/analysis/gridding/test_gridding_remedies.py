"""Remedies know which network they are for, are put on and taken off, and leave all weights."""

from __future__ import annotations

import pytest
import torch

from segviewer.analysis.gridding.gridding_remedies import remedies_of, set_so
from segviewer.layers.hierarchical_fusion import attach_fusion, fuse_hierarchically
from segviewer.layers.pyramid import ASPP
from segviewer.networks import NETWORKS, network_class
from segviewer.networks.deeplab_v3 import DeepLabV3, DeepLabV3Config
from segviewer.networks.drn import DRN, DRNConfig
from segviewer.networks.hdc_duc import HDCDUC, HDCDUCConfig


def drn(**settings):
    return DRN(DRNConfig(width=1 / 32, num_classes=3, **settings)).eval().requires_grad_(False)


def taken(network):
    return {remedy.name: remedy for remedy in remedies_of(network) if not remedy.why_not}


@pytest.mark.parametrize(
    ("variant", "names"),
    [
        ("A-18", {"max_pool", "shared_separable", "group_interaction"}),
        ("C-26", {"level_7", "level_8", "residual_free", "shared_separable", "group_interaction"}),
        ("D-22", {"level_7", "level_8", "shared_separable", "group_interaction"}),
    ],
)
def test_each_form_of_drn_has_its_own(variant, names):
    assert set(taken(drn(variant=variant))) == names


@pytest.mark.parametrize("architecture", NETWORKS)
def test_every_network_has_every_remedy_or_a_reason(architecture):
    made = network_class(architecture)
    with torch.device("meta"):
        network = made(made.Config())
    found = remedies_of(network)
    assert len(found) == 9 and len({remedy.name for remedy in found}) == 9
    reasons = [bool(remedy.why_not) for remedy in found]
    assert reasons == sorted(reasons)  # those that apply stand first
    for remedy in found:
        if remedy.why_not:
            assert remedy.why_not.endswith(".") and not remedy.on(network)
        else:
            assert remedy.with_it or remedy.added != "none"
            states = [network.config.changed(**dict(v)) for v in (remedy.without, remedy.with_it)]
            assert (states[0] != states[1]) == bool(remedy.with_it)


def test_drn_c_as_published_has_all_its_remedies_on():
    network = drn()
    on = {name for name, remedy in taken(network).items() if remedy.on(network)}
    assert on == {"level_7", "level_8", "residual_free"}
    network.reconfigure(network.config.changed(level_8=False, residual=True))
    assert {name for name, remedy in taken(network).items() if remedy.on(network)} == {"level_7"}


@pytest.mark.parametrize(
    ("settings", "without", "with_it"),
    [
        ({"schedule": "typed", "rates4": (2,)}, ("rates4", (2,)), ("rates4", (1, 2, 3))),
        ({"schedule": "typed", "rates4": (1, 2, 9)}, ("rates4", (2,)), ("rates4", (1, 2, 9))),
        ({"schedule": "bigger"}, ("schedule", "constant"), ("schedule", "bigger")),
        ({"schedule": "constant"}, ("schedule", "constant"), ("schedule", "RF")),
        ({"schedule": "none"}, ("schedule", "constant"), ("schedule", "RF")),
    ],
)
def test_hybrid_rates_stand_against_equal_ones(settings, without, with_it):
    with torch.device("meta"):
        network = HDCDUC(HDCDUCConfig(backbone="efficientnet_lite0", **settings))
    remedy = taken(network)["hybrid_rates"]
    assert (remedy.without, remedy.with_it) == ((without,), (with_it,))


def test_a_multi_grid_stands_against_units_alike():
    with torch.device("meta"):
        network = DeepLabV3(DeepLabV3Config(backbone="efficientnet_lite0"))
        mixed = DeepLabV3(DeepLabV3Config(backbone="efficientnet_lite0", multi_grid=(1, 2, 1)))
    remedy = taken(network)["multi_grid"]
    assert remedy.without == (("multi_grid", (1, 1, 1)),) and not remedy.on(network)
    assert remedy.with_it == (("multi_grid", (1, 2, 4)),)
    assert taken(mixed)["multi_grid"].with_it == (("multi_grid", (1, 2, 1)),)
    assert taken(mixed)["multi_grid"].on(mixed)


def test_the_period_of_the_fusion_divides_every_rate_of_the_pyramid():
    with torch.device("meta"):
        network = DeepLabV3(
            DeepLabV3Config(backbone="efficientnet_lite0", atrous_rates=(6, 12, 18))
        )
    remedy = taken(network)["fusion"]
    assert remedy.rate == 6 and remedy.places == ("classifier.0.project",)


@pytest.mark.parametrize(
    "more",
    [
        {"values": (("level_8", False), ("residual", True))},
        {"added": "shared separable", "amount": 0.5},
        {"added": "group interaction"},
    ],
)
def test_what_is_set_for_a_while_is_taken_back(more):
    network, picture = drn(), torch.randn(1, 3, 32, 32)
    config, before = network.config, network(picture)
    weights = {name: value.clone() for name, value in network.state_dict().items()}
    with pytest.raises(ZeroDivisionError), set_so(network, **more):
        assert not torch.allclose(network(picture), before)
        raise ZeroDivisionError
    assert network.config == config and torch.equal(network(picture), before)
    assert all(torch.equal(network.state_dict()[n], v) for n, v in weights.items())


@pytest.mark.parametrize("added", ["shared separable", "group interaction"])
def test_smoothed_dilation_starts_as_the_identity_on_a_whole_network(added):
    network, picture = drn(), torch.randn(1, 3, 40, 40)
    before = network(picture)
    with set_so(network, added=added, amount=0.0):
        torch.testing.assert_close(network(picture), before)


def test_fusion_sums_the_branches_before_the_projection():
    pyramid = ASPP(6, 4, 3).eval().requires_grad_(False)
    pyramid.reconfigure((1, 2, 3), (True,) * 4, True)
    maps = torch.randn(2, 6, 9, 11)
    with torch.no_grad():
        *branches, pooling = [branch(maps) for branch in pyramid.convs]
        wanted = pyramid.project(torch.cat([*fuse_hierarchically(branches), pooling], 1))
        plain = pyramid(maps)
        take_off = attach_fusion(pyramid)
        torch.testing.assert_close(pyramid(maps), wanted)
        assert not torch.allclose(wanted, plain)
        take_off()
        assert torch.equal(pyramid(maps), plain)


def test_a_network_without_a_pyramid_stays_as_it_is():
    network, picture = drn(), torch.randn(1, 3, 32, 32)
    with set_so(network, added="hierarchical fusion"):
        fused = network(picture)
    assert torch.equal(fused, network(picture))
