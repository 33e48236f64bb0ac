"""The matrix: what stands in it, and what a click chooses."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from segviewer.app.datasets.confusion_view import ConfusionView

COUNTS = np.array([[90, 10, 0, 0], [0, 0, 0, 0], [5, 0, 1995, 0], [0, 0, 0, 0]])
CLASSES = ("sky", "road", "car", "never")


@pytest.fixture
def view(qtbot):
    view = ConfusionView()
    qtbot.addWidget(view)
    view.resize(420, 320)
    view.set_matrix(COUNTS, CLASSES)
    view.show()
    return view


def click(qtbot, view, target, predicted):
    place = view.cell_area(target, predicted).center().toPoint()
    qtbot.mouseClick(view, Qt.MouseButton.LeftButton, pos=place)


def test_shares_of_rows_of_columns_and_counts(view):
    assert [view.text_of(0, k) for k in range(3)] == ["90", "10", ""]
    assert view.text_of(2, 0) == "<1"
    view.set_mode("columns")
    assert view.text_of(0, 0) == "95" and view.text_of(0, 1) == "100"
    view.set_mode("counts")
    assert view.text_of(2, 2) == "2.0k" and view.text_of(0, 1) == "10"


def test_a_click_chooses_a_confusion_and_again_lets_go(qtbot, view):
    with qtbot.waitSignal(view.cell_chosen) as chosen:
        click(qtbot, view, 2, 0)
    assert chosen.args == [2, 0]
    with qtbot.waitSignal(view.cell_chosen) as chosen:
        click(qtbot, view, 2, 0)
    assert chosen.args == [-1, -1]


def test_arrow_keys_go_through_the_classes_that_occur(qtbot, view):
    view.set_chosen(0, 0)
    with qtbot.waitSignal(view.cell_chosen) as chosen:
        qtbot.keyClick(view, Qt.Key.Key_Right)
    assert chosen.args == [0, 1]
    with qtbot.waitSignal(view.cell_chosen) as chosen:
        qtbot.keyClick(view, Qt.Key.Key_Down)
        qtbot.keyClick(view, Qt.Key.Key_Down)
    assert view.cell_at(view.cell_area(2, 1).center()) == (2, 1)


def test_a_cell_in_words(view):
    said = view.sentence(0, 1)
    assert "sky taken for road: 10 pixels" in said and "10.0 % of the pixels that are sky" in said


def test_outside_of_the_cells_there_is_nothing(view):
    assert view.cell_at(view.rect().bottomRight().toPointF()) is None


@pytest.mark.slow
def test_empty_and_many_classes_can_be_drawn(qtbot, view):
    view.set_matrix(np.zeros((3, 3), np.int64), ("a", "b", "c"))
    view.grab()
    many = np.arange(150 * 150).reshape(150, 150)
    view.set_matrix(many, tuple(f"class number {k}" for k in range(150)))
    view.grab()
    last = view.cell_area(149, 149)
    assert view.cell_at(last.center()) == (149, 149)
