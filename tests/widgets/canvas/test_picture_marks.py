"""Marks lie where they say, in their symbol's colour, and their words stay in the pane."""

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from segviewer.imaging.mark import Mark
from segviewer.widgets.canvas.picture_marks import draw_marks
from segviewer.widgets.theme.symbol_colours import symbol_colour

PANE = QRectF(0, 0, 200, 160)
PICTURE = QRectF(20, 30, 160, 120)


def drawn(qapp, *marks, pane=PANE):
    image = QImage(200, 160, QImage.Format.Format_RGB32)
    image.fill(QColor("#808080"))
    painter = QPainter(image)
    draw_marks(painter, marks, PICTURE, pane)
    painter.end()
    return image


def changed(image):
    grey = QColor("#808080").rgb()
    return {
        (x, y)
        for x in range(image.width())
        for y in range(image.height())
        if image.pixel(x, y) != grey
    }


def test_a_rectangle_lies_at_its_fractions(qapp):
    image = drawn(qapp, Mark(0.25, 0.5, 0.75, 0.75, tone="σα"))
    touched = changed(image)
    assert min(x for x, _ in touched) == pytest.approx(60, abs=3)
    assert max(x for x, _ in touched) == pytest.approx(140, abs=3)
    assert min(y for _, y in touched) == pytest.approx(90, abs=3)
    assert max(y for _, y in touched) == pytest.approx(120, abs=3)
    wanted = QColor(symbol_colour("σα", dark=True))
    seen = QColor(image.pixel(100, 90))
    assert abs(seen.hue() - wanted.hue()) <= 8
    assert (100, 105) not in touched


def test_an_oval_leaves_the_corners(qapp):
    touched = changed(drawn(qapp, Mark(0.25, 0.25, 0.75, 0.75, oval=True)))
    assert not [p for p in touched if abs(p[0] - 60) < 4 and abs(p[1] - 60) < 4]
    assert [p for p in touched if abs(p[0] - 60) < 4 and abs(p[1] - 90) < 4]


def test_a_dashed_line_has_gaps(qapp):
    whole, dashed = (
        changed(drawn(qapp, Mark(0.1, 0.1, 0.9, 0.9, dashed=on))) for on in (False, True)
    )
    assert len(dashed) < 0.95 * len(whole)


@pytest.mark.parametrize("top", [0.0, 0.5, 0.95])
def test_words_stay_in_the_pane_and_off_the_chips(qapp, top):
    bare = changed(drawn(qapp, Mark(0.1, top, 0.9, 1.0)))
    words = changed(drawn(qapp, Mark(0.1, top, 0.9, 1.0, text="1,779 px"))) - bare
    assert words
    assert all(y >= 44 for _, y in words)


def test_nothing_is_drawn_outside_the_pane(qapp):
    pane = QRectF(0, 0, 100, 160)
    touched = changed(drawn(qapp, Mark(-2, 0.2, 3, 0.8, text="field"), pane=pane))
    assert touched
    assert max(x for x, _ in touched) < 100
