"""DenseNet and FC-DenseNet: counts, sizes, links."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from segviewer.networks.dense_net import DenseNet, DenseNetConfig
from segviewer.networks.fc_dense_net import FCDenseNet, FCDenseNetConfig

SMALL = DenseNetConfig(block_layers=(2, 3, 2, 2), growth=4, num_classes=3)


@pytest.fixture
def network():
    return DenseNet(SMALL).eval().requires_grad_(False)


def parameters(network_type, **values):
    with torch.device("meta"):
        network = network_type(network_type.Config(**values))
    return sum(p.numel() for p in network.parameters())


@pytest.mark.parametrize(
    ("preset", "expected"),
    [
        ("DenseNet-121", 7_978_856),
        ("DenseNet-161", 28_681_000),
        ("DenseNet-169", 14_149_480),
        ("DenseNet-201", 20_013_928),
    ],
)
def test_parameters(preset, expected):
    assert parameters(DenseNet, num_classes=1000, **DenseNet.presets[preset]) == expected


@pytest.mark.parametrize(
    ("preset", "expected"),
    [("FC-DenseNet-56", 1_376_795), ("FC-DenseNet-67", 3_463_243), ("FC-DenseNet-103", 9_322_091)],
)
def test_parameters_of_fc_dense_net(preset, expected):
    assert parameters(FCDenseNet, num_classes=11, **FCDenseNet.presets[preset]) == expected


def test_stacks_of_fc_dense_net_103():
    """The channels that the authors' repository corrects the paper's table to."""
    with torch.device("meta"):
        network = FCDenseNet(FCDenseNetConfig())
        stacks = []
        for block in (*network.down, network.bottleneck, *network.up):
            last = list(block.values())[-1][2]  # its convolution
            stacks.append(last.in_channels + last.out_channels)
    assert stacks == [112, 192, 304, 464, 656, 896, 1088, 816, 576, 384, 256]
    assert network.classifier.in_channels == 256


@pytest.mark.slow
@given(st.integers(1, 300), st.integers(1, 300))
def test_fc_dense_net_frames_are_multiples_of_32(height, width):
    with torch.device("meta"):
        network = FCDenseNet(FCDenseNetConfig(down_layers=(1,) * 5, bottleneck_layers=1, growth=1))
    framing = network.framing(height, width)
    for side, more in ((height, framing.bottom), (width, framing.right)):
        assert (side + more) % 32 == 0 and 0 <= more < 32


@torch.inference_mode()
def test_only_new_maps_climb():
    """What the bottleneck was given does not come up but through its layers."""
    config = FCDenseNetConfig(
        down_layers=(1,),
        bottleneck_layers=1,
        growth=2,
        first_channels=3,
        dense_links=(True,) * 3,
        skips=(True,),
    )
    network = FCDenseNet(config).eval()
    assert network.transitions_up[0].in_channels == 2  # not the 3 + 2 + 2 of the whole stack


@pytest.mark.parametrize(("output_stride", "side"), [(32, 2), (16, 4), (8, 8)])
@torch.inference_mode()
def test_feature_size(network, output_stride, side):
    network.reconfigure(SMALL.changed(output_stride=output_stride))
    assert network.features(torch.randn(1, 3, 64, 64))["out"].shape == (1, 17, side, side)


def test_rates_double_with_each_transition_that_does_not_pool(network):
    network.reconfigure(SMALL.changed(output_stride=8))
    rates = [
        {layer.conv2.dilation[0] for layer in getattr(network.layers, f"denseblock{n}").values()}
        for n in (1, 2, 3, 4)
    ]
    assert rates == [{1}, {1}, {2}, {4}]
    assert [getattr(network.layers, f"transition{n}").pooled for n in (1, 2, 3)] == [
        True,
        False,
        False,
    ]


@torch.inference_mode()
def test_the_pictures_class_is_the_mean_of_the_class_map(network):
    """The classifier is linear, so asking it everywhere and averaging changes nothing."""
    features = network.features(torch.randn(2, 3, 96, 128))
    class_map = network.head(features)
    network.reconfigure(SMALL.changed(global_pooling=True))
    answer = network.head(features)
    assert answer.shape == (2, 3, 1, 1)
    torch.testing.assert_close(answer, class_map.mean((2, 3), keepdim=True))


@pytest.mark.parametrize(
    "values", [{"dense_links": (True,) * 10}, {"skips": (True,) * 4}, {"down_layers": ()}], ids=str
)
def test_lengths_are_checked(values):
    with pytest.raises(ValueError, match="blocks|skips|block"):
        FCDenseNetConfig(**values)


def test_dense_net_has_four_blocks():
    with pytest.raises(ValueError, match="four dense blocks"):
        DenseNetConfig(block_layers=(6, 12, 24))
