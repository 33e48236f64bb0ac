"""Bars from a common zero, picked by hand."""

import pytest
from PySide6.QtCore import QPoint, Qt

from segviewer.widgets.charts.part_bars import Part, PartBars

PARTS = [Part("network", 3.0), Part("smoothness", -1.0, "θ2"), Part("sum", 2.0, strong=True)]


@pytest.fixture
def bars(qtbot):
    widget = PartBars()
    qtbot.addWidget(widget)
    widget.resize(400, 150)
    widget.set_parts(PARTS, "Energy", current=0)
    widget.show()
    qtbot.waitExposed(widget)
    widget.received = []
    widget.picked.connect(lambda index: widget.received.append(index))
    return widget


def test_lengths_are_to_scale_from_one_zero(bars):
    network, smoothness, total = (bars.bar_of(index) for index in range(3))
    assert network.left() == pytest.approx(smoothness.right()) == pytest.approx(total.left())
    assert network.width() == pytest.approx(3 * smoothness.width())
    assert total.width() == pytest.approx(2 * smoothness.width())
    assert network.bottom() < smoothness.top() < total.top()


def test_the_row_of_a_click_is_picked(bars, qtbot):
    qtbot.mouseClick(
        bars, Qt.MouseButton.LeftButton, pos=QPoint(5, round(bars.bar_of(1).center().y()))
    )
    qtbot.mouseClick(bars, Qt.MouseButton.RightButton, pos=bars.bar_of(2).center().toPoint())
    qtbot.mouseClick(bars, Qt.MouseButton.LeftButton, pos=QPoint(5, 149))
    assert bars.received == [1]


def test_arrows_ask_for_the_neighbour_of_the_current_row(bars, qtbot):
    qtbot.keyClick(bars, Qt.Key.Key_Up)
    qtbot.keyClick(bars, Qt.Key.Key_Down)
    bars.set_parts(PARTS, "Energy", current=2)
    qtbot.keyClick(bars, Qt.Key.Key_Down)
    assert bars.received == [1]


def test_rows_that_cannot_be_picked_take_no_keys(bars):
    assert bars.focusPolicy() == Qt.FocusPolicy.StrongFocus
    bars.set_parts(PARTS, "Energy")
    assert bars.focusPolicy() == Qt.FocusPolicy.NoFocus


def test_a_screen_reader_hears_the_numbers(bars):
    assert bars.accessibleName() == "Energy: network +3; smoothness −1; sum +2"
    bars.set_parts((), "Nothing yet")
    assert bars.accessibleName() == "Nothing yet"
