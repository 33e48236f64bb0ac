"""Lesions of the open network: shares by hand, maps kept, what cannot be swapped is said."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest

from segviewer.errors import Cancelled
from segviewer.labs import LABS, compute, lab_of

RESIDUAL = "bundled:drn_a_18_narrow_camvid"


def results(context, **values):
    return list(compute("lesion", values, context))


@pytest.fixture(scope="module")
def lesioned(looking):
    context = looking(RESIDUAL)
    return context, results(context, module=3)


def test_the_share_of_the_labels_that_change(lesioned):
    context, found = lesioned
    last = found[-1]
    assert not found[0].complete and last.complete
    assert np.isnan(found[0].shown.changes["branch"]).sum() == 7
    changes = last.shown.changes["branch"]
    assert len(changes) == 8 and all(0 <= share <= 1 for share in changes)
    assert all(map(math.isnan, last.shown.changes["swap"]))
    assert changes[2] == pytest.approx((last.label_map != context.memory["whole"]).mean())
    assert f"no branch: {100 * changes[2]:.1f} % of the labels change" in last.caption
    assert f"most {100 * max(changes):.1f} % at {1 + int(np.argmax(changes))}" in last.caption
    assert "256 paths; 128 are left, those that take the shortcut here" in last.formula
    assert pickle.loads(pickle.dumps(last)).caption == last.caption


def test_the_map_of_another_module_is_there_at_once(lesioned):
    context, _ = lesioned
    subject = context.memory["subject"]
    (again,) = results(context, module=60)
    assert again.shown.module == 8 and context.memory["subject"] is subject


def test_only_neighbours_of_one_size_can_be_swapped(lesioned):
    context, _ = lesioned
    last = results(context, lesion="swap", module=2)[-1]
    assert "has none behind it of its own size" in last.caption and last.label_map is None
    assert last.shown.lesioned is None
    swapped = [share for share in last.shown.changes["swap"] if not math.isnan(share)]
    assert len(swapped) == 1
    assert "all 2<sup>8</sup> = <b>256</b> paths are left" in last.formula


def test_without_shortcuts_more_goes(lesioned):
    context, _ = lesioned
    last = results(context, lesion="shortcut", module=3)[-1]
    without = np.array(last.shown.changes["shortcut"])
    assert np.median(without) > np.median(last.shown.changes["branch"])
    assert "without its branch" in last.caption


def test_few_maps_are_kept_and_the_one_looked_at_is_among_them(lesioned, monkeypatch):
    import segviewer.labs.networks.lesion as lesion_lab

    context, _ = lesioned
    monkeypatch.setattr(lesion_lab, "KEPT_MAPS", 2)
    context.memory.clear()
    found = results(context, module=1)
    assert len(context.memory["maps"]) == 2 and ("branch", 0) in context.memory["maps"]
    assert found[-1].complete


def test_a_network_without_modules_is_said(looking, monkeypatch):
    from segviewer.analysis.networks import lesions

    monkeypatch.setattr(lesions, "_is_residual", lambda module: False)
    (found,) = results(looking(RESIDUAL))
    assert found.shown is None and found.caption.startswith("The open network has no residual")


def test_it_can_be_cancelled(looking):
    def stop():
        raise Cancelled

    with pytest.raises(Cancelled):
        results(looking(RESIDUAL, check=stop))


@pytest.fixture
def view(qtbot, lesioned):
    widget = lab_of("lesion").make_view()
    widget.resize(1100, 240)
    qtbot.addWidget(widget)
    widget.show_result(lesioned[1][-1].shown)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def test_a_click_on_the_plot_chooses_a_module(view, qtbot):
    with qtbot.waitSignal(view.edited) as emitted:
        view.plot.clicked.emit(40.0, 0.5)
    assert emitted.args == ["module", 8, True]
    assert [curve.name for curve in view.plot.curves()] == ["no branch"]
    assert [tile.title for tile in view.tiles.tiles()] == ["whole", "no branch"]


@pytest.mark.parametrize("size", [(60, 40), (2600, 1400)])
def test_nothing_and_any_size_can_be_drawn(view, qtbot, size):
    view.resize(*size)
    assert not view.grab().isNull()
    view.show_result(None)
    assert not view.grab().isNull()
    with qtbot.assertNotEmitted(view.edited):
        view.plot.clicked.emit(1.0, 1.0)


def test_it_is_in_the_gallery():
    assert LABS["lesion"].needs == "network" and LABS["lesion"].group == "Networks"
