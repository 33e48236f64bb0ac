"""The levels of a pyramid side by side: the photograph pooled, the clicked cell's window lit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QWidget

from segviewer.widgets.theme.painted_widget import PaintedWidget
from segviewer.widgets.theme.symbol_colours import symbol_colour
from segviewer.widgets.theme.theme import Tokens
from segviewer.widgets.theme.typography import semibold

GAP = 12


@dataclass(frozen=True, eq=False)
class Level:
    """One level.

    Attributes
    ----------
    title : str
        ``3×3``.
    picture : ndarray of uint8 (h, w, 3)
        The photograph pooled to its windows, at the photograph's shape.
    window : (float, float, float, float)
        Left, top, right, bottom of the lit window, as fractions; empty oblong for none.
    pixel : (float, float)
        The clicked one, across and down.
    words : str
        What the level adds to the score, or nothing.
    """

    title: str
    picture: np.ndarray
    window: tuple[float, float, float, float]
    pixel: tuple[float, float]
    words: str = ""


class PyramidLevels(PaintedWidget):
    """Up to four levels, as large as the room allows, in one row or two."""

    USUAL = QSize(480, 300)
    LEAST = QSize(200, 120)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._levels: tuple[Level, ...] = ()

    def set_levels(self, levels: Sequence[Level]) -> None:
        """Draw these."""
        self._levels = tuple(levels)
        self.say("; ".join(f"{one.title} {one.words}".strip() for one in self._levels))

    def levels(self) -> tuple[Level, ...]:
        """What is drawn."""
        return self._levels

    def area_of(self, index: int) -> QRectF:
        """Where a level's picture is drawn."""
        count = len(self._levels)
        tall, wide = self._levels[index].picture.shape[:2]
        line = self.fontMetrics().height() + 2
        best, columns = 0.0, 1
        for tried in range(1, count + 1):
            rows = -(-count // tried)
            across = (self.width() - GAP * (tried - 1)) / tried
            down = (self.height() - GAP * (rows - 1)) / rows - line
            scale = min(across / wide, down / tall)
            if scale > best:
                best, columns = scale, tried
        best = max(best, 1e-3)
        row, column = divmod(index, columns)
        return QRectF(
            column * (wide * best + GAP),
            row * (tall * best + line + GAP) + line,
            wide * best,
            tall * best,
        )

    def paint(self, painter: QPainter, colours: Tokens) -> None:
        tone = QColor(symbol_colour("r", True) or "")  # on a picture the brighter one is seen
        for index, level in enumerate(self._levels):
            area = self.area_of(index)
            data = np.ascontiguousarray(level.picture)
            height, width = data.shape[:2]
            image = QImage(data.data, width, height, 3 * width, QImage.Format.Format_RGB888)
            painter.drawImage(area, image)
            left, top, right, bottom = level.window
            lit = QRectF(
                QPointF(area.x() + left * area.width(), area.y() + top * area.height()),
                QPointF(area.x() + right * area.width(), area.y() + bottom * area.height()),
            )
            painter.setBrush(Qt.BrushStyle.NoBrush)
            if not lit.isEmpty():
                for pen in (QPen(QColor(0, 0, 0, 170), 5), QPen(tone, 2.5)):
                    painter.setPen(pen)
                    painter.drawRect(lit)
            middle = QPointF(
                area.x() + level.pixel[0] * area.width(), area.y() + level.pixel[1] * area.height()
            )
            for pen in (QPen(QColor("#101012"), 4), QPen(QColor("#ffffff"), 2)):
                painter.setPen(pen)
                painter.drawEllipse(middle, 5, 5)
            painter.setPen(QColor(colours.text))
            painter.setFont(semibold(self.font()))
            line = painter.fontMetrics().height() + 2
            box = QRectF(area.x(), area.y() - line, area.width(), line)
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft, f"{level.title}  {level.words}")
            painter.setFont(self.font())
