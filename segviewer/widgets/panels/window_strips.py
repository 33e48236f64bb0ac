"""Windows on a row of cells, each a bar over the cells that it covers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from segviewer.widgets.theme.fitted_words import draw_fitted, wrapped_height
from segviewer.widgets.theme.painted_widget import PaintedWidget
from segviewer.widgets.theme.symbol_colours import symbol_colour
from segviewer.widgets.theme.theme import Tokens, tokens
from segviewer.widgets.theme.typography import semibold, tabular

TALLEST = 12  # pixels of one window


@dataclass(frozen=True)
class Strip:
    """Windows of one rule on one side of a map.

    Attributes
    ----------
    title : str
    side : int
        Cells.
    windows : tuple of (int, int)
        First cell, and the one behind the last.
    wanted : int
        Windows beyond this number are too many, and see nothing.
    chosen : bool
        Whether its rule is the one in use.
    """

    title: str
    side: int
    windows: tuple[tuple[int, int], ...]
    wanted: int
    chosen: bool = False


class WindowStrips(PaintedWidget):
    """Strips below each other; cells that no window sees are hatched."""

    USUAL = QSize(360, 200)
    LEAST = QSize(140, 80)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent, hover=True)
        self._strips: tuple[Strip, ...] = ()

    def set_strips(self, strips: Sequence[Strip]) -> None:
        """Draw these."""
        self._strips = tuple(strips)
        self.say("; ".join(_said(strip) for strip in self._strips))

    def strips(self) -> tuple[Strip, ...]:
        """What is drawn."""
        return self._strips

    def bar_of(self, strip: int, window: int) -> QRectF:
        """Where a window is drawn."""
        cells = self._cells_of(strip)
        found = self._strips[strip]
        unit = cells.width() / max(1, found.side)
        start, end = found.windows[window]
        # Neighbours may overlap: they take turns in two lanes.
        tall = max(2.0, min(TALLEST, (cells.height() - 6) / 2))
        top = cells.bottom() - 2 * tall - 2 + (window % 2) * (tall + 2)
        return QRectF(cells.left() + start * unit + 0.5, top, (end - start) * unit - 1, tall)

    def _title_height(self) -> float:
        """Of the title with most lines; no more than leaves the bars their room."""
        tall, bold = self.height() / max(1, len(self._strips)), semibold(tabular(self.font()))
        wanted = (wrapped_height(bold, _said(strip), self.width() - 2) for strip in self._strips)
        most = max(tall - 3 * TALLEST - 8, 0.5 * tall)
        return min(max(wanted, default=0.0), most)

    def _cells_of(self, strip: int) -> QRectF:
        """Where a strip's cells are drawn, below its title."""
        line = self._title_height()
        tall = self.height() / max(1, len(self._strips))
        area = QRectF(1, strip * tall + line + 2, self.width() - 2, max(4.0, tall - line - 6))
        return area.adjusted(0, 0, 0, -max(0.0, area.height() - 3 * TALLEST - 8))

    def tip_at(self, position: QPointF) -> str:
        for place, strip in enumerate(self._strips):
            for index, (start, end) in enumerate(strip.windows):
                if self.bar_of(place, index).contains(position):
                    return f"window {index + 1}: cells {start} to {end - 1}"
        return ""

    def paint(self, painter: QPainter, colours: Tokens) -> None:
        for place in range(len(self._strips)):
            self._paint_strip(painter, place)

    def _paint_strip(self, painter: QPainter, place: int) -> None:
        colours, strip, cells = tokens(), self._strips[place], self._cells_of(place)
        font = tabular(self.font())
        painter.setFont(semibold(font) if strip.chosen else font)
        painter.setPen(QColor(colours.text if strip.chosen else colours.muted))
        line = self._title_height()
        title = QRectF(1, cells.top() - 2 - line, cells.width(), line)
        # Just above its cells, where others have two lines.
        below = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom
        draw_fitted(painter, title, below, _said(strip))
        unit = cells.width() / max(1, strip.side)
        seen = np.zeros(strip.side, bool)
        for start, end in strip.windows[: strip.wanted]:
            seen[start:end] = True
        tall = min(8.0, max(3.0, cells.height() - 2 * TALLEST - 4))
        for cell in range(strip.side):
            area = QRectF(cells.left() + cell * unit, cells.top() + 3, unit, tall)
            inside = area.adjusted(0.5, 0, -0.5, 0) if unit > 3 else area
            painter.fillRect(inside, QColor(colours.groove if seen[cell] else colours.panel))
            if not seen[cell]:
                painter.fillRect(inside, QBrush(QColor(colours.text), Qt.BrushStyle.BDiagPattern))
        rate = QColor(symbol_colour("r", colours.dark))
        extra = QColor(symbol_colour("θ1", colours.dark))
        for index in range(len(strip.windows)):
            tone = rate if index < strip.wanted else extra
            fill = QColor(tone)
            fill.setAlphaF(0.55 if strip.chosen else 0.2)
            painter.setPen(QPen(tone, 1.2))
            painter.setBrush(fill)
            painter.drawRect(self.bar_of(place, index))


def _said(strip: Strip) -> str:
    count = len(strip.windows)
    covered = {cell for start, end in strip.windows[: strip.wanted] for cell in range(start, end)}
    left_out = strip.side - len(covered)
    said = f"{strip.title}: {count} on {strip.side} cells"
    if count > strip.wanted:
        said += f", {count - strip.wanted} too many"
    if left_out:
        said += f", {left_out} {'cell' if left_out == 1 else 'cells'} unseen"
    return said
