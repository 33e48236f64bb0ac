"""DeepLab v2's pyramid: a sum of atrous classifiers."""

import pytest
import torch
from torch.nn import functional as F

from segviewer.layers.pyramid_sum import SummedPyramid

RATES = (1, 2, 4, 6)


@pytest.fixture
def features():
    return torch.randn(2, 5, 9, 7, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("hidden", [0, 6])
@torch.inference_mode()
def test_it_is_the_sum_of_its_branches(features, hidden):
    pyramid = SummedPyramid(5, 3, 4, hidden).eval()
    parts = []
    for index in range(4):
        pyramid.reconfigure(RATES, tuple(place == index for place in range(4)))
        parts.append(pyramid(features))
    pyramid.reconfigure(RATES, (True,) * 4)
    assert torch.allclose(pyramid(features), sum(parts), atol=1e-6)
    assert not torch.allclose(parts[0], parts[1])


@torch.inference_mode()
def test_one_branch_is_one_biased_atrous_convolution(features):
    pyramid = SummedPyramid(5, 3, 4)
    pyramid.convs[2].bias.fill_(0.5)
    pyramid.reconfigure(RATES, (False, False, True, False))
    conv = pyramid.convs[2]
    expected = F.conv2d(features, conv.weight, conv.bias, padding=4, dilation=4)
    assert torch.equal(pyramid(features), expected)


def test_nothing_on_is_zero(features):
    pyramid = SummedPyramid(5, 3, 4)
    pyramid.reconfigure(RATES, (False,) * 4)
    assert torch.equal(pyramid(features), torch.zeros(2, 3, 9, 7))
