"""A short signal as bars about a zero line; values are drawn with the pointer or keys."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QWidget

from segviewer.widgets.theme.fitted_words import SMALLEST
from segviewer.widgets.theme.painted_widget import PaintedWidget
from segviewer.widgets.theme.symbol_colours import symbol_colour
from segviewer.widgets.theme.theme import Tokens, tokens
from segviewer.widgets.theme.typography import resized, tabular

STEP = 0.05  # values are multiples of it
KEY_STEP = 0.1
WIDEST = 26  # pixels of one sample


class SampleBars(PaintedWidget):
    """Bars from -`reach` to `reach`.

    Parameters
    ----------
    name : str
        Written above them, or below.
    editable : bool
        Whether values can be drawn.
    below : bool
        Nothing is written above: lines come from there.

    Signals
    -------
    changed(tuple, bool)
        All values after a change by hand, and whether the hand has let go.
    pointed(int)
        Number of the sample under the pointer or chosen by keys, -1 when it leaves.
    """

    changed = Signal(object, bool)
    pointed = Signal(int)
    USUAL = QSize(480, 90)
    LEAST = QSize(80, 40)

    def __init__(
        self,
        name: str,
        editable: bool = False,
        parent: QWidget | None = None,
        *,
        below: bool = False,
    ):
        super().__init__(parent, hover=True, keys=True)
        self._name, self._editable, self._below = name, editable, below
        self._values = np.zeros(0)
        self._holes = np.zeros(0, bool)
        self._marked: dict[int, str] = {}
        self._pale = np.zeros(0, bool)
        self._reach = 1.0
        self._current = -1
        self._last: tuple[int, float] | None = None  # where the pointer drew

    def set_name(self, name: str) -> None:
        """Change what is written above."""
        self._name = name
        self.update()

    def set_values(
        self,
        values: Sequence[float] | np.ndarray,
        *,
        reach: float = 1.0,
        holes: Sequence[bool] | np.ndarray = (),
        pale: Sequence[bool] | np.ndarray = (),
    ) -> None:
        """Show `values` (n,); what is being drawn by hand stays.

        `holes` are drawn as rings on the zero line and cannot be moved; `pale` ones count less.
        """
        if self._last is not None and len(values) == len(self._values):
            return
        self._last = None
        self._values, self._reach = np.array(values, float), max(float(reach), 1e-9)
        count = len(self._values)
        self._holes = np.array(holes, bool) if len(holes) else np.zeros(count, bool)
        self._pale = np.array(pale, bool) if len(pale) else np.zeros(count, bool)
        self._current = min(self._current, count - 1)
        self._say()

    def set_marked(self, marked: dict[int, str]) -> None:
        """Colour samples as taps, each with a word above it."""
        self._marked = dict(marked)
        self.update()

    def values(self) -> np.ndarray:
        """What is shown."""
        return self._values

    def marked(self) -> dict[int, str]:
        """Samples coloured as taps."""
        return dict(self._marked)

    def place_of(self, index: int, value: float) -> QPointF:
        """Where a value of a sample is drawn."""
        left, width = self._columns()
        top, bottom = self._rows()
        height = (value / self._reach + 1) / 2
        return QPointF(left + (index + 0.5) * width, bottom + (top - bottom) * height)

    def above(self, index: int) -> QPointF:
        """Just above a sample, and above its word where it has one."""
        head = self.place_of(index, max(0.0, float(self._values[index])))
        line = self.fontMetrics().height() + 3 if self._marked.get(index) else 0
        return QPointF(head.x(), head.y() - line)

    def _say(self) -> None:
        said = ", ".join(f"{v:.3g}" for v in self._values)
        self.say(f"{self._name}: {said}".replace("-", "−"))

    def _columns(self) -> tuple[float, float]:
        left = self.fontMetrics().horizontalAdvance("−0.0") + 4.0
        widest = max(WIDEST, 1.5 * self.fontMetrics().height())
        width = min(widest, (self.width() - 2 - left) / max(1, len(self._values)))
        return left, max(1.0, width)

    def _rows(self) -> tuple[float, float]:
        line = self.fontMetrics().height()
        # A word above the highest, half a number of the axis below the lowest, and the name.
        top = (1.2 if self._below else 2.0) * line
        bottom = self.height() - (1.6 if self._below else 0.6) * line
        return top, max(top + 1.0, bottom)

    def _index_at(self, position: QPointF) -> int:
        left, width = self._columns()
        index = int((position.x() - left) // width)
        return index if 0 <= index < len(self._values) else -1

    def _value_at(self, position: QPointF) -> float:
        top, bottom = self._rows()
        share = (bottom - position.y()) / (bottom - top) * 2 - 1
        return self._rounded(share * self._reach)

    def _rounded(self, value: float) -> float:
        return float(np.clip(round(value / STEP) * STEP, -self._reach, self._reach).round(3))

    def _draw_to(self, index: int, value: float) -> None:
        """Set a sample, and those that a quick pointer jumped over."""
        before, start = self._last or (index, value)
        steps = range(min(before, index), max(before, index) + 1)
        for i in steps:
            part = (i - before) / (index - before) if index != before else 1.0
            if not self._holes[i]:
                self._values[i] = self._rounded(start + part * (value - start))
        self._last = (index, value)
        self._say()

    def _point(self, index: int) -> None:
        if index != self._current:
            self._current = index
            self.update()
            self.pointed.emit(index)

    # Qt

    def mousePressEvent(self, event) -> None:  # noqa: N802
        index = self._index_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and self._editable and index >= 0:
            self._draw_to(index, self._value_at(event.position()))
            self.changed.emit(tuple(self._values.tolist()), False)

    def mouseMoveEvent(self, event) -> None:  # noqa: N802
        index = self._index_at(event.position())
        if self._last is not None and index >= 0:
            before = self._values.copy()
            self._draw_to(index, self._value_at(event.position()))
            if not np.array_equal(before, self._values):
                self.changed.emit(tuple(self._values.tolist()), False)
        super().mouseMoveEvent(event)
        self._point(index)

    def shape_at(self, position: QPointF) -> Qt.CursorShape:
        index = self._index_at(position)
        movable = self._editable and index >= 0 and not self._holes[index]
        return Qt.CursorShape.SizeVerCursor if movable else Qt.CursorShape.ArrowCursor

    def tip_at(self, position: QPointF) -> str:
        index = self._index_at(position)
        return f"[{index}] {self._values[index]:.3g}" if index >= 0 else ""

    def mouseReleaseEvent(self, event) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton and self._last is not None:
            self._last = None
            self.changed.emit(tuple(self._values.tolist()), True)

    def leaveEvent(self, event) -> None:  # noqa: N802
        if not self.hasFocus():
            self._point(-1)

    def keyPressEvent(self, event) -> None:  # noqa: N802
        key, count = event.key(), len(self._values)
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(key)
        lift = {Qt.Key.Key_Down: -KEY_STEP, Qt.Key.Key_Up: KEY_STEP}.get(key)
        if step is not None and count:
            self._point(min(max(self._current + step, 0), count - 1))
        elif lift is not None and self._editable and self._current >= 0:
            if not self._holes[self._current]:
                self._values[self._current] = self._rounded(self._values[self._current] + lift)
                self._say()
                self.changed.emit(tuple(self._values.tolist()), True)
        else:
            super().keyPressEvent(event)

    def paint(self, painter: QPainter, colours: Tokens) -> None:
        painter.setPen(QColor(colours.text))
        metrics = painter.fontMetrics()
        base = self.height() - metrics.descent() - 1 if self._below else metrics.ascent()
        painter.drawText(QPointF(2, base), self._name)
        if not len(self._values):
            return
        _, width = self._columns()
        zero = self.place_of(0, 0).y()
        end = self.place_of(len(self._values) - 1, 0).x() + width / 2
        painter.setPen(QPen(QColor(colours.border), 1))
        left, _ = self._columns()
        painter.drawLine(QPointF(left, zero), QPointF(end, zero))
        self._paint_axis(painter, colours)
        tap = QColor(symbol_colour("r", colours.dark))
        plain = QColor(colours.accent if self._editable else colours.muted)
        for index, value in enumerate(self._values):
            tone = QColor(tap if index in self._marked else plain)
            tone.setAlphaF(0.4 if self._pale[index] else 1)
            self._paint_sample(painter, index, float(value), zero, tone)

    def _paint_axis(self, painter: QPainter, colours: Tokens) -> None:
        """The values at the top, the zero line and the bottom, where there is room."""
        left, line = self._columns()[0], painter.fontMetrics().height()
        top, bottom = self._rows()
        ends = (self._reach, 0.0, -self._reach) if bottom - top > 2.2 * line else (0.0,)
        painter.setPen(QColor(colours.muted))
        for value in ends:
            y = self.place_of(0, value).y()
            words = f"{value:.2g}".replace("-", "−")
            box = QRectF(0, y - line / 2, left - 4, line)
            painter.drawText(
                box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words
            )

    def _paint_sample(self, painter, index: int, value: float, zero: float, tone: QColor) -> None:
        _, width = self._columns()
        head = self.place_of(index, value)
        painter.setPen(Qt.PenStyle.NoPen)
        if self._holes[index]:
            painter.setPen(QPen(tone, 1.2, Qt.PenStyle.DotLine))
            painter.setBrush(QColor(tokens().panel))
            radius = min(4.0, 0.3 * width)
            painter.drawEllipse(QPointF(head.x(), zero), radius, radius)
            return
        half = max(0.5, 0.36 * width)
        bar = QRectF(head.x() - half, min(zero, head.y()), 2 * half, abs(zero - head.y()))
        painter.setBrush(tone)
        painter.drawRect(bar)
        if self._editable:
            painter.drawEllipse(head, min(4.0, half), min(4.0, half))
        if index == self._current:
            painter.setPen(QPen(QColor(tokens().text), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(bar.adjusted(-1.5, -1.5, 1.5, 1.5))
        word = self._marked.get(index, "")
        if word:
            painter.setPen(QColor(tokens().text))
            painter.setFont(self._word_font())
            line = painter.fontMetrics().height()
            wide = painter.fontMetrics().horizontalAdvance(word) + 4
            top = min(head.y(), zero) - line - 3
            painter.drawText(
                QRectF(head.x() - wide / 2, top, wide, line), Qt.AlignmentFlag.AlignCenter, word
            )
            painter.setFont(tabular(self.font()))

    def _word_font(self) -> QFont:
        """So large that the words of neighbouring taps stand beside each other."""
        font = tabular(self.font())
        taps = sorted(self._marked)
        apart = min((b - a for a, b in zip(taps, taps[1:], strict=False)), default=len(taps) + 99)
        advance = QFontMetricsF(font).horizontalAdvance
        wide = max((advance(word) for word in self._marked.values()), default=0.0) + 4
        return resized(font, min(1.0, max(SMALLEST, apart * self._columns()[1] / wide)))
