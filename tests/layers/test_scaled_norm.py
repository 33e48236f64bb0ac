"""L2 normalisation across channels: lengths, scales, zeros."""

import pytest
import torch

from segviewer.layers.scaled_norm import EPS, FIRST_SCALE, ScaledNorm


def test_every_place_has_length_ten_at_first():
    x = 100 * torch.randn(2, 7, 5, 6)
    lengths = ScaledNorm(7)(x).norm(dim=1)
    assert torch.allclose(lengths, torch.full_like(lengths, FIRST_SCALE), rtol=1e-5)


def test_it_does_not_see_the_size_of_its_input():
    norm, x = ScaledNorm(4), torch.randn(1, 4, 3, 3)
    assert torch.allclose(norm(x), norm(50 * x), rtol=1e-5)


def test_channels_have_their_own_scale_and_a_factor():
    norm = ScaledNorm(3)
    norm.weight.data = torch.tensor([1.0, 2.0, 3.0])
    x = torch.tensor([2.0, 1.0, -2.0])[None, :, None, None]  # length 3
    norm.reconfigure(enabled=True, factor=0.5)
    expected = torch.tensor([1.0, 1.0, -3.0]) / 3
    assert norm(x).flatten().tolist() == pytest.approx(expected.tolist())


def test_switched_off_everything_comes_through():
    norm, x = ScaledNorm(3), torch.randn(1, 3, 2, 2)
    norm.reconfigure(enabled=False, factor=3.0)
    assert norm(x) is x


def test_zeros_stay_zeros_and_have_a_gradient():
    x = torch.zeros(1, 3, 1, 1, requires_grad=True)
    y = ScaledNorm(3)(x)
    y.sum().backward()
    assert (y == 0).all()
    assert torch.allclose(x.grad, torch.full_like(x, FIRST_SCALE / EPS**0.5))
