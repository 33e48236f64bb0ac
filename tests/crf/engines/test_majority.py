"""Specks go, edges and lines of two pixels stay; a plain numpy count as oracle."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segviewer.crf.engines.majority import settle


def settled(labels):
    out = np.empty_like(labels)
    settle(labels, out, 0, len(labels))
    return out


def counted(labels):
    """What most of each 3×3 have, pixel by pixel; the middle's where none has more."""
    out = labels.copy()
    for y, x in np.ndindex(*labels.shape):
        window = labels[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2].ravel()
        count = np.bincount(window, minlength=256)
        if count.max() > count[labels[y, x]]:
            first = [label for label in window if count[label] == count.max()]
            out[y, x] = first[0]
    return out


@given(st.integers(1, 9), st.integers(1, 9), st.sampled_from((1, 2, 3, 6)), st.integers(0, 999))
def test_it_is_the_count(height, width, kinds, seed):
    labels = np.random.default_rng(seed).integers(0, kinds, (height, width)).astype(np.uint8)
    labels[labels == kinds - 1] = 255
    np.testing.assert_array_equal(settled(labels), counted(labels))


@pytest.mark.parametrize("rows", [(0, 5), (5, 20), (3, 4)])
def test_only_the_rows_that_were_asked_for_are_written(rows):
    labels = np.random.default_rng(0).integers(0, 4, (20, 30)).astype(np.uint8)
    out = np.full_like(labels, 77)
    settle(labels, out, *rows)
    written = np.zeros(20, bool)
    written[slice(*rows)] = True
    assert (out[~written] == 77).all()
    np.testing.assert_array_equal(out[written], settled(labels)[written])


def test_a_speck_goes_and_an_edge_stays():
    labels = np.zeros((20, 30), np.uint8)
    labels[:, 15:] = 1
    labels[:, 5:7] = 2
    clean = labels.copy()
    labels[3, 20] = labels[9, 10] = 3
    np.testing.assert_array_equal(settled(labels), clean)
