"""A table of figures: shown as given, copied, drawn anew in another scheme."""

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication

from segviewer.widgets.tables.figure_table import FigureTable


@pytest.fixture
def table(qtbot):
    widget = FigureTable(("part", "ms"), "Times")
    qtbot.addWidget(widget)
    widget.set_rows([("network", "90"), ("CRF", "310")])
    widget.show()
    return widget


def test_words_stand_left_and_numbers_right(table):
    left, right = (table.item(1, column) for column in range(2))
    assert (left.text(), right.text()) == ("CRF", "310")
    assert left.textAlignment() & int(Qt.AlignmentFlag.AlignLeft)
    assert right.textAlignment() & int(Qt.AlignmentFlag.AlignRight)


def test_fewer_rows_leave_none_behind(table):
    table.set_rows([("network", "90")])
    assert table.rowCount() == 1 and table.rows() == (("network", "90"),)
    table.set_heads(("part", "s"))
    assert table.horizontalHeaderItem(1).text() == "s"


def test_it_is_copied_by_key_and_by_its_menu(table, qtbot):
    clipboard = QGuiApplication.clipboard()
    (entry,) = table.actions()
    for copy in (
        lambda: qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier),
        entry.trigger,
    ):
        clipboard.setText("before")
        copy()
        assert clipboard.text() == "part\tms\nnetwork\t90\nCRF\t310\n"


def test_the_copy_key_is_taken_from_the_window(table):
    copy = QKeySequence(QKeySequence.StandardKey.Copy)[0]
    event = QKeyEvent(QEvent.Type.ShortcutOverride, copy.key(), copy.keyboardModifiers(), "\x03")
    event.ignore()
    QApplication.sendEvent(table, event)
    assert event.isAccepted()


def test_its_cells_cannot_be_changed(table, qtbot):
    at = table.visualItemRect(table.item(0, 1)).center()
    qtbot.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert table.state() != table.State.EditingState


def test_of_few_columns_all_are_in_sight_and_long_names_wrap(table, qtbot):
    table.set_rows((("stride and deconvolution of sixteen", "1,234.5"),))
    table.resize(table.minimumSizeHint().width(), 300)
    table.show()
    qtbot.waitExposed(table)
    assert table.horizontalScrollBar().maximum() == 0
    line = table.fontMetrics().height()
    qtbot.waitUntil(lambda: table.rowHeight(0) > 2 * line)
