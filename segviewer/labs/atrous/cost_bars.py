"""What two ways to the same map cost: a pair of bars for each quantity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

from segviewer.widgets.charts.plot import SERIES
from segviewer.widgets.theme.fitted_words import draw_fitted
from segviewer.widgets.theme.painted_widget import PaintedWidget
from segviewer.widgets.theme.theme import Tokens
from segviewer.widgets.theme.typography import semibold, tabular

THINNEST = 2.0  # pixels of a bar that would vanish
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class Cost:
    """One quantity: its name, and of each way the number and the words for it."""

    name: str
    values: tuple[float, float]
    words: tuple[str, str]


class CostBars(PaintedWidget):
    """Groups of two bars; each group has a scale of its own, for its unit is another."""

    USUAL = QSize(360, 220)
    LEAST = QSize(180, 100)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._costs: tuple[Cost, ...] = ()
        self._title, self._ways = "", ("", "")

    def set_costs(self, costs: Sequence[Cost], ways: tuple[str, str], title: str) -> None:
        """Show `costs` of two `ways`; `title` says of what."""
        self._costs, self._ways, self._title = tuple(costs), ways, title
        said = [f"{one.name}: {', '.join(map(' '.join, _pairs(ways, one)))}" for one in costs]
        self.say("; ".join((title, *said)) if said else "")

    def costs(self) -> tuple[Cost, ...]:
        """What is drawn."""
        return self._costs

    def paint(self, painter: QPainter, colours: Tokens) -> None:
        if not self._costs:
            return
        lines = 3 * len(self._costs) + 1
        line = min(self.height() / lines, 1.9 * painter.fontMetrics().height())
        area = QRectF(0, 0, self.width(), line)
        painter.setPen(QColor(colours.muted))
        draw_fitted(painter, area, LEFT, self._title)
        painter.setFont(tabular(self.font()))
        metrics = painter.fontMetrics()
        names = max(map(metrics.horizontalAdvance, self._ways)) + 12.0
        names = min(names, 0.45 * self.width())
        widest = (word for cost in self._costs for word in cost.words)
        numbers = max(map(metrics.horizontalAdvance, widest)) + 12.0
        room = max(8.0, self.width() - names - numbers)
        for cost in self._costs:
            area.translate(0, line)
            painter.setFont(semibold(self.font()))
            painter.setPen(QColor(colours.text))
            draw_fitted(painter, area, LEFT, cost.name)
            most = max(cost.values) or 1.0
            painter.setFont(tabular(self.font()))
            for number, (value, words) in enumerate(zip(cost.values, cost.words, strict=True)):
                area.translate(0, line)
                painter.setPen(QColor(colours.muted))
                name = QRectF(0, area.top(), names - 8, line)
                draw_fitted(painter, name, LEFT, self._ways[number])
                bar = QRectF(names, area.top() + 0.15 * line, room * value / most, 0.7 * line)
                bar.setWidth(max(THINNEST, bar.width()))
                painter.fillRect(bar, QColor(SERIES[number][0 if colours.dark else 1]))
                painter.setPen(QColor(colours.text))
                place = QRectF(bar.right() + 6, area.top(), numbers, line)
                draw_fitted(painter, place, LEFT, words.strip())


def _pairs(ways: tuple[str, str], cost: Cost) -> tuple[tuple[str, str], ...]:
    return tuple(zip(ways, cost.words, strict=True))
