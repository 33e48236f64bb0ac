"""Remedies as switches: the row that was switched is sent, and keeps the focus over a result."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from segviewer.labs.gridding.remedy_table import RemedyTable
from segviewer.labs.shared.measured_remedies import GridShare, RemedyRow
from segviewer.widgets.controls.toggle_switch import ToggleSwitch

LEFT = Qt.MouseButton.LeftButton
PLAIN, REMEDIED = GridShare("conv", 0.5, 0.25, 0.1, 0.1), GridShare("conv", 0.25, 0.25, 0.1, 0.1)
ROWS = (
    RemedyRow("hdc", "Unequal rates", "Tip.", "", False, PLAIN, REMEDIED, 4, "not trained so", ()),
    RemedyRow("smooth", "Smoothing", "Tip.", "has no place", False, None, None, 4, "", ()),
)


@pytest.fixture
def table(qtbot):
    widget = RemedyTable()
    qtbot.addWidget(widget)
    widget.resize(700, 160)
    widget.set_rows(ROWS)
    widget.show()
    qtbot.waitExposed(widget)
    widget.received = []
    widget.switched.connect(lambda row, on: widget.received.append((row.name, on)))
    return widget


def switches(table):
    return [switch for switch in table.findChildren(ToggleSwitch) if switch.isVisible()]


def texts(table, line):
    return [label.text() for label in table._lines[line][3:]]


def test_the_row_that_was_switched_is_told(table, qtbot):
    qtbot.mouseClick(switches(table)[0], LEFT)
    assert table.received == [("hdc", True)]


def test_a_remedy_that_cannot_be_is_off_and_says_why(table, qtbot):
    qtbot.mouseClick(switches(table)[1], LEFT)
    assert table.received == []
    assert texts(table, 1) == ["", "", "has no place"]


def test_numbers_are_multiples_of_white_noise(table):
    assert texts(table, 0) == ["2.00 → 1.00", "1.00 → 1.00", "not trained so"]


def test_a_result_changes_words_and_leaves_the_switches(table, qtbot):
    before = switches(table)
    before[0].setFocus()
    table.set_rows((replace(ROWS[0], on=True, without=None, with_it=None), *ROWS[1:]))
    assert switches(table) == before and before[0].hasFocus() and before[0].isChecked()
    assert texts(table, 0)[0] == "…"  # not measured yet
    assert table.received == []
    table.set_rows(ROWS[1:])
    assert len(switches(table)) == 1 and switches(table)[0].accessibleName() == "Smoothing"
