"""A table that asks to be sorted, sends the chosen row, and is copied."""

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QApplication

from segviewer.widgets.tables.sorted_table import SortedTable

HEADS = ("network", "mIoU", "ms")
ROWS = [("FCN-8s", "62.2", "40"), ("DeepLab v3", "77.2", "90"), ("PSPNet", "85.4", "120")]


@pytest.fixture
def table(qtbot):
    widget = SortedTable("Results")
    qtbot.addWidget(widget)
    widget.resize(400, 200)
    widget.show_table(HEADS, ROWS, sorted_by=1, falls=False, chosen=1)
    widget.show()
    qtbot.waitExposed(widget)
    widget.heads, widget.chosen_rows = [], []
    widget.head_clicked.connect(lambda column: widget.heads.append(column))
    widget.row_chosen.connect(lambda row: widget.chosen_rows.append(row))
    return widget


def test_a_head_asks_for_an_order_and_changes_none(table, qtbot):
    header = table.horizontalHeader()
    x = header.sectionViewportPosition(2) + 5
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(x, 5))
    assert table.heads == [2]
    assert table.rows() == tuple(ROWS)


def test_the_head_shows_which_way_it_is_sorted(table):
    texts = [table.horizontalHeaderItem(column).text() for column in range(3)]
    assert texts == ["network", "mIoU ▴", "ms"]
    table.show_table(HEADS, ROWS[::-1], sorted_by=2, falls=True, chosen=0)
    texts = [table.horizontalHeaderItem(column).text() for column in range(3)]
    assert texts == ["network", "mIoU", "ms ▾"]


def test_a_click_and_arrows_tell_the_row(table, qtbot):
    at = table.visualItemRect(table.item(2, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    qtbot.keyClick(table, Qt.Key.Key_Up)
    qtbot.keyClick(table, Qt.Key.Key_Down)
    assert table.chosen_rows == [2, 0, 2]
    table.show_table(HEADS, ROWS, sorted_by=1, falls=True, chosen=2)
    qtbot.keyClick(table, Qt.Key.Key_Down)
    assert table.chosen_rows[-1] == 2  # the last stays the last


def test_it_is_copied_with_tabs_and_leaves_letters_to_the_window(table, qtbot):
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0] == "network\tmIoU\tms" and lines[2] == "DeepLab v3\t77.2\t90"
    letter = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_O, Qt.KeyboardModifier.NoModifier, "o")
    QApplication.sendEvent(table, letter)
    assert not letter.isAccepted()
