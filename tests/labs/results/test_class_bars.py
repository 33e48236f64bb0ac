"""Bars of classes: the one under the pointer, words, what is copied, and where a bar ends."""

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QGuiApplication

from segviewer.labs.results.class_bars import ClassBar, ClassBars

TWO = [ClassBar("road", 97.5, 98.6, "PSPNet"), ClassBar("pole", 47.0, 47.0, "FCN")]


@pytest.fixture
def bars(qtbot):
    bars = ClassBars()
    qtbot.addWidget(bars)
    bars.resize(300, 160)
    bars.set_bars(TWO)
    bars.show()
    qtbot.waitExposed(bars)
    return bars


def at(bars, number, value):
    """Where a value of a class is drawn."""
    point = bars.axes.view.mapViewToScene(QPointF(number, value))
    return QPointF(bars.mapFromScene(point))


def test_the_bar_under_the_pointer_says_its_figures(bars, qtbot):
    assert bars.reading(at(bars, 1, 20)) == "pole: 47 %, best 47 % (FCN)"
    assert bars.reading(at(bars, 0.3, 99)) == "road: 97.5 %, best 98.6 % (PSPNet)"
    assert bars.reading(QPointF(1, 80)) == "", "the axis is no bar"
    assert bars.accessibleName() == "road 97.5; pole 47"
    qtbot.mouseMove(bars.viewport(), at(bars, 1, 20).toPoint())
    qtbot.waitUntil(bars._hover.isVisible)
    assert "47 %, best 47 %" in bars._hover.toPlainText()
    bars.set_bars([])
    assert bars.reading(QPointF(150, 80)) == "" and bars.bars() == ()


def test_bars_reach_their_value_and_the_best_is_marked_where_it_is_ahead(bars):
    (drawn,) = (item for item in bars.axes.items if isinstance(item, pg.BarGraphItem))
    np.testing.assert_array_equal(drawn.opts["height"], [97.5, 47.0])
    lines = (item for item in bars.axes.items if isinstance(item, pg.PlotDataItem))
    levels = [line.yData for line in lines]
    np.testing.assert_array_equal(np.concatenate(levels), [97.5, 97.5, 47.0, 47.0, 98.6, 98.6])


def test_figures_stand_above_bars_that_have_the_room(bars):
    def texts():
        items = bars.axes.items
        return {item.toPlainText() for item in items if isinstance(item, pg.TextItem)}

    assert {"road", "pole", "97.5", "47.0"} <= texts()
    bars.set_bars(TWO * 10)
    assert "road" in texts() and "97.5" not in texts()


def test_what_is_drawn_is_copied(bars):
    bars.copy_data()
    assert QGuiApplication.clipboard().text().splitlines() == [
        "class\tIoU, %\tbest, %\tof",
        "road\t97.5\t98.6\tPSPNet",
        "pole\t47\t47\tFCN",
    ]
