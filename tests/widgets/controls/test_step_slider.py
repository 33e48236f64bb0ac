"""Steps are chosen by keys, by hand and by playing, each as one edit."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt

from segviewer.widgets.controls.step_slider import StepSlider

NAMES = ("conv1", "layer1.0.conv2", "layer4.2.conv3", "scores")


@pytest.fixture
def slider(qtbot):
    widget = StepSlider()
    qtbot.addWidget(widget)
    widget.resize(600, 40)
    widget.set_steps(NAMES, 1)
    widget.show()
    qtbot.waitExposed(widget)
    widget.emitted = []
    widget.stepped.connect(lambda index, finished: widget.emitted.append((index, finished)))
    return widget


def test_an_arrow_is_one_step(slider, qtbot):
    assert slider.step_name() == "layer1.0.conv2"
    qtbot.keyClick(slider.slider, Qt.Key.Key_Right)
    assert slider.emitted == [(2, True)] and slider.name.text() == "layer4.2.conv3"
    qtbot.keyClick(slider.slider, Qt.Key.Key_End)
    assert slider.emitted[-1] == (3, True)


def test_a_drag_ends_with_one_finished_edit(slider, qtbot):
    inner = slider.slider
    middle = inner.height() // 2
    at = QPoint(round(inner.handle_x()), middle)
    qtbot.mousePress(inner, Qt.MouseButton.LeftButton, pos=at)
    qtbot.mouseMove(inner, QPoint(inner.width() - 3, middle))
    slider.set_steps(NAMES, 0)  # an echo of an older step
    assert slider.index() == 3
    qtbot.mouseRelease(inner, Qt.MouseButton.LeftButton, pos=QPoint(inner.width() - 3, middle))
    assert slider.emitted[-1] == (3, True)
    assert [finished for _, finished in slider.emitted].count(True) == 1


def test_playing_waits_for_each_answer_and_ends_at_the_last(slider, qtbot):
    slider.set_steps(NAMES, 3)
    slider.stepped.connect(lambda index, finished: slider.set_steps(NAMES, index))
    with qtbot.waitSignal(slider.stepped, check_params_cb=lambda index, done: done, timeout=3000):
        slider.play_button.click()
    assert slider.emitted == [(0, False), (1, False), (2, False), (3, True)]
    assert not slider.play_button.isChecked()


def test_without_answers_playing_stands_still(slider):
    slider.play_button.click()
    assert slider.emitted == [(2, False)] and not slider._next.isActive()
    slider.play_button.click()
    assert slider.emitted[-1] == (2, True)


@pytest.mark.parametrize("names", [(), ("only",)])
def test_nothing_to_choose(slider, names):
    slider.set_steps(names, 5)
    assert slider.index() == 0 and not slider.isEnabled()
    assert slider.step_name() == "".join(names)
