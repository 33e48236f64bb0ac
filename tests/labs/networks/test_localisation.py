"""What and where: pooled probabilities, best cells, and the ring on the photograph."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from PySide6.QtCore import Qt

from segviewer.errors import Cancelled
from segviewer.labs import LABS, compute, lab_of

DRN = "bundled:drn_c_26_narrow_camvid"


def result(context, **values):
    (found,) = compute("localisation", values, context)
    return found


def test_pooled_and_best_cell_are_those_of_the_map(looking):
    context = looking(DRN)
    found = result(context)
    scores = context.memory["found"].scores
    assert scores.shape == (11, 9, 12) and "12×9 = 108 answers" in found.caption
    mean = scores.mean((1, 2))
    first = int(mean.argmax())
    shown = found.shown
    assert shown.numbers[shown.chosen] == first and shown.names[0] == context.classes[first]
    powers = np.exp(mean - mean.max())
    assert shown.pooled[0] == pytest.approx(powers[first] / powers.sum(), rel=1e-5)
    assert f"= <b>{mean[first]:.2f}</b>, its largest {scores[first].max():.2f}" in found.formula
    assert pickle.loads(pickle.dumps(found)).caption == found.caption


def test_the_ring_is_in_the_place_of_the_largest_score(looking):
    context = looking(DRN)
    found = result(context, chosen=3)
    row, column = np.unravel_index(context.memory["found"].scores[3].argmax(), (9, 12))
    (mark,) = found.marks
    assert (mark.left + mark.right) / 2 * 96 == pytest.approx(8 * column + 4.5, abs=0.51)
    assert (mark.top + mark.bottom) / 2 * 72 == pytest.approx(8 * row + 4.5, abs=0.51)
    assert mark.text == f"most {context.classes[3]}" and found.shown.peak == (row, column)
    assert found.raster.shape == (72, 96) and found.raster[8 * row + 4, 8 * column + 4] == 255


@pytest.mark.parametrize("linear", [True, False])
def test_a_head_that_is_not_linear_behind_the_pooling_is_said_to_be_none(linear):
    from segviewer.analysis.networks.class_map import ClassMap
    from segviewer.labs.networks.localisation import _formula

    scores = np.arange(12, dtype=np.float32).reshape(2, 2, 3)
    mean = scores.mean((1, 2))
    found = ClassMap(scores, mean if linear else mean + 1, 0.0 if linear else 1.0)
    said = _formula(found, 1, "sky")
    assert ("not linear" in said) != linear and ("9.50" if not linear else "8.50") in said


@pytest.mark.parametrize(
    ("number", "words"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (11, "11th"), (22, "22nd")]
)
def test_ordinals(number, words):
    from segviewer.labs.networks.localisation import _ordinal

    assert _ordinal(number) == words


def test_any_network_has_a_map(looking):
    found = result(looking("bundled:deeplab_v3_efficientnet_lite0_camvid"), chosen=9999)
    assert found.shown.numbers[found.shown.chosen] == 10 and found.raster is not None


def test_it_can_be_cancelled(looking):
    def stop():
        raise Cancelled

    with pytest.raises(Cancelled):
        result(looking(DRN, check=stop))


@pytest.fixture
def view(qtbot, looking):
    widget = lab_of("localisation").make_view()
    widget.resize(1100, 240)
    qtbot.addWidget(widget)
    widget.show_result(result(looking(DRN)).shown)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def test_a_class_is_picked_in_either_list(view, qtbot):
    numbers = view._shown.numbers
    for bars in (view.pooled, view.best):
        with qtbot.waitSignal(view.edited) as emitted:
            place = bars.bar_of(2).center().toPoint()
            qtbot.mouseClick(bars, Qt.MouseButton.LeftButton, pos=place)
        assert emitted.args == ["chosen", numbers[2], True]
    with qtbot.waitSignal(view.edited) as emitted:
        qtbot.keyClick(view.pooled, Qt.Key.Key_Down)
    assert emitted.args == ["chosen", numbers[1], True]
    assert view.map.words() == f"map of {view._shown.names[0]}"


@pytest.mark.parametrize("size", [(60, 40), (2600, 1400)])
def test_nothing_and_any_size_can_be_drawn(view, size):
    view.resize(*size)
    assert not view.grab().isNull()
    view.show_result(None)
    assert not view.grab().isNull()


def test_it_is_in_the_gallery():
    assert LABS["localisation"].needs == "network"
