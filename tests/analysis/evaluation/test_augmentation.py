"""Random views lie where they say they lie."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segviewer.analysis.evaluation.augmentation import MEAN, Draw, apply, crop_means, draw_views


@given(
    st.integers(0, 10**6), st.tuples(st.integers(1, 900), st.integers(1, 900)), st.integers(1, 700)
)
def test_views_are_inside_or_padded_evenly(seed, size, crop):
    for view in draw_views(seed, 3, size, crop):
        assert 0.5 <= view.scale <= 2
        for corner, side in ((view.left, view.width), (view.top, view.height)):
            if side >= crop:
                assert 0 <= corner <= side - crop
            else:
                assert corner == -((crop - side) // 2)
        left, top, right, bottom = view.source()
        assert 0 <= left < right <= 1 and 0 <= top < bottom <= 1
        seen = (right - left) * view.width * (bottom - top) * view.height
        assert 1 - view.padding == pytest.approx(seen / crop**2)


def test_switches_leave_the_other_draws_alone():
    plain = draw_views(5, 4, (300, 400), 200, mirror=False)
    mixed = draw_views(5, 4, (300, 400), 200, mirror=True, blur=True)
    assert [v.scale for v in plain] == [v.scale for v in mixed]
    assert [(v.left, v.top) for v in plain] == [(v.left, v.top) for v in mixed]
    assert not any(v.mirrored or v.blurred for v in plain)
    assert any(v.mirrored for v in draw_views(1, 20, (300, 400), 200))


def test_the_crop_shows_its_source_and_is_mirrored():
    image = np.zeros((40, 60, 3), np.uint8)
    image[..., 0] = np.arange(60)
    view = Draw(1.0, False, False, 10, 5, 40, 60, 20)
    np.testing.assert_array_equal(apply(image, view)[0, :, 0], np.arange(10, 30))
    mirrored = Draw(1.0, True, False, 10, 5, 40, 60, 20)
    np.testing.assert_array_equal(apply(image, mirrored)[0, :, 0], np.arange(49, 29, -1))
    left, _, right, _ = mirrored.source()
    assert (left * 60, right * 60) == (30, 50)


def test_padding_has_the_mean_colour():
    image = np.full((10, 20, 3), 255, np.uint8)
    (view,) = draw_views(0, 1, (10, 20), 50, scales=(1.0, 1.0), mirror=False)
    shown = apply(image, view)
    assert tuple(shown[0, 0]) == MEAN and (shown == 255).all(2).sum() == 200
    assert view.padding == pytest.approx(1 - 200 / 2500)


def test_means_of_crops_are_those_of_their_pixels():
    image = np.zeros((60, 80, 3), np.uint8)
    image[..., :] = np.arange(80)[None, :, None]
    views = draw_views(1, 40, (60, 80), 32, (1, 1), mirror=False)
    means, spread = crop_means(image, views)
    # Red, green and blue are the column: the mean of a crop is that of its columns.
    assert np.allclose(means, [view.left + 15.5 for view in views])
    assert spread == pytest.approx(np.arange(80).std())
    whole = draw_views(1, 3, (60, 80), 200, (1, 1), mirror=False)
    assert np.allclose(crop_means(image, whole)[0], 39.5)
