"""Rows of units under a hand: boxes clicked, reached by keys, read."""

import pytest
from PySide6.QtCore import Qt

from segviewer.labs.networks.unit_rows import UnitBox, UnitRows

LEFT = Qt.MouseButton.LeftButton
KEYS = Qt.Key


def shown(qtbot, widget, signal):
    qtbot.addWidget(widget)
    widget.resize(600, 240)
    widget.show()
    qtbot.waitExposed(widget)
    widget.received = []
    signal.connect(lambda *args: widget.received.append(args))
    return widget


def box(tip):
    return UnitBox("r 2", "1/8", tip, "rate")


@pytest.fixture
def rows(qtbot):
    widget = UnitRows()
    widget.set_rows(
        ("DRN-A", "DRN-C"), ((box("a0"), box("a1"), box("a2")), (box("c0"), box("c1"))), (0, 2)
    )
    return shown(qtbot, widget, widget.chosen)


def test_a_box_is_clicked_and_read(rows, qtbot):
    at = rows.area_of(1, 0).center().toPoint()
    qtbot.mouseClick(rows, LEFT, pos=at)
    qtbot.mouseMove(rows, at)
    assert rows.received == [(1, 0)] and rows.toolTip() == "c0"
    qtbot.mouseMove(rows, rows.area_of(1, 2).center().toPoint())
    assert rows.toolTip() == ""  # that row is shorter


def test_an_arrow_into_a_shorter_row_ends_at_its_last_box(rows, qtbot):
    qtbot.keyClick(rows, KEYS.Key_Down)
    qtbot.keyClick(rows, KEYS.Key_Right)
    qtbot.keyClick(rows, KEYS.Key_Left)
    assert rows.received == [(1, 1), (0, 1)]
    assert rows.accessibleName() == "DRN-A, a2"


def test_boxes_lie_beside_each_other_at_any_size(rows):
    for width in (240, 600, 1500):
        rows.resize(width, 200)
        first, second = rows.area_of(0, 0), rows.area_of(0, 1)
        assert first.right() < second.left() and rows.area_of(0, 2).right() <= width
        assert first.bottom() < rows.area_of(1, 0).top()
