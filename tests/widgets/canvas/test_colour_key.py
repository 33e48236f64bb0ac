"""What the colours of errors mean is written on the picture, where there is room."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetricsF

from segviewer.widgets.canvas.colour_key import ColourKey, key_area
from segviewer.widgets.theme.typography import resized
from tests.widgets.canvas.shown_canvas import shot

KEY = ColourKey("Errors", (("missed", (213, 94, 0)), ("seen too often", (0, 114, 178))))


def counted(canvas, colour) -> int:
    return int((shot(canvas) == colour).all(axis=2).sum())


@pytest.mark.parametrize("comparison", ["overlay", "side", "swipe"])
def test_each_colour_stands_beside_its_words_within_the_canvas(canvas, comparison):
    canvas.resize(900, 300)
    canvas.set_comparison(comparison)
    before = [counted(canvas, colour) for _, colour in KEY.entries]
    canvas.set_colour_bar(KEY)
    # A patch of 12 by 12, less than one row lost at each edge.
    for (_, colour), count in zip(KEY.entries, before, strict=True):
        assert counted(canvas, colour) - count >= 100
    font = resized(canvas.font(), 0.92)
    area, metrics = key_area(canvas.view, KEY, font), QFontMetricsF(font)
    assert QRectF(canvas.rect()).contains(area)
    assert area.width() > max(metrics.horizontalAdvance(word) for word, _ in KEY.entries)
    canvas.set_colour_bar(None)
    assert [counted(canvas, colour) for _, colour in KEY.entries] == before


def test_a_narrow_canvas_keeps_its_picture(canvas):
    canvas.resize(200, 300)
    canvas.set_colour_bar(KEY)
    assert all(counted(canvas, colour) == 0 for _, colour in KEY.entries)
