"""Painting a labelling moves its energy, term by term, as the closed forms say."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from segviewer.labs import compute
from segviewer.labs.graphical.crf_energy import LAB
from segviewer.labs.lab import LabContext


def result(memory=None, **values):
    given = LabContext(memory={} if memory is None else memory)
    (found,) = compute("crf_energy", values, given)
    return found


def cells(found):
    return {row[0]: row[1:] for row in found.shown.rows}


def test_a_labelling_that_agrees_has_no_pairwise_terms():
    found = result(labels=(1,) * 64)
    rows = cells(found)
    assert rows["smoothness"] == rows["appearance"] == ("0.00", "0.00")
    expected = -np.log(found.shown.chances).sum()
    assert rows["unary"] == (f"{expected:.2f}",) * 2 == rows["E, their sum"]
    assert "64 pixels have label 1" in found.caption


def test_both_conventions_stand_side_by_side():
    found = result(convention="raw")
    rows = cells(found)
    assert float(rows["appearance"][0]) > 10 * float(rows["appearance"][1]) > 0
    assert rows["unary"][0] == rows["unary"][1]
    assert f"= {rows['E, their sum'][0]}, raw" in found.caption
    assert "Σ<sub>i≠j</sub>" in found.formula and "k̃" not in found.formula
    assert "k̃" in result().formula and "CRF studio" in result().formula
    # With weights meant for normalised kernels the raw sum wants one label everywhere.
    assert len(set(found.shown.targets["lowest"])) == 1
    assert len(set(result().shown.targets["lowest"])) == 2


def test_painting_lowers_or_raises_it():
    memory = {}
    first = result(memory)
    kept = memory["pairs"]
    assert "than before" not in first.caption
    flips = first.shown.flips.ravel()
    labels = first.shown.labels.ravel().copy()
    best = int(flips.argmin())
    labels[best] = 1 - labels[best]
    down = result(memory, labels=tuple(labels.tolist()))
    assert f"{-flips[best]:.2f} lower than before" in down.caption
    labels[best] = 1 - labels[best]
    up = result(memory, labels=tuple(labels.tolist()))
    assert f"{-flips[best]:.2f} higher than before" in up.caption
    assert memory["pairs"] is kept
    # Another weight is another energy: nothing to compare with.
    assert "than before" not in result(memory, smoothness_weight=2.0).caption
    assert memory["pairs"] is not kept


def test_targets_go_down_to_the_lowest():
    found = result()
    energies = []
    for name in ("network", "one flip down", "all the way down", "lowest"):
        there = result(labels=found.shown.targets[name])
        energies.append(float(cells(there)["E, their sum"][1]))
    assert energies == sorted(energies, reverse=True) and energies[0] > energies[1]
    assert "this is it" in there.caption
    stuck = result(picture="disc", smoothness_weight=3.0, appearance_xy_std=4.0)
    down = result(
        picture="disc",
        smoothness_weight=3.0,
        appearance_xy_std=4.0,
        labels=stuck.shown.targets["all the way down"],
    )
    assert "a local minimum" in down.caption


def test_extremes():
    off = result(appearance_weight=0.0, smoothness_weight=0.0)
    assert "this is it" in off.caption and not off.shown.smoothness.any()
    assert result(labels=(0, 1)).shown.labels.tolist() == result().shown.labels.tolist()
    assert set(result(labels=(7,) * 64).shown.labels.ravel()) == {1}
    for std in (0.3, 20.0):
        found = result(smoothness_xy_std=std, appearance_xy_std=std, appearance_rgb_std=255.0)
        assert np.isfinite(found.shown.flips).all()


@pytest.fixture
def view(qtbot):
    made = LAB.make_view()
    qtbot.addWidget(made)
    made.resize(1100, 240)
    made.show_result(None)
    made.show_result(result(labels=(0,) * 64).shown)
    made.show()
    made.found = []
    made.edited.connect(lambda *args: made.found.append(args))
    return made


def middle(grid, index):
    return grid.area_of(index).center().toPoint()


def test_a_stroke_paints_what_it_touches(qtbot, view):
    grid = view.labels
    qtbot.mousePress(grid, Qt.MouseButton.LeftButton, pos=middle(grid, 10))
    qtbot.mouseMove(grid, middle(grid, 11))
    # A result on the way does not take the brush out of the hand.
    view.show_result(result(labels=(0,) * 64).shown)
    qtbot.mouseMove(grid, middle(grid, 12))
    qtbot.mouseMove(grid, middle(grid, 11))
    qtbot.mouseRelease(grid, Qt.MouseButton.LeftButton, pos=middle(grid, 11))
    assert [done for _, _, done in view.found] == [False, False, False, True]
    name, labels, _ = view.found[-1]
    assert name == "labels" and len(labels) == 64
    assert [i for i, v in enumerate(labels) if v] == [10, 11, 12]
    assert all(type(v) is int for v in labels)
    view.show_result(result(labels=labels).shown)
    qtbot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=middle(grid, 11))
    assert [i for i, v in enumerate(view.found[-1][1]) if v] == [10, 12]


def test_keys_paint_too(qtbot, view):
    grid = view.labels
    grid.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Space):
        qtbot.keyClick(grid, key)
    assert view.found[-1][0] == "labels" and view.found[-1][2]
    assert [i for i, v in enumerate(view.found[-1][1]) if v] == [9]
    assert "row 1, column 1: 1" in grid.accessibleName()


def test_hovering_reads_a_pixel_in_all_grids(qtbot, view):
    qtbot.mouseMove(view.flips, middle(view.flips, 0))
    qtbot.mouseMove(view.flips, middle(view.flips, 20))
    assert "a flip changes E by" in view.flips.toolTip()
    assert "row 2, column 4" in view.picture.accessibleName()
    # Only labels can be painted.
    qtbot.mouseClick(view.picture, Qt.MouseButton.LeftButton, pos=middle(view.picture, 3))
    assert view.found == []


def test_a_button_leads_into_the_crf_studio(qtbot, view):
    from segviewer.session import Session

    with qtbot.waitSignal(view.asked) as emitted:
        qtbot.mouseClick(view.studio, Qt.MouseButton.LeftButton)
    (changes,) = emitted.args
    # As the drawer takes it.
    session = Session().with_lab_value("picture", "disc", "edge")
    for part, values in changes.items():
        session = session.changed(**{part: getattr(session, part).changed(**values)})
    assert session.lab.name == "kernel" and not session.lab.values and session.crf.enabled


def test_buttons_jump_to_labellings(qtbot, view):
    shown = result(labels=(0,) * 64).shown
    qtbot.mouseClick(view.buttons["lowest"], Qt.MouseButton.LeftButton)
    assert view.found == [("labels", shown.targets["lowest"], True)]
    view.show_result(result(labels=shown.targets["lowest"]).shown)
    assert not view.buttons["lowest"].isEnabled()
    assert view.table.rows()[3][0] == "E, their sum"


def test_no_size_is_too_small_or_too_large(view):
    for size in ((200, 60), (2600, 900)):
        view.resize(*size)
        assert not view.grab().isNull()
    view.show_result(None)
    assert view.table.rows() == () and not view.grab().isNull()
