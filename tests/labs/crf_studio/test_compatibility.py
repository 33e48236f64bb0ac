"""Costs of labels: counted, dragged, asked for."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from segviewer.crf.settings.compatibility_matrix import semantic, sparse
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.labs.crf_studio.compatibility import LAB, CompatibilityConfig
from segviewer.labs.crf_studio.compatibility_view import meeting_rows
from segviewer.labs.lab import LabContext

NAMES = ("sky", "road", "pavement", "car")


@pytest.fixture
def context():
    """Stripes of sky, pavement and road; no car."""
    labels = np.repeat([0, 2, 1], 8)[:, None].repeat(20, 1)
    probs = np.full((4, 24, 20), 0.05, np.float32)
    np.put_along_axis(probs, labels[None], 0.85, 0)
    image = (labels[..., None] * [60, 70, 80]).astype(np.uint8)
    return LabContext(image=image, probs=probs, classes=NAMES, crf=CRFSettings(num_iterations=2))


def result(context, **values):
    (only,) = LAB.compute(context, CompatibilityConfig(**values))
    return only


def test_who_meets_whom_by_hand(context):
    shown = result(context).shown
    # Only what the photograph shows: sky, road, pavement.
    assert shown.numbers == (0, 1, 2) and shown.names == NAMES[:3]
    assert shown.before[0, 2] == shown.before[1, 2] == 20 and shown.before[0, 1] == 0
    np.testing.assert_array_equal(shown.costs, 1 - np.eye(3))
    total = 24 * 19 + 23 * 20
    assert meeting_rows(shown)[0] == (
        "sky – pavement",
        "1",
        f"{20_000 / total:.2f}",
        f"{20_000 / total:.2f}",
    )
    assert len(meeting_rows(shown)) == 2
    assert "Potts" in result(context).caption and f"{4000 / total:.2f} %" in result(context).caption


def test_every_class_when_asked_and_those_with_a_cost(context):
    assert result(context, every_class=True).shown.names == NAMES
    context.crf = context.crf.changed(compatibility=((0, 3, 2.0),))
    found = result(context)
    assert found.shown.names == NAMES and found.shown.costs[3, 0] == 2
    assert found.caption.startswith("1 pair not at 1")


def test_costs_change_the_labels(context):
    # A lone unsure pixel of pavement in the sky.
    context.image[:] = 90
    context.probs[:, 3, 10] = (0.44, 0.01, 0.54, 0.01)
    context.crf = CRFSettings(appearance_weight=0, smoothness_weight=1, num_iterations=3)
    assert result(context).label_map[3, 10] == 0
    context.crf = context.crf.changed(compatibility=((0, 2, 0.0),))
    assert result(context).label_map[3, 10] == 2


def test_what_the_buttons_would_set(context):
    shown = result(context).shown
    assert (
        shown.semantic == sparse(semantic(NAMES)) == ((0, 1, 3), (0, 2, 3), (0, 3, 2), (1, 2, 0.5))
    )
    costs = {(i, j): cost for i, j, cost in shown.from_labels}
    # What never meets costs more than what meets; 1 on average, so that is above it.
    assert costs[0, 1] > 1 > costs[0, 2] == costs[1, 2]
    assert shown.from_target is None
    context.target = np.zeros((24, 20), np.uint8)
    assert result(context).shown.from_target == ()


@pytest.fixture
def view(qtbot, context):
    view = LAB.make_view()
    qtbot.addWidget(view)
    view.resize(1000, 260)
    view.show()
    context.crf = context.crf.changed(compatibility=((0, 3, 2.0),))
    view.show_result(result(context).shown)
    return view


def centre(view, row, column):
    return view.triangle.area_of(row, column).center().toPoint()


def test_a_click_makes_a_pair_dearer_and_keeps_the_others(qtbot, view):
    with qtbot.waitSignal(view.asked) as caught:
        qtbot.mouseClick(view.triangle, Qt.MouseButton.LeftButton, pos=centre(view, 2, 1))
    assert caught.args == [{"crf": {"compatibility": ((0, 3, 2.0), (1, 2, 1.5))}}]
    with qtbot.waitSignal(view.asked) as caught:
        qtbot.mouseClick(view.triangle, Qt.MouseButton.RightButton, pos=centre(view, 3, 0))
    assert caught.args == [{"crf": {"compatibility": ((0, 3, 1.5),)}}]


def test_a_drag_asks_once_at_its_end(qtbot, view):
    asked = []
    view.asked.connect(asked.append)
    start = centre(view, 2, 1)
    qtbot.mousePress(view.triangle, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(view.triangle, start - QPoint(0, 8))
    qtbot.mouseMove(view.triangle, start - QPoint(0, 20))
    assert view.triangle.cost(2, 1) == 1.5 and not asked
    qtbot.mouseRelease(view.triangle, Qt.MouseButton.LeftButton, pos=start - QPoint(0, 20))
    assert asked == [{"crf": {"compatibility": ((0, 3, 2.0), (1, 2, 1.5))}}]
    # Downwards it ends at nothing.
    qtbot.mousePress(view.triangle, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(view.triangle, start + QPoint(0, 200))
    qtbot.mouseRelease(view.triangle, Qt.MouseButton.LeftButton, pos=start + QPoint(0, 200))
    assert asked[-1]["crf"]["compatibility"] == ((0, 3, 2.0), (1, 2, 0.0))


def test_a_drag_there_and_back_asks_for_nothing(qtbot, view):
    start = centre(view, 2, 1)
    with qtbot.assertNotEmitted(view.asked):
        qtbot.mousePress(view.triangle, Qt.MouseButton.LeftButton, pos=start)
        qtbot.mouseMove(view.triangle, start - QPoint(0, 40))
        qtbot.mouseMove(view.triangle, start - QPoint(0, 4))
        qtbot.mouseMove(view.triangle, start - QPoint(0, 1))
        # Outside of the triangle nothing is edited.
        qtbot.mouseRelease(view.triangle, Qt.MouseButton.LeftButton, pos=start - QPoint(0, 5))
        qtbot.mouseClick(view.triangle, Qt.MouseButton.LeftButton, pos=centre(view, 1, 1))


def test_keys_move_and_change(qtbot, view):
    asked = []
    view.asked.connect(asked.append)
    view.triangle.setFocus()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down):
        qtbot.keyClick(view.triangle, key)
    assert view.triangle.current() == (3, 0)
    qtbot.keyClicks(view.triangle, "-")
    assert asked[-1]["crf"]["compatibility"] == ((0, 3, 1.5),)
    qtbot.keyClicks(view.triangle, "1")
    assert asked[-1]["crf"]["compatibility"] == ()
    qtbot.keyClick(view.triangle, Qt.Key.Key_Right)
    qtbot.keyClicks(view.triangle, "+")
    assert asked[-1]["crf"]["compatibility"] == ((0, 3, 2.0), (1, 3, 1.5))


def test_buttons_ask_for_whole_matrices(qtbot, view):
    for name, expected in (("potts", ()), ("semantic", sparse(semantic(NAMES)))):
        with qtbot.waitSignal(view.asked) as caught:
            qtbot.mouseClick(view.buttons[name], Qt.MouseButton.LeftButton)
        assert caught.args == [{"crf": {"compatibility": expected}}]
    assert not view.buttons["from_target"].isEnabled()


def test_the_table_says_how_often_labels_meet(view, context):
    assert view.table.rows() == tuple(meeting_rows(result(context).shown))
    assert "before" in view.triangle._pair_text((2, 1)) and "costs 1" in view.triangle._pair_text(
        (2, 1)
    )


@pytest.mark.parametrize("size", [(240, 100), (2400, 900)])
@pytest.mark.parametrize("count", [0, 1, 2, 150])
def test_any_number_of_classes_at_any_size(qtbot, view, size, count):
    view.resize(*size)
    view.triangle.set_costs(
        1 - np.eye(count),
        [f"class {i}" for i in range(count)],
        [(1, 2, 3)] * count,
        lambda i, j: "",
    )
    assert not view.grab().isNull()
    view.show_result(None)
    assert not any(button.isEnabled() for button in view.buttons.values())
    assert not view.grab().isNull()


def test_narrow_views_keep_the_costs(view):
    view.resize(600, 260)
    assert view.triangle.isVisible() and not view.table.isVisible()
    view.resize(1000, 260)
    assert view.table.isVisible()
