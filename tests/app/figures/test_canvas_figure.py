"""What the canvas shows, drawn for a file."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from segviewer.app.figures.canvas_figure import (
    DIVIDER,
    Pinned,
    Seen,
    canvas_picture,
    picture_of,
    qt_image,
)
from segviewer.engine.results import LabelResult, NetworkResult
from segviewer.export.coloured_raster import ColouredRaster
from segviewer.imaging.labels import label_set_for
from segviewer.imaging.mark import Mark
from segviewer.session import OverlaySettings
from segviewer.widgets.canvas.difference_layer import FAINTEST, STRONGEST, VEIL

CLASSES = ("a", "b", "c")
HALF = OverlaySettings(opacity=0.5)


def labelled(label_map, classes=CLASSES):
    return LabelResult(label_map, np.zeros(len(classes)), True, (), classes)


@pytest.fixture
def image():
    return np.full((6, 8, 3), 100, np.uint8)


@pytest.fixture
def seen(image):
    label_map = np.zeros((6, 8), np.uint8)
    label_map[:, 4:] = 1
    return Seen(HALF, image, labelled(label_map), label_set_for(3))


def shows(seen, **values):
    return replace(seen, overlay=seen.overlay.changed(**values))


def of_a(classes=CLASSES):
    network = NetworkResult("A", "u_net", (), {}, classes, "", "random", "", 0, 1, (), {})
    return Pinned(labelled(np.full((3, 4), 1, np.uint8), classes), network)


def mixed(colour):
    return np.rint((100 + np.array(colour, float)) / 2)


def test_the_overlay_mixes_each_class_into_the_photograph(seen):
    out = canvas_picture(seen).astype(float)
    assert np.abs(out[:, :4] - mixed(seen.labels.colours[0])).max() <= 1
    assert np.abs(out[:, 4:] - mixed(seen.labels.colours[1])).max() <= 1


def test_a_photograph_alone_is_the_photograph(seen, image):
    assert np.array_equal(canvas_picture(shows(seen, comparison="photo")), image)
    assert np.array_equal(canvas_picture(shows(seen, visible=False)), image)


def test_a_cover_lies_in_place_of_the_labels(seen):
    table = np.zeros((256, 4), np.uint8)
    table[7] = (200, 0, 0, 255)
    out = canvas_picture(replace(seen, raster=ColouredRaster(np.full((2, 2), 7, np.uint8), table)))
    assert np.abs(out.astype(float) - mixed((200, 0, 0))).max() <= 1


def test_side_by_side_is_twice_as_wide(seen, image):
    out = canvas_picture(shows(seen, comparison="side"))
    assert out.shape == (6, 16 + DIVIDER, 3)
    assert np.array_equal(out[:, :8], image)
    assert np.array_equal(out[:, 8 + DIVIDER :], canvas_picture(seen))


def test_a_pinned_network_is_the_left_side(seen):
    out = canvas_picture(replace(shows(seen, comparison="side"), pinned=of_a()))
    assert np.abs(out[:, :8].astype(float) - mixed(seen.labels.colours[1])).max() <= 1


@pytest.mark.parametrize(("divider", "column"), [(0.25, 2), (-3.0, 0), (7.0, 8)])
def test_the_swipe_divides_where_it_does_on_screen(seen, image, divider, column):
    out = canvas_picture(replace(shows(seen, comparison="swipe"), divider=divider))
    whole = canvas_picture(seen)
    left, right = max(0, column - 1), column + 1
    assert out.shape == whole.shape
    assert np.array_equal(out[:, :left], image[:, :left])
    assert np.array_equal(out[:, right:], whole[:, right:])


def test_the_difference_has_bs_colours_where_a_says_something_else(seen):
    out = canvas_picture(replace(shows(seen, comparison="difference"), pinned=of_a()))
    assert (out[:, :4] == seen.labels.colours[0]).all()  # A says b
    strength = FAINTEST + (STRONGEST - FAINTEST) * 0.5
    dimmed = 100 * (1 - strength) + strength * np.array(VEIL)
    assert np.abs(out[:, 4:] - dimmed).max() <= 1


def test_classes_are_compared_by_name(seen):
    pinned = of_a(("b", "a", "c"))  # its label 1 is a
    out = canvas_picture(replace(shows(seen, comparison="difference"), pinned=pinned))
    assert (out[:, 4:] == seen.labels.colours[1]).all()
    left = canvas_picture(replace(shows(seen, comparison="side"), pinned=pinned))[:, :8]
    assert np.abs(left.astype(float) - mixed(seen.labels.colours[0])).max() <= 1


def test_marks_are_drawn_where_they_are(qapp):
    image = np.full((60, 80, 3), 100, np.uint8)
    seen = Seen(
        OverlaySettings(opacity=0),
        image,
        labelled(np.zeros((60, 80), np.uint8)),
        label_set_for(3),
        marks=(Mark(0.25, 0.25, 0.75, 0.75),),
    )
    changed = (canvas_picture(seen) != image).any(2)
    assert changed[15, 30:50].all() and changed[20:40, 20].all()
    assert not changed[25:35, 35:45].any() and not changed[:8].any()


def test_what_must_be_said_is_said_on_the_picture(qapp):
    image = np.full((120, 400, 3), 100, np.uint8)
    emitted = replace(
        labelled(np.zeros((120, 400), np.uint8)),
        chips=(("random weights: the labels mean nothing", "warning"), ("CRF at 9×9", "info")),
    )
    quiet = Seen(OverlaySettings(), image, labelled(emitted.label_map), label_set_for(3))
    seen = replace(quiet, labelled=emitted)
    changed = (canvas_picture(seen) != canvas_picture(quiet)).any(2)
    assert changed[12:28, 20:200].any(1).all() and not changed[40:].any()
    side = shows(replace(seen, pinned=replace(of_a(), labelled=emitted)), comparison="side")
    out = canvas_picture(side)
    still = canvas_picture(replace(side, labelled=quiet.labelled, pinned=of_a()))
    both = (out != still)[12:28].any(2)
    assert both[:, :200].any() and both[:, 420:600].any()
    assert np.array_equal(canvas_picture(shows(seen, comparison="photo")), image)


def test_pictures_survive_qt(qapp):
    picture = np.random.default_rng(0).integers(0, 255, (5, 7, 3), dtype=np.uint8)
    assert np.array_equal(picture_of(qt_image(picture)), picture)


@pytest.mark.parametrize("comparison", ["side", "swipe"])
def test_beside_the_target_mask_the_left_half_has_the_labels(seen, comparison):
    colours = np.zeros((256, 4), np.uint8)
    colours[7] = (10, 20, 30, 255)
    target = ColouredRaster(np.full((6, 8), 7, np.uint8), colours)
    seen = replace(shows(seen, comparison=comparison), raster=target, beside_target=True)
    out = canvas_picture(seen).astype(float)
    assert np.abs(out[:, :2] - mixed(seen.labels.colours[0])).max() <= 1
    assert np.abs(out[:, -2:] - mixed((10, 20, 30))).max() <= 1
