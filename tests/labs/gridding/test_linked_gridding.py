"""One rate moves all four: each panel shows what the lab for it alone shows."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt

from segviewer.checkpoints.opening import open_network
from segviewer.errors import Cancelled
from segviewer.imaging.reading.samples import sample_path
from segviewer.labs import LABS, compute, lab_of
from segviewer.labs.lab import LabContext

SEVEN = "backbone.layer7.0.conv2"


@pytest.fixture(scope="module")
def drn():
    return open_network("bundled:drn_c_26_narrow_camvid")


@pytest.fixture(scope="module")
def street():
    with Image.open(sample_path("leuven_street")) as picture:
        return np.array(picture.convert("RGB").resize((160, 120)))


@pytest.fixture
def context(drn, street):
    trained = drn.network.config
    yield LabContext(image=street, opened=drn)
    drn.network.reconfigure(trained)


def results(context, **values):
    return list(compute("linked_gridding", values, context))


def alone(name, context, **values):
    fresh = LabContext(image=context.image, opened=context.opened)
    return list(compute(name, values, fresh))[-1]


def test_all_four_are_those_of_their_own_labs(context):
    found = results(context)[-1]
    shown = found.shown
    assert shown.labels[shown.chosen] == SEVEN and found.complete
    theory = alone("receptive_field", context, layer=SEVEN)
    at = theory.shown.labels.index(SEVEN)
    assert tuple(shown.theory.boxes[-1]) == tuple(theory.shown.boxes[at])
    assert found.marks == theory.marks
    effective = alone("effective_field", context, layer=SEVEN)
    np.testing.assert_array_equal(shown.field, effective.raster)
    seen = alone("gridding_seen", context, layer=SEVEN, window=8)
    np.testing.assert_array_equal(shown.spectrum, seen.shown.spectrum)
    times = seen.shown.bars[0][1] / seen.shown.bars[1][1]
    assert f"coset energy {times:.2f} × noise at r = 2" in found.caption
    taps = alone("gridding", context, rates="2, 2, 2, 2, 4, 4, 4, 4, 2, 2")
    np.testing.assert_array_equal(shown.taps.lines[shown.taps.level], taps.shown.grid.lines[-1])
    assert "rates 1 (×3), 2 (×4), 4 (×4), 2 (×2) at stride 8 · theory 549 px" in found.caption
    assert "26% of the cells read by the dilated layers, 28 holes a line" in found.caption
    assert pickle.loads(pickle.dumps(found)).caption == found.caption


def test_theory_comes_first_and_what_is_old_says_so(context):
    first, second, last = results(context)
    assert first.shown.taps is not None and first.shown.field is None and not first.complete
    assert second.shown.spectrum is not None and second.shown.field is None
    assert last.shown.field is not None and "effective box" in last.caption
    context.opened.network.reconfigure(context.opened.network.config.changed(dilation=(3, 5)))
    first, _, last = results(context)
    assert first.shown.field_words.startswith("…") and first.shown.field is not None
    assert not last.shown.field_words.startswith("…")


def test_a_rate_moves_all_of_them(context):
    before = results(context)[-1]
    network = context.opened.network
    network.reconfigure(network.config.changed(dilation=(1, 2)))
    after = results(context)[-1]
    assert after.shown.fields[0].values == (1, 2)
    assert after.shown.taps.rates == (1,) * 7 + (2,) * 6
    assert after.shown.theory.sizes[-1] < before.shown.theory.sizes[-1]
    assert not np.array_equal(after.shown.field, before.shown.field)
    assert not np.array_equal(after.shown.spectrum, before.shown.spectrum)
    assert "labels: " in after.caption and "% of the pixels changed" in after.caption
    assert after.formula.startswith("Before (dilation (2, 4)): theory 549 px")


def test_nothing_changed_is_no_change(context):
    results(context)
    again = results(context)[-1]
    assert again.formula == "" and "changed" not in again.caption


def test_the_rates_offered_are_those_that_do_something(street):
    lite = open_network("bundled:deeplab_v3_efficientnet_lite0_camvid")
    found = results(LabContext(image=street, opened=lite))[0]
    assert [f.name for f in found.shown.fields] == ["atrous_rates", "multi_grid"]
    assert found.shown.fields[0].values == (6, 12, 18)
    hybrid = open_network("bundled:hybrid_rates_efficientnet_lite0_camvid")
    found = results(LabContext(image=street, opened=hybrid))[0]
    assert [f.name for f in found.shown.fields] == ["rates4", "rates5"]


def test_a_layer_without_windows_of_its_own_and_a_small_map(context):
    found = results(context, layer="backbone.layer2.0.conv1")[-1]
    assert found.shown.taps is None and "no 3×3 window at its own stride" in found.caption
    found = results(context, period=16)[-1]
    assert found.shown.spectrum is None
    assert found.shown.spectrum_words.startswith("A grid of period 16 cannot be measured")
    assert "effective box" in found.caption


def test_nobody_waits_any_more(context):
    def stop():
        raise Cancelled

    context.check = stop
    with pytest.raises(Cancelled):
        results(context)


def test_it_is_in_the_gallery():
    assert LABS["linked_gridding"].needs == "network"
    assert lab_of("linked_gridding").picks == ("column", "row")


# --- The drawing. ---


@pytest.fixture
def view(qtbot, context):
    widget = lab_of("linked_gridding").make_view()
    qtbot.addWidget(widget)
    widget.resize(1000, 260)
    widget.show_result(results(context)[-1].shown)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def test_a_rate_is_asked_of_the_network(view, qtbot):
    box = view.rates.boxes["dilation"][1]
    with qtbot.waitSignal(view.asked) as emitted:
        qtbot.keyClick(box, Qt.Key.Key_Up)
    assert emitted.args == [{"network": {"dilation": (2, 5)}}]


def test_a_typed_rate_is_taken_when_it_is_finished(view, qtbot):
    box = view.rates.boxes["dilation"][0]
    box.selectAll()
    with qtbot.waitSignal(view.asked) as emitted:
        qtbot.keyClicks(box, "7")
        qtbot.keyClick(box, Qt.Key.Key_Return)
    assert emitted.args == [{"network": {"dilation": (7, 4)}}]


def test_the_slider_chooses_a_layer(view, qtbot):
    with qtbot.waitSignal(view.edited) as emitted:
        qtbot.keyClick(view.steps.slider, Qt.Key.Key_Left)
    assert emitted.args[0] == "layer"


@pytest.mark.parametrize("size", [(60, 40), (2600, 1400)])
def test_nothing_and_any_size_can_be_drawn(view, size):
    view.resize(*size)
    assert not view.grab().isNull()
    view.show_result(None)
    assert not view.grab().isNull() and view.field.tiles() == ()
