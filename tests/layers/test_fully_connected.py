"""Asked once, a fully connected layer gives what its convolution gives there."""

import pytest
import torch
from torch import nn

from segviewer.layers.fully_connected import FullyConnected


@pytest.mark.parametrize("side", [1, 3, 7])
def test_once_is_the_convolution_at_the_only_place_its_window_fits(side):
    torch.manual_seed(side)
    layer = FullyConnected(5, 4, side, padding=side // 2)
    x = torch.randn(2, 5, side, side)
    bare = nn.functional.conv2d(x, layer.weight, layer.bias)
    layer.once = True
    assert layer(x).shape == (2, 4, 1, 1)
    torch.testing.assert_close(layer(x), bare)


def test_everywhere_is_the_padded_convolution():
    torch.manual_seed(0)
    layer = FullyConnected(5, 4, 3, padding=1)
    plain = nn.Conv2d(5, 4, 3, padding=1)
    plain.load_state_dict(layer.state_dict())
    x = torch.randn(1, 5, 6, 8)
    assert torch.equal(layer(x), plain(x))
