"""What a whole is made of: one bar for each part from a common zero; a row can be picked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QWidget

from segviewer.widgets.theme.fitted_words import draw_fitted
from segviewer.widgets.theme.painted_widget import PaintedWidget
from segviewer.widgets.theme.symbol_colours import symbol_colour
from segviewer.widgets.theme.theme import Tokens, tokens
from segviewer.widgets.theme.typography import semibold, tabular

TALLEST = 26  # pixels of a row, and more where the text is larger
LEAST_BAR = 32  # pixels of the longest bar


@dataclass(frozen=True)
class Part:
    """One bar.

    Attributes
    ----------
    name : str
    value : float
    symbol : str
        Whose colour it has; empty takes the accent.
    strong : bool
        Written heavier and drawn in the text's colour: a sum, or the best one.
    words : str
        Written behind it; empty takes the value with its sign.
    """

    name: str
    value: float
    symbol: str = ""
    strong: bool = False
    words: str = ""


class PartBars(PaintedWidget):
    """Bars on one scale; names on the left, numbers on the right.

    Signals
    -------
    picked(int)
        Number of a bar whose row was clicked, or reached with the arrow keys.
    """

    picked = Signal(int)
    USUAL = QSize(300, 200)
    LEAST = QSize(140, 80)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._title = ""
        self._parts: tuple[Part, ...] = ()
        self._current = -1

    def set_parts(self, parts: Sequence[Part], title: str = "", current: int = -1) -> None:
        """Draw these below `title`, `current` one framed; without parts the title alone."""
        self._parts, self._title, self._current = tuple(parts), title, current
        # Keys are for rows that can be picked.
        able = Qt.FocusPolicy.StrongFocus if current >= 0 else Qt.FocusPolicy.NoFocus
        self.setFocusPolicy(able)
        said = "; ".join(f"{part.name} {_words(part)}" for part in self._parts)
        self.say(f"{title}: {said}" if said else title)

    def parts(self) -> tuple[Part, ...]:
        """What is drawn."""
        return self._parts

    def bar_of(self, index: int) -> QRectF:
        """Where a bar is drawn."""
        low, high = self._range()
        left, right, top, tall = self._geometry()
        scale = (right - left) / (high - low)
        zero, value = left - low * scale, self._parts[index].value
        begin, end = sorted((zero, zero + value * scale))
        return QRectF(begin, top + index * tall + 2, max(1.0, end - begin), max(2.0, tall - 6))

    def needed_width(self) -> int:
        """Pixels at which every name and number has its whole size, beside a short bar."""
        names, numbers = self._word_widths()
        return names + numbers + LEAST_BAR

    def _range(self) -> tuple[float, float]:
        values = [part.value for part in self._parts]
        low, high = min([0.0, *values]), max([0.0, *values])
        return (low, high) if high > low else (0.0, 1.0)

    def _geometry(self) -> tuple[float, float, float, float]:
        """Left and right end of the bars, top of the first row, height of a row."""
        metrics = self._metrics()
        names, numbers = self._word_widths()
        wide = metrics.horizontalAdvance(self._title)
        lines = min(2, 1 + int(wide > self.width())) if self._title else 0
        top = lines * (metrics.height() + 1) + 3
        tallest = max(TALLEST, metrics.height() + 8)
        tall = min(tallest, (self.height() - top) / max(1, len(self._parts)))
        # Names are read from afar, or they are none; the bars show by very little.
        left = min(names, max(0.5 * self.width(), self.width() - numbers - LEAST_BAR))
        return left, max(left + 8, self.width() - numbers), top, tall

    def _metrics(self) -> QFontMetrics:
        # As wide as they may be: a strong part is written in half-bold.
        return QFontMetrics(semibold(tabular(self.font())))

    def _word_widths(self) -> tuple[int, int]:
        """Pixels of the longest name and of the longest number, with what is about them."""
        metrics = self._metrics()
        names = max((metrics.horizontalAdvance(p.name) for p in self._parts), default=0)
        numbers = max((metrics.horizontalAdvance(_words(p)) for p in self._parts), default=0)
        return names + 16, numbers + 18

    def mousePressEvent(self, event) -> None:  # noqa: N802
        _, _, top, tall = self._geometry()
        index = int((event.position().y() - top) // max(1.0, tall))
        if event.button() == Qt.MouseButton.LeftButton and 0 <= index < len(self._parts):
            self.picked.emit(index)

    def keyPressEvent(self, event) -> None:  # noqa: N802
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(event.key())
        if step is None or not 0 <= self._current + step < len(self._parts):
            super().keyPressEvent(event)
            return
        self.picked.emit(self._current + step)

    def paint(self, painter: QPainter, colours: Tokens) -> None:
        painter.setPen(QColor(colours.muted))
        left, right, top, tall = self._geometry()
        wrap = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignTop
        room = top if self._parts else self.height()
        painter.drawText(QRectF(0, 0, self.width(), room), wrap, self._title)
        if not self._parts:
            return
        low, high = self._range()
        zero = left - low * (right - left) / (high - low)
        painter.setPen(QPen(QColor(colours.border), 1))
        bottom = top + tall * len(self._parts)
        painter.drawLine(QPointF(zero, top), QPointF(zero, bottom))
        for index in range(len(self._parts)):
            self._paint_part(painter, index, left, right)

    def _paint_part(self, painter: QPainter, index: int, left: float, right: float) -> None:
        colours, part, bar = tokens(), self._parts[index], self.bar_of(index)
        own = symbol_colour(part.symbol, colours.dark) or colours.accent
        fill = QColor(colours.text if part.strong else own)
        fill.setAlphaF(0.6)
        painter.fillRect(bar, fill)
        if index == self._current:
            row = QRectF(0.5, bar.top() - 2, self.width() - 1, bar.height() + 4)
            painter.setPen(QPen(QColor(colours.accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(row)
        font = tabular(self.font())
        painter.setFont(semibold(font) if part.strong else font)
        painter.setPen(QColor(colours.text))
        # Letters fill the middle of their line: of that above and below they need nothing.
        spare = 0.15 * painter.fontMetrics().height()
        line = QRectF(4, bar.top() - 2 - spare, left - 8, bar.height() + 4 + 2 * spare)
        centred = Qt.AlignmentFlag.AlignVCenter
        draw_fitted(painter, line, Qt.AlignmentFlag.AlignLeft | centred, part.name)
        line = QRectF(right, line.top(), self.width() - right - 5, line.height())
        draw_fitted(painter, line, Qt.AlignmentFlag.AlignRight | centred, _words(part))


def _words(part: Part) -> str:
    return part.words or f"{part.value:+.3g}".replace("-", "−")
