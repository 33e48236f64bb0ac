"""The average of a whole map, and how it comes back into every cell."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QWidget

from segviewer.widgets.theme.fitted_words import draw_fitted
from segviewer.widgets.theme.painted_widget import PaintedWidget
from segviewer.widgets.theme.symbol_colours import symbol_colour
from segviewer.widgets.theme.theme import Tokens

ROOM = 0.36  # of the width, for each of the two maps
ONE = 0.09  # of the width, the side of the average
LINES = 7  # from the map to its average


class MeanFlow(PaintedWidget):
    """Left the map, lighter where the feature vector is longer; right what each cell is given.

    Nothing but lengths ‖x‖ is drawn: of each cell, and of the average of all, which is
    shorter, for the vectors point in different directions.
    """

    USUAL = QSize(420, 220)
    LEAST = QSize(180, 100)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._cells, self._average, self._shown = np.zeros((0, 0)), 0.0, 3

    def set_map(self, cells: np.ndarray, average: float) -> None:
        """Show lengths float (h, w) and that of their average; an empty map is nothing."""
        self._cells, self._average = np.asarray(cells, float), average
        rows, columns = self._cells.shape
        said = f"{rows} · {columns} cells → one average, ‖x̄‖ = {average:.3g} → every cell"
        self.say(said if self._cells.size else "")

    def set_shown(self, parts: int) -> None:
        """Draw the map (1), with its average (2), and that in every cell (3)."""
        self._shown = parts
        self.update()

    def areas(self) -> tuple[QRectF, QRectF, QRectF]:
        """Where the map, its average, and the map of averages stand."""
        line = self.fontMetrics().height() + 4.0
        rows, columns = self._cells.shape
        room_wide, room_tall = ROOM * self.width(), max(4.0, self.height() - 2 * line)
        scale = min(room_wide / columns, room_tall / rows)
        wide, tall = scale * columns, scale * rows
        top = line + (room_tall - tall) / 2
        side = min(ONE * self.width(), tall)
        middle = QRectF((self.width() - side) / 2, top + (tall - side) / 2, side, side)
        return QRectF(0, top, wide, tall), middle, QRectF(self.width() - wide, top, wide, tall)

    def _shade(self, length: float) -> QColor:
        level = 40 + 200 * min(1.0, length / (float(self._cells.max()) or 1.0))
        return QColor(*[round(level)] * 3)

    def paint(self, painter: QPainter, colours: Tokens) -> None:
        if not self._cells.size:
            return
        left, one, right = self.areas()
        tone = QColor(symbol_colour("r", colours.dark) or colours.accent)
        thin = QColor(tone)
        thin.setAlphaF(0.6)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(left, self._image())
        rows, columns = self._cells.shape
        self._say(painter, colours, left, f"{rows * columns} cells")
        if self._shown > 1:
            self._paint_lines(painter, QPen(thin, 1.2), left, left.right(), one.left())
            painter.fillRect(one, self._shade(self._average))
            painter.setPen(QPen(tone, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(one)
            room = QRectF(0, left.bottom() + 1, self.width(), self.fontMetrics().height() + 4.0)
            painter.setPen(QColor(colours.text))
            words = f"‖x̄‖ = {self._average:.3g}"
            draw_fitted(painter, room, Qt.AlignmentFlag.AlignCenter, words)
        if self._shown > 2:
            self._paint_lines(painter, QPen(thin, 1.2), right, right.left(), one.right())
            painter.fillRect(right, self._shade(self._average))
            painter.setPen(QPen(QColor(colours.border), 0.5))
            for column in range(1, columns):
                x = right.left() + column * right.width() / columns
                painter.drawLine(QPointF(x, right.top()), QPointF(x, right.bottom()))
            for row in range(1, rows):
                y = right.top() + row * right.height() / rows
                painter.drawLine(QPointF(right.left(), y), QPointF(right.right(), y))
            painter.setPen(QPen(tone, 2))
            painter.drawRect(right)
            self._say(painter, colours, right, "the same in each")

    def _say(self, painter: QPainter, colours: Tokens, area: QRectF, words: str) -> None:
        painter.setPen(QColor(colours.text))
        line = self.fontMetrics().height() + 4.0
        # Half of the width is its own, at the edge where its map stands.
        first = area.left() < self.width() / 4
        room = QRectF(0 if first else self.width() / 2, area.top() - line, self.width() / 2, line)
        side = Qt.AlignmentFlag.AlignLeft if first else Qt.AlignmentFlag.AlignRight
        draw_fitted(painter, room, side | Qt.AlignmentFlag.AlignVCenter, words)

    def _paint_lines(
        self, painter: QPainter, pen: QPen, area: QRectF, edge: float, one: float
    ) -> None:
        """Lines from the edge of a map to that of its average."""
        painter.setPen(pen)
        middle = area.center().y()
        for number in range(LINES):
            y = area.top() + (number + 0.5) / LINES * area.height()
            painter.drawLine(QPointF(edge, y), QPointF(one, middle))

    def _image(self) -> QImage:
        most = float(self._cells.max()) or 1.0
        shades = np.ascontiguousarray((40 + 200 * self._cells / most).round().astype(np.uint8))
        height, width = shades.shape
        image = QImage(shades.data, width, height, width, QImage.Format.Format_Grayscale8)
        return image.copy()  # with pixels of its own
