"""Gains over two numbers: filled coarse to fine, computed once, clicked."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

from segviewer.crf.search.landscape import axis_values
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.errors import Cancelled
from segviewer.labs.crf_studio.landscape import LAB, LandscapeConfig
from segviewer.labs.lab import LabContext


@pytest.fixture
def context():
    """A speck that only smoothing mends."""
    image = np.full((8, 12, 3), 90, np.uint8)
    first = np.full((8, 12), 0.8, np.float32)
    first[4, 5] = 0.4
    probs = np.stack([first, 1 - first])
    return LabContext(
        image=image,
        probs=probs,
        target=np.zeros((8, 12), np.uint8),
        classes=("a", "b"),
        crf=CRFSettings(appearance_weight=0, num_iterations=2),
    )


def results(context, **values):
    settings = {"across": "σγ", "up": "θ2", "measure": "accuracy", **values}
    return list(LAB.compute(context, LandscapeConfig(**settings)))


def test_without_weight_nothing_and_with_it_the_speck_is_mended(context):
    found = results(context)
    assert [result.complete for result in found] == [False] * (len(found) - 1) + [True]
    assert len(found) > 10
    shown = found[-1].shown
    assert shown.known.all() and shown.gains.shape == (9, 9)
    np.testing.assert_array_equal(shown.gains[0], 0)
    np.testing.assert_allclose(shown.gains[1:].max(), 1 / 96)
    assert shown.rows == tuple(axis_values("smoothness_weight"))
    assert shown.now == (1.0, 1.0)
    assert f"{95 / 96:.4f}" in found[-1].caption and "best 1.0000" in found[-1].caption
    assert "θ1 = 0" in found[-1].formula and "σγ" not in found[-1].formula
    # In between, what is not computed is filled up and known as such.
    assert 0 < found[0].shown.known.sum() < 81 and np.isfinite(found[0].shown.gains).all()


def test_moving_along_the_axes_computes_nothing_again(context):
    results(context)
    count = len(context.memory)
    assert count == 81
    context.crf = context.crf.changed(smoothness_weight=7, enabled=True)
    (only,) = results(context)
    assert len(context.memory) == count and only.shown.now == (1.0, 7.0)
    context.crf = context.crf.changed(num_iterations=1)
    assert len(results(context)) > 1


def test_mean_iou_is_another_measure(context):
    context.target[:, 6:] = 1
    one, other = (results(context, measure=m)[-1].shown for m in ("accuracy", "mean IoU"))
    assert one.baseline == pytest.approx(47 / 96) and other.baseline == pytest.approx(47 / 96 / 2)


def test_what_is_missing_is_said(context):
    (only,) = results(context, up="σγ")
    assert only.shown is None and "choose another" in only.caption


def test_without_a_mask_it_is_how_many_labels_change(context):
    context.target = None
    found = results(context)[-1]
    # The speck goes where smoothing is strong enough: one label of 96.
    assert found.shown.baseline == 0 and found.shown.gains.max() == pytest.approx(1 / 96)
    np.testing.assert_array_equal(found.shown.gains[0], 0)
    assert "how many labels the CRF changes, most 1.0% at σγ" in found.caption
    assert found.formula.startswith("share of labels × 100")


def test_a_target_without_any_class(context):
    context.target[:] = 255
    assert "no pixel" in results(context)[-1].caption


def test_it_stops_when_nobody_waits(context):
    left = [True] * 12

    def check():
        if not left:
            raise Cancelled
        left.pop()

    context.check = check
    with pytest.raises(Cancelled):
        results(context)
    assert 0 < len(context.memory) < 12


def test_a_click_and_the_keys_ask_for_both_numbers(qtbot, context):
    view = LAB.make_view()
    qtbot.addWidget(view)
    view.resize(900, 240)
    view.show()
    assert not view.grid.isVisible()
    view.show_result(results(context, across="T")[-1].shown)
    assert view.grid.isVisible() and "better than the network" in view.hint.text()
    assert view.grid.reading(0, 0).startswith("T 1, θ2 0: Δ accuracy +0.0000")
    with qtbot.waitSignal(view.asked) as caught:
        where = view.grid.area_of(4, 8).center().toPoint()
        qtbot.mouseClick(view.grid, Qt.MouseButton.LeftButton, pos=where)
    assert caught.args == [{"crf": {"num_iterations": 20, "smoothness_weight": 10.0}}]
    CRFSettings().changed(**caught.args[0]["crf"])
    qtbot.keyClick(view.grid, Qt.Key.Key_Up)
    qtbot.keyClick(view.grid, Qt.Key.Key_Left)
    with qtbot.waitSignal(view.asked) as caught:
        qtbot.keyClick(view.grid, Qt.Key.Key_Return)
    assert caught.args == [{"crf": {"num_iterations": 18, "smoothness_weight": 12.5}}]
    # Rows rise upwards.
    assert view.grid.area_of(8, 0).top() < view.grid.area_of(0, 0).top()


@pytest.mark.parametrize("size", [(120, 60), (240, 110), (2400, 900)])
def test_every_size_is_drawn(qtbot, context, size):
    view = LAB.make_view()
    qtbot.addWidget(view)
    view.show_result(results(context)[0].shown)
    view.resize(*size)
    view.show()
    assert not view.grab().isNull()
