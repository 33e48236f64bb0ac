"""Dots of results: rows under the pointer, clicks, words."""

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF

from segviewer.labs.results.dot_chart import BETWEEN_NUMBERS, Dot, DotChart

LEFT = Qt.MouseButton.LeftButton
DOTS = [Dot("FCN", 62.2, "62.2"), Dot("<b>PSPNet", 85.4, "85.4"), Dot("DRN", 70.9, "70.9", 1)]


@pytest.fixture
def chart(qtbot):
    widget = DotChart()
    qtbot.addWidget(widget)
    widget.resize(400, 200)
    widget.set_dots(DOTS, "mIoU, %", current=1)
    widget.show()
    qtbot.waitExposed(widget)
    widget.received = []
    widget.chosen.connect(lambda index: widget.received.append(index))
    return widget


def row(chart, index):
    return chart.row_of(index).center().toPoint()


def test_the_row_of_a_click_is_sent(chart, qtbot):
    qtbot.mouseClick(chart, LEFT, pos=row(chart, 2))
    qtbot.mouseClick(chart, Qt.MouseButton.RightButton, pos=row(chart, 0))
    qtbot.mouseClick(chart, LEFT, pos=QPoint(200, 190))
    assert chart.received == [2]


def test_names_from_tables_are_plain_text(chart, qtbot):
    qtbot.mouseMove(chart, row(chart, 1))
    assert "&lt;b&gt;PSPNet" in chart.toolTip()
    qtbot.mouseMove(chart, QPoint(200, 190))
    assert chart.toolTip() == ""


def test_the_chart_is_said(chart):
    assert chart.accessibleName() == "mIoU, %. FCN: 62.2; <b>PSPNet: 85.4; DRN: 70.9"


@pytest.mark.parametrize("height", [60, 200, 900])
def test_rows_are_below_each_other_and_inside(chart, height):
    chart.resize(400, height)
    areas = [chart.row_of(index) for index in range(3)]
    assert [chart.index_at(area.center()) for area in areas] == [0, 1, 2]
    assert areas[-1].bottom() <= chart.height() and not chart.grab().isNull()


def test_equal_values_and_none_are_drawn(chart):
    chart.set_dots([Dot("a", 1.0, "1"), Dot("b", 1.0, "1")], "same")
    assert not chart.grab().isNull()
    chart.set_dots([], "none")
    assert chart.index_at(QPointF(5, 5)) == -1 and not chart.grab().isNull()


def test_each_series_has_an_axis_of_its_own(chart):
    ours = [Dot("here", 58.6, "58.6", 1), Dot("here, too", 60.4, "60.4", 1)]
    chart.set_dots([*DOTS[:2], *ours], "mIoU, %", other="mIoU, %, here on CamVid")
    assert chart.ticks(0) == (65, 70, 75, 80, 85) and chart.ticks(1) == (59, 59.5, 60)
    assert [chart.places_of(words) != [] for words in ("85", "59.5", "60.0")] == [True] * 3
    (first,), (second,) = (chart.places_of(f"mIoU, %{end}") for end in ("", ", here on CamVid"))
    assert chart.row_of(1).bottom() <= first.top() < chart.row_of(2).top()
    assert chart.row_of(3).bottom() <= second.top()
    assert chart.index_at(first.center()) == -1  # an axis is no row


@pytest.mark.parametrize(
    "low, high, ticks",
    [
        (20.29, 75.18, (30, 40, 50, 60, 70)),
        (0, 1, (0, 0.5, 1)),
        (3, 3, (3,)),
        (-2, 2, (-2, -1, 0, 1, 2)),
    ],
)
def test_ticks_are_few_and_round(chart, low, high, ticks):
    chart.set_dots([Dot("a", low, ""), Dot("b", high, "")], "any")
    found = chart.ticks(0)
    assert found == pytest.approx(ticks) and low <= found[0] and found[-1] <= high


@pytest.mark.parametrize("width", [170, 220, 300, 420, 900])
@pytest.mark.parametrize("values", [(60.7, 61.9), (73.88, 75.76), (3.5, 250.0), (61.71, 61.72)])
def test_numbers_of_an_axis_never_run_into_each_other(chart, width, values):
    """“61.76 61.80 61.83” stood over each other in a lecture."""
    chart.resize(width, 200)
    chart.set_dots([Dot(f"ASPP {i}", v, f"{v}") for i, v in enumerate(values)], "mIoU, %")
    metrics, area = QFontMetricsF(chart.font()), QRectF(90, 0, width - 130, 200)
    (group,) = chart._groups
    found = chart._numbers(group, area, metrics)
    assert found, "an axis without a number says nothing"
    ends = [
        (chart._place(group, tick, area), metrics.horizontalAdvance(words) / 2)
        for tick, words in found
    ]
    for (left, before), (right, behind) in zip(ends, ends[1:], strict=False):
        assert right - behind - (left + before) >= BETWEEN_NUMBERS
    assert all(abs(float(words) - tick) < 1e-3 for tick, words in found)
