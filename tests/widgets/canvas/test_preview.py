"""A photograph that is being opened is seen in place of all there is, where it will lie."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF

from tests.widgets.canvas.shown_canvas import GREEN, plain, shot


def halves_of(width, height):
    image = np.zeros((height, width, 3), np.uint8)
    image[:, width // 2 :] = GREEN
    return image


def test_the_preview_covers_picture_and_labels_and_goes_again(canvas):
    before = shot(canvas)
    canvas.preview(halves_of(40, 30), (800, 600))
    seen = shot(canvas)
    assert tuple(seen[150, 300]) == GREEN and tuple(seen[280, 100]) == (0, 0, 0)
    canvas.preview(None)
    np.testing.assert_array_equal(shot(canvas), before)


def test_the_picture_takes_its_place_without_a_jump(canvas):
    # A picture whose halves stand where those of its preview do, to the pixel.
    canvas.preview(halves_of(160, 60), (1600, 600))
    coarse = shot(canvas)[200]
    canvas.set_label_map(None)
    canvas.set_picture([halves_of(1600, 600)])
    canvas.preview(None)
    fine = shot(canvas)[200]
    edges = [int((line == GREEN).all(-1).argmax()) for line in (coarse, fine)]
    assert abs(edges[0] - edges[1]) <= 2  # the preview's pixels are 2.5 wide


def test_one_of_the_same_size_keeps_the_place_that_is_looked_at(canvas):
    canvas.zoom_by(2.0)
    canvas.preview(halves_of(100, 50), (100, 50))
    row = shot(canvas)[200]
    assert (row == GREEN).all(-1).argmax() == pytest.approx(canvas.position_of(50, 25).x(), abs=4)


def test_nothing_of_the_photograph_before_is_pointed_at(canvas):
    hovered = []
    canvas.pixel_hovered.connect(lambda x, y: hovered.append((x, y)))
    assert canvas.picture_pixel(QPointF(200, 150)) != (-1, -1)
    canvas.preview(halves_of(40, 30), (800, 600))
    assert canvas.picture_pixel(QPointF(200, 150)) == (-1, -1)
    lens = canvas.magnified(QPointF(300, 150), 2, 20)
    assert lens.pixelColor(QPoint(10, 10)).getRgb()[:3] == GREEN


def test_it_covers_the_empty_state_and_says_what_it_is(canvas):
    canvas.set_picture(None)
    assert canvas._empty.isVisible()
    canvas.preview(halves_of(40, 30), (800, 600))
    assert not canvas._empty.isVisible()
    chip = shot(canvas)[:40, :200]
    assert len(np.unique(chip.reshape(-1, 3), axis=0)) > 3
    canvas.preview(None)
    assert canvas._empty.isVisible()


def test_to_take_away_what_is_not_there_paints_nothing(canvas, monkeypatch):
    monkeypatch.setattr(canvas, "update", lambda *_: pytest.fail("painted"))
    canvas.preview(None)
    assert canvas._renderer.picture.size == (plain().shape[1], plain().shape[0])
