"""A curve that a person draws before the true one is shown, and then sees beside it.

Only its shape counts: the pad has the plot's axes, without the numbers that would say how high the
true curve goes. Those of the x axis are there: they are what it is asked about.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from segviewer.widgets.charts.axes import BETWEEN_NUMBERS
from segviewer.widgets.charts.plot import Plot
from segviewer.widgets.language.words import translated
from segviewer.widgets.theme.fitted_words import draw_fitted
from segviewer.widgets.theme.painted_widget import PaintedWidget
from segviewer.widgets.theme.theme import Tokens, tokens

COLUMNS = 64  # across the plot; of each one height is kept
HINT = "Drag: draw the curve that you expect"
WIDTH = 3


class PredictionPad(PaintedWidget):
    """Axes without a curve, on which one is drawn by dragging; a right click begins anew.

    Attributes
    ----------
    heights : dict of int to float
        Share of the plot's height by column, 0 at the bottom.
    numbers : list of (float, str)
        Of the x axis, each with its share of the width.

    Signals
    -------
    drawn()
        The curve is another one.
    """

    drawn = Signal()
    USUAL = QSize(480, 240)
    LEAST = QSize(160, 96)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.heights: dict[int, float] = {}
        self.numbers: list[tuple[float, str]] = []
        self._labels = ("", "")
        self._last: QPointF | None = None
        self.setCursor(Qt.CursorShape.CrossCursor)

    def begin(self, x_label: str, y_label: str) -> None:
        """Offer empty axes."""
        self._labels, self.heights = (x_label, y_label), {}
        self.say(f"{HINT}: {y_label} over {x_label}")

    def set_numbers(self, numbers: list[tuple[float, str]]) -> None:
        """Write numbers under the x axis."""
        self.numbers = numbers
        self.update()

    def area(self) -> QRectF:
        """Where the curve is drawn, in pixels."""
        line = self.fontMetrics().height()
        return QRectF(self.rect()).adjusted(line + 8, 4, -8, -2 * line - 8)

    def paint(self, painter: QPainter, colours: Tokens) -> None:
        area = self.area()
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.drawLine(area.topLeft(), area.bottomLeft())
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.setPen(QColor(colours.muted))
        line = self.fontMetrics().height()
        self._paint_numbers(painter, area)
        below = QRectF(area.left(), area.bottom() + 4 + line, area.width(), line)
        top = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
        draw_fitted(painter, below, top, self._labels[0])
        painter.save()
        painter.rotate(-90)
        beside = QRectF(-area.bottom(), 0, area.height(), area.left() - 4)
        draw_fitted(painter, beside, Qt.AlignmentFlag.AlignCenter, self._labels[1])
        painter.restore()
        if not self.heights:
            draw_fitted(painter, area, Qt.AlignmentFlag.AlignCenter, HINT)
        draw_expected(painter, area, self.heights)

    def _paint_numbers(self, painter: QPainter, area: QRectF) -> None:
        metrics, end = self.fontMetrics(), -1.0
        for share, text in self.numbers:
            text = translated(text)
            width = metrics.horizontalAdvance(text)
            at = area.left() + share * area.width()
            left = min(at - width / 2, self.width() - width)
            # Numbers that would run into those beside them are left out.
            if 0 <= share <= 1 and left > end:
                painter.drawLine(QPointF(at, area.bottom()), QPointF(at, area.bottom() + 4))
                painter.drawText(QPointF(left, area.bottom() + 4 + metrics.ascent()), text)
                end = left + width + BETWEEN_NUMBERS

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        if event.button() == Qt.MouseButton.RightButton:
            self.heights = {}
            self._changed()
        elif event.button() == Qt.MouseButton.LeftButton:
            self._last = None
            self._draw_to(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._draw_to(event.position())

    def _draw_to(self, position: QPointF) -> None:
        """Take the height of every column between the last position and this one."""
        area = self.area()
        there = QPointF(
            min(max((position.x() - area.left()) / area.width(), 0.0), 1.0),
            min(max((area.bottom() - position.y()) / area.height(), 0.0), 1.0),
        )
        before = there if self._last is None else self._last
        first, last = (round(p.x() * (COLUMNS - 1)) for p in (before, there))
        step = 1 if last >= first else -1
        for column in range(first, last + step, step):
            share = (column - first) / (last - first) if last != first else 1.0
            self.heights[column] = before.y() + share * (there.y() - before.y())
        self._last = there
        self._changed()

    def _changed(self) -> None:
        self.update()
        self.drawn.emit()


class ExpectedCurve(QWidget):
    """The drawn curve over the plot that it was drawn for."""

    def __init__(self, plot: Plot, heights: dict[int, float]):
        super().__init__(plot)
        self._plot, self._heights = plot, dict(heights)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName("The curve that was expected")
        self.setGeometry(plot.rect())
        plot.resized.connect(self._follow)
        self.show()

    def _follow(self) -> None:
        self.setGeometry(self._plot.rect())

    def paintEvent(self, event) -> None:  # noqa: N802 (Qt's name)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_expected(painter, self._plot.curve_area(), self._heights)
        painter.setPen(QColor(tokens().muted))
        painter.setFont(self.font())
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop
        painter.drawText(self._plot.curve_area().adjusted(0, 0, -6, 0), right, "- - expected")


def draw_expected(painter: QPainter, area: QRectF, heights: dict[int, float]) -> None:
    """Draw a curve within `area`, dashed."""
    painter.setPen(QPen(QColor(tokens().muted), WIDTH, Qt.PenStyle.DashLine))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    points = [
        QPointF(
            area.left() + column / (COLUMNS - 1) * area.width(),
            area.bottom() - heights[column] * area.height(),
        )
        for column in sorted(heights)
    ]
    painter.drawPolyline(QPolygonF(points))
