"""The switch by hand, and that on and off look different in either direction."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from segviewer.widgets.controls.toggle_switch import TRACK, ToggleSwitch


@pytest.fixture
def switch(qtbot):
    widget = ToggleSwitch()
    qtbot.addWidget(widget)
    widget.setText("Refine")
    widget.show()
    return widget


def ink(widget):
    """The widget's pixels, int (h, w, 3)."""
    image = widget.grab().toImage()
    flat = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
    return flat[..., :3].astype(int)


def test_click_and_space_switch_it(switch, qtbot):
    received = []
    switch.clicked.connect(lambda on: received.append(on))
    qtbot.mouseClick(switch, Qt.MouseButton.LeftButton)
    qtbot.keyClick(switch, Qt.Key.Key_Space)
    assert received == [True, False]
    switch.setEnabled(False)
    qtbot.mouseClick(switch, Qt.MouseButton.LeftButton)
    assert received == [True, False]


def test_the_knob_slides_to_the_other_side(switch):
    off = ink(switch)
    switch.setChecked(True)
    on = ink(switch)
    switch.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    mirrored = ink(switch)
    middle = off.shape[0] // 2
    left, right = 4 + TRACK.height() // 2, 4 + TRACK.width() - TRACK.height() // 2
    assert (off[middle, left] != off[middle, right]).any()
    assert (on[middle, left] != on[middle, right]).any()
    np.testing.assert_array_equal(on[middle, left], mirrored[middle, right])
    np.testing.assert_array_equal(on[middle, right], mirrored[middle, left])
