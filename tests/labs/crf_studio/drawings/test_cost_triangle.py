"""Costs of pairs changed by click, drag and keys."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication

from segviewer.labs.crf_studio.drawings.cost_triangle import (
    FINE,
    HIGHEST,
    PIXELS_PER_STEP,
    STEP,
    CostTriangle,
)

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
NAMES = ("road", "car", "sky")
COLOURS = ((128, 64, 128), (0, 0, 142), (70, 130, 180))


def potts():
    return 1.0 - np.eye(3)


def drag(widget, place):
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        place,
        widget.mapToGlobal(place),
        Qt.MouseButton.NoButton,
        LEFT,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(widget, event)


@pytest.fixture
def triangle(qtbot):
    widget = CostTriangle()
    qtbot.addWidget(widget)
    widget.resize(500, 200)
    widget.set_costs(potts(), NAMES, COLOURS, lambda i, j: f"pair {i} {j}")
    widget.show()
    qtbot.waitExposed(widget)
    widget.received = []
    widget.cost_changed.connect(lambda i, j, cost: widget.received.append((i, j, round(cost, 3))))
    return widget


def middle(triangle, row, column):
    return triangle.area_of(row, column).center()


def test_a_click_makes_dearer_and_the_right_button_cheaper(triangle, qtbot):
    at = middle(triangle, 2, 0).toPoint()
    qtbot.mouseClick(triangle, LEFT, pos=at)
    assert triangle.received == [(0, 2, 1 + STEP)]
    qtbot.mouseClick(triangle, RIGHT, pos=at)
    qtbot.mouseClick(triangle, RIGHT, pos=at)
    assert triangle.received[1:] == [(0, 2, 1.0), (0, 2, 1 - STEP)]
    assert triangle.cost(0, 2) == triangle.cost(2, 0) == 1 - STEP


def test_a_drag_upwards_is_fine_and_told_once_at_its_end(triangle, qtbot):
    start = middle(triangle, 1, 0)
    qtbot.mousePress(triangle, LEFT, pos=start.toPoint())
    start = QPointF(start.toPoint())
    drag(triangle, start - QPointF(0, 3 * PIXELS_PER_STEP))
    assert triangle.cost(1, 0) == pytest.approx(1 + 3 * FINE) and triangle.received == []
    triangle.set_costs(potts(), NAMES, COLOURS, lambda i, j: "")  # a result on the way
    assert triangle.cost(1, 0) == pytest.approx(1 + 3 * FINE)
    end = (start - QPointF(0, 3 * PIXELS_PER_STEP)).toPoint()
    qtbot.mouseRelease(triangle, LEFT, pos=end)
    assert triangle.received == [(0, 1, 1.3)]


def test_costs_stay_between_nothing_and_the_highest(triangle, qtbot):
    at = middle(triangle, 1, 0).toPoint()
    for _ in range(4):
        qtbot.mouseClick(triangle, RIGHT, pos=at)
    assert triangle.received[-1] == (0, 1, 0.0)
    qtbot.mousePress(triangle, LEFT, pos=at)
    drag(triangle, QPointF(at) - QPointF(0, 2000))
    qtbot.mouseRelease(triangle, LEFT, pos=at - QPointF(0, 2000).toPoint())
    assert triangle.received[-1] == (0, 1, HIGHEST)


def test_keys_go_from_pair_to_pair_and_change_it(triangle, qtbot):
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Right):
        qtbot.keyClick(triangle, key)
    assert triangle.current() == (2, 1)  # the diagonal is no pair
    qtbot.keyClicks(triangle, "+")
    qtbot.keyClicks(triangle, "1")
    qtbot.keyClicks(triangle, "1")
    assert triangle.received == [(1, 2, 1 + STEP), (1, 2, 1.0)]


def test_plus_and_minus_are_taken_from_the_window(triangle):
    for text, taken in (("+", True), ("-", True), ("1", True), ("x", False)):
        event = QKeyEvent(
            QEvent.Type.ShortcutOverride,
            Qt.Key(ord(text.upper())),
            Qt.KeyboardModifier.NoModifier,
            text,
        )
        event.ignore()
        QApplication.sendEvent(triangle, event)
        assert event.isAccepted() == taken, text


def test_outside_the_triangle_there_is_nothing(triangle, qtbot):
    upper = QPointF(middle(triangle, 2, 1).x(), middle(triangle, 1, 0).y()).toPoint()
    qtbot.mouseClick(triangle, LEFT, pos=upper)
    qtbot.mouseMove(triangle, upper)
    assert triangle.received == [] and triangle.current() is None and triangle.toolTip() == ""
    qtbot.mouseMove(triangle, middle(triangle, 2, 1).toPoint())
    assert "car beside sky: costs 1, as in Potts" in triangle.toolTip().replace(
        "\N{NO-BREAK SPACE}", " "
    )


def test_the_square_is_copied(triangle, qtbot):
    qtbot.keyClick(triangle, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    rows = [row.split("\t") for row in QGuiApplication.clipboard().text().split("\n")]
    assert rows[0] == ["", *NAMES] and rows[2] == ["car", "1", "0", "1"]
