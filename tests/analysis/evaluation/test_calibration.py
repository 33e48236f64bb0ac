"""Expected calibration error in closed form."""

import numpy as np
import pytest

from segviewer.analysis.evaluation.calibration import NUM_BINS, Reliability, reliability


def test_a_network_that_is_right_as_often_as_it_says_has_no_error():
    target = np.zeros((10, 10), np.uint8)
    labels = np.zeros_like(target)
    labels[0, :] = 1  # one in ten is wrong
    found = reliability(target, labels, np.full((10, 10), 0.9))
    assert found.error == pytest.approx(0)
    assert found.pixels.sum() == 100 and found.accuracy[13] == 0.9


def test_over_confidence_is_the_difference():
    target = np.zeros((1, 4), np.uint8)
    labels = np.array([[0, 0, 1, 1]], np.uint8)
    found = reliability(target, labels, np.array([[1.0, 1.0, 1.0, 0.5]]))
    # bins: three of confidence 1, two right; one of 0.5, wrong.
    assert found.error == pytest.approx(3 / 4 * (1 - 2 / 3) + 1 / 4 * 0.5)


def test_pictures_add_up_and_nan_does_not_count():
    target, labels = np.zeros((1, 3), np.uint8), np.array([[0, 1, 0]], np.uint8)
    confidence = np.array([[0.6, 0.4, np.nan]])
    one = reliability(target, labels, confidence)
    assert one.pixels.sum() == 2
    both = one + one + Reliability.empty()
    assert both.pixels.sum() == 4 and both.error == one.error


def test_a_bin_holds_its_upper_end_and_both_ends_have_a_bin():
    target = np.zeros((1, 3), np.uint8)
    found = reliability(target, target, np.array([[0.0, 1 / NUM_BINS, 1.0]]))
    assert found.pixels[0] == 2 and found.pixels[-1] == 1


def test_without_pixels_there_is_no_error():
    assert np.isnan(Reliability.empty().error)
