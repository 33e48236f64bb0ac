"""Holes widen the filter and cost nothing; signal and filter are drawn by hand."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from segviewer.labs import compute
from segviewer.labs.atrous.atrous_1d import LAB, LENGTH
from segviewer.labs.lab import LabContext


def result(**values):
    (found,) = compute("atrous_1d", values, LabContext())
    return found


@pytest.mark.parametrize(("rate", "wide"), [(1, 3), (2, 5), (4, 9), (8, 17)])
def test_parameters_and_operations_stay(rate, wide):
    found = result(rate=rate)
    assert f"3 taps span {wide} samples" in found.caption
    assert "3 parameters and 108 multiply-adds for 36 outputs" in found.caption
    assert f"<b>{wide}</b>" in found.formula
    assert ("ordinary" in found.caption) == (rate == 1)
    assert found.shown.inside.sum() == LENGTH - wide + 1


def test_a_difference_at_rate_r_sees_a_step_2r_times():
    for rate in (1, 3, 5):
        shown = result(rate=rate).shown
        inside = np.where(shown.inside, shown.response, 0)
        assert (inside == 1).sum() == 2 * rate and set(inside) == {0, 1}


def test_own_signal_and_weights():
    signal = tuple([0.0] * 10 + [1.0] + [0.0] * 25)
    found = result(signal=signal, weights=(0.5, -1.0, 0.25), rate=4)
    assert dict(enumerate(found.shown.response))[14] == 0.5
    assert found.shown.response[10] == -1 and found.shown.response[6] == 0.25
    assert "Strongest response −1 at i = 10" in found.caption
    printed = result(signal=signal, weights=(0.5, -1.0, 0.25), rate=4, centred=False)
    assert printed.shown.response[2] == -1  # 8 = r (K + 1) / 2 further left
    nothing = result(signal=(0.0,) * LENGTH)
    assert "Nothing comes out" in nothing.caption
    # Weights of another number of taps are not these taps'.
    assert len(result(weights=(1.0, 1.0), kernel=5).shown.weights) == 5
    assert "1 tap sees 1 sample" in result(kernel=1).caption


@pytest.fixture
def view(qtbot):
    made = LAB.make_view()
    qtbot.addWidget(made)
    made.resize(1100, 240)
    made.show_result(None)
    made.show_result(result(rate=2).shown)
    made.show()
    return made


def at(bars, index, value):
    return bars.place_of(index, value).toPoint()


def test_dragging_over_the_signal_draws_it(qtbot, view):
    found = []
    view.edited.connect(lambda *args: found.append(args))
    bars = view.signal
    qtbot.mousePress(bars, Qt.MouseButton.LeftButton, pos=at(bars, 3, 0.5))
    qtbot.mouseMove(bars, at(bars, 6, -0.5))
    # What is computed meanwhile does not take the signal out of the hand.
    view.show_result(result(rate=2).shown)
    qtbot.mouseRelease(bars, Qt.MouseButton.LeftButton, pos=at(bars, 6, -0.5))
    assert [(name, done) for name, _, done in found] == [
        ("signal", False),
        ("signal", False),
        ("signal", True),
    ]
    values = found[-1][1]
    assert isinstance(values, tuple) and len(values) == LENGTH
    assert values[3] == pytest.approx(0.5, abs=0.05)
    assert values[6] == pytest.approx(-0.5, abs=0.05)
    assert values[3] > values[4] > values[5] > values[6]  # no sample is jumped over
    assert result(signal=values).shown.signal.tolist() == list(values)


def test_holes_of_the_filter_do_not_move_and_taps_do(qtbot, view):
    bars, found = view.filter, []
    view.edited.connect(lambda *args: found.append(args))
    assert bars.values().tolist() == [-1, 0, 0, 0, 1]
    qtbot.mouseClick(bars, Qt.MouseButton.LeftButton, pos=at(bars, 2, 0.5))
    assert found[-1][0] == "weights" and found[-1][2]
    np.testing.assert_allclose(found[-1][1], (-1, 0.5, 1), atol=0.06)
    qtbot.mouseClick(bars, Qt.MouseButton.LeftButton, pos=at(bars, 1, 0.9))
    assert bars.values()[1] == 0


def test_keys_change_a_sample(qtbot, view):
    found = []
    view.edited.connect(lambda *args: found.append(args))
    view.signal.setFocus()
    qtbot.keyClick(view.signal, Qt.Key.Key_Right)
    qtbot.keyClick(view.signal, Qt.Key.Key_Up)
    assert found[-1][0] == "signal" and found[-1][1][0] == pytest.approx(0.1)


def test_buttons_set_presets(qtbot, view):
    found = []
    view.edited.connect(lambda *args: found.append(args))
    qtbot.mouseClick(view.signal_buttons["impulse"], Qt.MouseButton.LeftButton)
    qtbot.mouseClick(view.filter_buttons["average"], Qt.MouseButton.LeftButton)
    assert sum(found[0][1]) == 1 and found[0][2]
    assert found[1][0] == "weights" and sum(found[1][1]) == pytest.approx(1, abs=0.01)


def test_hovering_shows_the_taps_of_a_place(qtbot, view):
    qtbot.mouseMove(view.response, QPoint(1, 1))
    qtbot.mouseMove(view.response, at(view.response, 20, 0))
    assert view.signal.marked() == {18: "−1", 20: "0", 22: "1"}
    assert list(view.response.marked()) == [20]


def test_no_size_is_too_small_or_too_large(view):
    for size in ((120, 40), (2600, 900)):
        view.resize(*size)
        assert not view.grab().isNull()
    view.show_result(None)
    assert len(view.signal.values()) == 0 and not view.grab().isNull()


def test_the_filter_slides_and_lines_lead_from_its_taps_to_the_output(view):
    view.resize(900, 400)
    view.show_result(result(rate=4).shown)
    view._draw_lines()  # which waits for the layout otherwise
    view.steps.stepped.emit(10, False)
    assert list(view.signal.marked()) == [6, 10, 14] and list(view.response.marked()) == [10]
    lines = view.lines.lines()
    starts = [line.x1() for line in lines]
    assert len({(line.x2(), line.y2()) for line in lines}) == 1
    assert len(starts) == 3 and starts == sorted(starts)
    assert all(line.y1() < line.y2() for line in lines)
    assert view.steps.index() == 10
    view.steps.stepped.emit(0, False)  # at the border two taps are left
    assert len(view.lines.lines()) == 2
    view.show_result(None)
    assert view.lines.lines() == ()
