"""Where a picture lies in a view: closed forms and laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segviewer.widgets.canvas.view_transform import MAXIMUM_ZOOM, ViewTransform, Window

sizes = st.tuples(st.integers(1, 6000), st.integers(1, 6000))
views = st.tuples(st.integers(1, 3000), st.integers(1, 3000))
fractions = st.tuples(st.floats(0, 1), st.floats(0, 1))


def test_fitting_touches_the_nearer_pair_of_edges_and_centres_the_other():
    transform = ViewTransform.fitting((100, 50), (400, 300))
    assert transform.zoom == 4
    assert transform.origin((400, 300)) == (0, 50)


@given(sizes, views)
def test_a_fitted_picture_lies_inside_the_view(picture, view):
    transform = ViewTransform.fitting(picture, view)
    window = Window.of(transform, picture, view)
    assert 0 <= window.left < window.left + window.width <= view[0]
    assert 0 <= window.top < window.top + window.height <= view[1]


@given(sizes, views, fractions, st.floats(0.05, 20))
def test_zooming_keeps_what_lies_under_the_cursor(picture, view, at, factor):
    before = ViewTransform.fitting(picture, view)
    point = (at[0] * view[0], at[1] * view[1])
    after = before.zoomed(factor, point, view, smallest=before.zoom / 100)
    assert after.zoom <= MAXIMUM_ZOOM
    x0, y0 = before.to_picture(point, view)
    x1, y1 = after.to_picture(point, view)
    # The origin is rounded to whole device pixels, half a pixel each time.
    slack = 0.51 * (1 / before.zoom + 1 / after.zoom)
    assert abs(x0 - x1) <= slack + 1e-6 * abs(x0)
    assert abs(y0 - y1) <= slack + 1e-6 * abs(y0)


def test_panning_moves_the_picture_by_device_pixels():
    transform = ViewTransform(2.0, 50, 50)
    x, y = transform.origin((200, 200))
    assert transform.panned(7, -3).origin((200, 200)) == (x + 7, y - 3)


def test_the_middle_of_the_view_stays_on_the_picture():
    lost = ViewTransform(1.0, -1000, 9999)
    held = lost.held_inside((100, 50))
    assert (held.x, held.y) == (0, 50)


def test_nothing_is_covered_where_the_picture_is_outside():
    assert Window.of(ViewTransform(1.0, 1000, 0), (10, 10), (100, 100)) is None


@pytest.mark.parametrize("factor", [1, 2, 3])
def test_sampling_at_a_whole_zoom_repeats_each_pixel(factor):
    raster = np.arange(12, dtype=np.uint8).reshape(3, 4)
    transform = ViewTransform(float(factor), 2, 1.5)
    window = Window.of(transform, (4, 3), (4 * factor, 3 * factor))
    expected = raster.repeat(factor, 0).repeat(factor, 1)
    np.testing.assert_array_equal(window.sample(raster), expected)


@given(sizes, st.tuples(st.integers(1, 300), st.integers(1, 300)), views)
def test_a_raster_of_any_size_covers_the_picture(picture, raster, view):
    transform = ViewTransform.fitting(picture, view)
    window = Window.of(transform, picture, view)
    for index, count in (
        (window.columns(raster[0]), raster[0]),
        (window.rows(raster[1]), raster[1]),
    ):
        assert index.min() >= 0
        assert index.max() < count
        assert (np.diff(index) >= 0).all()
    across = picture[0] * transform.zoom
    if window.width >= raster[0] and across >= raster[0]:
        assert window.columns(raster[0])[0] == 0
        assert window.columns(raster[0])[-1] == raster[0] - 1


def test_a_coarse_and_a_fine_raster_change_at_the_same_place():
    window = Window.of(ViewTransform(3.0, 4, 4), (8, 8), (24, 24))
    coarse = np.array([[0, 1], [2, 3]], np.uint8)
    fine = coarse.repeat(16, 0).repeat(16, 1)
    np.testing.assert_array_equal(window.sample(coarse), window.sample(fine))
