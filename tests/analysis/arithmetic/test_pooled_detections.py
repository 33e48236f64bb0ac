"""Counted shares against the closed form, and pooling against counting by hand."""

import numpy as np
import pytest

from segviewer.analysis.arithmetic.pooled_detections import (
    WINDOWS,
    detections,
    enlarged,
    pooled,
    share_changed,
)


@pytest.mark.parametrize("window", WINDOWS[:-1])
@pytest.mark.parametrize("shift", range(9))
def test_a_shift_shows_at_as_many_positions_as_it_is_of_a_window(window, shift):
    share = min(1, shift / window)
    assert share_changed(window, shift, "maximum") == pytest.approx(share)
    assert share_changed(window, shift, "average") == pytest.approx(share)


def test_a_window_as_large_as_the_map_notices_nothing():
    assert share_changed(WINDOWS[-1], 5, "maximum") == 0


def test_a_stride_alone_misses_what_falls_between():
    # Of 4 rows one is seen; on it two of four columns, one before the shift and one after.
    assert share_changed(4, 1, "every s-th") == pytest.approx(2 / 4 / 4)
    assert share_changed(4, 4, "every s-th") == pytest.approx(1 / 4 / 4)
    assert share_changed(1, 1, "every s-th") == 1 and share_changed(4, 0, "every s-th") == 0


def test_pooled_maps_are_those_counted_by_hand():
    shown = detections(0)
    assert shown.sum() == 3
    assert np.argwhere(pooled(shown, 4, "maximum")).tolist() == [[1, 1], [1, 2], [2, 1]]
    assert pooled(shown, 16, "average").item() == 3 / 256
    assert pooled(shown, 4, "every s-th").sum() == 0
    assert enlarged(pooled(shown, 4, "maximum"), 4).sum() == 3 * 16
    # Within their windows: the map does not notice.
    assert np.array_equal(pooled(detections(1), 4, "maximum"), pooled(shown, 4, "maximum"))
    assert not np.array_equal(pooled(detections(2), 4, "maximum"), pooled(shown, 4, "maximum"))
