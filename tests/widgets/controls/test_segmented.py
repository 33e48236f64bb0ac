"""Joined buttons: one of several, or switches."""

import pytest
from PySide6.QtCore import Qt

from segviewer.widgets.controls.segmented import SegmentedButtons


def made(qtbot, exclusive, labels=("8", "16", "32")):
    row = SegmentedButtons(labels, exclusive=exclusive)
    qtbot.addWidget(row)
    row.received = []
    row.toggled.connect(lambda index, on: row.received.append((index, on)))
    return row


def click(qtbot, row, index):
    qtbot.mouseClick(row.buttons()[index], Qt.MouseButton.LeftButton)


def checked(row):
    return [button.isChecked() for button in row.buttons()]


def test_of_an_exclusive_row_one_is_on_and_only_that_is_told(qtbot):
    row = made(qtbot, True)
    row.set_checked(0)
    assert row.received == []
    click(qtbot, row, 2)
    assert row.received == [(2, True)] and checked(row) == [False, False, True]
    click(qtbot, row, 2)
    assert checked(row) == [False, False, True]


def test_switches_are_independent_and_tell_both_ways(qtbot):
    row = made(qtbot, False)
    click(qtbot, row, 0)
    click(qtbot, row, 2)
    click(qtbot, row, 0)
    assert row.received == [(0, True), (2, True), (0, False)]
    assert checked(row) == [False, False, True]


@pytest.mark.parametrize(
    ("labels", "places"),
    [(("a",), ["only"]), (("a", "b"), ["first", "last"]), (("a", "b", "c"), ["first", "", "last"])],
)
def test_the_style_sheet_knows_the_ends(qtbot, labels, places):
    row = made(qtbot, True, labels)
    assert [button.property("place") for button in row.buttons()] == places


def test_in_little_room_each_button_keeps_what_its_words_need(qtbot, themed):
    themed("dark")
    row = made(qtbot, True, ("fill", "contour of all", "both"))
    row.resize(row.sizeHint().width() + 6, row.sizeHint().height())
    row.show()
    qtbot.waitExposed(row)
    for button in row.buttons():
        assert button.width() >= button.fontMetrics().horizontalAdvance(button.text()) + 4


def test_long_words_take_a_second_line_before_they_are_cut(qtbot, themed):
    themed("light")
    row = made(qtbot, True, ("symmetric as it was", "before it is", "after it is", "none at all"))
    one_line = sum(button.sizeHint().width() for button in row.buttons())
    assert row.minimumSizeHint().width() < one_line
    row.resize(row.minimumSizeHint().width() + 10, 80)
    row.show()
    qtbot.waitUntil(lambda: len({button.y() for button in row.buttons()}) == 2)
    assert [button.property("place") for button in row.buttons()] == ["first", "last"] * 2
    for button in row.buttons():
        assert button.width() >= button.fontMetrics().horizontalAdvance(button.text())
    row.resize(one_line + 20, 80)
    qtbot.waitUntil(lambda: len({button.y() for button in row.buttons()}) == 1)
    assert [button.property("place") for button in row.buttons()] == ["first", "", "", "last"]


def test_short_words_stay_in_one_line(qtbot, themed):
    themed("light")
    row = made(qtbot, True)
    row.resize(20, 30)
    row.show()
    qtbot.waitExposed(row)
    assert len({button.y() for button in row.buttons()}) == 1
