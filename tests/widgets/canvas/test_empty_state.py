"""The invitation: open, or a sample that fits."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton

from segviewer.widgets.canvas.empty_state import EmptyState

SAMPLES = [
    (name, f"a {name}", np.full((40, 60, 3), 90, np.uint8)) for name in ("street", "cat", "sea")
]


@pytest.fixture
def empty(qtbot):
    widget = EmptyState()
    qtbot.addWidget(widget)
    widget.resize(800, 500)
    widget.set_samples(SAMPLES)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def offered(empty):
    return [b for b in empty.findChildren(QToolButton) if b.isVisible()]


def test_a_sample_is_told_by_its_name_not_its_title(empty, qtbot):
    received = []
    empty.sample_chosen.connect(lambda name: received.append(name))
    for button in offered(empty):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert received == ["street", "cat", "sea"]


def test_samples_that_do_not_fit_are_left_out_and_come_back(empty):
    empty.resize(430, 500)
    assert len(offered(empty)) == 2
    empty.resize(800, 500)
    assert len(offered(empty)) == 3


def test_other_samples_replace_the_ones_before(empty, qtbot):
    empty.set_samples(SAMPLES[2:])
    qtbot.waitUntil(lambda: len(empty.findChildren(QToolButton)) == 1)
    empty.set_samples([])
    assert not empty._or.isVisible()


def test_its_wish_for_room_does_not_widen_the_window(empty):
    assert empty.sizePolicy().horizontalPolicy() == empty.sizePolicy().Policy.Ignored
