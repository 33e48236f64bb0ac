"""A line for each class; a click lists its pictures."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from segviewer.app.datasets.class_spread_view import ClassSpread, ClassSpreadView

NAN = float("nan")


@pytest.fixture
def view(qtbot):
    view = ClassSpreadView()
    qtbot.addWidget(view)
    view.set_classes(
        [
            ClassSpread("sky", 0.9, 0.7, (0.8, 0.9, 0.95), 0.85),
            ClassSpread("road", NAN, NAN, None),
            ClassSpread("car", 0.2, 0.1, (0.1, 0.2, 0.4)),
        ]
    )
    view.resize(420, view.sizeHint().height())
    view.show()
    return view


def click(qtbot, view, label):
    y = next(y for y in range(view.height()) if view.class_at(y) == label) + 8
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=QPoint(60, y))


def test_a_click_chooses_a_class_and_again_lets_go(qtbot, view):
    with qtbot.waitSignal(view.class_chosen) as chosen:
        click(qtbot, view, 2)
    assert chosen.args == [2]
    view.set_chosen(2)
    with qtbot.waitSignal(view.class_chosen) as chosen:
        click(qtbot, view, 2)
    assert chosen.args == [-1]


def test_a_class_that_no_mask_holds_cannot_be_chosen(qtbot, view):
    with qtbot.assertNotEmitted(view.class_chosen):
        click(qtbot, view, 1)


def test_the_line_stands_at_the_iou(view):
    view.set_chosen(-1)
    picture = view.grab().toImage()
    scale = picture.width() / view.width()
    y = next(y for y in range(view.height()) if view.class_at(y) == 2) + 13
    row = [picture.pixelColor(x, round(y * scale)).lightness() for x in range(picture.width())]
    assert np.ptp(row) > 60  # bar and line are drawn on it
