"""A decision as a waterfall: where the network stands, what each kernel adds, where that ends."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from segviewer.labs.crf_studio.why_label import WhyLabel
from segviewer.labs.shared.one_pass import signed
from segviewer.widgets.theme.fitted_words import draw_fitted, wrapped_height
from segviewer.widgets.theme.painted_widget import PaintedWidget
from segviewer.widgets.theme.symbol_colours import symbol_colour
from segviewer.widgets.theme.theme import Tokens
from segviewer.widgets.theme.typography import semibold, tabular

STEPS = (("network", ""), ("smoothness", "θ2"), ("appearance", "θ1"))
_ROW = 46  # pixels at most that a step takes


class Waterfall(PaintedWidget):
    """Four rows: each bar begins where the one before ended; the last is the label.

    Right of the line the winner leads, left of it the runner-up does.
    """

    USUAL = QSize(280, 160)
    LEAST = QSize(180, 96)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._shown: WhyLabel | None = None

    def set_shown(self, shown: WhyLabel | None) -> None:
        """Draw this; None draws nothing."""
        self._shown = shown
        self.setAccessibleDescription("" if shown is None else self.text())
        self.update()

    def spans(self) -> list[tuple[float, float]]:
        """Where each bar begins and ends, in nats; the last is the whole lead."""
        if self._shown is None:
            return []
        spans, at = [], 0.0
        for lead in self._shown.leads:
            spans.append((at, at + lead))
            at += lead
        return [*spans, (0.0, at)]

    def text(self) -> str:
        """What is drawn, a line for each step."""
        if self._shown is None:
            return ""
        names = [*(name for name, _ in STEPS), self._shown.pair[0]]
        rows = zip(names, self.spans(), strict=True)
        return "\n".join(f"{name}\t{end - start:+.2f}" for name, (start, end) in rows)

    def paint(self, painter: QPainter, colours: Tokens) -> None:
        if self._shown is None:
            return
        spans, (winner, rival) = self.spans(), self._shown.pair
        words = f"lead of {winner} over {rival}, nats"
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(QColor(colours.muted))
        needed = wrapped_height(painter.font(), words, self.width() - 4)
        line = max(self.fontMetrics().height(), min(needed, 0.4 * self.height())) + 4
        draw_fitted(
            painter,
            QRectF(0, 0, self.width() - 4, line),
            Qt.AlignmentFlag.AlignLeft | middle,
            words,
        )
        names = [*(name for name, _ in STEPS), winner]
        tones = [QColor(symbol_colour(s, colours.dark) or colours.muted) for _, s in STEPS]
        tones.append(QColor(colours.text))
        metrics = painter.fontMetrics()
        # The label in half-bold is a little wider.
        left = min(0.6 * self.width(), 1.08 * max(map(metrics.horizontalAdvance, names)) + 12.0)
        number = metrics.horizontalAdvance("+00.00") + 10.0
        low = min(0.0, *(min(span) for span in spans))
        high = max(0.0, *(max(span) for span in spans))
        room = max(20.0, self.width() - left - number)
        scale = room / max(1e-6, high - low)
        height = min(float(_ROW), (self.height() - line - 4) / len(spans))

        def x(value: float) -> float:
            return left + (value - low) * scale

        painter.setPen(QPen(QColor(colours.muted), 1))
        bottom = line + 4 + height * len(spans)
        painter.drawLine(QPointF(x(0), line + 4), QPointF(x(0), bottom))
        for row, (name, tone, (start, end)) in enumerate(zip(names, tones, spans, strict=True)):
            top, last = line + 4 + row * height, row == len(spans) - 1
            bar = QRectF(x(min(start, end)), top + 0.2 * height, 0, 0.6 * height)
            bar.setWidth(max(1.5, abs(end - start) * scale))
            painter.fillRect(bar, tone)
            if not last:
                # To where the next one begins.
                painter.setPen(QPen(QColor(colours.muted), 1, Qt.PenStyle.DotLine))
                painter.drawLine(QPointF(x(end), bar.bottom()), QPointF(x(end), top + height * 1.2))
            painter.setFont(semibold(self.font()) if last else self.font())
            painter.setPen(QColor(colours.text))
            area = QRectF(0, top, left - 8, height)
            draw_fitted(painter, area, Qt.AlignmentFlag.AlignRight | middle, name)
            painter.setFont(tabular(self.font()))
            area = QRectF(self.width() - number, top, number - 4, height)
            painter.drawText(area, Qt.AlignmentFlag.AlignRight | middle, signed(end - start))
