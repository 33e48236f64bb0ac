"""The lens over a drawing shows what is under the pointer, larger and sharp."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QWidget

from segviewer.widgets.diagrams import drawing_lens
from segviewer.widgets.diagrams.drawing_lens import DrawingLens

RED = (255, 0, 0)
MARK = QRect(120, 90, 10, 8)


class Drawing(QWidget):
    """White, with one red rectangle."""

    def paintEvent(self, event):
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor("white"))
        painter.fillRect(MARK, QColor(*RED))


@pytest.fixture
def lens(qtbot, monkeypatch):
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(600, 400)
    drawing = Drawing(window)
    drawing.setGeometry(100, 50, 400, 300)
    window.show()
    qtbot.waitExposed(window)
    made = DrawingLens(window, drawing)
    made.place = drawing.mapToGlobal(MARK.center())
    monkeypatch.setattr(drawing_lens, "QCursor", Pointer(made))
    yield made
    made.set_on(False)


class Pointer:
    """Stands in for the pointer, which tests cannot move."""

    def __init__(self, lens):
        self.lens = lens

    def pos(self) -> QPoint:
        return self.lens.place


def pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    # A copy: the image goes with this function.
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


@pytest.mark.parametrize("power", [2, 3, 6])
def test_what_is_under_the_pointer_is_in_the_middle_and_so_many_times_as_large(lens, power):
    lens.set_power(power)
    lens.set_on(True)
    assert lens.isVisible()
    red = (pixels(lens.magnified(240)) == RED).all(axis=2)
    rows, columns = np.flatnonzero(red.any(axis=1)), np.flatnonzero(red.any(axis=0))
    assert len(columns) == power * MARK.width() and len(rows) == power * MARK.height()
    assert red[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].all()  # hard edges
    middle = (rows.mean(), columns.mean())
    assert np.abs(np.subtract(middle, 119.5)).max() <= 1.5 * power


def test_it_is_there_over_the_drawing_only_and_goes_with_it(lens, qtbot):
    lens.set_on(True)
    assert lens.isVisible()
    lens.place = lens.drawing.mapToGlobal(QPoint(-20, 10))
    qtbot.waitUntil(lens.isHidden)
    lens.place = lens.drawing.mapToGlobal(QPoint(2, 2))  # what lies beyond the edge is empty
    qtbot.waitUntil(lens.isVisible)
    lens.grab()
    lens.drawing.hide()
    qtbot.waitUntil(lens.isHidden)
