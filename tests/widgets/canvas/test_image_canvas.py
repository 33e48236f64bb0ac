"""The canvas, as a person meets it and as its pixels come out."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint

from segviewer.widgets.theme.theme import tokens
from tests.widgets.canvas.shown_canvas import (
    BLUE,
    GREEN,
    PHOTO,
    RED,
    drag,
    halves,
    plain,
    shot,
    table,
)


def mix(first, second, share=0.5):
    return [(1 - share) * a + share * b for a, b in zip(first, second, strict=True)]


def test_two_classes_at_half_opacity_blend_with_the_photograph(canvas):
    pixels = shot(canvas)
    np.testing.assert_allclose(pixels[150, 100], mix(PHOTO, RED), atol=1)
    np.testing.assert_allclose(pixels[150, 300], mix(PHOTO, BLUE), atol=1)


@pytest.mark.parametrize("opacity", [0.0, 0.25, 1.0])
def test_opacity_is_the_share_of_the_class_colour(canvas, opacity):
    canvas.set_opacity(opacity)
    np.testing.assert_allclose(shot(canvas)[150, 100], mix(PHOTO, RED, opacity), atol=1.5)


def test_around_the_picture_is_the_schemes_grey(canvas):
    assert "#{:02x}{:02x}{:02x}".format(*shot(canvas)[20, 20]) == tokens().surround


def test_a_hidden_class_shows_the_photograph_not_black(canvas):
    colours = table(RED, BLUE)
    colours[0, 3] = 0
    canvas.set_colours(colours)
    pixels = shot(canvas)
    np.testing.assert_array_equal(pixels[150, 100], PHOTO)
    np.testing.assert_allclose(pixels[150, 300], mix(PHOTO, BLUE), atol=1)


def test_a_classes_own_alpha_multiplies_the_opacity(canvas):
    canvas.set_colours(table(RED, BLUE, alpha=128))
    canvas.set_opacity(1.0)
    np.testing.assert_allclose(shot(canvas)[150, 100], mix(PHOTO, RED, 128 / 255), atol=1.5)


def test_void_is_hatched(canvas):
    canvas.set_label_map(np.full((50, 100), 255, np.uint8))
    canvas.set_opacity(1.0)
    row = shot(canvas)[150, 100:164].astype(int).sum(axis=1)
    bright = row > 450
    assert 64 * 0.2 <= bright.sum() <= 64 * 0.3  # a quarter of each period is line
    # The stripes repeat with the period, and are shifted by one in the next row.
    np.testing.assert_array_equal(bright[:-8], bright[8:])
    below = shot(canvas)[151, 100:164].astype(int).sum(axis=1) > 450
    np.testing.assert_array_equal(bright[1:], below[:-1])


def test_the_hatch_moves_with_the_picture(canvas):
    canvas.set_label_map(np.full((50, 100), 255, np.uint8))
    canvas.set_opacity(1.0)
    canvas.zoom_by(2)
    before = shot(canvas)
    drag(canvas, QPoint(200, 150), QPoint(213, 157))
    after = shot(canvas)
    np.testing.assert_array_equal(before[60:140, 100:200], after[67:147, 113:213])


def test_labels_are_nearest_neighbour_when_zoomed_in(canvas):
    canvas.set_label_map(np.array([[0, 1], [1, 0]], np.uint8))
    canvas.set_opacity(1.0)
    pixels = shot(canvas)[50:250]
    colours = {tuple(int(v) for v in p) for p in pixels.reshape(-1, 3)}
    assert colours == {RED, BLUE}
    np.testing.assert_array_equal(pixels[99, 199], RED)
    np.testing.assert_array_equal(pixels[99, 200], BLUE)
    np.testing.assert_array_equal(pixels[100, 199], BLUE)


def test_a_finer_label_map_covers_the_same_rectangle(canvas):
    before = shot(canvas)
    canvas.set_label_map(halves(1000, 500))
    np.testing.assert_array_equal(shot(canvas), before)


def test_pixels_are_visible_when_zoomed_in(canvas):
    checks = (np.indices((50, 100)).sum(axis=0) % 2 * 255).astype(np.uint8)
    canvas.set_picture([np.dstack([checks] * 3)])
    canvas.set_overlay_visible(False)
    pixels = shot(canvas)[50:250, :, 0]
    np.testing.assert_array_equal(pixels, checks.repeat(4, 0).repeat(4, 1))


def test_one_to_one_shows_the_pictures_own_pixels(canvas):
    photo = np.random.default_rng(1).integers(0, 256, (50, 100, 3), np.uint8)
    canvas.set_picture([photo])
    canvas.set_overlay_visible(False)
    canvas.one_to_one()
    assert canvas.zoom() == pytest.approx(1)
    np.testing.assert_array_equal(shot(canvas)[125:175, 150:250], photo)


def test_a_small_view_of_a_large_picture_is_smooth(canvas):
    checks = (np.indices((1600, 1600)).sum(axis=0) % 2 * 255).astype(np.uint8)
    full = np.dstack([checks] * 3)
    half = np.full((800, 800, 3), 127, np.uint8)
    quarter = np.full((400, 400, 3), 127, np.uint8)
    canvas.set_picture([full, half, quarter])
    canvas.set_label_map(None)
    middle = shot(canvas)[100:200, 150:250]
    assert np.abs(middle.astype(int) - 127).max() <= 2


def test_contours_alone_leave_the_inside_free_and_are_two_pixels_wide(canvas):
    canvas.set_style("contour")
    canvas.set_opacity(1.0)
    for zoom in (1.0, 2.0, 5.0):
        canvas.fit()
        canvas.zoom_by(zoom)
        row = shot(canvas)[150]
        np.testing.assert_array_equal(row[120], PHOTO)
        changed = np.flatnonzero((row != PHOTO).any(axis=1) & (np.abs(np.arange(400) - 200) < 50))
        assert list(changed) == [199, 200]
        np.testing.assert_array_equal(row[199], RED)
        np.testing.assert_array_equal(row[200], BLUE)


def test_a_contour_against_a_hidden_class_is_as_wide(canvas):
    colours = table(RED, BLUE)
    colours[0, 3] = 0
    canvas.set_colours(colours)
    canvas.set_style("contour")
    canvas.set_opacity(1.0)
    row = shot(canvas)[150, 150:250]
    assert list(150 + np.flatnonzero((row != PHOTO).any(axis=1))) == [200, 201]


def test_two_hidden_classes_have_no_contour_between_them(canvas):
    canvas.set_colours(table(RED, BLUE, alpha=0))
    canvas.set_style("contour")
    assert (shot(canvas)[60:240, 10:390] == PHOTO).all()


def test_both_fills_and_outlines(canvas):
    canvas.set_style("both")
    row = shot(canvas)[150]
    np.testing.assert_allclose(row[100], mix(PHOTO, RED), atol=1)
    np.testing.assert_allclose(row[199], RED, atol=1)


def test_a_raster_replaces_the_labels_and_goes_again(canvas):
    ramp = np.zeros((256, 4), np.uint8)
    ramp[:, 1], ramp[:, 3] = np.arange(256), 255
    canvas.set_opacity(1.0)
    canvas.set_raster(np.full((2, 2), 77, np.uint8), ramp)
    np.testing.assert_array_equal(shot(canvas)[150, 100], (0, 77, 0))
    canvas.set_raster(np.full((2, 2), 255, np.uint8))
    np.testing.assert_array_equal(shot(canvas)[150, 100], (0, 255, 0))
    canvas.set_raster(None)
    np.testing.assert_array_equal(shot(canvas)[150, 100], RED)


def test_peek_and_hidden_overlay_show_the_photograph(canvas):
    canvas.peek(True)
    np.testing.assert_array_equal(shot(canvas)[150, 100], PHOTO)
    canvas.peek(False)
    canvas.set_overlay_visible(False)
    np.testing.assert_array_equal(shot(canvas)[150, 100], PHOTO)
    canvas.set_overlay_visible(True)
    canvas.set_comparison("photo")
    np.testing.assert_array_equal(shot(canvas)[150, 100], PHOTO)
    canvas.set_comparison("overlay")
    np.testing.assert_allclose(shot(canvas)[150, 100], mix(PHOTO, RED), atol=1)


def test_side_by_side_shows_the_same_place_twice(canvas):
    canvas.set_comparison("side")
    canvas.set_opacity(1.0)
    pixels = shot(canvas)
    np.testing.assert_array_equal(pixels[150, 60], PHOTO)
    np.testing.assert_array_equal(pixels[150, 201 + 60], RED)
    np.testing.assert_array_equal(pixels[150, 201 + 160], BLUE)


def test_swipe_divides_photograph_from_labels(canvas):
    canvas.set_comparison("swipe")
    canvas.set_divider(0.25)
    canvas.set_opacity(1.0)
    pixels = shot(canvas)
    np.testing.assert_array_equal(pixels[80, 90], PHOTO)
    np.testing.assert_array_equal(pixels[80, 110], RED)


def test_chips_lie_at_the_top_left_and_are_spoken(canvas):
    before = shot(canvas)
    canvas.set_chips([("random weights", "warning"), ("draft ½", "draft")])
    after = shot(canvas)
    changed = (before != after).any(axis=2)
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    assert rows[0] >= 8 and rows[-1] < 48
    assert columns[0] >= 8
    assert canvas.accessibleDescription() == "random weights; draft ½"


def test_an_unknown_style_or_a_table_of_another_shape_is_refused(canvas):
    with pytest.raises(ValueError, match="style"):
        canvas.set_style("dotted")
    with pytest.raises(ValueError, match="comparison"):
        canvas.set_comparison("quad")
    with pytest.raises(ValueError, match="256"):
        canvas.set_colours(np.zeros((12, 3), np.uint8))


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1)])
def test_extreme_pictures_are_drawn(canvas, shape):
    canvas.set_picture([plain(shape[1], shape[0])])
    canvas.set_label_map(np.zeros((1, 1), np.uint8))
    canvas.set_opacity(0)
    assert (shot(canvas) == PHOTO).all(axis=2).any()


def test_arrays_that_cannot_be_written_or_are_not_contiguous_are_drawn(canvas):
    photo = plain(200, 100)[::2, ::2]
    labels = halves(200, 100)[::2, ::2]
    labels.flags.writeable = False
    canvas.set_picture([photo])
    canvas.set_label_map(labels)
    np.testing.assert_allclose(shot(canvas)[150, 100], mix(PHOTO, RED), atol=1)


@pytest.fixture
def compared(canvas):
    """The canvas with another label map: green above, and blue on the right below."""
    labels = np.zeros((50, 100), np.uint8)
    labels[:25] = 2
    labels[25:, 50:] = 1
    canvas.set_colours(table(RED, BLUE, GREEN))
    canvas.set_reference(labels, table(RED, BLUE, GREEN))
    canvas.set_difference(labels)
    canvas.set_captions("A · one", "B · two")
    return canvas


def test_side_by_side_shows_the_other_labels_on_the_left(compared):
    compared.set_comparison("side")
    image = shot(compared)
    assert image[130, 100].tolist() == pytest.approx(mix(PHOTO, GREEN), abs=1)
    assert image[130, 250].tolist() == pytest.approx(mix(PHOTO, RED), abs=1)
    compared.set_reference(None)
    assert shot(compared)[130, 100].tolist() == list(PHOTO)


def test_swipe_divides_one_from_the_other(compared):
    compared.set_comparison("swipe")
    compared.set_divider(0.3)
    image = shot(compared)
    assert image[100, 60].tolist() == pytest.approx(mix(PHOTO, GREEN), abs=1)
    assert image[100, 160].tolist() == pytest.approx(mix(PHOTO, RED), abs=1)


def test_difference_is_opaque_where_labels_differ_and_dim_elsewhere(compared):
    compared.set_comparison("difference")
    image = shot(compared)
    assert image[100, 100].tolist() == list(RED)
    assert image[100, 300].tolist() == list(BLUE)
    for place in ((200, 100), (200, 300)):
        assert image[place].sum() < 0.6 * sum(PHOTO)
    dim = int(image[200, 100].sum())
    compared.set_opacity(1.0)
    assert int(shot(compared)[200, 100].sum()) < dim
    # Hidden classes, peeking and the overlay's switch leave the photograph.
    compared.set_colours(table((0, 0, 0), BLUE, GREEN, alpha=0))
    assert shot(compared)[100, 100].sum() < 0.6 * sum(PHOTO)
    compared.peek(True)
    assert shot(compared)[100, 100].tolist() == list(PHOTO)
    compared.peek(False)
    compared.set_overlay_visible(False)
    assert shot(compared)[100, 100].tolist() == list(PHOTO)


def test_difference_counts_by_the_translation(compared):
    compared.set_comparison("difference")
    other = np.full((50, 100), 7, np.uint8)
    translation = np.full(256, -1)
    translation[7] = 1
    compared.set_difference(other, translation)
    image = shot(compared)
    assert image[100, 100].tolist() == list(RED)
    assert image[100, 300].sum() < 0.6 * sum(PHOTO)


def test_without_its_chips_it_is_the_same_picture_and_keeps_them(canvas):
    before = canvas.grab().toImage()
    canvas.set_chips([("random weights", "warning")])
    picture, facts = canvas.without_facts(canvas.rect())
    assert facts == [("random weights", "warning")]
    assert picture.toImage() == before
    assert canvas.grab().toImage() != before


def test_difference_without_another_label_map_is_the_overlay(canvas):
    canvas.set_comparison("difference")
    assert shot(canvas)[150, 100].tolist() == pytest.approx(mix(PHOTO, RED), abs=1)


def test_chips_of_the_left_half_lie_on_it(compared):
    compared.set_chips([("right", "warning")], left=[("left", "warning")])
    assert compared.accessibleDescription() == "left; right"
    warning = (242, 193, 78)

    def chip_columns():
        near = np.abs(shot(compared)[16].astype(int) - warning).sum(-1) < 60
        return np.flatnonzero(near)

    compared.set_comparison("side")
    columns = chip_columns()
    assert (columns < 200).any() and (columns > 200).any()
    compared.set_comparison("overlay")
    assert not (chip_columns() > 200).any()
