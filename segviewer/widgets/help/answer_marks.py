"""Rings about what answers a question, over a drawing that knows nothing of them.

A mark names what is drawn: words as they stand there, or a point of a curve. Where it stands is
asked of the drawing whenever it is painted, so that a mark follows size, text and settings.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QAbstractButton, QLabel, QTableWidget, QWidget

from segviewer.widgets.theme.painted_widget import PaintedWidget
from segviewer.widgets.theme.theme import tokens

RING = 3.0  # pixels of its line
AROUND = 6.0  # pixels from what it marks
POINT = 12.0  # pixels from a curve's point to its ring


@dataclass(frozen=True)
class DrawnMark:
    """Words as they are drawn; or, of a plot, the curve of that name at `at`."""

    words: str = ""
    curve: str = ""
    at: float = 0.0


class AnswerMarks(QWidget):
    """Lies over `drawing`, lets the pointer through, and shows nothing without marks.

    Parameters
    ----------
    drawing : QWidget
        Its parent, which it follows.
    """

    def __init__(self, drawing: QWidget):
        super().__init__(drawing)
        self._marks: tuple[DrawnMark, ...] = ()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName("What answers the question")
        drawing.installEventFilter(self)
        self.hide()

    def set_marks(self, marks: Sequence[DrawnMark]) -> None:
        """Mark these; nothing takes the rings away."""
        self._marks = tuple(marks)
        self.setVisible(bool(self._marks))
        if self._marks:
            self._follow()
        self.update()

    def marks(self) -> tuple[DrawnMark, ...]:
        """What is marked."""
        return self._marks

    def places(self, mark: DrawnMark) -> list[QRectF]:
        """Where `mark` stands, in this widget's pixels."""
        return [place for widget in self._drawn() for place in self._of(widget, mark)]

    def _drawn(self) -> Iterator[QWidget]:
        """Widgets of the drawing that are seen."""
        drawing = self.parentWidget()
        if drawing is not None:
            for widget in drawing.findChildren(QWidget):
                if widget.isVisible() and widget is not self:
                    yield widget

    def _of(self, widget: QWidget, mark: DrawnMark) -> list[QRectF]:
        found: list[QRectF] = []
        if mark.curve:
            # pyqtgraph is not imported for it: without it there is no plot.
            plots = sys.modules.get("segviewer.widgets.charts.plot")
            if plots is not None and isinstance(widget, plots.Plot):
                point = widget.point_of(mark.curve, mark.at)
                if point is not None:
                    found = [QRectF(point, point).adjusted(-POINT, -POINT, POINT, POINT)]
        elif isinstance(widget, PaintedWidget):
            found = widget.places_of(mark.words)
        elif isinstance(widget, QTableWidget):
            cells = widget.findItems(mark.words, Qt.MatchFlag.MatchExactly)
            corner = QPointF(widget.viewport().pos())
            found = [QRectF(widget.visualItemRect(cell)).translated(corner) for cell in cells]
        elif isinstance(widget, QLabel | QAbstractButton) and widget.text() == mark.words:
            found = [QRectF(widget.rect())]
        here = QPointF(self.mapFromGlobal(widget.mapToGlobal(QPointF(0, 0))))
        return [place.translated(here) for place in found]

    def _follow(self) -> None:
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())
            self.raise_()

    # Qt

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if self._marks and event.type() in (QEvent.Type.Resize, QEvent.Type.ChildAdded):
            self._follow()
        return False

    def paintEvent(self, event) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        colours = tokens()
        for mark in self._marks:
            for place in self.places(mark):
                ring = place if mark.curve else place.adjusted(-AROUND, -AROUND, AROUND, AROUND)
                inside = QRectF(self.rect()).adjusted(RING, RING, -RING, -RING)
                ring = ring.intersected(inside)
                # A darker line under it, so that it is seen on any colour.
                for colour, width in ((colours.panel, 2 * RING), (colours.accent, RING)):
                    painter.setPen(QPen(QColor(colour), width))
                    painter.drawRoundedRect(ring, min(AROUND, POINT) * 2, min(AROUND, POINT) * 2)
