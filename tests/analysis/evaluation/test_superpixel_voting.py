"""Superpixels and what they vote."""

from __future__ import annotations

import numpy as np
import pytest

from segviewer.analysis.evaluation.superpixel_voting import superpixels, vote
from segviewer.imaging.overlay import contours


def test_majority_and_mean_by_hand():
    segments = np.array([[0, 0, 0, 1, 1]])
    # Patch 0: two unsure votes for class 0, one sure vote for class 1.
    first = np.array([0.6, 0.6, 0.0, 0.2, 0.4])
    probs = np.stack([first, 1 - first]).reshape(2, 1, 5)
    np.testing.assert_array_equal(vote(segments, probs, "majority"), [[0, 0, 0, 1, 1]])
    np.testing.assert_array_equal(vote(segments, probs, "mean"), [[1, 1, 1, 1, 1]])


def test_equally_many_votes_go_to_the_lowest_label():
    probs = np.array([[[0.9, 0.1]], [[0.1, 0.9]]])
    np.testing.assert_array_equal(vote(np.zeros((1, 2), int), probs, "majority"), 0)


def test_one_patch_a_pixel_changes_nothing():
    random = np.random.default_rng(5)
    probs = random.dirichlet(np.ones(7), (6, 8)).transpose(2, 0, 1)
    segments = np.arange(48).reshape(6, 8)
    for how in ("majority", "mean"):
        np.testing.assert_array_equal(vote(segments, probs, how), probs.argmax(0))


def test_patches_follow_an_edge_and_so_do_the_labels():
    image = np.full((40, 60, 3), 30, np.uint8)
    image[:, 31:] = 220
    segments = superpixels(image, 24, 10)
    assert segments.min() == 0 and len(np.unique(segments)) == segments.max() + 1
    # No patch lies on both sides of the edge.
    assert not set(segments[:, :31].ravel()) & set(segments[:, 31:].ravel())
    # A network that is three columns off is put right.
    first = np.where(np.arange(60) < 34, 0.8, 0.2)
    probs = np.stack([first, 1 - first])[:, None].repeat(40, 1)
    np.testing.assert_array_equal(vote(segments, probs, "majority")[0], np.arange(60) >= 31)


def test_more_patches_have_more_outline():
    rows, columns = np.mgrid[:48, :64]
    image = np.stack([rows * 5, columns * 3, rows + columns], -1).astype(np.uint8)
    few, many = (contours(superpixels(image, n, 20)).mean() for n in (6, 60))
    assert few < many


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (7, 1)])
def test_tiny_and_plain_pictures(shape):
    plain = np.full((*shape, 3), 90, np.uint8)
    np.testing.assert_array_equal(superpixels(plain, 100, 10), 0)
    random = np.random.default_rng(2).integers(0, 255, (*shape, 3)).astype(np.uint8)
    assert superpixels(random, 100, 10).shape == shape


def test_other_sizes_are_refused():
    with pytest.raises(ValueError, match="differ"):
        vote(np.zeros((2, 2), int), np.zeros((3, 2, 3)))
