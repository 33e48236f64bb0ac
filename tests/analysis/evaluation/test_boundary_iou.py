"""Boundary IoU against the definition, a class at a time by erosion as the authors do it."""

import numpy as np
import pytest
from scipy.ndimage import binary_erosion

from segviewer.analysis.evaluation.boundary_iou import band_width, boundary_counts, boundary_iou


def by_erosion(mask, width):
    inner = binary_erosion(mask, np.ones((3, 3)), iterations=width, border_value=0)
    return mask & ~inner


@pytest.mark.parametrize("width", [1, 2, 5])
def test_equals_the_authors_way_class_by_class(width):
    random = np.random.default_rng(3)
    coarse = random.integers(0, 4, (5, 6), dtype=np.uint8)
    target = np.kron(coarse, np.ones((9, 9), np.uint8))
    labels = np.roll(target, (2, 1), (0, 1))
    labels[10:14, 20:30] = 3
    counts = boundary_counts(target, labels, 4, width)
    for label in range(4):
        there, seen = by_erosion(target == label, width), by_erosion(labels == label, width)
        assert counts[0, label] == (there & seen).sum()
        assert counts[1, label] == (there | seen).sum()


def test_the_same_is_one_and_absent_classes_have_none():
    target = np.zeros((40, 60), np.uint8)
    target[:, 30:] = 1
    iou = boundary_iou(boundary_counts(target, target, 3), np.array([False, False, True]))
    assert iou[:2].tolist() == [1.0, 1.0] and np.isnan(iou[2])


def test_a_shifted_outline_counts_in_closed_form():
    # A border moved by one column: bands of two classes, d = 2, in rows away from the edge.
    target = np.zeros((101, 101), np.uint8)
    target[:, 50:] = 1
    labels = np.zeros_like(target)
    labels[:, 51:] = 1
    counts = boundary_counts(target, labels, 2, 2)
    # Class 0: the frame of two pixels about 101 × 50, and about 101 × 51.
    frame = 101 * 50 - 97 * 46
    wider = 101 * 51 - 97 * 47
    common = frame - 97  # of its right side one column is too deep in the wider one
    assert counts[:, 0].tolist() == [common, frame + wider - common]


def test_void_is_not_compared():
    target = np.zeros((20, 20), np.uint8)
    target[:10] = 255
    labels = np.zeros_like(target)
    labels[:10] = 1
    hit, union = boundary_counts(target, labels, 2, 1)
    assert hit.tolist() == union.tolist() == [200 - 8 * 18, 0]


def test_the_width_is_two_per_cent_of_the_diagonal():
    assert band_width(360, 480) == 12 and band_width(3, 4) == 1


def test_other_shapes_are_refused():
    with pytest.raises(ValueError):
        boundary_counts(np.zeros((2, 2), np.uint8), np.zeros((2, 3), np.uint8), 1)
