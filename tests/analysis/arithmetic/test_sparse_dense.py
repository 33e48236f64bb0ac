"""Where the sparse way has a response it is the dense one's; torch as oracle."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from segviewer.analysis.arithmetic.sparse_dense import (
    FILTERS,
    compare,
    enlarged,
    filtered,
    grey,
    kernel_of,
)


def picture(height=37, width=52, seed=0):
    return np.random.default_rng(seed).normal(size=(height, width))


@pytest.mark.parametrize("rate", [1, 2, 3, 8])
def test_filtering_is_torchs_dilated_convolution(rate):
    x, kernel = picture(), np.random.default_rng(1).normal(size=(7, 7))
    found = torch.nn.functional.conv2d(
        torch.tensor(x)[None, None],
        torch.tensor(kernel)[None, None],
        padding=3 * rate,
        dilation=rate,
    )
    np.testing.assert_allclose(filtered(x, kernel, rate), found[0, 0], atol=1e-12)


@given(
    st.integers(9, 40),
    st.integers(9, 40),
    st.sampled_from((2, 4, 8)),
    st.sampled_from(("nearest", "bilinear")),
    st.integers(0, 99),
)
def test_what_the_sparse_way_computes_is_true(height, width, rate, how, seed):
    found = compare(picture(height, width, seed), kernel_of("vertical edges"), rate, how)
    # The same pixels, the same weights: equal at every rate-th place, whatever lies between.
    np.testing.assert_allclose(found.difference[::rate, ::rate], 0, atol=1e-12)
    np.testing.assert_allclose(found.sparse[::rate, ::rate], found.computed, atol=1e-12)
    assert found.true_share == -(-height // rate) * -(-width // rate) / (height * width)


def test_on_the_rate_grid_the_share_is_one_in_r_squared():
    assert compare(picture(32, 64), kernel_of("blur"), 4, "nearest").true_share == 1 / 16


@given(st.integers(2, 9), st.integers(0, 99))
def test_bilinear_keeps_a_plane(stride, seed):
    a, b = np.random.default_rng(seed).normal(size=2)
    rows, columns = np.mgrid[:41, :41]
    plane = a * rows + b * columns
    last = 40 // stride * stride
    found = enlarged(plane[::stride, ::stride], stride, (41, 41), "bilinear")
    np.testing.assert_allclose(
        found[: last + 1, : last + 1], plane[: last + 1, : last + 1], atol=1e-9
    )


def test_nearest_takes_the_nearer():
    found = enlarged(np.array([[1.0, 2.0]]), 4, (1, 8), "nearest")
    assert found.tolist() == [[1, 1, 2, 2, 2, 2, 2, 2]]


def test_averaging_before_keeps_a_constant_inside_and_changes_the_rest():
    flat = np.ones((40, 40))
    found = compare(flat, kernel_of("blur"), 4, "nearest", smooth=True)
    assert found.dense[20, 20] == pytest.approx(1)
    assert found.computed[5, 5] == pytest.approx(1)
    rough = compare(picture(40, 40), kernel_of("blur"), 4, "nearest", smooth=True)
    assert np.abs(rough.difference[::4, ::4]).max() > 0.05


@pytest.mark.parametrize("name", FILTERS)
def test_kernels(name):
    kernel = kernel_of(name)
    assert np.abs(kernel).sum() == pytest.approx(1)
    assert kernel.sum() == pytest.approx(1 if name == "blur" else 0, abs=1e-12)
    ramp = np.tile(np.arange(40.0), (40, 1))
    inside = filtered(ramp, kernel)[20, 20], filtered(ramp.T, kernel)[20, 20]
    expected = {"vertical edges": (True, False), "horizontal edges": (False, True)}
    if name in expected:
        assert tuple(abs(v) > 0.5 for v in inside) == expected[name]


def test_grey_has_mean_zero():
    image = np.random.default_rng(0).integers(0, 256, (5, 6, 3), dtype=np.uint8)
    assert grey(image).mean() == pytest.approx(0, abs=1e-12)
    white = np.zeros((1, 2, 3), np.uint8)
    white[0, 1] = 255
    np.testing.assert_allclose(grey(white), [[-0.5, 0.5]])


def test_the_gaussian_has_its_width():
    # Neighbours of a sampled Gaussian differ by exp(-(2k + 1) / 2σ²).
    row = kernel_of("blur")[3]
    np.testing.assert_allclose(row[4:] / row[3:-1], np.exp(-np.array([1, 3, 5]) / (2 * 1.2**2)))
    # The Laplacian of the same Gaussian changes its sign at the radius σ √2.
    laplacian = kernel_of("Laplacian")
    assert laplacian[3, 3] < 0 and laplacian[3, 4] < 0 < laplacian[3, 5]
