"""Going deeper, in places and in labels; the paper's figures beside it."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt

from segviewer.errors import Cancelled
from segviewer.inference.running import run_features, run_head
from segviewer.labs import LABS, compute, lab_of

DEEPER = "bundled:cascade_3_efficientnet_lite0_camvid"
FLAT = "bundled:fcn_efficientnet_lite0_camvid"


def results(context, **values):
    return list(compute("cascade", values, context))


def test_places_with_strides_and_without(looking):
    """96x72 px: 1x1 place at stride 256, 6x5 at 16; table 1 of the paper."""
    (found,) = results(looking(FLAT))
    assert "with strides: 1×1 cells, one for 256×256 px" in found.caption
    assert "output stride 16: 6×5, 30 times as many, field 3,147 px (2,667)" in found.caption
    assert "measured 73.88 there, 20.29 with strides" in found.caption
    assert "256 / 16 = <b>16</b>" in found.formula and "= 33 cells, 513 px" in found.formula
    assert "13.39 M" in found.formula
    assert [tile.figures for tile in found.shown.rows["strides"]] == [
        "3×3, 1 in 32 px",
        "2×2, 1 in 64 px",
        "1×1, 1 in 128 px",
        "1×1, 1 in 256 px",
    ]
    assert [tile.figures for tile in found.shown.rows["atrous"]] == [
        "6×5, rate 2",
        "6×5, rate 4",
        "6×5, rate 8",
        "6×5, rate 16",
    ]
    assert found.shown.curves[0][1:] == (
        (8, 16, 32, 64, 128, 256),
        (75.18, 73.88, 70.06, 59.99, 42.34, 20.29),
    )
    assert pickle.loads(pickle.dumps(found)).caption == found.caption


def test_a_place_has_one_colour_and_the_mark_is_one_place(looking):
    (found,) = results(looking(FLAT), block=4, way="strides")
    picture = found.shown.rows["strides"][0].picture
    assert picture.shape == (72, 96, 3)
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) <= 9
    place = found.marks[0]
    assert (place.right - place.left) * 96 == pytest.approx(32)
    assert "32 · 2<sup>0</sup> = <b>32</b> px" in found.formula


@pytest.mark.parametrize("backbone", ["ResNet-50", "ResNet-101", "Lite0"])
@pytest.mark.parametrize("output_stride", [8, 32, 256])
def test_every_setting_has_words(looking, backbone, output_stride):
    for block in (4, 7):
        (found,) = results(
            looking(FLAT), backbone=backbone, output_stride=output_stride, block=block
        )
        assert found.caption and found.formula and found.marks


def test_without_added_blocks_a_network_that_has_them_is_asked_for(looking):
    (found,) = results(looking(FLAT), show="labels")
    assert found.caption.startswith("The open network has no blocks to add. Open one")
    assert "until then: Block 7 with strides" in found.caption


def test_labels_are_the_networks_own(looking):
    context = looking(DEEPER)
    first, last = results(context, show="labels", block=5)
    assert not first.complete and first.shown.rows["atrous"][0].picture is None
    assert last.complete and "labels up to block 5, atrous at output stride 16" in last.raster_name
    network, before = context.opened.network, context.opened.network.config
    network.reconfigure(before.changed(cascaded_blocks=1))
    try:
        passes = run_features(
            network, context.image, context.opened.card.preprocessing, torch.device("cpu")
        )
        own = run_head(network, passes, context.image.shape[:2]).argmax(0)
    finally:
        network.reconfigure(before)
    np.testing.assert_array_equal(last.label_map, own)
    assert "ResNet-50 72.14, ResNet-101 73.21" in last.caption
    (again,) = (one for one in results(context, show="labels", way="strides") if one.complete)
    assert len(results(context, show="labels")) == 1  # nothing was run again
    assert "Up to block 7, with strides: " in again.caption
    assert "<b>256</b> px" in again.formula
    figures = [tile.figures for tile in again.shown.rows["atrous"]]
    assert figures[3] == "compared with this" and all("unlike" in said for said in figures[:3])


def test_it_can_be_cancelled(looking):
    def stop():
        raise Cancelled

    with pytest.raises(Cancelled):
        results(looking(DEEPER, check=stop), show="labels")


@pytest.fixture
def view(qtbot, looking):
    widget = lab_of("cascade").make_view()
    widget.resize(1100, 240)
    qtbot.addWidget(widget)
    widget.show_result(results(looking(FLAT))[0].shown)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def test_a_block_is_chosen_in_either_row(view, qtbot):
    emitted = []
    view.edited.connect(lambda *args: emitted.append(args))
    for way, index in (("atrous", 1), ("strides", 2)):
        tiles = view.rows[way]
        place = tiles.area_of(index).center().toPoint()
        qtbot.mouseClick(tiles, Qt.MouseButton.LeftButton, pos=place)
    assert emitted == [("block", 5, True), ("way", "strides", False), ("block", 6, True)]
    assert "with strides" in view.rows["strides"].accessibleName()


def test_a_click_on_the_plot_sets_what_its_axis_says(view, qtbot, looking):
    with qtbot.waitSignal(view.edited) as emitted:
        view.strides.clicked.emit(40.0, 60.0)
    assert emitted.args == ["output_stride", 32, True]
    view.show_result(results(looking(DEEPER), show="labels")[0].shown)
    assert view.strides.isHidden() and not view.blocks.isHidden()
    with qtbot.waitSignal(view.edited) as emitted:
        view.blocks.clicked.emit(5.8, 70.0)
    assert emitted.args == ["block", 6, True]


@pytest.mark.parametrize("size", [(60, 40), (2600, 1400)])
def test_nothing_and_any_size_can_be_drawn(view, qtbot, size):
    view.resize(*size)
    assert not view.grab().isNull()
    view.show_result(None)
    assert not view.grab().isNull()
    with qtbot.assertNotEmitted(view.edited):
        view.strides.clicked.emit(8.0, 8.0)
        view.rows["atrous"].chosen.emit("5")


def test_it_is_in_the_gallery():
    assert LABS["cascade"].needs == "network" and LABS["cascade"].group == "Atrous convolution"
