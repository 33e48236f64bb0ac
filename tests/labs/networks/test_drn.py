"""The four networks in numbers; boxes are read, clicked and walked over with the keys."""

from __future__ import annotations

import pickle

import pytest
from PySide6.QtCore import Qt

from segviewer.labs import LABS, compute, lab_of
from segviewer.labs.lab import LabContext


def result(**values):
    (found,) = compute("drn", values, LabContext())
    return found


def test_sizes_fields_and_errors_of_the_paper():
    found = result()
    assert found.caption.startswith("DRN-A-18: the strides of layers 3 and 4 became rates")
    assert "28×28 cells where the ResNet has 7×7 (16 times as many)" in found.caption
    assert "receptive field 355 px (435); ImageNet top-1 error 28.00 %" in found.caption
    assert "227 + (3 − 1)·4·8 + (3 − 1)·4·8 = <b>355</b>" in found.formula
    assert pickle.loads(pickle.dumps(found)).shown == found.shown
    assert "receptive field 435 px (435)" in result(first_block="paper").caption
    assert "field 581 px (435); ImageNet top-1 error 24.86 %" in result(form="C").caption
    assert "error" not in result(form="C", depth=50).caption  # the table has no DRN-C-58
    assert "7×7 cells, receptive field 435 px" in result(form="ResNet").caption


@pytest.mark.parametrize("form", ["ResNet", "A", "B", "C"])
@pytest.mark.parametrize("depth", [18, 34, 50])
@pytest.mark.parametrize("side", [32, 1024])
def test_every_unit_has_words(form, depth, side):
    count = len(result(form=form, depth=depth).shown.rows[("ResNet", "A", "B", "C").index(form)])
    for unit in (0, count // 2, count, 200):
        found = result(form=form, depth=depth, side=side, unit=unit)
        assert found.formula and found.shown.unit == min(unit, count - 1)


@pytest.fixture
def view(qtbot):
    widget = lab_of("drn").make_view()
    widget.resize(1100, 240)
    qtbot.addWidget(widget)
    widget.show_result(result(form="C", unit=9).shown)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def test_a_box_says_what_it_is(view):
    row = view.rows.rows()[3]
    assert row[9].upper == "r 4" and row[9].lower == "28" and row[9].tone == "rate"
    assert row[11].bare and not view.rows.rows()[2][11].bare
    assert row[11].tip == (
        "7.1, block: 3×3 rate 2, 3×3 rate 2; no shortcut; 28×28 cells, field 549 px"
    )
    assert view.rows.rows()[0][1].tone == "pool"
    assert "DRN-C-26, 6.1, block" in view.rows.accessibleName()


def test_a_box_is_chosen_by_click_and_by_key(view, qtbot):
    emitted = []
    view.edited.connect(lambda *args: emitted.append(args))
    place = view.rows.area_of(3, 2).center().toPoint()
    qtbot.mouseClick(view.rows, Qt.MouseButton.LeftButton, pos=place)
    assert emitted == [("unit", 2, True)]
    emitted.clear()
    place = view.rows.area_of(0, 5).center().toPoint()
    qtbot.mouseClick(view.rows, Qt.MouseButton.LeftButton, pos=place)
    assert emitted == [("form", "ResNet", False), ("unit", 5, True)]
    emitted.clear()
    qtbot.keyClick(view.rows, Qt.Key.Key_Up)
    qtbot.keyClick(view.rows, Qt.Key.Key_Right)
    assert emitted == [("form", "B", False), ("unit", 9, True), ("unit", 10, True)]


def test_a_click_on_the_curve_chooses_a_unit(view, qtbot):
    names = [curve.name for curve in view.plot.curves()]
    assert names == ["ResNet-18", "A-18", "B-26 and C-26"]
    with qtbot.waitSignal(view.edited) as emitted:
        qtbot.mouseClick(view.plot.viewport(), Qt.MouseButton.LeftButton)
    assert emitted.args[0] == "unit" and 0 <= emitted.args[1] <= 12


@pytest.mark.parametrize("size", [(60, 40), (2600, 1400)])
def test_nothing_and_any_size_can_be_drawn(view, qtbot, size):
    view.resize(*size)
    view.show_result(result(depth=50, form="B").shown)
    assert not view.grab().isNull()
    view.show_result(None)
    with qtbot.assertNotEmitted(view.edited):
        view.plot.clicked.emit(2.0, 2.0)
    assert not view.grab().isNull()


def test_it_is_in_the_gallery():
    assert LABS["drn"].needs == "nothing" and LABS["drn"].group == "Networks"
