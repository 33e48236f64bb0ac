"""Pyramid pooling: windows of both kinds, levels that switch, and what a map of any size gives."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from segviewer.layers.pyramid_pooling import PyramidPooling, pool_bins, spp_window

POOLINGS = ("average", "maximum")
MORE_THAN_SIX = {8, 9, 10, 11, 15, 16, 17, 22, 23, 29}


def number_of_windows(side, bins):
    window, stride = spp_window(side, bins)
    return (side - window) // stride + 1


def by_hand(x, rows, columns, pooling):
    """Pool (1, 1, h, w) over the windows [start, end) of each axis."""
    reduce = torch.mean if pooling == "average" else torch.amax
    values = [[reduce(x[0, 0, a:b, c:d]) for c, d in columns] for a, b in rows]
    return torch.stack([torch.stack(row) for row in values])[None, None]


@pytest.mark.parametrize("bins", [1, 2, 3, 6])
def test_where_the_formula_gives_too_many_windows(bins):
    sides = {a for a in range(bins, 131) if number_of_windows(a, bins) > bins}
    assert sides == {3: {5}, 6: MORE_THAN_SIX}.get(bins, set())


@given(side=st.integers(1, 200), bins=st.integers(1, 12))
def test_the_formula_never_gives_too_few(side, bins):
    if side >= bins:
        assert number_of_windows(side, bins) >= bins


@pytest.mark.parametrize("pooling", POOLINGS)
def test_spp_windows_of_65_in_6(pooling):
    x = torch.randn(1, 1, 65, 65)
    windows = [(start, start + 11) for start in range(0, 60, 10)]
    found = pool_bins(x, 6, pooling, "SPP")
    assert torch.allclose(found, by_hand(x, windows, windows, pooling), atol=1e-6)
    x[..., 61:, :] += 100  # the last four rows are not seen
    assert torch.allclose(pool_bins(x, 6, pooling, "SPP"), found, atol=1e-6)
    assert not torch.allclose(pool_bins(x, 6, pooling, "adaptive"), found, atol=1)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_adaptive_windows_of_65_in_6(pooling):
    x = torch.randn(1, 1, 65, 65)
    windows = [(0, 11), (10, 22), (21, 33), (32, 44), (43, 55), (54, 65)]
    found = pool_bins(x, 6, pooling, "adaptive")
    assert torch.allclose(found, by_hand(x, windows, windows, pooling), atol=1e-6)


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("side", [5, 8, 29])
def test_windows_above_the_number_are_cropped(side, pooling):
    bins = 3 if side == 5 else 6
    x = torch.randn(1, 1, side, side)
    window, stride = spp_window(side, bins)
    windows = [(i * stride, i * stride + window) for i in range(bins)]
    found = pool_bins(x, bins, pooling, "SPP")
    assert torch.allclose(found, by_hand(x, windows, windows, pooling), atol=1e-6)


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("bins", [1, 2, 3, 6])
def test_where_bins_divide_both_kinds_are_strided_pooling(bins, pooling):
    x = torch.randn(2, 3, 60, 60)
    side = 60 // bins
    pool = F.avg_pool2d if pooling == "average" else F.max_pool2d
    expected = pool(x, side, side)
    for windows in ("adaptive", "SPP"):
        assert torch.allclose(pool_bins(x, bins, pooling, windows), expected, atol=1e-6)


@settings(max_examples=60)
@given(
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    bins=st.integers(1, 8),
    pooling=st.sampled_from(POOLINGS),
    windows=st.sampled_from(("adaptive", "SPP")),
)
def test_any_size_gives_so_many_bins_within_the_range_of_the_map(
    height, width, bins, pooling, windows
):
    x = torch.randn(1, 1, height, width)
    found = pool_bins(x, bins, pooling, windows)
    assert found.shape == (1, 1, bins, bins)
    assert found.min() >= x.min() - 1e-5 and found.max() <= x.max() + 1e-5


def test_levels_stand_behind_the_map_and_are_zero_when_off():
    ppm = PyramidPooling(8, (1, 2, 3, 6)).eval()
    assert (ppm.level_channels, ppm.channels) == (2, 16)
    x = torch.randn(1, 8, 13, 17)
    with torch.inference_mode():
        every = ppm(x)
        assert torch.equal(every[:, :8], x)
        for level in range(4):
            on = tuple(index == level for index in range(4))
            ppm.reconfigure(on, "average", "adaptive", align_corners=True)
            alone = ppm(x)[:, 8:].split(2, dim=1)
            for index, part in enumerate(alone):
                expected = every[:, 8 + 2 * index : 10 + 2 * index]
                assert torch.equal(part, expected if index == level else 0 * expected)


def test_without_reduction_a_level_is_the_pooled_map_itself():
    ppm = PyramidPooling(3, (1, 2), reduction=False)
    assert list(ppm.parameters()) == [] and ppm.channels == 9
    x = torch.randn(1, 3, 8, 8)
    found = ppm(x)
    assert torch.allclose(found[:, 3:6], x.mean((2, 3), keepdim=True).expand_as(x), atol=1e-6)
    # Enlarged with corners on corners, the corner cells are the corner windows' averages.
    corners = found[:, 6:][..., ::7, ::7]
    assert torch.allclose(corners, F.avg_pool2d(x, 4), atol=1e-6)


def test_no_levels_is_the_map():
    x = torch.randn(1, 3, 4, 5)
    assert torch.equal(PyramidPooling(3, ())(x), x)
