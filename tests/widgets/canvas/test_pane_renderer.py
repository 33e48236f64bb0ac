"""Large views are drawn coarser while they move, out of what is shown, and finely at rest."""

from __future__ import annotations

import numpy as np
import pytest

from segviewer.widgets.canvas import pane_renderer, picture_view
from segviewer.widgets.canvas.image_canvas import ImageCanvas
from segviewer.widgets.canvas.pane_renderer import _bands
from segviewer.widgets.canvas.view_transform import Window
from tests.widgets.canvas.shown_canvas import BLUE, GREEN, RED, shot, table

WIDTH, HEIGHT = 400, 300
STYLES = ("fill", "contour", "both")


def blobs(seed=0):
    coarse = np.random.default_rng(seed).integers(0, 3, (30, 40), np.uint8)
    coarse[:4, :5] = 255
    return coarse.repeat(10, 0).repeat(10, 1)


@pytest.fixture
def large(qtbot, monkeypatch):
    """A canvas that counts as one of many pixels: 400×300 in at least four bands."""
    monkeypatch.setattr(pane_renderer, "AT_ONCE", 30_000)
    monkeypatch.setattr(pane_renderer, "COARSE", 10_000)
    monkeypatch.setattr(picture_view, "SETTLED_MS", 20)
    widget = ImageCanvas()
    qtbot.addWidget(widget)
    widget.resize(WIDTH, HEIGHT)
    photo = np.random.default_rng(1).integers(0, 256, (300, 400, 3), np.uint8)
    widget.set_picture([photo, photo[::2, ::2]])
    widget.set_label_map(blobs())
    widget.set_colours(table(RED, GREEN, BLUE))
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def at_rest(qtbot, canvas):
    canvas.repaint()
    qtbot.waitUntil(lambda: not (canvas._settled.isActive() or canvas._refining.isActive()))
    return shot(canvas)


def in_one_go(canvas, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(pane_renderer, "AT_ONCE", 1 << 40)
        return shot(canvas)


@pytest.mark.parametrize("comparison", ["overlay", "side", "swipe", "difference", "photo"])
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("zoom", [1.0, 0.7, 2.3, 9.0])
def test_at_rest_every_pixel_is_that_of_one_go(qtbot, large, monkeypatch, comparison, style, zoom):
    large.set_comparison(comparison)
    large.set_style(style)
    large.set_opacity(0.5 if style == "fill" else 1.0)
    large.set_reference(blobs(2), table(GREEN, BLUE, RED))
    large.set_difference(blobs(2))
    large.fit()
    large.zoom_by(zoom)
    fine = at_rest(qtbot, large)
    wanted = in_one_go(large, monkeypatch)
    # The photograph is interpolated from another first row: a grey value more or less.
    assert np.abs(fine.astype(int) - wanted).max() <= 2
    if comparison == "overlay" and style == "fill":
        large.set_opacity(1.0)
        np.testing.assert_array_equal(at_rest(qtbot, large), in_one_go(large, monkeypatch))


def test_while_it_moves_it_is_coarser_and_of_the_same_colours(qtbot, large, monkeypatch):
    large.set_opacity(1.0)
    large.set_label_map(np.minimum(blobs(), 2))
    large.zoom_by(1.7)
    coarse = shot(large)
    fine = in_one_go(large, monkeypatch)
    assert 0.7 < (coarse == fine).all(-1).mean() < 1
    assert {tuple(c) for c in np.unique(coarse.reshape(-1, 3), axis=0)} == {RED, GREEN, BLUE}


def test_a_coarse_drawing_lies_where_the_fine_one_does(qtbot, large, monkeypatch):
    labels = np.zeros((300, 400), np.uint8)
    labels[:, 200:] = 1
    large.set_label_map(labels)
    large.set_opacity(1.0)
    for step in range(7):  # of whole pixels and squares that do not divide them
        large.pan_by(-1, -1)
        edge = (shot(large)[100] == GREEN).all(-1).argmax()
        fine = (in_one_go(large, monkeypatch)[100] == GREEN).all(-1).argmax()
        assert abs(int(edge) - int(fine)) <= 3, step


@pytest.mark.parametrize("moved", [False, True])
def test_new_labels_are_seen_in_the_next_paint_however_coarse(qtbot, large, moved):
    large.set_opacity(1.0)
    large.set_label_map(np.zeros((300, 400), np.uint8))
    assert (at_rest(qtbot, large) == RED).all()
    if moved:
        large.zoom_by(1.3)
        assert (shot(large) == RED).all()
    large.set_label_map(np.ones((300, 400), np.uint8))
    assert (shot(large) == GREEN).all()
    assert (at_rest(qtbot, large) == GREEN).all()


def test_opacity_needs_no_second_drawing(qtbot, large, monkeypatch):
    at_rest(qtbot, large)
    large.set_opacity(0.25)
    assert np.abs(shot(large).astype(int) - in_one_go(large, monkeypatch)).max() <= 2
    assert not large._settled.isActive() and not large._refining.isActive()


def test_a_move_puts_the_fine_drawing_off(qtbot, large):
    large.zoom_by(1.2)
    large.repaint()
    assert large._settled.isActive()
    large._settled.stop()
    large._refining.start()
    large.zoom_by(1.2)
    assert large._settled.isActive() and not large._refining.isActive()


def test_whoever_takes_a_picture_has_it_drawn_finely(qtbot, large, monkeypatch):
    large.zoom_by(1.3)
    large.finish_drawing()
    assert np.abs(shot(large).astype(int) - in_one_go(large, monkeypatch)).max() <= 2


def test_drawings_of_bands_that_are_gone_are_not_kept(qtbot, large):
    at_rest(qtbot, large)
    renderer = large._renderer
    most = len(renderer.picture._drawn)
    large.resize(100, 75)
    at_rest(qtbot, large)
    assert len(renderer.picture._drawn) < most
    assert len(renderer.labels._drawings) < most


def test_without_a_picture_there_is_nothing_to_wait_for(qtbot, large):
    large.set_picture(None)
    large.finish_drawing()
    at_rest(qtbot, large)
    large.repaint()
    assert not large._settled.isActive() and not large._refining.isActive()


@pytest.mark.parametrize("height", [1, 7, 299, 300])
def test_bands_cover_every_row_once(height):
    window = Window(5, 9, 400, height, 3, 2, (400, 300), 1.0)
    pieces = _bands(window, 1.0)
    rows = [y for rows, _ in pieces for y in range(rows.top(), rows.bottom() + 1)]
    assert rows == list(range(9, 9 + height))
    for rows, band in pieces:
        assert band.top <= rows.top() and band.top + band.height > rows.bottom()
        assert band.v - window.v == band.top - window.top


@pytest.mark.parametrize("step", [2, 3, 5])
def test_a_coarser_window_covers_the_same_pixels(step):
    window = Window(0, 0, 101, 53, 7, 11, (400, 300), 2.0)
    coarse = window.coarser(step)
    assert coarse.u * step <= window.u < (coarse.u + 1) * step
    right = (coarse.u + coarse.width) * step
    assert window.u + window.width <= right < window.u + window.width + step
    bottom = (coarse.v + coarse.height) * step
    assert window.v + window.height <= bottom < window.v + window.height + step
