"""Two pictures parted by a line: dragged, moved by keys, kept for the next two."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt

from segviewer.widgets.grids.swipe_picture import SwipePicture

DARK, LIGHT = np.full((60, 80, 3), 30, np.uint8), np.full((60, 80, 3), 220, np.uint8)


@pytest.fixture
def swipe(qtbot):
    widget = SwipePicture()
    qtbot.addWidget(widget)
    widget.resize(300, 240)
    widget.set_pictures((DARK, LIGHT), ("A", "B"))
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def level(swipe, share):
    area = swipe.area()
    at = QPointF(area.left() + share * area.width(), area.top() + 0.1 * area.height())
    return swipe.grab().toImage().pixelColor(at.toPoint()).red()


def test_the_first_is_left_of_the_line_and_the_second_right_of_it(swipe):
    assert (level(swipe, 0.25), level(swipe, 0.75)) == (30, 220)
    assert swipe.accessibleName() == "A | B"
    (first,), (second,) = swipe.places_of("A"), swipe.places_of("B")
    assert first.right() < second.left() and second.bottom() <= swipe.area().top() + 1


def test_the_line_is_dragged_and_moved_by_keys(swipe, qtbot):
    area = swipe.area()
    at = QPointF(area.left() + 0.9 * area.width(), area.center().y()).toPoint()
    qtbot.mousePress(swipe, Qt.MouseButton.LeftButton, pos=at)
    qtbot.mouseRelease(swipe, Qt.MouseButton.LeftButton, pos=at)
    assert swipe.divider == pytest.approx(0.9, abs=0.01) and level(swipe, 0.75) == 30
    for _ in range(30):
        qtbot.keyClick(swipe, Qt.Key.Key_Left)
    assert swipe.divider == 0 and level(swipe, 0.25) == 220
    swipe.set_pictures((LIGHT, DARK), ("B", "A"))
    assert swipe.divider == 0


@pytest.mark.parametrize("size", [(40, 20), (300, 240), (2000, 300)])
def test_one_or_none_and_any_size_are_drawn(swipe, size):
    swipe.resize(*size)
    swipe.set_pictures((None, LIGHT), ("A", "B"))
    assert swipe.accessibleName() == "B" and level(swipe, 0.25) == 220
    swipe.set_pictures(())
    assert swipe.accessibleName() == "" and not swipe.grab().isNull()
