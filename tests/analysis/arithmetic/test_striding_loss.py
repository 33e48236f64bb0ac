"""Striding: what is lost by closed forms; costs against torch's own layers."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from segviewer.analysis.arithmetic.striding_loss import (
    STRIDES,
    atrous_cost,
    deconvolution_cost,
    labels_down_and_up,
    losses,
    scores_down_and_up,
    shift_change,
)


def two_halves(edge, height=32, width=64):
    return np.repeat((np.arange(width) >= edge)[None].astype(np.uint8), height, axis=0)


@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from(STRIDES), st.integers(0, 9))
def test_cells_are_constant_and_hold_a_label_of_theirs(height, width, stride, seed):
    labels = np.random.default_rng(seed).integers(0, 5, (height, width), dtype=np.uint8)
    found = labels_down_and_up(labels, stride)
    assert found.shape == labels.shape
    for top in range(0, height, stride):
        for left in range(0, width, stride):
            cell = found[top : top + stride, left : left + stride]
            assert (cell == cell[0, 0]).all()
            assert cell[0, 0] in labels[top : top + stride, left : left + stride]
    np.testing.assert_array_equal(labels_down_and_up(labels, 1), labels)


@pytest.mark.parametrize(("edge", "changed"), [(32, 0), (33, 1), (35, 3), (37, 3), (39, 1)])
def test_an_edge_moves_to_the_grid(edge, changed):
    labels = two_halves(edge)
    found = labels_down_and_up(labels, 8)
    assert (found != labels).sum() == 32 * changed


def test_scores_interpolate_to_the_edge_and_labels_do_not():
    labels = two_halves(21)
    lean = (np.arange(64) - 20.5) * 0.4
    first = 1 / (1 + np.exp(lean))
    probs = np.repeat(np.stack([first, 1 - first])[:, None], 32, axis=1)
    np.testing.assert_array_equal(probs.argmax(0), labels)
    # Scores that rise in a straight line lose nothing but beyond the last sample.
    np.testing.assert_array_equal(scores_down_and_up(probs, 8), labels)
    assert (labels_down_and_up(labels, 8) != labels).any()


def test_scores_at_stride_1_are_the_labels():
    probs = np.random.default_rng(0).dirichlet(np.ones(4), (9, 7)).transpose(2, 0, 1)
    np.testing.assert_array_equal(scores_down_and_up(probs, 1), probs.argmax(0))


def test_a_shift_matters_only_with_a_stride():
    labels = two_halves(32)
    assert shift_change(labels, 1) == 0
    # Before the shift the edge lies on the grid; after it, it lies one off and is pulled back.
    assert shift_change(labels, 8) == pytest.approx(1 / 63)
    assert shift_change(labels[:, :1], 8) == 0


def test_losses_count_near_and_everywhere():
    labels = two_halves(35)
    labels[:4] = 255
    found = losses(labels, {8: labels_down_and_up(two_halves(35), 8)}, band=3)
    (loss,) = found
    assert loss.everywhere == pytest.approx(3 / 64)
    # Three columns on each side of the outline, less the band about the void rows.
    assert 3 / 6 >= loss.near > 3 / 64
    flat = np.zeros((8, 8), np.uint8)
    (even,) = losses(flat, {4: flat}, band=3)
    assert even.everywhere == 0 and np.isnan(even.near) and even.shifted == 0
    (void,) = losses(np.full((8, 8), 255, np.uint8), {4: flat}, band=3)
    assert np.isnan(void.everywhere)


@pytest.mark.parametrize(("size", "stride"), [((32, 48), 2), ((32, 48), 8), ((33, 50), 4)])
def test_costs_are_those_of_torchs_layers(size, stride):
    channels = 6
    down = torch.nn.Conv2d(channels, channels, 3, stride, padding=1, bias=False)
    up = torch.nn.ConvTranspose2d(
        channels, channels, 2 * stride, stride, padding=stride // 2, bias=False
    )
    small = down(torch.zeros(1, channels, *size))
    cost = deconvolution_cost(*size, channels, stride)
    assert cost.parameters == sum(p.numel() for m in (down, up) for p in m.parameters())
    places = small.shape[-2] * small.shape[-1]
    assert cost.multiply_adds == places * (down.weight.numel() + up.weight.numel())
    assert cost.map_bytes == small.nbytes + 4 * channels * size[0] * size[1]
    atrous = torch.nn.Conv2d(channels, channels, 3, padding=stride, dilation=stride, bias=False)
    y = atrous(torch.zeros(1, channels, *size))
    plain = atrous_cost(*size, channels)
    assert plain.parameters == atrous.weight.numel()
    assert plain.multiply_adds == atrous.weight.numel() * size[0] * size[1]
    assert plain.map_bytes == y.nbytes
