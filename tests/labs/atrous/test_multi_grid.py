"""Five multi-grids: labels are the network's own, ways through the block by hand."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt

from segviewer.errors import Cancelled
from segviewer.inference.running import run_features, run_head
from segviewer.labs import LABS, compute, lab_of

GRIDDED = "bundled:v3_grid_124_efficientnet_lite0_camvid"
OTHERS = (
    "bundled:cascade_3_efficientnet_lite0_camvid",
    "bundled:parse_net_efficientnet_lite0_camvid",
)  # noqa: E501


def results(context, **values):
    return list(compute("multi_grid", values, context))


def own_labels(context, grid):
    network, before = context.opened.network, context.opened.network.config
    network.reconfigure(before.changed(multi_grid=grid))
    try:
        passes = run_features(
            network, context.image, context.opened.card.preprocessing, torch.device("cpu")
        )
        return run_head(network, passes, context.image.shape[:2]).argmax(0)
    finally:
        network.reconfigure(before)


def test_labels_are_the_networks_own_and_come_one_by_one(looking):
    context = looking(GRIDDED)
    found = results(context, grid="1, 1, 1")
    assert [one.complete for one in found] == [False] * 4 + [True]
    last = found[-1]
    own = own_labels(context, (1, 1, 1))
    np.testing.assert_array_equal(last.label_map, own)
    tiles = last.shown.tiles
    now = own_labels(context, (1, 2, 4))
    assert tiles[0].changed == pytest.approx((own != now).mean())
    assert tiles[3].changed == 0 and tiles[3].asks == {}
    assert tiles[4].asks == {"multi_grid": (2, 2, 2)}
    assert pickle.loads(pickle.dumps(last)).caption == last.caption
    (again,) = results(context, grid="1, 2, 4")
    assert again.label_map is None and "as the network is set" in again.caption


def test_ways_through_the_block_and_the_papers_figures(looking):
    """1, 2, 4 at stride 16: rates 2, 4, 8; 1 + 2 · 7 places, all read; 1, 1, 1: 1 3 6 7 6 3 1."""
    last = results(looking(GRIDDED))[-1]
    assert "Rates 2, 4, 8: one unit behind the block reads 15 of 15 positions" in last.caption
    assert "trained anew: 76.02, with 1, 1, 1 75.76" in last.caption
    assert "multi-grid 1, 1, 1 61.9" in last.caption and "1, 2, 4 61.7" in last.caption
    assert "2 · (1, 2, 4) = <b>2, 4, 8</b>" in last.formula
    assert last.shown.paths["1, 1, 1"].tolist() == [1, 3, 6, 7, 6, 3, 1]
    assert last.shown.paths["1, 2, 4"].tolist()[:8] == [1, 1, 2, 1, 3, 2, 3, 1]
    assert last.shown.miou["1, 2, 1"] == (70.23, 75.67, 76.09, 76.66)
    holes = results(looking(GRIDDED), grid="2, 2, 2")[-1]
    assert "reads 7 of 13 positions" in holes.caption


@pytest.mark.parametrize("reference", OTHERS)
def test_other_networks_that_have_one(looking, reference):
    context = looking(reference)
    last = results(context, grid="2, 2, 2")[-1]
    np.testing.assert_array_equal(last.label_map, own_labels(context, (2, 2, 2)))


def test_other_weights_set_alike_are_run_anew(looking):
    import copy

    context = looking(GRIDDED)
    before = results(context, grid="2, 2, 2")[-1].label_map
    network = copy.deepcopy(context.opened.network)
    torch.nn.init.zeros_(network.classifier[-1].weight)
    torch.nn.init.zeros_(network.classifier[-1].bias)
    other = copy.copy(context.opened)
    object.__setattr__(other, "network", network)
    found = results(replace(context, opened=other), grid="2, 2, 2")
    assert len(found) == 5 and (found[-1].label_map != before).any()


def test_a_network_without_one_is_said(looking):
    (found,) = results(looking("bundled:drn_a_18_narrow_camvid"))
    assert found.shown is None and found.caption.startswith("The open network has no multi-grid")


def test_it_can_be_cancelled(looking):
    def stop():
        raise Cancelled

    with pytest.raises(Cancelled):
        results(looking(GRIDDED, check=stop))


@pytest.fixture
def view(qtbot, looking):
    widget = lab_of("multi_grid").make_view()
    widget.resize(1100, 240)
    qtbot.addWidget(widget)
    widget.show_result(results(looking(GRIDDED), grid="2, 2, 2")[-1].shown)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def test_two_maps_are_swiped_and_the_chosen_grid_is_asked_for(view, qtbot, looking):
    assert view.button.text() == "Set multi-grid 2, 2, 2"
    with qtbot.waitSignal(view.asked) as emitted:
        qtbot.mouseClick(view.button, Qt.MouseButton.LeftButton)
    assert emitted.args == [{"network": {"multi_grid": (2, 2, 2)}}]
    said = view.swipe.accessibleName()
    assert said.startswith("1, 2, 4: as it is | 2, 2, 2: ") and said.endswith(" % change")
    names = [curve.name for curve in view.miou.curves()]
    assert names[:2] == ["1, 1, 1", "2, 2, 2"]
    assert view.taps.isVisible() and not view.miou.isVisible()
    view.show_result(results(looking(GRIDDED), grid="2, 2, 2", beside="mIoU")[-1].shown)
    assert view.miou.isVisible() and not view.taps.isVisible()


def test_the_grid_that_is_set_is_swiped_against_none(view, looking):
    view.show_result(results(looking(GRIDDED), grid="1, 2, 4")[-1].shown)
    assert view.swipe.accessibleName().startswith("1, 1, 1: ")
    assert view.swipe.accessibleName().endswith(" | 1, 2, 4: as it is")
    assert view.button.text() == "Already applied" and not view.button.isEnabled()


def test_taps_spread_unit_by_unit(view):
    """2, 2, 2 at stride 16: 1 cell, then 3 of 5, 5 of 9 and 7 of 13."""
    assert view.taps.accessibleName() == (
        "output: 1 of 1; unit 3: r 4: 3 of 5; unit 2: r 4: 5 of 9; unit 1: r 4: 7 of 13"
    )
    assert view.steps.name.text() == "7 of 13 cells"
    whole = view.taps.grab().toImage()
    view.steps.stepped.emit(1, True)
    assert view.steps.name.text() == "3 of 5 cells"
    assert view.taps.grab().toImage() != whole
    assert view.taps.places_of("unit 3: r 4") and not view.taps.places_of("unit 2: r 4")


@pytest.mark.parametrize("size", [(60, 40), (2600, 1400)])
def test_nothing_and_any_size_can_be_drawn(view, size):
    view.resize(*size)
    assert not view.grab().isNull()
    view.show_result(None)
    assert not view.grab().isNull() and view.button.isHidden()


def test_it_is_in_the_gallery():
    assert LABS["multi_grid"].needs == "network"
