"""Forms of ResNets: stems, basic blocks in dilated stages, layers left out."""

import pytest
import torch

from segviewer.layers.resnet import ResNet


def rates(network):
    return [[unit.conv1.dilation[0], unit.conv2.dilation[0]] for unit in network.layer4]


@pytest.mark.parametrize(
    ("name", "keeps", "expected"),
    [
        ("resnet18", True, [[2, 2], [4, 4]]),
        ("resnet18", False, [[4, 4], [4, 4]]),
        ("resnet18_deep", True, [[2, 4], [4, 4]]),  # CSAILVision
        ("resnet18_c", True, [[2, 1], [4, 1]]),  # MMSegmentation
        ("resnet18_b", True, [[2, 1], [4, 1]]),
    ],
)
def test_rates_of_basic_blocks(name, keeps, expected):
    network = ResNet(name)
    network.reconfigure(8, (1, 1, 1), keeps)
    assert rates(network) == expected


@pytest.mark.parametrize(("name", "widths"), [("_deep", (64, 64, 128)), ("_c", (32, 32, 64))])
def test_stems_of_three_convolutions(name, widths):
    network = ResNet(f"resnet18{name}")
    assert tuple(network.stem[place].out_channels for place in (0, 3, 6)) == widths
    assert network.layer1[0].conv1.in_channels == widths[-1]


@torch.inference_mode()
def test_layers_can_be_left_out():
    whole, cut = ResNet("resnet18").eval(), ResNet("resnet18:2").eval()
    cut.load_state_dict({k: t for k, t in whole.state_dict().items() if k in cut.state_dict()})
    whole.all_strides = True
    image = torch.randn(1, 3, 33, 47)
    assert torch.equal(cut(image)["out"], whole(image)["stride8"])
    assert cut.channels["out"] == 128 and not hasattr(cut, "layer3")
