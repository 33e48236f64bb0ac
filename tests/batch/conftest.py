"""A small data set with masks, and a row by hand."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from segviewer.batch.picture_row import PictureRow
from segviewer.imaging.reading.samples import sample_path

NAMES = ("building", "leuven_street", "palace")


@pytest.fixture
def dataset(tmp_path):
    """Three pictures of 96×72 in images/, masks of their own in labels/."""
    folder = tmp_path / "set"
    for name in ("images", "labels"):
        (folder / name).mkdir(parents=True)
    for number, name in enumerate(NAMES):
        with Image.open(sample_path(name)) as picture:
            small = picture.convert("RGB").resize((96, 72))
        small.save(folder / "images" / f"{name}.png")
        mask = np.full((72, 96), number, np.uint8)
        mask[30:], mask[60:], mask[:, :4] = 1, 3, 255
        Image.fromarray(mask).save(folder / "labels" / f"{name}.png")
    return folder


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
