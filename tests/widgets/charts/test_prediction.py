"""A curve drawn by hand: one height for each column, whichever way the pointer went."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt

from segviewer.widgets.charts.plot import Curve, Plot
from segviewer.widgets.charts.prediction import COLUMNS, ExpectedCurve, PredictionPad


@pytest.fixture
def pad(qtbot):
    made = PredictionPad()
    qtbot.addWidget(made)
    made.resize(400, 240)
    made.begin("rate", "share")
    made.show()
    return made


def at(pad, across: float, up: float) -> QPointF:
    area = pad.area()
    return QPointF(area.left() + across * area.width(), area.bottom() - up * area.height())


def test_a_fast_stroke_leaves_no_gap_and_a_second_one_replaces(pad):
    pad._draw_to(at(pad, 0, 0))
    pad._draw_to(at(pad, 1, 1))
    assert sorted(pad.heights) == list(range(COLUMNS))
    middle = COLUMNS // 2
    assert pad.heights[middle] == pytest.approx(middle / (COLUMNS - 1), abs=0.01)
    pad._last = None
    pad._draw_to(at(pad, 1, 0.25))
    pad._draw_to(at(pad, 0, 0.25))  # backwards
    assert all(height == pytest.approx(0.25) for height in pad.heights.values())


def test_beyond_the_axes_it_stays_on_them(pad):
    pad._draw_to(at(pad, 0.5, 3))
    pad._draw_to(at(pad, 2, -3))
    assert min(pad.heights.values()) == 0 and max(pad.heights.values()) == 1
    assert max(pad.heights) == COLUMNS - 1


def test_a_right_click_begins_anew(pad, qtbot):
    pad._draw_to(at(pad, 0.5, 0.5))
    qtbot.mouseClick(pad, Qt.MouseButton.RightButton, pos=at(pad, 0.2, 0.2).toPoint())
    assert pad.heights == {}


def test_it_lies_where_the_plot_draws_whatever_size_that_takes(qtbot):
    plot = Plot("rate", "share")
    qtbot.addWidget(plot)
    plot.resize(400, 240)
    plot.set_curves([Curve([0, 1], [0, 1])])
    plot.show()
    over = ExpectedCurve(plot, {0: 0.0, COLUMNS - 1: 1.0})
    plot.resize(500, 300)
    assert over.geometry() == plot.rect()
    area = plot.curve_area()
    assert plot.rect().adjusted(0, 0, 2, 2).contains(area.toRect()) and area.width() > 300
    plot.grab()  # drawn without an error


@pytest.mark.parametrize(
    ("options", "xs", "numbers"),
    [
        ({}, [0, 10], {0.0: "0", 10.0: "10"}),
        ({"log_x": True}, [1, 100], {1.0: "1", 10.0: "10", 100.0: "100"}),
        ({"x_ticks": (1, 2, 4)}, [1, 4], {1.0: "1", 2.0: "2", 4.0: "4"}),
        ({"whole_x": True}, [1, 3], {1.0: "1", 2.0: "2", 3.0: "3"}),
    ],
)
def test_the_numbers_of_the_x_axis_stand_where_the_plot_has_them(qtbot, options, xs, numbers):
    plot = Plot("rate", "share", **options)
    qtbot.addWidget(plot)
    plot.resize(420, 240)
    assert plot.x_numbers() == [], "nothing is known before there is a curve"
    with qtbot.waitSignal(plot.scaled):
        plot.set_curves([Curve(xs, [0, 1])])
        plot.show()
    plot.grab()
    found = {text: share for share, text in plot.x_numbers()}
    area = plot.curve_area()
    for value, text in numbers.items():
        place = plot.axes.view.mapViewToScene(QPointF(plot._at(value), 0))
        share = (plot.mapFromScene(place).x() - area.left()) / area.width()
        assert found[text] == pytest.approx(share, abs=0.01)


def test_numbers_are_written_and_never_run_into_each_other(pad):
    bare = pad.grab().toImage()
    pad.set_numbers([(0.0, "1"), (1.0, "16")])
    few = pad.grab().toImage()
    assert few != bare
    # Between two that touch, and outside of the axis, there is none.
    pad.set_numbers([(0.0, "1"), (0.001, "2"), (1.0, "16"), (1.4, "24")])
    assert pad.grab().toImage() == few
