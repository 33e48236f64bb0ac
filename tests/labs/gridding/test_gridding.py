"""Rates are typed, stepped through, pointed at and searched for; rule and count are both said."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from segviewer.analysis.gridding.hdc_rule import judge
from segviewer.analysis.gridding.rate_presets import PRESETS
from segviewer.analysis.gridding.rate_sequence import touch_levels
from segviewer.labs import LABS, compute, lab_of
from segviewer.labs.lab import LabContext
from segviewer.widgets.grids.tap_grid import colours_of


def result(**values):
    (found,) = compute("gridding", values, LabContext())
    return found


# FACTS §8: rates, M₂, side, reached, coverage of the square.
TABLE = [
    ("1,2,3", 2, 13, 13, 1.0),
    ("1,2,5", 2, 17, 17, 1.0),
    ("1,2,9", 5, 25, 21, 0.7056),
    ("1,2,5,9", 2, 35, 35, 1.0),
    ("2,2,2", 2, 13, 7, 0.2899),
    ("4,4,4", 4, 25, 7, 0.0784),
    ("2,4,8", 4, 29, 15, 0.2675),
    ("1,2,4,8,16", 2, 63, 63, 1.0),
    ("1,3,9,27", 3, 81, 81, 1.0),
    ("3,4,5", 4, 25, 21, 0.7056),
    ("5,9,17", 9, 63, 27, 0.1837),
]


@pytest.mark.parametrize(("rates", "m2", "side", "reached", "share"), TABLE)
def test_rule_and_count_are_said(rates, m2, side, reached, share):
    found = result(rates=rates)
    assert f"M₂ = {m2}" in found.caption
    assert found.caption.startswith("Rule passed" if m2 <= 3 else "Rule not passed")
    if share == 1:
        assert f"every cell of the {side} × {side} field is read" in found.caption
    else:
        assert f"{reached} of {side} cells of a line are read" in found.caption
    assert f"<b>{share:.2%}</b>" in found.formula or share == pytest.approx(
        (reached / side) ** 2, abs=1e-4
    )
    assert f"= {m2} {'≤' if m2 <= 3 else '&gt;'} K = 3" in found.formula
    assert found.shown.grid.sides[-1] == side


def test_a_rule_that_is_not_enough_is_said_so():
    assert "The rule alone is not enough" in result().caption
    assert "The rule is too strict here" in result(rates="1 3 1").caption
    assert "two layers or more" in result(rates="4").caption


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "There is no rate."),
        ("1, 2, x", "“x” is not a rate."),
        ("2, 0", "0 is not a rate."),
        ("1, -3", "-3 is not a rate."),
        ("5000", "Rate 5000 is too large."),
        (", ".join("1" * 33), "The sequence has 33 rates."),
        ("1.5", "“1.5” is not a rate."),
    ],
)
def test_what_cannot_be_read_is_said(text, said):
    found = result(rates=text)
    assert found.shown is None and found.caption.startswith(said)
    assert found.caption.count(".") >= 3  # what, why, and what next


def test_long_lines_are_cut_about_the_unit():
    found = result(rates=", ".join(["1024"] * 32), kernel=9)
    assert found.shown.grid.sides[-1] == 1 + 8 * 1024 * 32
    lines = found.shown.grid.lines
    assert max(map(len, lines)) <= 513 and all(len(x) % 2 for x in lines)
    assert len(pickle.dumps(found)) < 300_000


def test_the_search_stays_within_its_largest_rate():
    assert result(rates="1,1,1,1", largest=128).shown.widest == (1, 3, 9, 27)
    assert result(rates="1,1,1,1", largest=16).shown.widest == (1, 3, 9, 16)
    assert judge(result(rates="2,2,2", largest=5).shown.widest).coverage.full


def test_paths_and_their_unevenness_are_said():
    assert "up to 49 paths to a cell, unevenness 2.31" in result().formula
    assert "up to 1 paths" not in result(rates="1,1").formula
    assert "e+" in result(rates=", ".join(["1"] * 20)).formula


def test_every_sequence_of_a_paper_can_be_shown():
    for preset in PRESETS:
        found = result(rates=", ".join(map(str, preset.rates)))
        assert preset.name in found.shown.presets
        assert preset.name.replace(" · ", ", ") in found.caption


# --- The drawing. ---


@pytest.fixture
def view(qtbot):
    widget = lab_of("gridding").make_view()
    qtbot.addWidget(widget)
    widget.resize(1200, 340)
    widget.show_result(result(rates="1,2,5").shown)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def point_at(qtbot, view, row, column):
    qtbot.mouseMove(view.map, QPoint(1, 1))
    qtbot.mouseMove(view.map, view.map.cell_centre(row, column).toPoint())


def test_a_pointed_tap_lights_its_ancestors(view, qtbot):
    point_at(qtbot, view, 3, -4)
    assert view.map.reading() == "row +3, column −4: 4 paths"
    # −4 = −5 + 0 + 1 = −5 + 2 − 1 along the columns.
    assert view.chart.lit() == [[0], [-5], [-5, -3], [-4]]
    assert not view.grab().isNull()
    point_at(qtbot, view, 0, 0)
    assert view.chart.lit() == [[0], [0], [0], [0]]
    assert view.map.reading() == "row +0, column +0: 1 path"


def test_a_hole_has_no_ancestors(view, qtbot):
    view.show_result(result(rates="2,2,2").shown)
    point_at(qtbot, view, 1, 2)
    assert view.map.reading() == "row +1, column +2: a hole"
    assert view.chart.lit() == []
    assert not view.grab().isNull()


def test_levels_are_stepped_through(view, qtbot):
    assert view.steps.step_name() == "below layer 1 (r = 1)"
    with qtbot.waitSignal(view.edited) as emitted:
        qtbot.keyClick(view.steps.slider, Qt.Key.Key_Left)
    assert emitted.args == ["level", 2, True]
    view.show_result(result(rates="1,2,5", level=2).shown)
    assert view.map.reading() == "15 × 15 cells"
    view.show_result(result(rates="1,2,5", level=0).shown)
    assert view.map.reading() == "1 × 1 cells" and view.steps.step_name() == "the unit itself"


def test_a_preset_is_taken(view, qtbot):
    at = view.presets.findText("equal rates")
    with qtbot.waitSignal(view.edited) as emitted:
        view.presets.activated.emit(at)
    assert emitted.args == ["rates", "2, 2, 2", True]
    # Of two with the same rates the chosen one stays.
    for name in ("DRN-C-26", "DRN-B-26"):
        view.presets.setCurrentText(name)
        rates = ", ".join(map(str, view.presets.currentData()))
        view.show_result(result(rates=rates).shown)
        assert view.presets.currentText() == name
    view.show_result(result(rates="7, 7").shown)
    assert view.presets.currentIndex() == 0
    view.presets.activated.emit(0)  # the head line is no preset


def test_the_widest_sequence_is_taken(view, qtbot):
    assert view.widest.text() == "Widest without holes: 1, 3, 9"
    with qtbot.waitSignal(view.edited) as emitted:
        qtbot.mouseClick(view.widest, Qt.MouseButton.LeftButton)
    assert emitted.args == ["rates", "1, 3, 9", True]
    view.show_result(result(rates="1,3,9").shown)
    assert not view.widest.isEnabled()


def test_of_a_wide_field_the_middle_is_shown(view):
    view.show_result(result(rates="64,64,64,64").shown)
    assert view.map.reading().startswith("the middle ")
    assert view.map.reading().endswith(" of 513 × 513 cells")


@pytest.mark.parametrize("size", [(60, 40), (2600, 1400)])
@pytest.mark.parametrize("rates", ["1", "1,2,5,9,5,9,17", ", ".join(["1024"] * 32)])
def test_any_size_can_be_drawn(view, size, rates):
    view.resize(*size)
    view.show_result(result(rates=rates).shown)
    assert not view.grab().isNull()


def test_nothing_can_be_drawn_and_pointed_at(view, qtbot):
    view.show_result(None)
    assert not view.grab().isNull() and not view.widest.isEnabled()
    qtbot.mouseMove(view.map, QPoint(40, 40))
    assert view.map.reading() == "" and view.chart.lit() == []


def test_holes_are_grey_and_more_paths_are_lighter():
    line = touch_levels((2, 2, 2))[-1]
    shades = colours_of(np.outer(line, line))
    assert (shades[0, 1] == shades[1, 0]).all() and (shades[1, 1] == shades[0, 1]).all()
    lightness = shades.astype(int).sum(-1)
    assert lightness[6, 6] > lightness[6, 4] > lightness[0, 0]


def test_it_needs_nothing():
    assert LABS["gridding"].needs == "nothing" and lab_of("gridding").picks == ()
