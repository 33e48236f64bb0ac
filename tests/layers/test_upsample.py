"""Bilinear deconvolution in closed form, crops, and unpooling against a loop over windows."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from segviewer.layers.upsample import Deconvolution, bilinear_kernel, crop, unpool

# Kernel and stride of every deconvolution of FCN (FACTS §1).
PAIRS = [(4, 2), (16, 8), (32, 16), (64, 32)]


def deconvolution(num_classes, kernel, stride):
    return Deconvolution(num_classes, kernel, stride).requires_grad_(False)


@pytest.mark.parametrize(
    ("size", "taps"),
    [
        (1, [1]),
        (2, [0.5, 0.5]),
        (3, [0.5, 1, 0.5]),
        (4, [0.25, 0.75, 0.75, 0.25]),
        (5, [1 / 3, 2 / 3, 1, 2 / 3, 1 / 3]),
        (8, [0.125, 0.375, 0.625, 0.875, 0.875, 0.625, 0.375, 0.125]),
    ],
)
def test_taps(size, taps):
    taps = torch.tensor(taps, dtype=torch.float32)
    torch.testing.assert_close(bilinear_kernel(size), taps[:, None] * taps)


@given(size=st.integers(1, 70))
def test_closed_form_of_the_kernel(size):
    factor = (size + 1) // 2
    centre = factor - 1 if size % 2 else factor - 0.5
    kernel = bilinear_kernel(size)
    assert kernel.shape == (size, size) and kernel.dtype == torch.float32
    for row, column in ((0, 0), (size // 2, 0), (size // 2, size - 1), (size // 3, size // 2)):
        expected = (1 - abs(row - centre) / factor) * (1 - abs(column - centre) / factor)
        assert kernel[row, column].item() == pytest.approx(expected, abs=1e-6)
    assert torch.equal(kernel, kernel.T) and torch.equal(kernel, kernel.flip(0))
    assert kernel.min() > 0


@pytest.mark.parametrize(("kernel", "stride"), PAIRS)
def test_a_constant_stays_constant_inside(kernel, stride):
    out = deconvolution(2, kernel, stride)(torch.full((1, 2, 5, 4), 3.0))
    edge = kernel - stride
    inside = out[..., edge:-edge, edge:-edge]
    assert inside.shape == (1, 2, 4 * stride, 3 * stride)
    torch.testing.assert_close(inside, torch.full_like(inside, 3.0))
    assert out[..., 0, 0].max() < 3


@pytest.mark.parametrize(("kernel", "stride"), PAIRS)
def test_it_is_torchs_interpolation_inside(kernel, stride):
    scores = torch.randn(2, 3, 5, 4)
    out = deconvolution(3, kernel, stride)(scores)
    assert out.shape == (2, 3, stride * 4 + kernel, stride * 3 + kernel)
    around = (kernel - stride) // 2
    out = out[..., around:-around, around:-around]
    expected = F.interpolate(scores, scale_factor=stride, mode="bilinear", align_corners=False)
    assert out.shape == expected.shape
    # Within half a cell of the border torch repeats the border, a deconvolution adds zeros.
    edge = stride // 2
    inside = (..., slice(edge, -edge), slice(edge, -edge))
    torch.testing.assert_close(out[inside], expected[inside], rtol=1e-5, atol=1e-5)
    assert not torch.allclose(out, expected, atol=1e-2)


@pytest.mark.parametrize(("kernel", "stride"), PAIRS)
def test_bilinear_is_what_the_weights_start_as(kernel, stride):
    layer, scores = deconvolution(3, kernel, stride), torch.randn(2, 3, 4, 3)
    learned = layer(scores)
    layer.bilinear = True
    torch.testing.assert_close(layer(scores), learned, rtol=1e-5, atol=1e-5)


def test_stored_weights_rest_while_bilinear():
    layer, scores = deconvolution(3, 4, 2), torch.randn(1, 3, 4, 4)
    start = layer(scores)
    layer.weight.normal_()
    stored = layer.weight.clone()
    layer.bilinear = True
    torch.testing.assert_close(layer(scores), start, rtol=1e-5, atol=1e-5)
    layer.bilinear = False
    assert torch.equal(layer.weight, stored)
    assert not torch.allclose(layer(scores), start, atol=1e-2)


def test_learned_weights_may_mix_classes_and_bilinear_ones_do_not():
    layer = deconvolution(3, 4, 2)
    one_class = torch.randn(1, 3, 4, 4)
    one_class[:, 1:] = 0
    assert not layer(one_class)[:, 1:].any()
    layer.weight[0, 2] = 1.0
    assert layer(one_class)[:, 2].any() and not layer(one_class)[:, 1].any()
    layer.start_bilinear()
    assert not layer(one_class)[:, 1:].any()


def test_weights_are_whole_and_without_bias():
    layer = Deconvolution(21, 64, 32)
    assert layer.weight.shape == (21, 21, 64, 64) and layer.bias is None
    assert layer.padding == (0, 0) and layer.weight.requires_grad


@pytest.mark.parametrize("offset", [0, 5, 9])
def test_crop(offset):
    x = torch.arange(20 * 30).reshape(1, 1, 20, 30)
    part = crop(x, offset, torch.empty(2, 7, 8, 11))
    assert part.shape == (1, 1, 8, 11)
    assert part[0, 0, 0, 0] == offset * 30 + offset
    assert part[0, 0, -1, -1] == (offset + 7) * 30 + offset + 10


def pooled_by_hand(x):
    """Maxima of the 2x2 windows of `x` (H, W), cut at the border, and where they are."""
    height, width = x.shape
    found = {}
    for row in range(0, height, 2):
        for column in range(0, width, 2):
            window = [
                (x[r, c].item(), (r, c))
                for r in range(row, min(row + 2, height))
                for c in range(column, min(column + 2, width))
            ]
            found[row // 2, column // 2] = max(window)
    return found


@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 999))
@settings(max_examples=40)
def test_unpooling_keeps_maxima_in_their_places(height, width, seed):
    x = torch.randn(2, 3, height, width, generator=torch.Generator().manual_seed(seed))
    pooled, indices = F.max_pool2d(x, 2, 2, ceil_mode=True, return_indices=True)
    raised = unpool(pooled, indices, (height, width))
    expected = torch.zeros_like(x)
    for batch in range(2):
        for channel in range(3):
            for value, place in pooled_by_hand(x[batch, channel]).values():
                expected[batch, channel][place] = value
    assert torch.equal(raised, expected)
    # What is kept is kept where it was, and everything else is zero.
    kept = raised != 0
    assert torch.equal(raised[kept], x[kept])
    assert int(kept.sum()) == 2 * 3 * -(-height // 2) * -(-width // 2)


def test_unpooling_puts_other_values_at_the_same_places():
    x = torch.tensor([[1.0, 5, 2, 0, 9], [3, 4, 7, 1, 8], [6, 0, 0, 2, 1]])[None, None]
    _, indices = F.max_pool2d(x, 2, 2, ceil_mode=True, return_indices=True)
    values = torch.tensor([[10.0, 20, 30], [40, 50, -60]])[None, None]
    expected = torch.tensor([[0, 10, 0, 0, 30], [0, 0, 20, 0, 0], [40, 0, 0, 50, -60]])
    assert torch.equal(unpool(values, indices, (3, 5))[0, 0], expected.float())
