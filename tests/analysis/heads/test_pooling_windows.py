"""Windows of both rules against torch, and the cases where the formula gives too many."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from segviewer.analysis.heads.pooling_windows import (
    adaptive_windows,
    formula_windows,
    pooled,
    sides_with_more,
    unseen,
    windows_of,
)


def test_a_map_of_65_in_6():
    assert adaptive_windows(65, 6) == ((0, 11), (10, 22), (21, 33), (32, 44), (43, 55), (54, 65))
    assert formula_windows(65, 6) == tuple((s, s + 11) for s in range(0, 60, 10))
    assert unseen(formula_windows(65, 6), 65) == 4
    assert unseen(adaptive_windows(65, 6), 65) == 0


@given(st.integers(1, 8), st.integers(1, 12))
def test_where_the_bins_divide_the_side_both_agree(bins, cells):
    assert adaptive_windows(bins * cells, bins) == formula_windows(bins * cells, bins)


def test_sides_with_more_windows_than_bins():
    assert sides_with_more(6) == (8, 9, 10, 11, 15, 16, 17, 22, 23, 29)
    assert sides_with_more(3) == (5,)
    assert sides_with_more(1) == sides_with_more(2) == ()


def test_fewer_cells_than_bins():
    assert formula_windows(4, 6) == () and unseen((), 4) == 4
    assert len(adaptive_windows(4, 6)) == 6


@given(
    st.integers(1, 30),
    st.integers(1, 30),
    st.integers(1, 6),
    st.sampled_from(("average", "maximum")),
    st.integers(0, 99),
)
def test_adaptive_pooling_is_torchs(height, width, bins, pooling, seed):
    cells = np.random.default_rng(seed).normal(size=(height, width, 2))
    function = {
        "average": torch.nn.functional.adaptive_avg_pool2d,
        "maximum": torch.nn.functional.adaptive_max_pool2d,
    }[pooling]
    expected = function(torch.tensor(cells).permute(2, 0, 1)[None], bins)[0].permute(1, 2, 0)
    rows, columns = (windows_of("adaptive", side, bins) for side in (height, width))
    np.testing.assert_allclose(pooled(cells, rows, columns, pooling), expected, atol=1e-12)


@given(st.integers(6, 40), st.integers(1, 6))
def test_the_formula_is_a_strided_pooling(side, bins):
    cells = np.random.default_rng(side).normal(size=(side, side))
    expected = torch.nn.functional.avg_pool2d(
        torch.tensor(cells)[None, None], -(-side // bins), side // bins
    )[0, 0]
    windows = windows_of("formula", side, bins)
    np.testing.assert_allclose(pooled(cells, windows, windows, "average"), expected, atol=1e-12)


def test_no_window_pools_nothing():
    assert pooled(np.zeros((4, 4, 3)), (), (), "average").shape == (0, 0, 3)


@pytest.mark.parametrize("bins", [1, 2, 3, 6])
def test_60_cells_as_in_the_paper(bins):
    assert [b - a for a, b in formula_windows(60, bins)] == [60 // bins] * bins
