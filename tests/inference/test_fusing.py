"""Fused convolutions give the scores of the network as it stands, and leave it as it was."""

from __future__ import annotations

import gc
import weakref

import pytest
import torch
from torch import nn

from segviewer.checkpoints.opening import open_network
from segviewer.inference import fusing
from segviewer.inference.fusing import fused
from segviewer.layers.framing import full_scores, run_features

BUNDLED = "bundled:deeplab_v3_efficientnet_lite0_camvid"
GEOMETRIES = [
    {},
    {"output_stride": 8, "atrous_rates": (12, 24, 36)},
    {"output_stride": 32, "multi_grid": (1, 1, 1)},
]


def scores(network, height=65, width=81):
    image = torch.randn(1, 3, height, width, generator=torch.Generator().manual_seed(3))
    with torch.inference_mode():
        return full_scores(network, run_features(network, image), height, width)


def fused_scores(network, *size):
    with torch.inference_mode(), fused(network):
        assert any("forward" in module.__dict__ for module in network.modules())
        return scores(network, *size)


def assert_equal(found, wanted):
    assert (found - wanted).abs().max() <= 1e-4 * max(1.0, float(wanted.abs().max()))


@pytest.fixture(scope="module")
def bundled():
    return open_network(BUNDLED).network


@pytest.mark.parametrize("changes", GEOMETRIES, ids=["trained", "stride 8", "stride 32"])
def test_every_geometry_gives_the_same_scores(bundled, changes):
    before = bundled.config
    bundled.reconfigure(before.changed(**changes))
    try:
        wanted = scores(bundled)
        assert_equal(fused_scores(bundled), wanted)
        assert torch.equal(scores(bundled), wanted)  # and afterwards it is as it was
    finally:
        bundled.reconfigure(before)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["u_net", "lr_aspp", "fcn", "drn", "parse_net"])
def test_other_networks_give_the_same_scores(name):
    network = open_network(f"random:{name}").network.eval()
    wanted = scores(network)
    assert_equal(fused_scores(network), wanted)


def test_a_second_size_and_a_second_number_of_threads_give_the_same_scores(bundled):
    threads = torch.get_num_threads()
    try:
        for number in (1, 2):
            torch.set_num_threads(number)
            for size in ((65, 81), (40, 96)):
                assert_equal(fused_scores(bundled, *size), scores(bundled, *size))
    finally:
        torch.set_num_threads(threads)


@pytest.mark.parametrize("size", [(1, 1), (7, 9), (23, 30), (24, 32)])
@pytest.mark.parametrize(("kernel", "rate"), [(3, 2), (5, 4), (5, 6), (7, 3)])
def test_the_cosets_of_a_dilated_convolution_give_all_of_it(size, kernel, rate):
    torch.manual_seed(0)
    x, weight, bias = torch.randn(2, 6, *size), torch.randn(6, 1, kernel, kernel), torch.randn(6)
    padding = rate * (kernel // 2)
    wanted = torch.nn.functional.conv2d(x, weight, bias, 1, padding, rate, groups=6)
    found = fusing.by_cosets(x, weight, bias, rate)
    assert found.is_contiguous() and found.shape == wanted.shape
    assert_equal(found, wanted)


@pytest.mark.parametrize("groups", [8, 4, 2])
@pytest.mark.parametrize("rectifier", [nn.ReLU, nn.ReLU6, nn.Identity])
@pytest.mark.parametrize(("kernel", "rate", "stride"), [(3, 1, 2), (3, 3, 1), (5, 4, 1), (5, 4, 2)])
def test_groups_give_the_same_scores_and_are_not_packed(groups, rectifier, kernel, rate, stride):
    torch.manual_seed(1)
    conv = nn.Conv2d(8, 8, kernel, stride, rate * (kernel // 2), rate, groups, bias=False)
    network = nn.Sequential(conv, nn.BatchNorm2d(8), rectifier()).eval()
    network[1].running_mean.normal_()
    network[1].running_var.uniform_(0.2, 2.0)
    image = torch.randn(2, 8, 19, 22)
    with torch.inference_mode():
        wanted = network(image)
        with fused(network):
            assert_equal(network(image), wanted)
            assert torch.equal(network(image), network(image))
    # Packed they would be up to 256 times as large.
    assert not any(chain.packed for chain in fusing._chains[network])


def block():
    torch.manual_seed(0)
    found = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU6(inplace=True))
    found[1].running_mean.normal_()
    found[1].running_var.uniform_(0.2, 2.0)
    return found.eval()


def fused_layers(network):
    with torch.inference_mode(), fused(network):
        return sum("forward" in module.__dict__ for module in network.modules())


def test_a_weight_that_changes_is_folded_again():
    network, image = block(), torch.randn(2, 3, 9, 9)
    with torch.inference_mode(), fused(network):
        network(image)
    with torch.no_grad():
        network[0].weight.mul_(-2.0)
        network[1].running_mean.add_(0.5)
    with torch.inference_mode():
        wanted = network(image)
        with fused(network):
            assert_equal(network(image), wanted)


def test_layers_that_are_looked_at_are_not_fused():
    network, seen = block(), []
    handle = network[1].register_forward_hook(lambda module, inputs, output: seen.append(output))
    assert fused_layers(network) == 0
    handle.remove()
    assert fused_layers(network) == 3


def test_training_and_gradients_have_every_layer():
    network = block()
    with fused(network):  # gradients are on
        assert not any("forward" in module.__dict__ for module in network.modules())
    assert fused_layers(network.train()) == 0


def test_what_stands_in_two_places_is_left_alone():
    one, shared = nn.Conv2d(3, 3, 1), nn.ReLU()
    network = nn.Sequential(nn.Sequential(one, nn.BatchNorm2d(3), shared), nn.Sequential(one))
    network.append(nn.Sequential(nn.Conv2d(3, 4, 1), shared)).eval()
    assert fused_layers(network) == 0


def test_a_pass_that_is_cancelled_leaves_the_network_as_it_was():
    network = block()

    def stop(module, inputs):
        raise KeyboardInterrupt

    network[2].register_forward_pre_hook(stop)
    with pytest.raises(KeyboardInterrupt), torch.inference_mode(), fused(network):
        network(torch.randn(1, 3, 9, 9))
    assert not any("forward" in module.__dict__ for module in network.modules())


def test_few_packings_are_kept_of_a_layer(bundled):
    for side in range(33, 33 + 2 * (fusing.PACKINGS + 2), 2):
        fused_scores(bundled, side, 40)
    assert all(len(chain.packed) <= fusing.PACKINGS for chain in fusing._chains[bundled])


def test_a_network_that_nobody_wants_is_given_back():
    """A layer's hook may hold all of it, as those do that ask whether to go on."""
    network = block()
    network[0].register_forward_pre_hook(lambda module, inputs, whole=network: None)
    assert fused_layers(network) == 3
    assert len(fusing._chains) >= 1
    gone = weakref.ref(network)
    del network
    gc.collect()
    assert gone() is None


def test_a_weight_that_is_no_parameter_any_more_is_found():
    """A weight norm of torch's first kind keeps it as a plain attribute, and renews it."""
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()).eval()
    conv, image = network[0], torch.randn(1, 3, 9, 9)
    weight = conv.weight.detach()
    del conv.weight
    for factor in (1.0, 2.0):
        conv.weight = weight * factor
        with torch.inference_mode():
            wanted = network(image)
            with fused(network):
                found = network(image)
        assert_equal(found, wanted)
