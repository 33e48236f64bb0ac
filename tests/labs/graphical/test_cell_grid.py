"""Labels painted into cells by pointer and keys."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication

from segviewer.labs.graphical.cell_grid import CellGrid

LEFT = Qt.MouseButton.LeftButton


def drag(widget, index):
    place = widget.area_of(index).center()
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        place,
        widget.mapToGlobal(place),
        Qt.MouseButton.NoButton,
        LEFT,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(widget, event)


def show(grid, values):
    grid.set_cells(
        np.array(values),
        lambda value: QColor("white" if value else "black"),
        [f"{value:g}" for value in np.ravel(values)],
        [f"tip {index}" for index in range(np.size(values))],
    )


@pytest.fixture
def grid(qtbot):
    widget = CellGrid("labels", paintable=True)
    qtbot.addWidget(widget)
    widget.resize(200, 200)
    show(widget, [[0, 0, 1], [0, 0, 0]])
    widget.show()
    qtbot.waitExposed(widget)
    widget.received, widget.cells = [], []
    widget.painted.connect(lambda values, done: widget.received.append((values, done)))
    widget.pointed.connect(lambda index: widget.cells.append(index))
    return widget


def press(qtbot, grid, index):
    qtbot.mousePress(grid, LEFT, pos=grid.area_of(index).center().toPoint())


def test_a_stroke_paints_the_label_it_began_with(grid, qtbot):
    press(qtbot, grid, 0)
    drag(grid, 1)
    drag(grid, 2)  # has it already
    drag(grid, 4)
    qtbot.mouseRelease(grid, LEFT)
    assert grid.received == [
        ((1, 0, 1, 0, 0, 0), False),
        ((1, 1, 1, 0, 0, 0), False),
        ((1, 1, 1, 0, 1, 0), False),
        ((1, 1, 1, 0, 1, 0), True),
    ]
    assert grid.words()[4] == "1"


def test_a_result_does_not_take_the_stroke_away(grid, qtbot):
    press(qtbot, grid, 0)
    show(grid, [[0, 0, 1], [0, 0, 0]])
    assert grid.values()[0, 0] == 1
    qtbot.mouseRelease(grid, LEFT)
    show(grid, [[0, 0, 1], [0, 0, 0]])
    assert grid.values()[0, 0] == 0


def test_arrows_stay_inside_and_space_paints(grid, qtbot):
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Down):
        qtbot.keyClick(grid, key)
    assert grid.cells == [0, 1, 4]
    qtbot.keyClick(grid, Qt.Key.Key_Space)
    assert grid.received == [((0, 0, 1, 0, 1, 0), True)]
    assert grid.accessibleName() == "labels: row 1, column 1: 1; tip 4"


@pytest.mark.parametrize("paintable", [True, False])
def test_space_is_taken_from_the_window_only_where_it_paints(qtbot, paintable):
    grid = CellGrid("labels", paintable=paintable)
    qtbot.addWidget(grid)
    event = QKeyEvent(
        QEvent.Type.ShortcutOverride, Qt.Key.Key_Space, Qt.KeyboardModifier.NoModifier, " "
    )
    event.ignore()
    QApplication.sendEvent(grid, event)
    assert event.isAccepted() == paintable


def test_the_cell_under_the_pointer_is_told_and_has_its_tip(grid, qtbot):
    qtbot.mouseMove(grid, grid.area_of(5).center().toPoint())
    assert grid.cells == [5] and grid.toolTip() == "tip 5"
    assert grid.cursor().shape() == Qt.CursorShape.CrossCursor
    grid.clearFocus()
    QApplication.sendEvent(grid, QEvent(QEvent.Type.Leave))
    assert grid.cells == [5, -1]


def test_what_is_not_paintable_only_points(qtbot):
    grid = CellGrid("probs")
    qtbot.addWidget(grid)
    grid.resize(200, 200)
    show(grid, [[0, 1]])
    grid.show()
    qtbot.waitExposed(grid)
    received = []
    grid.painted.connect(lambda *args: received.append(args))
    qtbot.mouseClick(grid, LEFT, pos=grid.area_of(0).center().toPoint())
    qtbot.keyClick(grid, Qt.Key.Key_Right)
    qtbot.keyClick(grid, Qt.Key.Key_Space)
    assert received == []
