"""Taps under the pointer: which cell is emitted, what leads to it, what the map says."""

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtWidgets import QApplication

from segviewer.analysis.gridding.tap_grid import tap_grid
from segviewer.widgets.grids.tap_grid import LevelChart, TapMap


@pytest.fixture
def taps(qtbot):
    """Two convolutions of rate 2: 9 × 9 cells, of which every second is read."""
    widget = TapMap()
    qtbot.addWidget(widget)
    widget.resize(200, 220)
    widget.set_grid(tap_grid((2, 2), 3, 2, 99))
    widget.show()
    qtbot.waitExposed(widget)
    widget.received = []
    widget.pointed.connect(lambda cell: widget.received.append(cell))
    return widget


def point(qtbot, taps, row, column):
    qtbot.mouseMove(taps, taps.cell_centre(row, column).toPoint())


def test_the_cell_under_the_pointer_is_told_once(taps, qtbot):
    point(qtbot, taps, -4, 2)
    taps_before = list(taps.received)
    qtbot.mouseMove(taps, taps.cell_centre(-4, 2).toPoint() + QPoint(1, 1))
    assert taps.received == taps_before == [(-4, 2)]
    QApplication.sendEvent(taps, QEvent(QEvent.Type.Leave))
    assert taps.received[-1] is None


def test_paths_are_counted_by_hand(taps, qtbot):
    # Along a line two steps of ±2 or 0 reach 0 by three paths, ±2 by two, ±4 by one.
    for cell, words in (
        ((0, 0), "row +0, column +0: 9 paths"),
        ((2, -4), "row +2, column −4: 2 paths"),
        ((4, 4), "row +4, column +4: 1 path"),
        ((1, 0), "row +1, column +0: a hole"),
    ):
        point(qtbot, taps, *cell)
        assert taps.reading() == words


def test_without_a_pointer_the_map_says_its_size(taps):
    assert taps.reading() == "9 × 9 cells"
    taps.set_grid(None)
    assert taps.reading() == "" and taps.received == []
    taps.grab()


def test_another_look_is_drawn_anew(taps):
    taps.grab()
    kept = taps._kept
    taps.grab()
    assert taps._kept is kept
    QApplication.sendEvent(taps, QEvent(QEvent.Type.PaletteChange))
    assert taps._kept is None


def test_what_leads_to_a_cell_is_lit_level_by_level(qtbot):
    chart = LevelChart()
    qtbot.addWidget(chart)
    chart.resize(300, 120)
    chart.set_grid(tap_grid((2, 2), 3, 2, 99))
    chart.point((0, 2))
    assert chart.lit() == [[0], [0, 2], [2]]
    chart.point((1, 2))  # a row that nothing reads
    assert chart.lit() == []
    chart.point(None)
    assert chart.lit() == []
    assert not chart.grab().isNull() and chart.focusPolicy() == Qt.FocusPolicy.NoFocus


def test_the_next_output_reads_other_cells_and_they_are_purple(taps):
    """At rate 2 the two share none: the cells of one are the holes of the other."""
    taps.set_both(True)
    drawn = taps.grab().toImage()

    def shade(row, column):
        # Away from the number in the middle of the cell.
        return drawn.pixelColor(taps.cell_centre(row, column).toPoint() + QPoint(-7, -7))

    own, other, hole = shade(0, 0), shade(0, 1), shade(1, 0)
    assert min(other.red(), other.blue()) > other.green() + 30
    assert len({one.name() for one in (own, other, hole)}) == 3
    taps.set_both(False)
    drawn = taps.grab().toImage()
    assert shade(0, 1) == shade(1, 0) == hole
