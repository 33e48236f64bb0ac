"""How the taps of a block spread, unit by unit: a row of cells for the map below each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QWidget

from segviewer.widgets.theme.fitted_words import draw_fitted
from segviewer.widgets.theme.painted_widget import PaintedWidget
from segviewer.widgets.theme.symbol_colours import symbol_colour
from segviewer.widgets.theme.theme import Tokens
from segviewer.widgets.theme.typography import semibold, tabular

NAMES = 0.4  # of the width, at most
TAPS = (-1, 0, 1)
LARGEST = 9.0  # pixels of a cell's radius


class TapGrowth(PaintedWidget):
    """One unit behind the block at the top; below it what it reads through 1, 2, … units.

    A cell's number is how many ways lead to it; a cell without one is a hole.
    """

    USUAL = QSize(360, 240)
    LEAST = QSize(160, 100)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._rates: tuple[int, ...] = ()
        self._levels: tuple[np.ndarray, ...] = ()
        self._shown = 0

    def set_levels(
        self, rates: Sequence[int], levels: Sequence[np.ndarray], names: Sequence[str]
    ) -> None:
        """Show a block.

        Parameters
        ----------
        rates : sequence of int
            Of each unit, in steps of the block's rate, first unit first.
        levels : sequence of ndarray of float64
            Ways to each cell of a line: of the unit behind the block, then below each unit
            from the last to the first; one more than `rates`.
        names : sequence of str
            Of the rows.
        """
        self._rates, self._levels = tuple(rates), tuple(levels)
        self._names, self._shown = tuple(names), len(self._levels)
        read = [int((level > 0).sum()) for level in self._levels]
        rows = zip(self._names, read, self._levels, strict=True)
        self.say("; ".join(f"{name}: {n} of {len(level)}" for name, n, level in rows))

    def set_shown(self, rows: int) -> None:
        """Draw only the first `rows` rows."""
        self._shown = rows
        self.update()

    def place(self, row: int, position: int) -> QPointF:
        """Where a cell stands; `position` counts from the middle."""
        reach = len(self._levels[-1]) // 2
        left = self._left()
        step = (self.width() - left) / (2 * reach + 1)
        tall = self.height() / len(self._levels)
        return QPointF(left + (position + reach + 0.5) * step, (row + 0.5) * tall)

    def _left(self) -> float:
        metrics = QFontMetricsF(semibold(self.font()))
        widest = max(map(metrics.horizontalAdvance, self._names), default=0.0)
        return min(widest + 12.0, NAMES * self.width())

    def paint(self, painter: QPainter, colours: Tokens) -> None:
        if not self._levels:
            return
        tone = QColor(symbol_colour("r", colours.dark) or colours.accent)
        step = self.place(0, 1).x() - self.place(0, 0).x()
        radius = max(1.5, min(LARGEST, 0.38 * step))
        thin = QColor(tone)
        thin.setAlphaF(0.45)
        for row in range(min(self._shown, len(self._levels))):
            if row:
                self._paint_taps(painter, row, QPen(thin, 1.2))
        for row in range(min(self._shown, len(self._levels))):
            self._paint_row(painter, colours, row, tone, radius)

    def _paint_taps(self, painter: QPainter, row: int, pen: QPen) -> None:
        """Lines from the cells of the row above to the three taps of each."""
        rate, above = self._rates[-row], self._levels[row - 1]
        painter.setPen(pen)
        for index in np.flatnonzero(above > 0):
            position = int(index) - len(above) // 2
            for tap in TAPS:
                end = self.place(row, position + tap * rate)
                painter.drawLine(self.place(row - 1, position), end)

    def _paint_row(
        self, painter: QPainter, colours: Tokens, row: int, tone: QColor, radius: float
    ) -> None:
        level = self._levels[row]
        tall = self.height() / len(self._levels)
        font = tabular(self.font())
        numbered = row > 0 and painter.fontMetrics().horizontalAdvance("88") < 2.6 * radius
        for index, ways in enumerate(level):
            at = self.place(row, index - len(level) // 2)
            painter.setPen(QPen(tone if ways else QColor(colours.border), 1.2))
            painter.setBrush(tone if ways else QColor(colours.panel))
            painter.drawEllipse(at, radius, radius)
            if ways and numbered:
                painter.setFont(font)
                painter.setPen(QColor(colours.muted))
                line = painter.fontMetrics().height()
                below = QRectF(at.x() - 2 * radius, at.y() + radius, 4 * radius, line)
                if below.bottom() <= (row + 1) * tall:
                    painter.drawText(below, Qt.AlignmentFlag.AlignCenter, f"{ways:g}")
        painter.setFont(semibold(self.font()))
        painter.setPen(QColor(colours.text))
        room = QRectF(0, row * tall, self._left() - 8, tall)
        align = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        draw_fitted(painter, room, align, self._names[row])
