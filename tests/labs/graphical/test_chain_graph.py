"""Tables of a chain whose cells are dragged and stepped by keys."""

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from segviewer.labs.graphical.chain_graph import (
    HIGHEST,
    PIXELS_PER_STEP,
    STEPS,
    STEPS_PER_KEY,
    ChainGraph,
    GraphTable,
)

LEFT = Qt.MouseButton.LeftButton
FACTOR = GraphTable("ψ", "factor", ("A=0", "A=1"), ("B=0", "B=1"), ((1.0, 2.0), (3.0, 4.0)), (0, 1))
CHANCE = GraphTable("P(B)", "chance", (), ("0", "1"), ((0.3, 0.7),), (1,))


@pytest.fixture
def graph(qtbot):
    widget = ChainGraph()
    qtbot.addWidget(widget)
    widget.resize(700, 240)
    widget.set_graph("ABC", (0.5, 0.2, 0.9), (FACTOR, CHANCE), arrows=False)
    widget.show()
    qtbot.waitExposed(widget)
    widget.received = []
    widget.changed.connect(lambda *args: widget.received.append(args))
    return widget


def place(graph, *cell):
    return graph.area_of(*cell).center().toPoint()


def drag(graph, at):
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        QPointF(at),
        graph.mapToGlobal(QPointF(at)),
        Qt.MouseButton.NoButton,
        LEFT,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(graph, event)


def dragged(graph, qtbot, cell, steps):
    at = place(graph, *cell)
    end = at - QPointF(0, steps * PIXELS_PER_STEP).toPoint()
    qtbot.mousePress(graph, LEFT, pos=at)
    drag(graph, end)
    qtbot.mouseRelease(graph, LEFT, pos=end)
    return graph.received[-1]


def test_a_drag_upwards_raises_the_cell_and_its_end_is_told(graph, qtbot):
    emitted = dragged(graph, qtbot, (0, 1, 0), 5)
    assert emitted == (0, 1, 0, pytest.approx(3 + 5 * STEPS["factor"]), True)
    assert graph.received[0][-1] is False


def test_values_stay_in_their_range(graph, qtbot):
    assert dragged(graph, qtbot, (0, 1, 1), 500)[3] == HIGHEST["factor"]
    assert dragged(graph, qtbot, (0, 1, 1), -500)[3] == 0
    assert dragged(graph, qtbot, (1, 0, 1), 500)[3] == HIGHEST["chance"]


def test_a_click_changes_nothing(graph, qtbot):
    qtbot.mouseClick(graph, LEFT, pos=place(graph, 0, 0, 0))
    assert graph.received == []


def test_what_follows_from_other_cells_cannot_be_dragged(graph, qtbot):
    qtbot.mouseMove(graph, place(graph, 1, 0, 0))
    assert graph.toolTip() == "" and graph.cursor().shape() == Qt.CursorShape.ArrowCursor
    qtbot.mousePress(graph, LEFT, pos=place(graph, 1, 0, 0))
    drag(graph, place(graph, 1, 0, 0) - QPointF(0, 30).toPoint())
    assert graph.received == []
    qtbot.mouseMove(graph, place(graph, 1, 0, 1))
    assert "P(B)" in graph.toolTip() and graph.cursor().shape() == Qt.CursorShape.SizeVerCursor


def test_keys_walk_the_own_cells_and_step_them(graph, qtbot):
    for _ in range(9):
        qtbot.keyClick(graph, Qt.Key.Key_Right)
    qtbot.keyClick(graph, Qt.Key.Key_Up)
    qtbot.keyClick(graph, Qt.Key.Key_Left)
    qtbot.keyClicks(graph, "-")
    step = STEPS_PER_KEY * STEPS["chance"]
    assert graph.received[0] == (1, 0, 1, pytest.approx(0.7 + step), True)
    assert graph.received[1] == (0, 1, 1, pytest.approx(4 - STEPS_PER_KEY * STEPS["factor"]), True)


def test_a_cell_that_is_gone_is_let_go(graph, qtbot):
    qtbot.mousePress(graph, LEFT, pos=place(graph, 0, 1, 0))
    graph.set_graph("AB", (0.5, 0.2), (CHANCE,), arrows=True)
    drag(graph, place(graph, 0, 0, 1))
    assert graph.received == []
    assert graph.accessibleName() == "P(A = 1) 0.5, P(B = 1) 0.2"
