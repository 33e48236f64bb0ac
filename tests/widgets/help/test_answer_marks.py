"""Rings find what they mark on any drawing, and follow it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from segviewer.widgets.charts.plot import Curve, Plot
from segviewer.widgets.help.answer_marks import AnswerMarks, DrawnMark
from segviewer.widgets.tables.figure_table import FigureTable
from segviewer.widgets.theme.painted_widget import PaintedWidget


class Numbers(PaintedWidget):
    """A number in the middle, one at a point, and one that is turned."""

    USUAL = LEAST = QSize(120, 120)

    def paint(self, painter, colours):
        painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, "388")
        painter.drawText(QPointF(4, 20), "572")
        painter.translate(0, self.height())
        painter.rotate(-90)
        painter.drawText(QPointF(2, 12), "turned")


@pytest.fixture
def drawing(qtbot):
    widget = QWidget()
    layout = QHBoxLayout(widget)
    widget.numbers, widget.plot = Numbers(), Plot("x", "y")
    widget.table = FigureTable(("", "one", "other"), "Costs")
    widget.table.set_rows((("parameters", "17.4 M", "590 k"),))
    widget.plot.set_curves((Curve((0, 1, 2), (5, 3, 4), "sharp"), Curve((0, 2), (1, 1), "flat")))
    for part in (widget.numbers, widget.plot, widget.table, QLabel("8 states")):
        layout.addWidget(part)
    widget.resize(900, 200)
    widget.marks = AnswerMarks(widget)
    qtbot.addWidget(widget)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def only(drawing, **mark):
    (place,) = drawing.marks.places(DrawnMark(**mark))
    return place


def is_in_the_middle(place, widget):
    middle = widget.geometry().toRectF().center()
    return (place.center() - middle).manhattanLength() < 2


def test_words_are_found_where_they_are_drawn(drawing):
    numbers = drawing.numbers
    assert is_in_the_middle(only(drawing, words="388"), numbers)
    point = only(drawing, words="572")
    assert numbers.x() < point.left() < numbers.x() + 8 and point.top() < numbers.y() + 20
    turned = only(drawing, words="turned")
    assert turned.height() > turned.width() and turned.left() < numbers.x() + 16
    assert drawing.marks.places(DrawnMark(words="38")) == []  # whole words alone


def test_cells_labels_and_points_of_a_curve_are_found(drawing):
    table = drawing.table
    cell = only(drawing, words="590 k")
    assert table.geometry().toRectF().contains(cell)
    assert cell.left() > only(drawing, words="17.4 M").left()
    assert only(drawing, words="8 states").width() > 10
    plot = drawing.plot
    lowest, first = only(drawing, curve="sharp", at=1.1), only(drawing, curve="sharp", at=0)
    area = plot.curve_area().translated(plot.pos().toPointF())
    assert abs(lowest.center().x() - area.center().x()) < 3
    assert first.center().y() < lowest.center().y()
    assert area.contains(first.center()) and area.contains(lowest.center())
    assert drawing.marks.places(DrawnMark(curve="none")) == []


def test_rings_are_seen_while_there_are_marks_and_follow_the_drawing(drawing):
    marks = drawing.marks
    assert not marks.isVisible()
    before = drawing.grab().toImage()
    marks.set_marks([DrawnMark(words="388")])
    assert marks.isVisible() and marks.geometry() == drawing.rect()
    assert drawing.grab().toImage() != before
    marks.set_marks([])
    assert not marks.isVisible() and drawing.grab().toImage() == before
    marks.set_marks([DrawnMark(words="388")])
    drawing.resize(1000, 240)
    assert marks.geometry() == drawing.rect()
    assert is_in_the_middle(only(drawing, words="388"), drawing.numbers)
    assert marks.testAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
