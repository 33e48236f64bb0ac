"""One bar for each class from 0 to 100, with its name in it, and a tick for the best."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from segviewer.widgets.charts.plot import SERIES
from segviewer.widgets.theme.painted_widget import PaintedWidget
from segviewer.widgets.theme.theme import Tokens
from segviewer.widgets.theme.typography import resized, tabular

GAP = 4
TOP = 100.0  # per cent


@dataclass(frozen=True)
class ClassBar:
    """One class: per cent here, and the best per cent with who has it."""

    name: str
    value: float
    best: float
    best_name: str


class ClassBars(PaintedWidget):
    """Bars side by side; the tooltip says the figures of the one under the pointer."""

    USUAL = QSize(520, 220)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent, hover=True)
        self._bars: tuple[ClassBar, ...] = ()
        self.setMinimumSize(160, 80)

    def set_bars(self, bars: Sequence[ClassBar]) -> None:
        """Show these."""
        self._bars = tuple(bars)
        self.say("; ".join(f"{bar.name} {bar.value:g}" for bar in self._bars))

    def bars(self) -> tuple[ClassBar, ...]:
        """What is drawn."""
        return self._bars

    def reading(self, position: QPointF) -> str:
        """The figures of the bar under a position, or nothing."""
        index = int(position.x() / self._wide()) if self._bars else -1
        if not 0 <= index < len(self._bars):
            return ""
        bar = self._bars[index]
        return f"{bar.name}: {bar.value:g} %, best {bar.best:g} % ({bar.best_name})"

    def _wide(self) -> float:
        return self.width() / max(1, len(self._bars))

    # Qt

    def tip_at(self, position: QPointF) -> str:
        return self.reading(position)

    def paint(self, painter: QPainter, colours: Tokens) -> None:
        if not self._bars:
            return
        font, wide = tabular(self.font()), self._wide()
        figure = painter.fontMetrics().horizontalAdvance("00.0")
        if figure > wide - 1:
            font = resized(font, max(0.6, (wide - 1) / figure))
        painter.setFont(font)
        line = painter.fontMetrics().height()
        room = self.height() - line - 4
        tone = QColor(SERIES[0][0 if colours.dark else 1])
        fill = QColor(tone)
        fill.setAlphaF(0.35 if colours.dark else 0.25)
        for index, bar in enumerate(self._bars):
            left, top = index * wide, line + 2 + (1 - bar.value / TOP) * room
            area = QRectF(left + GAP / 2, top, max(1.0, wide - GAP), self.height() - top - 1)
            painter.fillRect(area, fill)
            painter.setPen(QPen(tone, 2))
            painter.drawLine(area.topLeft(), area.topRight())
            above = QRectF(left, top - line - 1, wide, line)
            best = line + 2 + (1 - bar.best / TOP) * room
            if bar.best > bar.value:
                painter.setPen(QPen(QColor(colours.muted), 1.5))
                painter.drawLine(QPointF(area.left(), best), QPointF(area.right(), best))
                if best > top - line:  # the figure goes above the tick
                    above.moveBottom(best - 1)
            painter.setPen(QColor(colours.text))
            if figure <= wide * 1.7:
                painter.drawText(above, Qt.AlignmentFlag.AlignCenter, f"{bar.value:.1f}")
            painter.save()
            painter.translate(left, self.height() - 5)
            painter.rotate(-90)
            painter.setFont(tabular(self.font()))
            name = QRectF(0, 0, room, wide)
            side = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(name, side, bar.name)
            painter.restore()
