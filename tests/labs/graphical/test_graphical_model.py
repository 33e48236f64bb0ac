"""Tables are dragged, and everything about eight states follows."""

import pytest
from PySide6.QtCore import QPoint, Qt

from segviewer.labs import compute
from segviewer.labs.graphical.graphical_model import LAB
from segviewer.labs.graphical.graphical_model_view import CHANCES, FACTORS, TRIANGLES
from segviewer.labs.lab import LabContext


def result(**values):
    (found,) = compute("graphical_model", values, LabContext())
    return found


def test_sum_marginals_and_best_state_are_said():
    found = result(factors=(3, 1, 1, 2, 1, 4, 5, 1))
    assert found.caption.startswith(
        "Z = 38 over 8 states. P(A = 1) = 0.447, P(B = 1) = 0.474, P(C = 1) = 0.500. "
        "MAP: A0 B0 C1 with 0.316. "
    )
    assert "P(0, 0, 1) = 3 · 4 / 38 = <b>0.3158</b>" in found.formula
    chosen = result(factors=(3, 1, 1, 2, 1, 4, 5, 1), state=6)
    assert "P(1, 1, 0) = 2 · 5 / 38" in chosen.formula and chosen.shown.best == (1,)


def test_directed_needs_no_sum_and_given_b_c_says_nothing_about_a():
    found = result(kind="directed", chances=CHANCES["a perfect copy"])
    assert "Z = 1 over" in found.caption
    assert "2 states are equally most probable, 0.500 each" in found.caption
    assert found.caption.endswith("C says 1.000 bit about A; once B is known, 0.")
    state = result(kind="directed", chances=(0.3, 0.2, 0.8, 0.1, 0.9), state=5)
    assert "P(1, 0, 1) = 0.3 · 0.2 · 0.1 = <b>0.0060</b>" in state.formula


def test_a_triangle_has_three_factors_and_b_no_longer_parts_a_from_c():
    """The slide's ψ(y1, y2) ψ(y2, y3) ψ(y1, y3)."""
    found = result(kind="triangle", triangle=(3, 1, 1, 2, 4, 1, 1, 2, 2, 1, 1, 3))
    # The eight states, A B C from 000 to 111.
    by_hand = [
        3 * 4 * 2,
        3 * 1 * 1,
        1 * 1 * 2,
        1 * 2 * 1,
        1 * 4 * 1,
        1 * 1 * 3,
        2 * 1 * 1,
        2 * 2 * 3,
    ]
    assert found.caption.startswith(f"Z = {sum(by_hand)} over")
    assert found.shown.joint == pytest.approx([w / sum(by_hand) for w in by_hand])
    assert "P(0, 0, 0) = 3 · 4 · 2 / 52" in found.formula
    assert not found.caption.endswith("once B is known, 0.")
    chain = result(kind="triangle", triangle=TRIANGLES["third factor of ones: a chain"])
    assert chain.caption.endswith("once B is known, 0.")
    assert chain.shown.joint == result().shown.joint


def test_best_state_and_best_values_may_differ():
    found = result(factors=FACTORS["MAP is not max-marginal"])
    assert "MAP: A0 B0 C0 with 0.308, though each variable by itself is most probably A1 B0 C0" in (
        found.caption
    )


@pytest.mark.parametrize(
    ("kind", "presets"), [("factors", FACTORS), ("triangle", TRIANGLES), ("chances", CHANCES)]
)
def test_presets_are_distributions_and_independent_ones_are(kind, presets):
    for name, values in presets.items():
        kinds = {"factors": "undirected", "triangle": "triangle", "chances": "directed"}
        found = result(kind=kinds[kind], **{kind: values})
        assert sum(found.shown.joint) == pytest.approx(1), name
        assert ("C says 0.000 bit" in found.caption) == (name == "independent"), name


def test_impossible_and_wrong_tables_do_not_crash():
    found = result(factors=(0.0,) * 8)
    assert "Z is 0" in found.caption and found.shown.joint == ()
    assert result(factors=(1.0,)).shown.values == FACTORS["neighbours agree"]
    assert max(result(factors=(99.0,) * 8).shown.values) == 10
    assert min(result(kind="directed", chances=(-1.0,) * 5).shown.values) == 0


@pytest.fixture
def view(qtbot):
    made = LAB.make_view()
    qtbot.addWidget(made)
    made.resize(1100, 240)
    made.show_result(None)
    made.show_result(result().shown)
    made.show()
    made.found = []
    made.edited.connect(lambda *args: made.found.append(args))
    return made


