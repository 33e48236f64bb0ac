"""Gains over two settings: the cell that is clicked goes there."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication

from segviewer.labs.crf_studio.drawings.value_grid import GridAxis, ValueGrid

LEFT = Qt.MouseButton.LeftButton
COLUMNS = GridAxis("Width", "σα", (10.0, 20.0, 40.0), 20.0)
ROWS = GridAxis("Weight", "θ1", (1.0, 4.0), 2.5)


@pytest.fixture
def grid(qtbot):
    widget = ValueGrid()
    qtbot.addWidget(widget)
    widget.resize(500, 220)
    gains = np.array([[0.0, 0.01, -0.02], [0.03, 0.05, 0.09]])
    known = np.array([[True, True, True], [True, True, False]])
    widget.set_grid(gains, known, COLUMNS, ROWS, "mIoU")
    widget.show()
    qtbot.waitExposed(widget)
    widget.received = []
    widget.picked.connect(lambda x, y: widget.received.append((x, y)))
    return widget


def middle(grid, row, column):
    return grid.area_of(row, column).center().toPoint()


def test_the_lowest_row_is_at_the_bottom_and_a_click_takes_its_values(grid, qtbot):
    assert middle(grid, 0, 0).y() > middle(grid, 1, 0).y()
    qtbot.mouseClick(grid, LEFT, pos=middle(grid, 1, 2))
    qtbot.mouseClick(grid, LEFT, pos=QPoint(1, 1))
    assert grid.received == [(40.0, 4.0)]


def test_arrows_begin_at_the_best_known_and_enter_goes_there(grid, qtbot):
    assert grid.best() == (1, 1)  # 0.09 is a guess
    qtbot.keyClick(grid, Qt.Key.Key_Return)
    assert grid.received == []
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Left, Qt.Key.Key_Down, Qt.Key.Key_Return):
        qtbot.keyClick(grid, key)
    assert grid.received == [(10.0, 1.0)]


def test_a_cell_is_read_and_a_guess_says_so(grid, qtbot):
    qtbot.mouseMove(grid, middle(grid, 0, 2))
    assert grid.toolTip().replace("\N{NO-BREAK SPACE}", " ") == "σα 40, θ1 1: mIoU −0.0200"
    qtbot.mouseMove(grid, middle(grid, 1, 2))
    assert "not computed yet" in grid.toolTip().replace("\N{NO-BREAK SPACE}", " ")
    assert grid.cursor().shape() == Qt.CursorShape.PointingHandCursor


def test_without_anything_known_there_is_no_best(grid):
    grid.set_grid(np.zeros((2, 3)), np.zeros((2, 3), bool), COLUMNS, ROWS, "mIoU")
    assert grid.best() is None and not grid.grab().isNull()


def test_known_gains_are_copied(grid, qtbot):
    qtbot.keyClick(grid, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    rows = [row.split("\t") for row in QGuiApplication.clipboard().text().split("\n")]
    assert rows == [["", "10", "20", "40"], ["1", "0", "0.01", "-0.02"], ["4", "0.03", "0.05", ""]]


def test_gains_and_losses_have_one_scale_that_a_disaster_does_not_stretch(grid):
    assert grid.scale() == 0.05  # the largest known gain; the guess does not count
    gains = np.array([[0.01, -0.02, -0.9], [-0.03, -0.04, 0.0]])
    grid.set_grid(gains, np.ones((2, 3), bool), COLUMNS, ROWS, "mIoU")
    assert grid.scale() == pytest.approx(0.025)  # the median of all
    grid.set_grid(np.zeros((2, 3)), np.ones((2, 3), bool), COLUMNS, ROWS, "mIoU")
    assert grid.scale() == 1 and not grid.grab().isNull()
