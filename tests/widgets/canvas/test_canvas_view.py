"""Where things lie on the canvas, without a widget."""

import pytest
from PySide6.QtCore import QPointF, QRect

from segviewer.widgets.canvas.canvas_view import HANDLE_RADIUS, HANDLE_REACH, CanvasView
from segviewer.widgets.canvas.view_transform import ViewTransform


def view(comparison="overlay", ratio=1.0, divider=0.25, picture=(100, 50)):
    """A canvas of 402×300, its picture of 100×50 at twice its size in the middle."""
    return CanvasView(402, 300, ratio, comparison, divider, ViewTransform(2.0, 50, 25), picture)


def test_side_by_side_has_two_equal_panes_and_a_gutter():
    assert view().panes == [QRect(0, 0, 402, 300)]
    assert view("side").panes == [QRect(0, 0, 200, 300), QRect(202, 0, 200, 300)]
    assert view("side", ratio=1.5).pane_size == (300, 450)


def test_a_position_belongs_to_its_pane_and_counts_from_its_corner():
    both = view("side", ratio=2.0)
    assert both.pane_at(QPointF(201, 5)) == both.panes[0]
    assert both.device_point(QPointF(100, 10)) == (200, 20)
    assert both.device_point(QPointF(302, 10)) == (200, 20)


@pytest.mark.parametrize("comparison", ["overlay", "side"])
@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_a_pixels_position_leads_back_to_the_pixel(comparison, ratio):
    there = view(comparison, ratio)
    for pixel in ((0, 0), (37, 12), (99, 49)):
        middle = there.position_of(pixel[0] + 0.5, pixel[1] + 0.5)
        assert there.picture_pixel(middle) == pixel


def test_outside_the_picture_there_is_no_pixel():
    assert view().picture_pixel(QPointF(5, 5)) == (-1, -1)
    assert view(picture=None).picture_pixel(QPointF(201, 150)) == (-1, -1)
    assert view(picture=None).window is None


def test_the_divider_is_held_by_its_line_and_by_its_handle():
    swipe = view("swipe")
    x = swipe.divider_x
    assert x == 100  # 0.25 of 402, to a whole pixel
    assert swipe.on_divider(QPointF(x + HANDLE_REACH, 10))
    assert not swipe.on_divider(QPointF(x + HANDLE_REACH + 1, 10))
    assert swipe.on_divider(QPointF(x - HANDLE_RADIUS, 150))
    assert not swipe.on_divider(QPointF(x - HANDLE_RADIUS, 152))
    assert not view("side").on_divider(QPointF(x, 150))
    assert not view("swipe", picture=None).on_divider(QPointF(x, 150))


def test_what_is_seen_of_the_picture():
    assert view().in_view == (0.0, 1.0, 0.0, 1.0)
    assert view(picture=None).in_view is None
    # At eight device pixels a picture pixel, 402×300 of them show 50.25 columns and 37.5 rows.
    near = CanvasView(402, 300, 1.0, "overlay", 0.25, ViewTransform(8.0, 50, 25), (100, 50))
    top, bottom, left, right = near.in_view
    assert bottom - top == pytest.approx(300 / 400) and right - left == pytest.approx(402 / 800)
    assert (top + bottom) / 2 == pytest.approx(0.5, abs=0.01)
