"""Stacked bars: what network, smoothness and appearance add to each class of one pixel."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QPainter
from PySide6.QtWidgets import QHBoxLayout, QToolTip, QWidget

from segviewer.labs.crf_studio.drawings.waterfall import Waterfall
from segviewer.labs.crf_studio.why_label import WhyLabel
from segviewer.widgets.charts.plot import Curve, Plot
from segviewer.widgets.text.plain_text import plain_tip
from segviewer.widgets.theme.fitted_words import draw_fitted
from segviewer.widgets.theme.painted_widget import PaintedWidget
from segviewer.widgets.theme.symbol_colours import symbol_colour
from segviewer.widgets.theme.theme import Tokens, tokens
from segviewer.widgets.theme.typography import semibold, tabular

PARTS = (("network", ""), ("smoothness", "θ2"), ("appearance", "θ1"))
_GAP = 2  # pixels between the bars of two iterations


class VoteView(QWidget):
    """The decision as a waterfall, bars of every iteration, and probabilities over them.

    Signals
    -------
    edited(str, object, bool)
        ``iteration``, clicked in either drawing.
    """

    edited = Signal(str, object, bool)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.waterfall, self.bars = Waterfall(), VoteBars()
        self.plot = Plot("iteration", "probability", whole_x=True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        layout.addWidget(self.waterfall, 4)
        layout.addWidget(self.bars, 5)
        layout.addWidget(self.plot, 4)
        self.bars.clicked.connect(self._go)
        self.plot.clicked.connect(lambda x, y: self._go(round(x)))
        self._last = 0

    def show_result(self, shown: WhyLabel | None) -> None:
        """Draw a ``WhyLabel``; None empties both."""
        self.bars.set_shown(shown)
        self.waterfall.set_shown(shown)
        if shown is None:
            self._last = 0
            self.plot.set_curves(())
            return
        self._last = len(shown.unary)
        steps = np.arange(len(shown.probs))
        # Two or three of them are ever more than a line at 0.
        seen = [c for c in range(len(shown.names)) if c < 2 or shown.probs[:, c].max() > 0.05]
        self.plot.set_curves(
            [Curve(steps, shown.probs[:, c], shown.names[c], points=True) for c in seen],
            current=shown.iteration,
        )

    def _go(self, iteration: int) -> None:
        if self._last:
            self.edited.emit("iteration", min(max(1, iteration), self._last), True)


class VoteBars(PaintedWidget):
    """For each class a row of bars, one an iteration; the chosen one in numbers.

    Signals
    -------
    clicked(int)
        Iteration, from 1.
    """

    clicked = Signal(int)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._shown: WhyLabel | None = None
        self.setMinimumSize(240, 96)

    def set_shown(self, shown: WhyLabel | None) -> None:
        """Draw this; None draws nothing."""
        self._shown = shown
        self.setAccessibleDescription("" if shown is None else "\n".join(self.lines()))
        self.update()

    def lines(self) -> list[str]:
        """What the bars of the chosen iteration say, a line for each class."""
        shown = self._drawn
        return [
            f"{name}: "
            + ", ".join(
                f"{part} {values[shown.iteration - 1, c]:.2f}"
                for (part, _), values in zip(PARTS, self._parts(), strict=True)
            )
            + f"; probability {shown.probs[shown.iteration, c]:.3f}"
            for c, name in enumerate(shown.names)
        ]

    @property
    def _drawn(self) -> WhyLabel:
        """What is drawn; asked for only while there is something."""
        assert self._shown is not None
        return self._shown

    def _parts(self) -> tuple[np.ndarray, ...]:
        return self._drawn.unary, self._drawn.smoothness, self._drawn.appearance

    def _line(self) -> int:
        return self.fontMetrics().height() + 4

    def _area(self, c: int) -> QRectF:
        """Where the bars of a class stand."""
        top, line = self._line() + 4, self._line()
        height = (self.height() - top) / max(1, len(self._drawn.names))
        metrics = QFontMetricsF(semibold(self.font()))
        names = max(map(metrics.horizontalAdvance, self._drawn.names), default=0.0) + 10
        left = min(max(names, 0.15 * self.width()), 0.4 * self.width())
        right = self.width() - self.fontMetrics().horizontalAdvance("000.00  1.000") - 12
        bars = max(6.0, min(height - 4, 2.4 * line))
        return QRectF(left, top + c * height + (height - bars) / 2, max(20.0, right - left), bars)

    def bar(self, c: int, iteration: int) -> QRectF:
        """Where the whole bar of a class and an iteration may lie; bars of one class are stacked
        from top to bottom, one an iteration."""
        area, count = self._area(c), len(self._drawn.unary)
        gap = _GAP if area.height() / count > 3 * _GAP else 0
        chosen = self._drawn.iteration
        # The chosen one is as high as several others.
        many = max(2.0, 0.6 * count)
        each = (area.height() + gap) / (count - 1 + many)
        y = area.y() + each * (iteration - 1 + (many - 1) * (iteration > chosen))
        high = each * (many if iteration == chosen else 1) - gap
        return QRectF(area.x(), y, area.width(), high)

    def paint(self, painter: QPainter, colours: Tokens) -> None:
        if self._shown is None:
            return
        self._paint_head(painter)
        parts = np.stack(self._parts())
        most = max(1e-6, float(parts.sum(0).max()))
        for c in range(len(self._shown.names)):
            self._paint_class(painter, c, parts[:, :, c], most)

    def _colours(self) -> list[QColor]:
        dark = tokens().dark
        return [QColor(symbol_colour(s, dark) or tokens().muted) for _, s in PARTS]

    def _paint_head(self, painter: QPainter) -> None:
        line, gap = self._line(), 14
        wanted = painter.fontMetrics().horizontalAdvance("".join(words for words, _ in PARTS))
        wanted += gap * len(PARTS)
        # Over the bars where there is room, else from the left. Where there is none, the waterfall
        # beside says the same of the same colours.
        x = max(0.0, min(self._area(0).x(), self.width() - wanted))
        shown = PARTS if wanted <= self.width() else ()
        for (words, _), colour in zip(shown, self._colours(), strict=False):
            painter.setPen(colour)
            wide = painter.fontMetrics().horizontalAdvance(words)
            painter.drawText(QRectF(x, 0, wide + 4, line), _LEFT, words)
            x += wide + gap
        painter.setPen(QColor(tokens().muted))
        area = QRectF(0, 0, self.width() - 4, line)
        if x + painter.fontMetrics().horizontalAdvance("nats     Q") + gap < self.width():
            painter.drawText(area, _RIGHT, "nats     Q")

    def _paint_class(self, painter, c: int, parts: np.ndarray, most: float) -> None:
        shown, colours, area = self._drawn, self._colours(), self._area(c)
        text = QColor(tokens().text)
        for t in range(1, parts.shape[1] + 1):
            place, x = self.bar(c, t), area.x()
            for value, colour in zip(parts[:, t - 1], colours, strict=True):
                faded = QColor(colour)
                faded.setAlphaF(1 if t == shown.iteration else 0.4)
                wide = float(value) / most * area.width()
                painter.fillRect(QRectF(x, place.y(), wide, place.height()), faded)
                x += wide
        painter.setFont(semibold(self.font()) if c == 0 else self.font())
        painter.setPen(text)
        name = QRectF(0, area.y(), area.x() - 8, area.height())
        draw_fitted(painter, name, _RIGHT, shown.names[c])
        painter.setFont(tabular(self.font()))
        total = float(parts[:, shown.iteration - 1].sum())
        numbers = f"{total:.2f}  {shown.probs[shown.iteration, c]:.3f}"
        right = QRectF(area.right(), area.y(), self.width() - area.right() - 4, area.height())
        painter.drawText(right, _RIGHT, numbers)

    def iteration_at(self, y: float) -> int:
        """Iteration whose bar lies at this height, 0 where there is none."""
        if self._shown is None:
            return 0
        for c in range(len(self._shown.names)):
            for t in range(1, len(self._shown.unary) + 1):
                bar = self.bar(c, t)
                if bar.top() - _GAP / 2 <= y < bar.bottom() + _GAP / 2:
                    return t
        return 0

    def mousePressEvent(self, event) -> None:  # noqa: N802
        found = self.iteration_at(event.position().y())
        if found and event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit(found)

    def event(self, event) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            words = "\n".join(self.lines()) if self._shown is not None else ""
            QToolTip.showText(event.globalPos(), plain_tip(words), self)
            return True
        return super().event(event)


_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
