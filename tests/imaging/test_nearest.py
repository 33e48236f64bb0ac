"""Label maps at another size hold no label that was not there."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segviewer.imaging.nearest import nearest, reduced_size


def test_by_hand():
    label_map = np.arange(16, dtype=np.uint8).reshape(4, 4)
    assert nearest(label_map, 4, 4) is label_map
    np.testing.assert_array_equal(nearest(label_map, 2, 2), [[5, 7], [13, 15]])
    np.testing.assert_array_equal(nearest(label_map[:1, :2], 1, 4), [[0, 0, 1, 1]])
    assert nearest(np.zeros((4, 4, 3), np.uint8), 2, 3).shape == (2, 3, 3)


@given(*[st.integers(1, 9)] * 2, st.integers(1, 4))
def test_enlarging_by_a_whole_number_repeats_every_pixel(height, width, times):
    label_map = np.arange(height * width, dtype=np.uint8).reshape(height, width)
    large = nearest(label_map, height * times, width * times)
    np.testing.assert_array_equal(large, label_map.repeat(times, 0).repeat(times, 1))


@pytest.mark.parametrize(
    ("size", "long_side", "found"),
    [((480, 640), 320, (240, 320)), ((100, 50), 320, (100, 50)), ((1, 5000), 100, (1, 100))],
)
def test_a_size_is_only_brought_down_and_no_side_vanishes(size, long_side, found):
    assert reduced_size(*size, long_side) == found
