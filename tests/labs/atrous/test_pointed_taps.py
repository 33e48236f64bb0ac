"""What stands beside the pointed taps adds up to the response that the lab computes."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from segviewer.analysis.arithmetic.sparse_dense import compare, kernel_of
from segviewer.labs.atrous.pointed_taps import PointedTaps


@pytest.fixture
def taps(qtbot):
    widget = PointedTaps()
    qtbot.addWidget(widget)
    widget.resize(700, 300)
    picture = np.random.default_rng(0).normal(size=(40, 60))
    widget.set_filter(picture, kernel_of("vertical edges"), 4)
    widget.show()
    qtbot.waitExposed(widget)
    return widget, compare(picture, kernel_of("vertical edges"), 4, "bilinear", False).dense


def test_the_sum_is_the_response_wherever_the_pointer_is(taps, qtbot):
    widget, dense = taps
    assert widget.at() == (20, 30)
    assert widget.response() == pytest.approx(dense[20, 30])
    area = widget.area()
    corner = area.topLeft().toPoint()
    qtbot.mouseMove(widget, corner + (area.center() - area.topLeft()).toPoint() / 2)
    row, column = widget.at()
    assert (row, column) != (20, 30) and widget.response() == pytest.approx(dense[row, column])
    assert f"row {row}, column {column}" in widget.accessibleName()


def test_keys_move_it_and_the_border_stops_it(taps, qtbot):
    widget, dense = taps
    for _ in range(70):
        qtbot.keyClick(widget, Qt.Key.Key_Right)
    assert widget.at() == (20, 59) and widget.response() == pytest.approx(dense[20, 59])
    # Taps outside meet zeros, as in a network.
    assert sum(column > 59 for _, column, *_ in widget.taps()) == 3 * 7


def test_any_size_is_drawn(taps):
    widget, _ = taps
    for size in ((60, 30), (2400, 900)):
        widget.resize(*size)
        assert not widget.grab().isNull()
    widget.set_filter(np.zeros((0, 0)), np.zeros((0, 0)), 1)
    assert widget.accessibleName() == "" and not widget.grab().isNull()
