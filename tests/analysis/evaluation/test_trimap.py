"""Bands around outlines, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segviewer.analysis.evaluation.metrics import Confusion
from segviewer.analysis.evaluation.trimap import (
    BROKEN,
    MENDED,
    RIGHT,
    WRONG,
    error_map,
    outline_distance,
    trimap,
)


@pytest.fixture
def halves():
    """Class 0 left, class 1 right, ten columns each."""
    target = np.zeros((6, 20), np.uint8)
    target[:, 10:] = 1
    return target


def test_a_straight_outline_is_two_pixels_wide_and_grows_by_two(halves):
    distance = outline_distance(halves)
    np.testing.assert_array_equal(distance[0], [*range(10, 0, -1), *range(1, 11)])
    curves = trimap(halves, halves, halves, 2, widths=(1, 2, 3, 40))
    np.testing.assert_array_equal(curves.pixels, [12, 24, 36, 120])
    np.testing.assert_array_equal(curves.accuracy, 1)
    np.testing.assert_array_equal(curves.miou, 1)


def test_an_outline_shifted_by_one_column_by_hand(halves):
    before = np.roll(halves, 1, axis=1)  # column 10 says 0, and so does column 0 say 1
    before[:, 0] = 0
    curves = trimap(halves, before, halves, 2, widths=(1, 2, 4))
    # One wrong column of 2, 4 and 8. Class 0 gains it, class 1 lacks it.
    np.testing.assert_allclose(curves.accuracy[0], [1 / 2, 3 / 4, 7 / 8])
    np.testing.assert_allclose(curves.iou[0, :, 0], [1 / 2, 2 / 3, 4 / 5])
    np.testing.assert_allclose(curves.iou[0, :, 1], [0, 1 / 2, 3 / 4])
    np.testing.assert_allclose(curves.miou[0], curves.iou[0].mean(1))
    np.testing.assert_array_equal(curves.accuracy[1], 1)


def test_void_marks_outlines_but_counts_nowhere(halves):
    halves[:, 9:11] = 255
    curves = trimap(halves, np.zeros_like(halves), halves, 2, widths=(1, 2))
    # Void's own pixels are on the line, too, but only columns 8 and 11 are labelled.
    np.testing.assert_array_equal(curves.pixels, [12, 24])
    np.testing.assert_allclose(curves.accuracy[0], 0.5)
    without = trimap(halves, halves, halves, 2, widths=(1, 2), void_outlines=False)
    np.testing.assert_array_equal(without.pixels, 0)
    assert np.isnan(without.accuracy).all() and np.isnan(without.miou).all()


def test_outlines_between_classes_alone():
    target = np.array([[0, 0, 1, 1, 255, 255, 2, 2]], np.uint8)
    np.testing.assert_array_equal(outline_distance(target, False)[0], [2, 1, 1, 2, 3, 4, 5, 6])
    np.testing.assert_array_equal(outline_distance(target)[0], [2, 1, 1, 1, 1, 1, 1, 2])


def test_a_band_as_wide_as_the_picture_is_the_usual_measure():
    random = np.random.default_rng(3)
    target = random.integers(0, 4, (30, 40)).astype(np.uint8)
    target[:5] = 255
    before = random.integers(0, 4, (30, 40)).astype(np.uint8)
    whole = Confusion(4)
    whole.add(target, before)
    curves = trimap(target, before, target, 4, widths=(1, 100))
    assert curves.miou[0, -1] == whole.miou
    assert curves.accuracy[0, -1] == whole.pixel_accuracy
    np.testing.assert_array_equal(curves.iou[0, -1], whole.iou)


def test_a_target_of_one_class_has_no_outline():
    one = np.zeros((4, 4), np.uint8)
    assert np.isinf(outline_distance(one)).all()
    assert trimap(one, one, one, 2).pixels.sum() == 0


def test_other_sizes_are_refused(halves):
    with pytest.raises(ValueError, match="differ"):
        trimap(halves, halves[:2], halves, 2)


def test_error_map_by_hand():
    target = np.array([[0, 0, 0, 0, 255, 7]], np.uint8)
    before = np.array([[0, 1, 0, 1, 0, 0]], np.uint8)
    after = np.array([[0, 0, 1, 1, 0, 0]], np.uint8)
    found = error_map(target, before, after, 2)
    np.testing.assert_array_equal(found[0], [RIGHT, MENDED, BROKEN, WRONG, 255, 255])


@given(st.integers(0, 2**32 - 1))
def test_bands_only_grow_and_mended_less_broken_is_the_gain(seed):
    random = np.random.default_rng(seed)
    target, before, after = random.integers(0, 3, (3, 9, 11)).astype(np.uint8)
    target[random.random(target.shape) < 0.2] = 255
    curves = trimap(target, before, after, 3, widths=(1, 2, 5, 20))
    assert (np.diff(curves.pixels) >= 0).all()
    errors = error_map(target, before, after, 3)
    gain = np.count_nonzero(errors == MENDED) - np.count_nonzero(errors == BROKEN)
    if curves.pixels[-1] == np.count_nonzero(target != 255):
        change = (curves.accuracy[1, -1] - curves.accuracy[0, -1]) * curves.pixels[-1]
        assert change == pytest.approx(gain, abs=1e-6)
