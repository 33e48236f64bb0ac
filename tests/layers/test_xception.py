"""Aligned Xception: its shortcut, strides and rates."""

import pytest
import torch
from torch.nn import functional as F

from segviewer.layers.xception import Xception, XceptionBlock


def test_a_block_that_begins_with_a_relu_adds_its_relu():
    """jfzhang95's first ReLU works in place, so the shortcut carries it too."""
    block = XceptionBlock((4, 4, 4, 4), True, False).eval()
    for parameter in block.parameters():
        torch.nn.init.zeros_(parameter)  # what is left is the shortcut
    x = torch.randn(1, 4, 5, 5, generator=torch.Generator().manual_seed(0))
    assert torch.equal(block(x), F.relu(x))


@pytest.mark.parametrize(
    ("output_stride", "sizes", "middle", "exit_rates"),
    [(16, (17, 5), 1, (1, 1, 1)), (8, (17, 9), 2, (2, 2, 1))],
)
@torch.inference_mode()
def test_jfzhang95s_strides_and_rates(output_stride, sizes, middle, exit_rates):
    network = Xception().eval()
    network.reconfigure(output_stride, (1, 1, 1), first_unit_keeps_rate=True)
    maps = network(torch.zeros(1, 3, 65, 65))
    assert (maps["low_level"].shape[-1], maps["out"].shape[-1]) == sizes
    assert network.block10.rep[1].conv1.dilation == (middle, middle)
    found = tuple(network.block20.rep[place].conv1.dilation[0] for place in (1, 4, 7))
    assert found == exit_rates
    assert network.conv5.conv1.dilation[0] == 32 // output_stride
