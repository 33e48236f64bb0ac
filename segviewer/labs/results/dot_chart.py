"""Named values as dots on a scale that need not begin at 0, where bars would lie.

Values of two series (two data sets, for example) have one scale but each its own beginning,
so that differences can be compared where levels cannot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QWidget

from segviewer.widgets.charts.plot import SERIES
from segviewer.widgets.theme.fitted_words import draw_fitted
from segviewer.widgets.theme.painted_widget import PaintedWidget
from segviewer.widgets.theme.theme import Tokens
from segviewer.widgets.theme.typography import semibold, tabular

TALLEST = 24  # pixels of a row
NAME_SHARE = 0.42  # of the width, at most


@dataclass(frozen=True)
class Dot:
    """One value: `series` 0 or 1 chooses its colour, `words` stand behind it."""

    name: str
    value: float
    words: str
    series: int = 0


class DotChart(PaintedWidget):
    """Rows of name, dot and number; what is too small to be written is in the tooltip.

    Signals
    -------
    chosen(int)
        Number of the dot whose row was clicked.
    """

    chosen = Signal(int)
    USUAL = QSize(420, 220)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent, hover=True)
        self._dots: tuple[Dot, ...] = ()
        self._current, self._label = -1, ""
        self.setMinimumSize(160, 80)

    def set_dots(self, dots: Sequence[Dot], label: str, current: int = -1) -> None:
        """Show `dots` on a scale called `label`; the row `current` is marked."""
        self._dots, self._label, self._current = tuple(dots), label, current
        said = "; ".join(f"{dot.name}: {dot.words}" for dot in self._dots)
        self.say(f"{label}. {said}")

    def dots(self) -> tuple[Dot, ...]:
        """What is drawn."""
        return self._dots

    def row_of(self, index: int) -> QRectF:
        """Where a row stands."""
        tall = self._tall()
        return QRectF(0, index * tall, self.width(), tall)

    def index_at(self, position: QPointF) -> int:
        """Number of the row under a position, or -1."""
        index = int(position.y() / self._tall())
        return index if 0 <= index < len(self._dots) else -1

    def _scales(self) -> tuple[dict[int, float], float]:
        """Lowest value of each series, and the widest range, which all of them share."""
        grouped: dict[int, list[float]] = {}
        for dot in self._dots:
            grouped.setdefault(dot.series, []).append(dot.value)
        span = max(max(values) - min(values) for values in grouped.values())
        return {series: min(values) for series, values in grouped.items()}, span or 1.0

    def _tall(self) -> float:
        room = self.height() - self.fontMetrics().height() - 6
        tallest = max(TALLEST, self.fontMetrics().height() + 4)
        return max(3.0, min(tallest, room / max(1, len(self._dots))))

    # Qt

    def mousePressEvent(self, event) -> None:  # noqa: N802
        index = self.index_at(event.position())
        if index >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(index)

    def tip_at(self, position: QPointF) -> str:
        index = self.index_at(position)
        return f"{self._dots[index].name}: {self._dots[index].words}" if index >= 0 else ""

    def paint(self, painter: QPainter, colours: Tokens) -> None:
        if not self._dots:
            return
        font, tall = tabular(self.font()), self._tall()
        legible = painter.fontMetrics().height() <= tall + 2
        if not legible and tall >= 9:  # a little smaller before names are left out
            font.setPixelSize(max(8, int(tall - 1)))
            legible = True
        painter.setFont(font)
        metrics = painter.fontMetrics()
        widest = QFontMetrics(semibold(font))
        names = max(widest.horizontalAdvance(dot.name) for dot in self._dots) + 12
        figures = max(metrics.horizontalAdvance(dot.words) for dot in self._dots) + 12
        left = min(names, self.width() * NAME_SHARE)
        right = self.width() - figures - 4
        lows, span = self._scales()

        def place(dot: Dot) -> float:
            share = 0.05 + 0.9 * (dot.value - lows[dot.series]) / span
            return left + share * max(1.0, right - left)

        for index, dot in enumerate(self._dots):
            row = self.row_of(index)
            if index == self._current:
                painter.fillRect(row, QColor(colours.hover))
            tone = QColor(SERIES[dot.series][0 if colours.dark else 1])
            at = QPointF(place(dot), row.center().y())
            painter.setPen(QPen(QColor(colours.border), 1, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(left, at.y()), at)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tone)
            radius = min(4.5, tall / 2.6)
            painter.drawEllipse(at, radius, radius)
            if not legible:
                continue
            painter.setFont(semibold(font) if index == self._current else font)
            painter.setPen(QColor(colours.text))
            room = QRectF(0, row.top(), left - 8, tall)
            middle = Qt.AlignmentFlag.AlignVCenter
            draw_fitted(painter, room, Qt.AlignmentFlag.AlignRight | middle, dot.name)
            painter.setPen(tone)
            words = QRectF(at.x() + radius + 4, row.top(), figures, tall)
            painter.drawText(words, Qt.AlignmentFlag.AlignLeft | middle, dot.words)
        painter.setFont(tabular(self.font()))
        painter.setPen(QColor(colours.muted))
        said = self._label
        if len(lows) > 1:
            said += "; each colour from its own lowest, at one scale"
        line = self.fontMetrics().height() + 6
        below = QRectF(left, len(self._dots) * tall, self.width() - left, line)
        if self.fontMetrics().horizontalAdvance(said) > below.width():
            below.setLeft(0)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, said)
