"""Named values as dots over axes that need not begin at 0, where bars would lie.

Values of two series (two data sets, for example) stand apart, each over an axis of its own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QWidget

from segviewer.widgets.charts.plot import SERIES
from segviewer.widgets.theme.fitted_words import draw_fitted
from segviewer.widgets.theme.painted_widget import PaintedWidget
from segviewer.widgets.theme.theme import Tokens
from segviewer.widgets.theme.typography import semibold, tabular

TALLEST = 1.5  # lines of a row
NAME_SHARE = 0.5  # of the width, at most
MOST_TICKS = 5
BETWEEN_NUMBERS = 8  # pixels, of an axis
TICK = 4  # pixels


@dataclass(frozen=True)
class Dot:
    """One value: `series` 0 or 1 chooses its colour and axis, `words` stand behind it."""

    name: str
    value: float
    words: str
    series: int = 0


@dataclass(frozen=True)
class _Group:
    """Rows of one series, from above: the dots' numbers, and the axis below them."""

    series: int
    rows: tuple[int, ...]
    low: float
    high: float


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
        self._groups: tuple[_Group, ...] = ()
        self._labels: tuple[str, ...] = ()
        self._current = -1
        self.setMinimumSize(160, 80)

    def set_dots(
        self, dots: Sequence[Dot], label: str, current: int = -1, *, other: str = ""
    ) -> None:
        """Show `dots`; the row `current` is marked.

        Parameters
        ----------
        dots : sequence of Dot
            Those of one series stand together, in their order.
        label, other : str
            What the axes of series 0 and of series 1 are.
        """
        self._dots, self._labels, self._current = tuple(dots), (label, other or label), current
        self._groups = tuple(
            _group(series, self._dots) for series in sorted({dot.series for dot in self._dots})
        )
        said = "; ".join(f"{dot.name}: {dot.words}" for dot in self._dots)
        self.say(f"{label}. {said}")

    def dots(self) -> tuple[Dot, ...]:
        """What is drawn."""
        return self._dots

    def row_of(self, index: int) -> QRectF:
        """Where a row stands."""
        tall, top = self._tall(), 0.0
        for group in self._groups:
            if index in group.rows:
                return QRectF(0, top + group.rows.index(index) * tall, self.width(), tall)
            top += len(group.rows) * tall + self._axis()
        return QRectF()

    def index_at(self, position: QPointF) -> int:
        """Number of the row under a position, or -1."""
        rows = (i for i in range(len(self._dots)) if self.row_of(i).contains(position))
        return next(rows, -1)

    def ticks(self, series: int) -> tuple[float, ...]:
        """Numbers on the axis of a series; none where it is not drawn."""
        group = next((one for one in self._groups if one.series == series), None)
        return () if group is None else _ticks(group.low, group.high)

    def _line(self) -> float:
        return float(self.fontMetrics().height())

    def _axis(self) -> float:
        """Height of an axis with its numbers and its label."""
        return min(2 * self._line() + TICK + 4, 0.2 * self.height())

    def _tall(self) -> float:
        room = self.height() - len(self._groups) * self._axis()
        return max(3.0, min(TALLEST * self._line(), room / max(1, len(self._dots))))

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
        if painter.fontMetrics().height() > tall + 2:  # smaller before names are left out
            font.setPixelSize(max(8, int(tall - 1)))
        metrics = QFontMetricsF(semibold(font))
        names = max(metrics.horizontalAdvance(dot.name) for dot in self._dots) + 12
        figures = max(metrics.horizontalAdvance(dot.words) for dot in self._dots) + 14
        left = min(names, self.width() * NAME_SHARE)
        area = QRectF(left, 0, max(8.0, self.width() - figures - left), self.height())
        for group in self._groups:
            for index in group.rows:
                self._paint_row(painter, colours, group, index, area, font)
            self._paint_axis(painter, colours, group, area)

    def _place(self, group: _Group, value: float, area: QRectF) -> float:
        share = (value - group.low) / ((group.high - group.low) or 1.0)
        return area.left() + (0.05 + 0.9 * share) * area.width()

    def _paint_row(
        self,
        painter: QPainter,
        colours: Tokens,
        group: _Group,
        index: int,
        area: QRectF,
        font: QFont,
    ) -> None:
        dot, row = self._dots[index], self.row_of(index)
        if index == self._current:
            painter.fillRect(row, QColor(colours.hover))
        tone = QColor(SERIES[dot.series][0 if colours.dark else 1])
        at = QPointF(self._place(group, dot.value, area), row.center().y())
        painter.setPen(QPen(QColor(colours.border), 1, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(area.left(), at.y()), at)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tone)
        radius = min(6.0, row.height() / 3)
        painter.drawEllipse(at, radius, radius)
        if QFontMetricsF(font).height() > row.height() + 3:
            return
        painter.setFont(semibold(font) if index == self._current else font)
        painter.setPen(QColor(colours.text))
        room = QRectF(0, row.top(), area.left() - 8, row.height())
        middle = Qt.AlignmentFlag.AlignVCenter
        draw_fitted(painter, room, Qt.AlignmentFlag.AlignRight | middle, dot.name)
        painter.setPen(tone)
        words = QRectF(at.x() + radius + 4, row.top(), self.width() - at.x(), row.height())
        painter.drawText(words, Qt.AlignmentFlag.AlignLeft | middle, dot.words)

    def _paint_axis(self, painter: QPainter, colours: Tokens, group: _Group, area: QRectF) -> None:
        last = self.row_of(group.rows[-1])
        top, room = last.bottom() + 1, self._axis()
        painter.setFont(tabular(self.font()))
        line = min(self._line(), (room - TICK - 2) / 2)
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.drawLine(QPointF(area.left(), top), QPointF(area.right(), top))
        for tick, words in self._numbers(group, area, QFontMetricsF(painter.font())):
            x = self._place(group, tick, area)
            painter.setPen(QPen(QColor(colours.border), 1))
            painter.drawLine(QPointF(x, top), QPointF(x, top + TICK))
            painter.setPen(QColor(colours.muted))
            box = QRectF(x - 40, top + TICK, 80, line)
            draw_fitted(painter, box, Qt.AlignmentFlag.AlignCenter, words)
        tone = SERIES[group.series][0 if colours.dark else 1]
        painter.setPen(QColor(tone if len(self._groups) > 1 else colours.muted))
        label = QRectF(0, top + TICK + line, self.width(), line)
        draw_fitted(painter, label, Qt.AlignmentFlag.AlignRight, self._labels[group.series])

    def _numbers(
        self, group: _Group, area: QRectF, metrics: QFontMetricsF
    ) -> list[tuple[float, str]]:
        """Ticks of an axis with their words: as many as stand apart."""
        found: list[tuple[float, str]] = []
        for most in range(MOST_TICKS, 0, -1):
            ticks = _ticks(group.low, group.high, most)
            decimals = _decimals(ticks)
            found = [(tick, f"{tick:.{decimals}f}".replace("-", "−")) for tick in ticks]
            ends = [(self._place(group, t, area), metrics.horizontalAdvance(w)) for t, w in found]
            gaps = (
                right - left - (before + behind) / 2
                for (left, before), (right, behind) in zip(ends, ends[1:], strict=False)
            )
            if all(gap >= BETWEEN_NUMBERS for gap in gaps):
                return found
        return found[:1]


def _group(series: int, dots: Sequence[Dot]) -> _Group:
    rows = tuple(i for i, dot in enumerate(dots) if dot.series == series)
    values = [dots[i].value for i in rows]
    return _Group(series, rows, min(values), max(values))


def _ticks(low: float, high: float, most: int = MOST_TICKS) -> tuple[float, ...]:
    """At most `most` round numbers within [low, high], or its ends; of one value, that."""
    if high <= low:
        return (low,)
    step = 10.0 ** math.floor(math.log10(high - low))
    for factor in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0):
        first = math.ceil(low / (factor * step) - 1e-9)
        last = math.floor(high / (factor * step) + 1e-9)
        if 0 <= last - first < most:
            return tuple(n * factor * step for n in range(first, last + 1))
    return (low, high)


def _decimals(ticks: Sequence[float]) -> int:
    """Fewest digits behind the point that write all of them apart and right."""
    for digits in range(4):
        if all(abs(round(tick, digits) - tick) < 1e-9 for tick in ticks):
            return digits
    return 4
