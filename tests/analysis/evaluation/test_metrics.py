"""Metrics against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from segviewer.analysis.evaluation.metrics import Confusion


def test_two_classes_by_hand():
    confusion = Confusion(2)
    confusion.add(np.array([[0, 0, 1, 1, 255]]), np.array([[0, 1, 1, 1, 0]]))
    assert confusion.counts.tolist() == [[1, 1], [0, 2]]
    np.testing.assert_allclose(confusion.iou, [1 / 2, 2 / 3])
    assert confusion.miou == pytest.approx(7 / 12)
    assert confusion.pixel_accuracy == pytest.approx(3 / 4)


def test_absent_classes_are_left_out_and_void_does_not_count():
    confusion = Confusion(3)
    confusion.add(np.array([0, 0, 11]), np.array([0, 0, 2]))
    assert confusion.miou == 1
    assert confusion.absent.tolist() == [False, True, True]
    assert np.isnan(confusion.iou[1])


def test_an_empty_matrix_has_no_mean():
    assert np.isnan(Confusion(4).miou)
    assert np.isnan(Confusion(4).pixel_accuracy)


def test_sizes_must_agree():
    with pytest.raises(ValueError, match="differ"):
        Confusion(2).add(np.zeros((2, 3), int), np.zeros((3, 2), int))


frames = arrays(np.uint8, (6, 7), elements=st.integers(0, 4))


@given(frames, frames, st.permutations(range(5)))
def test_miou_does_not_depend_on_the_order_of_classes(target, label_map, order):
    table = np.array(order, np.uint8)
    plain, permuted = Confusion(5), Confusion(5)
    plain.add(target, label_map)
    permuted.add(table[target], table[label_map])
    assert plain.miou == pytest.approx(permuted.miou)
    assert plain.pixel_accuracy == pytest.approx(permuted.pixel_accuracy)


@given(frames, frames, frames, frames)
def test_counts_add_up_over_frames(a, b, c, d):
    together, apart = Confusion(5), Confusion(5)
    apart.add(a, b)
    apart.add(c, d)
    together.add(np.concatenate([a, c]), np.concatenate([b, d]))
    np.testing.assert_array_equal(together.counts, apart.counts)


def test_a_class_absent_from_the_targets_has_no_iou_even_where_it_is_predicted():
    confusion = Confusion(3)
    confusion.add(np.array([0, 0, 1, 1]), np.array([0, 2, 1, 1]))
    assert confusion.iou[:2].tolist() == [0.5, 1.0]
    assert np.isnan(confusion.iou[2])
    assert confusion.miou == 0.75


def test_what_the_targets_hold_is_counted_with_what_does_not_count():
    confusion = Confusion(3)
    confusion.add(np.array([0, 0, 2, 7, 255], np.uint8), np.zeros(5, np.uint8))
    assert {i: int(n) for i, n in enumerate(confusion.held) if n} == {0: 2, 2: 1, 7: 1, 255: 1}


def test_targets_of_whole_numbers_may_hold_what_no_byte_can():
    confusion = Confusion(3)
    confusion.add(np.array([-1, 0, 2, 300, 255]), np.zeros(5, np.int64))
    assert {i: int(n) for i, n in enumerate(confusion.held) if n} == {0: 1, 2: 1, 255: 1}
    assert confusion.counts[:, 0].tolist() == [1, 0, 1]
