"""The activity strip: late to appear, always to be stopped."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QWidget

from segviewer.widgets.panels.activity_strip import APPEARS_AFTER_MS, ActivityStrip, time_text


@pytest.fixture
def strip(qtbot):
    page = QWidget()
    qtbot.addWidget(page)
    layout = QHBoxLayout(page)
    widget = ActivityStrip()
    layout.addWidget(widget)
    page.neighbour = QWidget()
    layout.addWidget(page.neighbour, 1)
    page.resize(700, 60)
    page.show()
    qtbot.waitExposed(page)
    yield widget
    widget.finish()


def test_short_work_is_never_shown(strip, qtbot):
    strip.start("Network")
    assert strip.active()
    assert not strip.isVisible()
    strip.finish()
    qtbot.wait(APPEARS_AFTER_MS + 100)
    assert not strip.isVisible()
    assert not strip.active()


def test_longer_work_appears_and_another_stage_does_not_start_the_wait_again(strip, qtbot):
    strip.start("Network")
    qtbot.waitUntil(strip.isVisible, timeout=2000)
    strip.start("CRF")
    assert strip.isVisible()
    assert strip.text() == "CRF"


def test_progress_and_time_left_are_said(strip):
    strip.start("Network")
    bar = strip.findChild(QProgressBar)
    assert bar.maximum() == 0  # its length is unknown
    strip.set_progress(0.62, 3.2)
    assert strip.text() == "Network · 62 % · 3 s left"
    assert bar.value() / bar.maximum() == pytest.approx(0.62)
    strip.set_progress(None, stage="CRF")
    assert (strip.text(), bar.maximum()) == ("CRF", 0)


def test_cancel_is_always_there(strip, qtbot):
    strip.start("Network")
    qtbot.waitUntil(strip.isVisible, timeout=2000)
    button = strip.findChild(QPushButton)
    for fraction in (None, 0.0, 1.0):
        strip.set_progress(fraction)
        assert button.isEnabled()
        with qtbot.waitSignal(strip.cancel_requested):
            qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_nothing_beside_it_moves(strip, qtbot):
    neighbour = strip.parent().neighbour
    before = neighbour.geometry()
    strip.start("Network")
    qtbot.waitUntil(strip.isVisible, timeout=2000)
    strip.set_progress(1.0, 599)
    assert neighbour.geometry() == before


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "1 s"), (42, "42 s"), (150, "2 min"), (5400, "1.5 h")]
)
def test_times_are_in_the_unit_that_suits(seconds, text):
    assert time_text(seconds) == text
