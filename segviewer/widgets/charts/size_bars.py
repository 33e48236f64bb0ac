"""Lengths side by side: one bar each, with its name, its number, and what it was before."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from segviewer.widgets.text.plain_text import plain_tip
from segviewer.widgets.theme.fitted_words import draw_fitted, wrapped_height
from segviewer.widgets.theme.painted_widget import PaintedWidget
from segviewer.widgets.theme.symbol_colours import symbol_colour
from segviewer.widgets.theme.theme import Tokens

TALLEST = 44  # pixels of a row
BAR = 14.0  # pixels that a bar and the room about it have at least


@dataclass(frozen=True)
class SizeRow:
    """One bar.

    Attributes
    ----------
    name : str
    length : float or None
        None where there is none.
    words : str
        Written behind the bar.
    before : float or None
        Marked by a tick across the bar.
    dashed : bool
        For what is computed by theory: an outline.
    """

    name: str
    length: float | None
    words: str
    before: float | None = None
    dashed: bool = False


class SizeBars(PaintedWidget):
    """Bars on one scale, from 0 to the largest."""

    LEAST = QSize(120, 60)

    def __init__(self):
        super().__init__()
        self._rows: tuple[SizeRow, ...] = ()

    def set_rows(self, rows: Sequence[SizeRow]) -> None:
        """Draw these."""
        self._rows = tuple(rows)
        said = "; ".join(f"{row.name}: {row.words}" for row in self._rows)
        self.setToolTip(plain_tip("\n".join(f"{row.name}: {row.words}" for row in self._rows)))
        self.say(said)

    def rows(self) -> tuple[SizeRow, ...]:
        """What is drawn."""
        return self._rows

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        return QSize(260, 40 * max(1, len(self._rows)))

    def paint(self, painter: QPainter, colours: Tokens) -> None:
        if not self._rows:
            return
        metrics = painter.fontMetrics()
        lengths = [v for row in self._rows for v in (row.length, row.before) if v is not None]
        longest = max(lengths, default=0) or 1
        words = [f"{row.name}  {row.words}" for row in self._rows]
        needed = [wrapped_height(painter.font(), one, self.width()) for one in words]
        # In two lines where one is too short for them: smaller words are not read from afar.
        most = max((one for one in needed if one < math.inf), default=0.0)
        tall = min(max(TALLEST, most + BAR), self.height() / len(self._rows))
        high = max(float(metrics.height()), min(most, tall - BAR))
        wide = self.width() - 2
        tone = QColor(symbol_colour("r", colours.dark))
        for index, row in enumerate(self._rows):
            top = index * tall
            painter.setPen(QColor(colours.text))
            line = QRectF(0, top + 1, self.width(), high)
            left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            draw_fitted(painter, line, left, words[index])
            bar = QRectF(1, top + high + 3, 0, max(3, tall - high - 10))
            if row.length is not None:
                bar.setWidth(max(2.0, row.length / longest * wide))
                dashes = Qt.PenStyle.DashLine if row.dashed else Qt.PenStyle.SolidLine
                painter.setPen(QPen(tone, 1.5, dashes))
                fill = QColor(tone)
                fill.setAlphaF(0 if row.dashed else 0.5)
                painter.fillRect(bar, fill)
                painter.drawRect(bar)
            if row.before is not None:
                at = 1 + row.before / longest * wide
                painter.setPen(QPen(QColor(colours.text), 2))
                painter.drawLine(QPointF(at, bar.top() - 2), QPointF(at, bar.bottom() + 2))
