"""Settings that were tried: listed, marked, gone back to."""

import numpy as np
from PySide6.QtCore import Qt

from segviewer.widgets.panels.tried_list import TriedList, TriedRow


def test_rows_are_listed_one_is_marked_and_a_click_or_enter_chooses(qtbot):
    rows = TriedList()
    qtbot.addWidget(rows)
    picture = np.zeros((30, 40, 3), np.uint8)
    rows.set_rows([TriedRow(f"θ1 {n}", "mIoU 0.7", picture, "<b>tip") for n in range(5)], 1)
    rows.show()
    qtbot.waitExposed(rows)
    assert rows.count() == 5 and rows.currentRow() == 1
    assert rows.item(0).text() == "θ1 0\nmIoU 0.7"
    assert rows.height() < 5 * rows.sizeHintForRow(0)  # the rest is scrolled to
    with qtbot.waitSignal(rows.chosen) as signal:
        at = rows.visualItemRect(rows.item(2)).center()
        qtbot.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert signal.args == [2]
    rows.setCurrentRow(0)
    with qtbot.waitSignal(rows.chosen) as signal:
        qtbot.keyClick(rows, Qt.Key.Key_Return)
    assert signal.args == [0]
