"""Colour tables, blending, contours, shares and colour scales."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from segviewer.imaging import overlay
from segviewer.imaging.colour_space import oklab
from segviewer.imaging.labels import label_set
from segviewer.imaging.overlay import blend, class_shares, colour_scale, colour_table, contours

VOC = label_set("voc21")
CAMVID = label_set("camvid11")
GREY = np.full((8, 8, 3), 100, np.uint8)


def test_table_holds_colours_void_and_alpha():
    table = colour_table(CAMVID, hidden=(3,), opacity=0.5)
    assert table.shape == (256, 4) and table.dtype == np.uint8
    assert tuple(table[1]) == (128, 0, 0, 128)
    assert table[3, 3] == 0
    assert tuple(table[255]) == (*overlay.VOID_COLOUR, 128) == tuple(table[40])
    assert colour_table(CAMVID, hidden=(255,))[255, 3] == 0


def test_background_is_transparent():
    assert colour_table(VOC)[0, 3] == 0 and colour_table(VOC)[1, 3] == 255


def test_blend_mixes_in_proportion():
    labels = np.full((8, 8), 1, np.uint8)
    out = blend(GREY, labels, colour_table(CAMVID), opacity=0.5)
    expected = np.rint(100 + (np.array([128, 0, 0]) - 100) * 128 / 255)
    np.testing.assert_allclose(out.astype(int), np.broadcast_to(expected, out.shape), atol=1)
    full = blend(GREY, labels, colour_table(CAMVID), opacity=1.0)
    np.testing.assert_array_equal(full, np.broadcast_to([128, 0, 0], full.shape))


@pytest.mark.parametrize("style", ["fill", "contour", "both"])
def test_zero_opacity_and_hidden_classes_leave_the_photograph(style):
    labels = np.random.default_rng(0).integers(0, 11, (8, 8)).astype(np.uint8)
    table = colour_table(CAMVID)
    before = GREY.copy()
    np.testing.assert_array_equal(blend(GREY, labels, table, 0.0, style), GREY)
    hidden = colour_table(CAMVID, hidden=tuple(range(11)))
    np.testing.assert_array_equal(blend(GREY, labels, hidden, 1.0, style), GREY)
    np.testing.assert_array_equal(GREY, before)


def test_void_is_hatched():
    labels = np.full((16, 16), 255, np.uint8)
    out = blend(np.zeros((16, 16, 3), np.uint8), labels, colour_table(CAMVID), 1.0)
    painted = out.any(-1)
    assert painted.mean() == 0.5
    assert not painted.all(0).any() and not painted.all(1).any()


def test_contours_are_two_pixels_wide():
    labels = np.zeros((8, 8), np.uint8)
    labels[:, 4:] = 1
    line = contours(labels)
    assert line[:, 3:5].all() and line.sum() == 16
    out = blend(GREY, labels, colour_table(CAMVID), 0.3, "contour")
    np.testing.assert_array_equal(out[:, 3], np.broadcast_to(CAMVID.colours[0], (8, 3)))
    np.testing.assert_array_equal(out[:, 4], np.broadcast_to(CAMVID.colours[1], (8, 3)))
    np.testing.assert_array_equal(out[:, :3], GREY[:, :3])


def test_contour_against_transparent_background_is_two_wide_in_the_class_colour():
    labels = np.zeros((8, 8), np.uint8)
    labels[4:] = 7
    out = blend(GREY, labels, colour_table(VOC), 0.5, "contour")
    np.testing.assert_array_equal(out[3:5], np.broadcast_to(VOC.colours[7], (2, 8, 3)))
    np.testing.assert_array_equal(out[:3], GREY[:3])


@settings(max_examples=30)
@given(
    arrays.arrays(
        np.uint8,
        st.tuples(st.integers(1, 9), st.integers(1, 9)),
        elements=st.sampled_from([0, 1, 2, 255]),
    ),
    st.sampled_from(["fill", "contour", "both"]),
)
def test_strips_change_nothing(labels, style):
    image = np.arange(labels.size * 3, dtype=np.uint8).reshape(*labels.shape, 3)
    whole = blend(image, labels, colour_table(VOC), 0.7, style)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(overlay, "_STRIP_ROWS", 1)
        np.testing.assert_array_equal(blend(image, labels, colour_table(VOC), 0.7, style), whole)


def test_sizes_must_agree():
    with pytest.raises(ValueError, match="differ"):
        blend(GREY, np.zeros((3, 3), np.uint8), colour_table(VOC))


def test_class_shares_ignore_void():
    labels = np.array([[0, 0, 2, 255], [2, 2, 11, 255]], np.uint8)
    np.testing.assert_allclose(class_shares(labels, 3), [2 / 5, 0, 3 / 5])
    assert class_shares(labels, 300).shape == (300,)
    np.testing.assert_array_equal(class_shares(np.full((2, 2), 255, np.uint8), 3), [0, 0, 0])


@pytest.mark.parametrize("name", ["probability", "entropy"])
def test_colour_scale_only_gets_lighter(name):
    table = colour_scale(name)
    assert table.shape == (256, 4) and (table[:, 3] == 255).all()
    lightness = oklab(table[:, :3])[:, 0]
    assert (np.diff(lightness) > 0).all()
    assert lightness[-1] - lightness[0] > 0.7


def test_margin_is_bright_where_unsure():
    np.testing.assert_array_equal(colour_scale("margin"), colour_scale("entropy")[::-1])
    with pytest.raises(KeyError):
        colour_scale("rainbow")


def test_a_raster_lets_the_photograph_be_seen_where_there_is_little_of_it():
    raster, scale = overlay.raster_scale(), overlay.colour_scale("probability")
    np.testing.assert_array_equal(raster[:, :3], scale[:, :3])
    assert raster[255, 3] == 255 and 0.25 * 255 < raster[0, 3] < 0.35 * 255
    assert (np.diff(raster[:, 3].astype(int)) >= 0).all()
