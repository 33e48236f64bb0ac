"""Ends are dragged; the values under them are what is emitted."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from segviewer.widgets.charts.tone_histogram import ToneHistogram


@pytest.fixture
def histogram(qtbot):
    widget = ToneHistogram()
    qtbot.addWidget(widget)
    widget.resize(260, 84)
    widget.set_values(np.arange(50), 0, 4095)
    widget.set_ends(500, 3000)
    widget.show()
    qtbot.waitExposed(widget)
    widget.emitted, widget.resets = [], []
    widget.ends_moved.connect(lambda *ends: widget.emitted.append(ends))
    widget.reset_requested.connect(lambda: widget.resets.append(1))
    return widget


def at(histogram, value):
    return QPoint(round(histogram.x_of(value)), 40)


def test_showing_ends_tells_nobody(histogram):
    histogram.set_ends(100, 200)
    assert histogram.emitted == [] and histogram.shown_ends() == (100, 200)


def send(histogram, kind, place, buttons, button=Qt.MouseButton.NoButton):
    point = QPointF(place)
    at_screen = QPointF(histogram.mapToGlobal(place))
    none = Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(histogram, QMouseEvent(kind, point, at_screen, button, buttons, none))


def test_an_end_is_dragged_with_one_finished_edit(histogram):
    start, end = at(histogram, 3000), at(histogram, 2000)
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    kinds = QEvent.Type
    send(histogram, kinds.MouseMove, start, none)
    send(histogram, kinds.MouseButtonPress, start, left, left)
    for step in range(1, 11):
        send(histogram, kinds.MouseMove, start + (end - start) * step / 10, left)
    histogram.set_ends(1, 2)  # an echo of an older one
    send(histogram, kinds.MouseMove, end, left)
    send(histogram, kinds.MouseButtonRelease, end, none, left)
    assert [done for *_, done in histogram.emitted].count(True) == 1
    black, white, done = histogram.emitted[-1]
    assert done and black == 500 and white == pytest.approx(2000, abs=20)


def test_a_double_click_asks_for_what_is_found(histogram, qtbot):
    qtbot.mouseDClick(histogram, Qt.MouseButton.LeftButton, pos=QPoint(130, 40))
    assert histogram.resets == [1]


def test_ends_outside_the_values_are_still_in_sight(histogram):
    histogram.set_ends(-2000, 9000)
    left, right = histogram.shown_range()
    assert left < -2000 and right > 9000


def test_it_follows_the_theme(histogram, themed):
    themed("dark")
    dark = histogram.grab().toImage().pixelColor(1, 1)
    themed("light")
    assert histogram.grab().toImage().pixelColor(1, 1) != dark


def test_both_ends_are_dragged_by_what_lies_between(histogram):
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    start, end = at(histogram, 1700), at(histogram, 2200)
    send(histogram, QEvent.Type.MouseButtonPress, start, left, left)
    send(histogram, QEvent.Type.MouseMove, end, left)
    send(histogram, QEvent.Type.MouseButtonRelease, end, none, left)
    black, white, done = histogram.emitted[-1]
    assert done and white - black == pytest.approx(2500) and black == pytest.approx(1000, abs=20)


def test_ends_never_pass_each_other_and_a_click_moves_nothing(histogram):
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    for end in (500, 4000):
        start, end = at(histogram, 500), at(histogram, end)
        send(histogram, QEvent.Type.MouseButtonPress, start, left, left)
        if end != start:
            send(histogram, QEvent.Type.MouseMove, end, left)
        send(histogram, QEvent.Type.MouseButtonRelease, end, none, left)
    assert histogram.shown_ends() == (500, 3000)
    assert not [done for *_, done in histogram.emitted if done]
