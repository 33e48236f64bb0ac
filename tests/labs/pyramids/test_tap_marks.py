"""Taps lie one rate apart, and those in the padding are not drawn."""

import pytest

from segviewer.labs.pyramids.tap_marks import tap_marks


def test_nine_squares_and_a_frame_for_each_rate():
    marks = tap_marks((100, 200), (201, 401), (2, 4), 16)
    assert len(marks) == 2 * 10
    squares, frame = marks[:9], marks[9]
    assert frame.dashed and [one.text for one in squares if one.text] == ["r 2"]
    columns = sorted({(one.left + one.right) / 2 * 401 for one in squares})
    assert columns == pytest.approx([168.5, 200.5, 232.5])  # 2 cells of 16 px
    assert all((one.right - one.left) * 401 == pytest.approx(16) for one in squares)
    assert frame.left == pytest.approx(min(one.left for one in squares))


def test_taps_outside_the_picture_are_in_the_padding():
    marks = tap_marks((0, 0), (100, 100), (3,), 16)
    assert len(marks) == 4 + 1 and [one.text for one in marks if one.text] == ["r 3"]
    assert len(tap_marks((50, 50), (100, 100), (30,), 16)) == 1 + 1
