"""Long names of a choice are smaller, not cut."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from segviewer.widgets.controls.fitted_choice import FittedChoice
from segviewer.widgets.text.fitted_text import set_size
from segviewer.widgets.theme.typography import resized
from tests.app.lessons.drawn_text import Drawn, measure_widgets

LONG = "A name that is rather long for a panel"


@pytest.fixture
def choice(qtbot, themed):
    themed("dark")
    panel = QWidget()
    box = FittedChoice(panel)
    box.addItems(["short", LONG])
    QVBoxLayout(panel).addWidget(box)
    qtbot.addWidget(panel)
    panel.resize(360, 60)
    panel.show()
    qtbot.waitExposed(panel)
    return panel, box


def cut(panel):
    drawn = Drawn(0.0)
    measure_widgets(panel, drawn)
    return drawn.faults


def test_a_long_name_is_smaller_and_a_short_one_is_not(choice, qtbot):
    panel, box = choice
    usual = box.font().pointSizeF()
    set_size(panel, resized(panel.font(), 1.6))
    qtbot.waitUntil(lambda: not box._later.isActive())
    assert box.font().pointSizeF() == pytest.approx(1.6 * usual, rel=0.02)
    box.setCurrentText(LONG)
    assert box.font().pointSizeF() < 1.5 * usual and not cut(panel)
    box.setCurrentText("short")
    assert box.font().pointSizeF() == pytest.approx(1.6 * usual, rel=0.02)


def test_it_grows_again_with_its_panel(choice, qtbot):
    panel, box = choice
    set_size(panel, resized(panel.font(), 1.6))
    box.setCurrentText(LONG)
    small = box.font().pointSizeF()
    panel.resize(900, 60)
    qtbot.waitUntil(lambda: box.font().pointSizeF() > small)
    panel.resize(360, 60)
    large = box.font().pointSizeF()
    panel.setStyleSheet("")
    qtbot.waitUntil(lambda: box.font().pointSizeF() < large)
    assert not cut(panel)


def test_the_wheel_scrolls_what_is_below_unless_it_has_the_focus(choice, qtbot):
    panel, box = choice

    def wheel():
        position = QPointF(box.rect().center())
        event = QWheelEvent(
            position,
            box.mapToGlobal(position),
            QPoint(),
            QPoint(0, -120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        box.wheelEvent(event)
        return event.isAccepted()

    assert box.focusPolicy() == Qt.FocusPolicy.StrongFocus  # not by the wheel
    box.clearFocus()
    assert not wheel() and box.currentIndex() == 0
    box.setFocus()
    qtbot.waitUntil(box.hasFocus)
    assert wheel() and box.currentIndex() == 1
