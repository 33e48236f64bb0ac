"""The scale of a layer's colours has room for its words."""

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetricsF

from segviewer.widgets.canvas.colour_bar import PAD, WIDTH, ColourBar, bar_area
from segviewer.widgets.theme.typography import resized

TABLE = np.zeros((256, 4), np.uint8)


def bar(title: str) -> ColourBar:
    return ColourBar(title, "0", "1", TABLE)


def test_a_title_in_large_letters_is_whole(canvas):
    canvas.resize(1200, 600)
    font = resized(canvas.font(), 1.75)
    title = "probability of sign/symbol"
    area = bar_area(canvas.view, bar(title), font)
    assert area.width() - 2 * PAD > QFontMetricsF(font).horizontalAdvance(title + "0.00")
    assert QRectF(canvas.rect()).contains(area)
    ends = ColourBar("entropy", "0 as sure as can be", "no idea at all", TABLE)
    room = bar_area(canvas.view, ends, font).width() - 2 * PAD
    assert room > QFontMetricsF(font).horizontalAdvance(ends.low + ends.high)


def test_it_takes_half_of_the_canvas_at_most_and_is_never_a_stub(canvas):
    canvas.resize(500, 600)
    assert bar_area(canvas.view, bar("m" * 300), canvas.font()).width() <= 250
    assert bar_area(canvas.view, bar("p"), canvas.font()).width() == WIDTH + 2 * PAD
