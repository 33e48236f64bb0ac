"""A signal drawn by hand: strokes, quick strokes, holes, keys."""

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from segviewer.labs.atrous.sample_bars import SampleBars

LEFT = Qt.MouseButton.LeftButton


def drag(widget, place):
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        place,
        widget.mapToGlobal(place),
        Qt.MouseButton.NoButton,
        LEFT,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(widget, event)


@pytest.fixture
def bars(qtbot):
    widget = SampleBars("x", editable=True)
    qtbot.addWidget(widget)
    widget.resize(400, 200)
    widget.set_values([0.0] * 6, holes=[False] * 5 + [True])
    widget.show()
    qtbot.waitExposed(widget)
    widget.received = []
    widget.changed.connect(lambda values, done: widget.received.append((values, done)))
    return widget


def press(qtbot, bars, index, value):
    qtbot.mousePress(bars, LEFT, pos=bars.place_of(index, value).toPoint())


def test_a_press_sets_a_sample_and_letting_go_ends_the_edit(bars, qtbot):
    press(qtbot, bars, 1, 0.5)
    assert bars.received == [((0, 0.5, 0, 0, 0, 0), False)]
    qtbot.mouseRelease(bars, LEFT, pos=bars.place_of(1, 0.5).toPoint())
    assert bars.received[1:] == [((0, 0.5, 0, 0, 0, 0), True)]


def test_a_quick_stroke_fills_what_it_jumped_over(bars, qtbot):
    press(qtbot, bars, 0, 0.0)
    drag(bars, bars.place_of(4, 0.8))
    assert bars.values().tolist() == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 0])
    qtbot.mouseRelease(bars, LEFT)


def test_holes_cannot_be_drawn_and_values_end_at_the_reach(bars, qtbot):
    press(qtbot, bars, 4, 0.0)
    drag(bars, bars.place_of(5, 5.0))
    assert bars.values()[5] == 0
    drag(bars, bars.place_of(4, 5.0))
    assert bars.values()[4] == 1.0
    qtbot.mouseRelease(bars, LEFT)


def test_what_is_being_drawn_is_not_overwritten_by_a_result(bars, qtbot):
    press(qtbot, bars, 1, 0.5)
    bars.set_values([0.0] * 6)
    assert bars.values()[1] == 0.5
    qtbot.mouseRelease(bars, LEFT)
    bars.set_values([0.0] * 6)
    assert bars.values()[1] == 0


def test_keys_choose_and_lift(bars, qtbot):
    pointed = []
    bars.pointed.connect(lambda index: pointed.append(index))
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Up):
        qtbot.keyClick(bars, key)
    assert pointed == [0, 1]
    assert [values[1] for values, done in bars.received if done] == pytest.approx([0.1, 0.2])


def test_what_cannot_be_edited_tells_the_pointer_alone(qtbot):
    bars = SampleBars("y")
    qtbot.addWidget(bars)
    bars.resize(400, 200)
    bars.set_values([0.25, -0.5])
    bars.show()
    qtbot.waitExposed(bars)
    received, pointed = [], []
    bars.changed.connect(lambda *args: received.append(args))
    bars.pointed.connect(lambda index: pointed.append(index))
    place = bars.place_of(1, 0.5).toPoint()
    qtbot.mouseClick(bars, LEFT, pos=place)
    qtbot.mouseMove(bars, place)
    assert received == [] and pointed == [1] and bars.toolTip() == "[1] -0.5"
    assert bars.cursor().shape() == Qt.CursorShape.ArrowCursor
    assert bars.accessibleName() == "y: 0.25, −0.5"
