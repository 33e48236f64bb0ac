"""Atrous convolution in one dimension against torch and by hand."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from segviewer.analysis.arithmetic.atrous_signal import (
    FILTERS,
    SIGNALS,
    atrous_convolution,
    effective_kernel,
    filter_of,
    signal_of,
    taps_inside,
    with_holes,
)


@given(st.integers(1, 30), st.sampled_from((1, 3, 5, 7)), st.integers(1, 9), st.integers(0, 99))
def test_centred_it_is_torchs(length, kernel, rate, seed):
    rng = np.random.default_rng(seed)
    x, w = rng.normal(size=length), rng.normal(size=kernel)
    found = torch.nn.functional.conv1d(
        torch.tensor(x)[None, None],
        torch.tensor(w)[None, None],
        padding=rate * (kernel // 2),
        dilation=rate,
    )
    np.testing.assert_allclose(atrous_convolution(x, w, rate), found[0, 0], atol=1e-12)


@given(st.sampled_from((1, 3, 5)), st.integers(1, 6), st.integers(0, 99))
def test_the_decks_sum_is_the_same_shifted_by_half_the_filter(kernel, rate, seed):
    rng = np.random.default_rng(seed)
    x, w = np.zeros(80), rng.normal(size=kernel)
    x[30:50] = rng.normal(size=20)
    shift = rate * (kernel + 1) // 2
    deck = atrous_convolution(x, w, rate, centred=False)
    np.testing.assert_allclose(
        deck[: 80 - shift], atrous_convolution(x, w, rate)[shift:], atol=1e-12
    )


def test_the_decks_sum_by_hand():
    x = np.array([1.0, 2, 3, 4, 5, 6, 7])
    # y[i] = x[i + 2] w[1] + x[i + 4] w[2]
    np.testing.assert_array_equal(
        atrous_convolution(x, [10, 1], 2, centred=False), [35, 46, 57, 60, 70, 0, 0]
    )


@given(st.sampled_from((1, 3, 5)), st.integers(1, 6))
def test_the_filter_with_holes_convolves_ordinarily(kernel, rate):
    w = np.arange(1.0, kernel + 1)
    spread = with_holes(w, rate)
    assert len(spread) == effective_kernel(kernel, rate) == kernel + (kernel - 1) * (rate - 1)
    assert np.count_nonzero(spread) == kernel
    x = np.random.default_rng(1).normal(size=40)
    np.testing.assert_allclose(
        atrous_convolution(x, spread, 1), atrous_convolution(x, w, rate), atol=1e-12
    )


def test_taps_inside():
    assert list(taps_inside(7, 3, 2)) == [2, 2, 3, 3, 3, 2, 2]
    assert list(taps_inside(3, 3, 5)) == [1, 1, 1]
    assert list(taps_inside(4, 2, 1, centred=False)) == [2, 2, 1, 0]


@pytest.mark.parametrize("name", SIGNALS)
def test_signals_lie_in_range_and_are_not_flat(name):
    x = signal_of(name, 36)
    assert len(x) == 36 and np.abs(x).max() == 1 and np.ptp(x) >= 1


@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5, 7])
@pytest.mark.parametrize("name", FILTERS)
def test_filters_are_what_they_are_called(name, kernel):
    w = filter_of(name, kernel)
    assert len(w) == kernel and np.any(w)
    if name == "average":
        assert w.sum() == pytest.approx(1, abs=0.01)
    elif kernel > 2:
        assert w.sum() == pytest.approx(0)
