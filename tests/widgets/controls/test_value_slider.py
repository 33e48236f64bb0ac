"""The slider under a hand: drags, fine drags, keys, wheel, double click."""

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from segviewer.widgets.controls.value_slider import FINE, RADIUS, ValueSlider

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def slider(qtbot):
    """216 pixels wide: its handle travels over 200."""
    widget = ValueSlider()
    qtbot.addWidget(widget)
    widget.resize(200 + 2 * RADIUS + 2, 22)
    widget.show()
    qtbot.waitExposed(widget)
    widget.set_position(0.5)
    return widget


def listened(signal):
    received = []
    signal.connect(lambda *args: received.append(args[0] if args else None))
    return received


def move(widget, x, modifiers=Qt.KeyboardModifier.NoModifier):
    at = QPointF(x, 11)
    event = QMouseEvent(QEvent.Type.MouseMove, at, widget.mapToGlobal(at), NONE, LEFT, modifiers)
    QApplication.sendEvent(widget, event)


def wheel(widget):
    at = QPointF(50, 11)
    event = QWheelEvent(
        at,
        widget.mapToGlobal(at),
        QPoint(),
        QPoint(0, 120),
        NONE,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    event.ignore()
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


def test_a_press_on_the_handle_moves_nothing_and_a_drag_follows(slider, qtbot):
    moved, let_go = listened(slider.moved), listened(slider.let_go)
    x = round(slider.handle_x())
    qtbot.mousePress(slider, LEFT, pos=QPoint(x + 3, 11))
    assert slider.isSliderDown() and moved == []
    move(slider, x + 23)
    assert moved == [pytest.approx(0.6)] and let_go == []
    qtbot.mouseRelease(slider, LEFT, pos=QPoint(x + 23, 11))
    assert not slider.isSliderDown() and len(let_go) == 1


def test_a_press_beside_the_handle_takes_it_there(slider, qtbot):
    moved = listened(slider.moved)
    qtbot.mousePress(slider, LEFT, pos=QPoint(RADIUS + 1 + 150, 11))
    assert moved == [pytest.approx(0.75)]
    qtbot.mouseRelease(slider, LEFT)


def test_shift_makes_a_drag_fine(slider, qtbot):
    x = round(slider.handle_x())
    qtbot.mousePress(slider, LEFT, pos=QPoint(x, 11))
    move(slider, x + 20, SHIFT)
    assert slider.position() == pytest.approx(0.5 + 0.1 * FINE)
    qtbot.mouseRelease(slider, LEFT)


def test_a_drag_beyond_the_end_stays_at_the_end(slider, qtbot):
    qtbot.mousePress(slider, LEFT, pos=QPoint(round(slider.handle_x()), 11))
    move(slider, 900)
    assert slider.position() == 1.0
    move(slider, -900)
    assert slider.position() == 0.0
    qtbot.mouseRelease(slider, LEFT)


def test_without_a_press_of_the_left_button_nothing_moves(slider, qtbot):
    moved, let_go = listened(slider.moved), listened(slider.let_go)
    qtbot.mousePress(slider, Qt.MouseButton.RightButton, pos=QPoint(20, 11))
    move(slider, 60)
    qtbot.mouseRelease(slider, Qt.MouseButton.RightButton, pos=QPoint(60, 11))
    assert moved == [] and let_go == [] and slider.position() == 0.5


def test_keys_walk_its_steps(slider, qtbot):
    slider.set_steps(4)
    assert slider.position() == 0.5
    moved = listened(slider.moved)
    qtbot.keyClick(slider, Qt.Key.Key_Right)
    qtbot.keyClick(slider, Qt.Key.Key_Left)
    qtbot.keyClick(slider, Qt.Key.Key_End)
    assert moved == [0.75, 0.5, 1.0]
    qtbot.keyClick(slider, Qt.Key.Key_Right)
    assert len(moved) == 3


def test_a_double_click_asks_for_the_norm(slider, qtbot):
    with qtbot.waitSignal(slider.reset_requested):
        qtbot.mouseDClick(slider, LEFT, pos=QPoint(100, 11))


def test_the_wheel_scrolls_the_panel_unless_the_slider_has_the_focus(slider):
    moved = listened(slider.moved)
    slider.clearFocus()
    assert not wheel(slider) and moved == []
    slider.setFocus()
    assert slider.hasFocus()
    assert wheel(slider) and moved[0] > 0.5


def test_a_program_moves_it_without_a_signal(slider):
    moved = listened(slider.moved)
    slider.set_position(7)
    assert slider.position() == 1.0 and slider.value() == slider.maximum() and moved == []


def test_from_right_to_left_it_is_mirrored(slider, qtbot):
    slider.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    slider.set_position(0.25)
    assert slider.handle_x() == pytest.approx(RADIUS + 1 + 150)
    qtbot.mousePress(slider, LEFT, pos=QPoint(RADIUS + 1 + 20, 11))
    assert slider.position() == pytest.approx(0.9)
    qtbot.mouseRelease(slider, LEFT)
