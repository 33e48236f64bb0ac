"""Where labels differ from a target, pixel by pixel."""

import numpy as np

from segviewer.analysis.evaluation.error_maps import (
    AT_BOUNDARY,
    WRONG,
    boundary_errors,
    class_errors,
    errors,
)
from segviewer.analysis.evaluation.metrics import Confusion
from segviewer.imaging.overlay import error_table


def random_maps():
    rng = np.random.default_rng(3)
    target, labels = rng.integers(0, 7, (2, 40, 50)).astype(np.uint8)
    target[target == 6] = 255
    labels[labels == 6] = 255
    return target, labels


def test_errors_are_what_the_accuracy_counts():
    target, labels = random_maps()
    found = errors(target, labels, 5)
    confusion = Confusion(5)
    confusion.add(target, np.where(labels == 5, 0, labels))
    # Label 5 is no class of five; nor is it compared as a target.
    assert ((found == 255) == ((target >= 5) | (labels == 255))).all()
    compared = found != 255
    assert (found[compared] == (target != labels)[compared]).all()


def test_errors_of_a_class_are_its_confusion():
    target, labels = random_maps()
    found = class_errors(target, labels, 2)
    confusion = Confusion(7)
    confusion.add(target, labels)
    counts = confusion.counts
    assert (found == 3).sum() == counts[2, 2]
    assert (found == 2).sum() == counts[2].sum() - counts[2, 2]
    assert (found == 1).sum() == counts[:, 2].sum() - counts[2, 2]


def test_what_is_right_of_all_classes_is_not_covered():
    assert error_table("errors")[0, 3] == 0 and error_table("errors")[1, 3] == 255
    colours = {tuple(colour) for colour in error_table("class errors")[1:4, :3]}
    assert len(colours) == 3


def test_errors_near_a_boundary_are_apart_from_the_others():
    target = np.zeros((20, 40), np.uint8)
    target[:, 20:] = 1
    target[:, 38:] = 255
    labels = np.ones((20, 40), np.uint8)
    found = boundary_errors(target, labels, 2, width=5)
    # The outline is columns 19 and 20; five pixels on the left are 15 to 19.
    expected = np.where(np.arange(40) < 15, WRONG, np.where(np.arange(40) < 20, AT_BOUNDARY, 0))
    expected[38:] = 255
    np.testing.assert_array_equal(found, np.broadcast_to(expected, found.shape))
    # Together they are all errors, and a mask without an outline has none at one.
    for maps in (random_maps(), (np.zeros((9, 9), np.uint8), np.ones((9, 9), np.uint8))):
        both, all_errors = boundary_errors(*maps, 5), errors(*maps, 5)
        np.testing.assert_array_equal(np.where(both == AT_BOUNDARY, WRONG, both), all_errors)
    assert (both == WRONG).all()


def test_both_kinds_of_errors_have_a_colour_of_their_own():
    colours = error_table("boundary errors")
    assert (colours[1, :3] != colours[2, :3]).any() and colours[0, 3] == 0
