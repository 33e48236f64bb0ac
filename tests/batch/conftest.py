"""A small data set with masks, and a row by hand."""

from __future__ import annotations

import numpy as np
import pytest

from segviewer.batch.picture_row import PictureRow


@pytest.fixture
def make_row():
    """A function that makes a measured row of three classes from a confusion matrix."""

    def make(name="a.png", counts=((8, 2, 0), (0, 10, 0), (0, 0, 0)), **values):
        counts = np.array(counts, np.int64)
        target, predicted = np.nonzero(counts)
        cells = np.stack([target, predicted, counts[target, predicted]], 1)
        held = np.stack([np.arange(3), counts.sum(1)], 1)
        boundary = np.array([[1, 1, 0], [2, 4, 0]], np.int64)
        return PictureRow(name, f"{name}.mask", 3, cells, held, boundary, 0.25, **values)

    return make