def drag(qtbot, widget, start, up):
    qtbot.mousePress(widget, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(widget, start - QPoint(0, up // 2))
    qtbot.mouseMove(widget, start - QPoint(0, up))
    qtbot.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=start - QPoint(0, up))


def test_dragging_a_cell_changes_its_factor(qtbot, view):
    start = view.graph.area_of(1, 1, 0).center().toPoint()
    drag(qtbot, view.graph, start, 60)
    name, values, done = view.found[-1]
    assert name == "factors" and done and not view.found[0][2]
    assert values == (3, 1, 1, 2, 4, 1, 1 + 20 * 0.1, 2)
    drag(qtbot, view.graph, start, -300)
    assert view.found[-1][1][6] == 0
    qtbot.mouseClick(view.graph, Qt.MouseButton.LeftButton, pos=start)
    assert view.found[-1][1][6] == 0  # a click alone changes nothing


def test_dragging_a_probability_moves_its_complement(qtbot, view):
    view.show_result(result(kind="directed").shown)
    qtbot.mouseClick(
        view.graph, Qt.MouseButton.LeftButton, pos=view.graph.area_of(1, 0, 0).center().toPoint()
    )
    drag(qtbot, view.graph, view.graph.area_of(1, 0, 1).center().toPoint(), 30)
    name, values, _ = view.found[-1]
    assert name == "chances" and values[1] == pytest.approx(0.3)
    view.show_result(result(kind="directed", chances=values).shown)
    assert view.graph.tables()[1].values[0] == pytest.approx((0.7, 0.3))


def test_keys_reach_every_cell(qtbot, view):
    view.graph.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Up):
        qtbot.keyClick(view.graph, key)
    assert view.found[-1] == ("factors", (3, 1.5, 1, 2, 4, 1, 1, 2), True)
    qtbot.keyClicks(view.graph, "-")
    assert view.found[-1][1][1] == 0.5


def test_a_click_on_a_state_writes_its_product_out(qtbot, view):
    place = view.bars.bar_of(6).center().toPoint()
    qtbot.mouseClick(view.bars, Qt.MouseButton.LeftButton, pos=place)
    assert view.found == [("state", 6, True)]
    view.show_result(result(state=6).shown)
    view.bars.setFocus()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
        qtbot.keyClick(view.bars, key)
    assert [value for _, value, _ in view.found[1:]] == [7, 5]


def test_buttons_of_the_kind_are_shown(qtbot, view):
    shown = {name for name, button in view.buttons.items() if button.isVisible()}
    assert shown == {f"undirected: {name}" for name in FACTORS}
    qtbot.mouseClick(view.buttons["undirected: neighbours differ"], Qt.MouseButton.LeftButton)
    assert view.found == [("factors", FACTORS["neighbours differ"], True)]
    view.show_result(result(kind="directed").shown)
    qtbot.mouseClick(view.buttons["directed: independent"], Qt.MouseButton.LeftButton)
    assert view.found[-1] == ("chances", CHANCES["independent"], True)
    assert view.graph.ones() == pytest.approx((0.3, 0.38, 0.404))


def test_no_size_is_too_small_or_too_large(view):
    for shown in (result().shown, result(factors=(0.0,) * 8).shown, result(kind="directed").shown):
        view.show_result(shown)
        for size in ((120, 60), (2600, 900)):
            view.resize(*size)
            assert not view.grab().isNull()
    view.show_result(None)
    assert view.graph.tables() == () and not view.grab().isNull()


def test_a_triangle_is_drawn_closed_and_its_third_table_is_dragged(qtbot, view):
    view.show_result(result(kind="triangle").shown)
    assert view.graph.closed and len(view.graph.tables()) == 3
    assert view.graph.tables()[2].title == "ψ(A, C)"
    areas = [view.graph.area_of(table, 1, 1) for table in range(3)]
    assert not any(a.intersects(b) for a in areas for b in areas if a is not b)
    drag(qtbot, view.graph, areas[2].center().toPoint(), 30)
    name, values, done = view.found[-1]
    assert name == "triangle" and done and len(values) == 12 and values[11] == 3.0
    view.buttons["triangle: no way to please all"].click()
    assert view.found[-1] == ("triangle", (1.0, 4.0, 4.0, 1.0) * 3, True)
