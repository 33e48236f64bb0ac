"""A mask is brought to its photograph where it differs by a turn or a scale, and that is said."""

import numpy as np
import pytest
from PIL import Image, ImageOps

from segviewer.imaging.datasets import mask_fit
from segviewer.imaging.datasets.mask_fit import fitted, upright

SIZE = 40, 60


def mask():
    found = np.zeros(SIZE, np.uint8)
    found[4:20, 10:30], found[25:, 40:] = 1, 2
    return found


def photograph(labels):
    """A picture whose colours change where the labels do, with some noise."""
    noise = np.random.default_rng(0).normal(0, 4, (*labels.shape, 3))
    return np.clip(np.array([60, 140, 220])[labels][..., None] + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turns_are_those_of_exif(orientation):
    picture = Image.fromarray(mask())
    picture.getexif()[0x0112] = orientation
    expected = np.asarray(ImageOps.exif_transpose(picture))
    np.testing.assert_array_equal(upright(mask(), orientation), expected)


@pytest.mark.parametrize("orientation", range(2, 9))
def test_of_a_turned_photograph_the_mask_that_fits_is_taken(orientation):
    stored = mask()
    image = photograph(upright(stored, orientation))
    found, notes = fitted(stored, image, lambda: orientation)
    np.testing.assert_array_equal(found, upright(stored, orientation))
    assert f"({orientation})" in notes[0]
    # One that was drawn over the upright picture stays.
    drawn = upright(stored, orientation).copy()
    found, notes = fitted(drawn, image, lambda: orientation)
    np.testing.assert_array_equal(found, drawn)
    assert notes == ()


def test_a_mask_without_outlines_stays_as_it_is():
    image = photograph(upright(mask(), 3))
    assert fitted(np.ones(SIZE, np.uint8), image, lambda: 3)[1] == ()


@pytest.mark.parametrize("scale", [2, 3, 0.5])
def test_another_scale_is_brought_to_nearest_neighbours_and_said(scale):
    image = np.zeros((*SIZE, 3), np.uint8)
    small = np.random.default_rng(0).integers(0, 9, (round(40 / scale), round(60 / scale)))
    found, notes = fitted(small.astype(np.uint8), image, lambda: 1)
    assert found.shape == SIZE and "nearest neighbours" in notes[0] and "60×40" in notes[0]
    if scale == 2:
        np.testing.assert_array_equal(found, small.repeat(2, 0).repeat(2, 1))
    # Turned as well, both are done.
    turned = np.zeros((60, 40, 3), np.uint8)
    assert len(fitted(small.astype(np.uint8), turned, lambda: 6)[1]) == 2


@pytest.mark.parametrize("size", [(60, 40), (9, 9), (40, 20), (40, 64), (1, 1), (800, 1200)])
def test_other_sizes_do_not_fit(size):
    assert fitted(np.zeros(size, np.uint8), np.zeros((*SIZE, 3), np.uint8), lambda: 1) is None


def test_sides_rounded_to_whole_pixels_fit():
    found, notes = fitted(np.zeros((13, 20), np.uint8), np.zeros((*SIZE, 3), np.uint8), lambda: 1)
    assert found.shape == SIZE and len(notes) == 1


def test_edges_of_a_large_picture_are_looked_at_in_a_part_of_its_pixels(monkeypatch):
    looked_at, whole = [], mask_fit.nearest

    def nearest(labels, height, width):
        looked_at.append((height, width))
        return whole(labels, height, width)

    monkeypatch.setattr(mask_fit, "nearest", nearest)
    monkeypatch.setattr(mask_fit, "_COMPARED", SIZE[0] * SIZE[1] // 4)
    fitted(mask(), photograph(upright(mask(), 3)), lambda: 3)
    assert set(looked_at) == {(SIZE[0] // 2, SIZE[1] // 2)}


def test_a_photograph_of_one_row_has_no_edges_to_look_at():
    row = mask()[10:11]
    assert not mask_fit._lies_better(row[:, ::-1], row, photograph(row))
