"""What is drawn of a sequence of rates: whole sides, the middle of long lines."""

import numpy as np
import pytest

from segviewer.analysis.gridding.rate_sequence import touch_levels
from segviewer.analysis.gridding.tap_grid import tap_grid


def test_short_lines_are_whole():
    grid = tap_grid((1, 2), 3, level=2, longest=7)
    assert (grid.rates, grid.kernel, grid.sides, grid.level) == ((1, 2), 3, (1, 5, 7), 2)
    for line, whole in zip(grid.lines, touch_levels((1, 2)), strict=True):
        np.testing.assert_array_equal(line, whole)


@pytest.mark.parametrize("longest", [5, 3, 1])
def test_of_long_lines_the_middle_is_kept(longest):
    grid = tap_grid((1, 2), (3, 3), level=9, longest=longest)
    assert grid.level == 2 and grid.sides == (1, 5, 7)
    whole = touch_levels((1, 2))[-1]
    half = longest // 2
    np.testing.assert_array_equal(grid.lines[-1], whole[3 - half : 4 + half])
