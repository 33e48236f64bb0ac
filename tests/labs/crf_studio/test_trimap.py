"""Errors near the outlines: in closed form, and read off the view."""

from __future__ import annotations

import numpy as np
import pytest

from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.labs.crf_studio.trimap import LAB, SHADES, TrimapConfig
from segviewer.labs.lab import LabContext


@pytest.fixture
def context():
    """Two flat halves; the network is three columns off, and the CRF puts it right."""
    image = np.full((24, 40, 3), 40, np.uint8)
    image[:, 20:] = 200
    first = np.where(np.arange(40) < 23, 0.7, 0.3)[None].repeat(24, 0)
    probs = np.stack([first, 1 - first, np.zeros_like(first)]).astype(np.float32)
    target = np.zeros((24, 40), np.uint8)
    target[:, 20:] = 1
    return LabContext(
        image=image,
        probs=probs,
        target=target,
        classes=("left", "right", "nowhere"),
        crf=CRFSettings(appearance_weight=8, smoothness_weight=0, num_iterations=5),
    )


def kept(given):
    (only,) = given.memory.values()
    return only


def result(context, **values):
    (only,) = LAB.compute(context, TrimapConfig(**values))
    return only


def test_three_wrong_columns_by_hand(context):
    shown = result(context, measure="accuracy", band=5).shown
    assert shown.widths == tuple(range(1, 41))
    # Of 2 w columns the first w wrong ones up to three are on the right.
    expected = [1 - min(w, 3) / (2 * w) for w in range(1, 21)]
    np.testing.assert_allclose(shown.before[:20], expected)
    np.testing.assert_array_equal(shown.after, 1)
    # Within five pixels: left has 5 hits and 3 false alarms, right 2 hits of 5.
    assert shown.classes == (("left", 5 / 8, 1.0), ("right", 2 / 5, 1.0))
    assert dict(shown.errors) == pytest.approx(
        {"right": 37 / 40, "mended": 3 / 40, "broken": 0, "wrong": 0}
    )


def test_mean_iou_and_the_words(context):
    found = result(context, band=5)
    assert found.shown.before[4] == pytest.approx((5 / 8 + 2 / 5) / 2)
    assert "within 5 px" in found.caption.lower() and "+0.4" in found.caption
    assert "240 pixels" in found.caption and "5 px" in found.formula


def test_the_raster_shows_what_was_mended(context):
    raster = result(context).raster
    assert (raster[:, 20:23] == SHADES["mended"]).all()
    assert (raster[:, :20] == SHADES["right"]).all() and (raster[:, 23:] == SHADES["right"]).all()
    inside = result(context, band=1, band_only=True)
    assert (inside.raster[:, 20] == SHADES["mended"]).all() and not inside.raster[:, 21:].any()
    assert dict(inside.shown.errors)["mended"] == 0.5


def test_broken_and_wrong_have_colours_of_their_own(context):
    context.target[:, 20:22] = 0  # what the CRF calls right is wrong there
    context.target[:, 30:] = 2
    raster = result(context).raster
    assert (raster[:, 20:22] == SHADES["broken"]).all()
    assert (raster[:, 30:] == SHADES["wrong"]).all()
    assert len(set(SHADES.values())) == 4


def test_a_target_larger_than_the_networks_picture(context):
    context.target = context.target.repeat(2, 0).repeat(2, 1)
    found = result(context, measure="accuracy")
    assert found.raster.shape == (48, 80)
    assert dict(found.shown.errors)["mended"] == pytest.approx(3 / 40, abs=0.01)


def test_another_band_computes_no_label_map_again(context):
    result(context)
    maps = kept(context)
    result(context, band=9, measure="accuracy")
    assert kept(context) is maps
    context.crf = context.crf.changed(appearance_weight=1)
    result(context)
    assert kept(context) is not maps


def test_without_outlines_it_says_so(context):
    context.target[:] = 255
    assert "no outlines" in result(context, void_outlines=False).caption
    context.target, context.probs = None, np.full_like(context.probs, 1 / 3)
    assert "the network's labels have no outline" in result(context).caption


def test_the_view_shows_curves_table_and_a_click_sets_the_band(qtbot, context):
    view = LAB.make_view()
    qtbot.addWidget(view)
    view.resize(900, 240)
    view.show()
    assert not view.plot.isVisible()
    view.show_result(result(context, band=5).shown)
    assert view.plot.isVisible()
    assert [len(curve.y) for curve in view.plot.curves()] == [40, 40]
    assert view.table.rows()[0] == ("left", "0.625", "1.000", "+0.375")
    assert "7.5" in view.legend.text() and "mended" in view.legend.text()
    with qtbot.waitSignal(view.edited) as caught:
        view.plot.clicked.emit(11.8, 0.5)
    assert caught.args == ["band", 12, True]
    with qtbot.waitSignal(view.edited) as caught:
        view.plot.clicked.emit(-3, 0.5)
    assert caught.args == ["band", 1, True]
    view.table.copy()
    from PySide6.QtGui import QGuiApplication

    assert "left\t0.625\t1.000" in QGuiApplication.clipboard().text()
    view.show_result(None)
    assert not view.plot.isVisible()


def test_without_a_mask_what_the_crf_changes_near_the_networks_own_outlines_is_said(context):
    """Never a dead end: the network's labels stand in, three columns off what the CRF says."""
    from dataclasses import replace

    found = result(replace(context, target=None), measure="accuracy", band=5)
    assert found.shown.own and found.shown.before == (1.0,) * 40
    # Of the ten columns within five of column 23's outline the three beside it change.
    assert found.shown.after[4] == pytest.approx(7 / 10)
    assert "Within 5 px of their outlines the CRF changes 30.0% of the labels" in found.caption
    assert "in the whole picture 7.5%" in found.caption
    assert found.raster_name == "changed by the CRF"


def test_without_a_mask_the_view_speaks_of_kept_and_changed(qtbot, context):
    from dataclasses import replace

    view = LAB.make_view()
    qtbot.addWidget(view)
    view.show_result(result(replace(context, target=None)).shown)
    assert "kept" in view.legend.text() and "changed" in view.legend.text()
    assert "wrong" not in view.legend.text() and "mended" not in view.legend.text()
