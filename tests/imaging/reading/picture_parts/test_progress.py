"""How far reading is, where values are read first and made visible then."""

import numpy as np
import pytest
from PIL import Image

from segviewer.imaging.reading.picture_parts.progress import Progress
from segviewer.imaging.reading.read import read_image


def test_the_second_part_has_what_the_first_leaves():
    said = []
    progress = Progress(said.append)
    progress.first(0.3)
    progress.first(0.6)
    progress.first(0.5)  # opened again
    progress.second(0.5)
    progress.second(1.0)
    assert said == pytest.approx([0.3, 0.6, 0.6, 0.8, 1.0])


def test_without_a_first_part_the_second_is_the_whole():
    said = []
    Progress(said.append).second(0.25)
    assert said == [0.25]


@pytest.mark.parametrize("mode", ["F", "I;16"])
def test_making_measured_values_visible_says_how_far_it_is(tmp_path, mode):
    """Half of the time of a large TIFF was without a word."""
    values = np.mgrid[:3000, :2000][0]
    kind = np.float32 if mode == "F" else np.uint16
    path = tmp_path / "a.tif"
    Image.fromarray(values.astype(kind)).save(path)
    said = []
    read_image(path, progressed=said.append)
    assert said == sorted(said) and said[-1] == 1
    assert len([part for part in said if 0.4 < part <= 0.65]) > 5  # levels are looked for
    assert len([part for part in said if part > 0.65]) > 5  # and values made grey
