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


def test_an_arc_stands_over_a_block_and_breaks_where_its_shortcut_is_gone(qtbot):
    widget = UnitRows()
    plain, whole, bare = (UnitBox("", "7", "", "", b, a) for b, a in ((0, 0), (0, 1), (1, 0)))
    widget.set_rows(("C",), ((plain, whole, bare),), (0, 0))
    qtbot.addWidget(widget)
    widget.resize(600, 300)
    drawn = widget.grab().toImage()

    def ink(column):
        """Pixels that are not ground in the middle third above a box, and in its left part."""
        area = widget.area_of(0, column)
        ground = drawn.pixelColor(int(widget.area_of(0, 0).center().x()), 1)
        counts = []
        for left, right in ((0.4, 0.6), (0.05, 0.3)):
            xs = range(
                int(area.left() + left * area.width()), int(area.left() + right * area.width())
            )
            ys = range(0, int(area.top()) - 1)
            counts.append(sum(drawn.pixelColor(x, y) != ground for x in xs for y in ys))
        return counts

    assert ink(0) == [0, 0]
    (over, beside), (gap, stub) = ink(1), ink(2)
    assert beside > 0 and stub > 0 and over > gap
    # With a legend below, the boxes end above it.
    assert widget.area_of(0, 0).bottom() < widget.height() - widget.fontMetrics().height()
