"""What the halves show is written whole at their bottom, however narrow they are."""

from __future__ import annotations

import numpy as np
import pytest

from segviewer.widgets.canvas.colour_key import ColourKey
from tests.widgets.canvas.shown_canvas import shot

LONG = ("A · DeepLab v3 · EfficientNet-Lite0 · CRF off", "B · DeepLab v3 · CRF on, ten rounds")


@pytest.mark.parametrize("comparison", ["side", "swipe"])
@pytest.mark.parametrize("points", [9, 22])
def test_captions_of_several_lines_end_above_the_edge(canvas, comparison, points):
    font = canvas.font()
    font.setPointSize(points)
    canvas.setFont(font)
    canvas.resize(500, 400)
    canvas.set_comparison(comparison)
    canvas.set_captions("", "")
    before = shot(canvas)
    canvas.set_captions(*LONG)
    drawn = np.flatnonzero((shot(canvas) != before).any(axis=(1, 2)))
    # The chip's rounded corners end a pixel or two above what it takes.
    assert 384 <= drawn.max() <= 388
    assert drawn.max() - drawn.min() > (60 if points == 22 else 15)


@pytest.mark.parametrize("points", [9, 22])
def test_a_key_of_colours_stands_above_them(canvas, points):
    font = canvas.font()
    font.setPointSize(points)
    canvas.setFont(font)
    canvas.resize(700, 500)
    canvas.set_comparison("side")
    canvas.set_captions("", "")
    empty = shot(canvas)
    canvas.set_captions(*LONG)
    captions = np.flatnonzero((shot(canvas) != empty).any(axis=(1, 2)))
    before = shot(canvas)
    canvas.set_colour_bar(ColourKey("E", (("no", (213, 94, 0)),)))
    key = np.flatnonzero((shot(canvas) != before).any(axis=(1, 2)))
    assert 0 < key.max() < captions.min()
