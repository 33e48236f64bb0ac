"""Classes are matched by name, and disagreement is what numpy counts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from segviewer.analysis.evaluation.agreement import NO_CLASS, disagreeing, translate_classes

labels = arrays.arrays(np.uint8, (5, 7), elements=st.integers(0, 4))


@given(labels, labels)
def test_equal_classes_compare_label_by_label(first, second):
    names = ("sky", "road", "tree", "car", "pole")
    translation = translate_classes(names, names)
    np.testing.assert_array_equal(disagreeing(first, second, translation), first != second)


@given(labels, st.permutations(range(5)))
def test_another_order_of_the_same_classes_agrees(first, order):
    names = ("sky", "road", "tree", "car", "pole")
    translation = translate_classes(names, tuple(names[place] for place in order))
    renumbered = np.argsort(order).astype(np.uint8)[first]
    assert not disagreeing(first, renumbered, translation).any()


def test_a_class_that_the_other_lacks_always_disagrees():
    translation = translate_classes(("Car", "boat"), ("sky", "road", "car"))
    assert translation[:2].tolist() == [2, NO_CLASS]
    assert disagreeing(np.array([[0, 1]]), np.array([[2, 1]]), translation).tolist() == [
        [False, True]
    ]


def test_classes_without_names_are_numbered_alike_only_where_there_are_as_many():
    nameless = ("class 0", "class 1")
    assert translate_classes(nameless, ("sky", "road"))[:2].tolist() == [0, 1]
    assert translate_classes(("sky", "road"), nameless)[:2].tolist() == [0, 1]
    assert translate_classes(nameless, ("sky", "road", "tree")) is None


def test_maps_of_two_sizes_are_refused():
    with pytest.raises(ValueError, match="label maps"):
        disagreeing(np.zeros((2, 2)), np.zeros((2, 3)), np.arange(256))
