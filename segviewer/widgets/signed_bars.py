"""Named amounts that add up: bars to the right for, to the left against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from segviewer.widgets.plot import SERIES
from segviewer.widgets.theme import tokens
from segviewer.widgets.typography import semibold, tabular

TALLEST = 28


@dataclass(frozen=True)
class Amount:
    """One amount; `strong` is written heavier, for a sum."""

    name: str
    value: float
    strong: bool = False


class SignedBars(QWidget):
    """Rows of name, bar from a common zero, and number."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._amounts: tuple[Amount, ...] = ()
        self._title = ""
        self.setMinimumSize(140, 80)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_amounts(self, amounts: Sequence[Amount], title: str) -> None:
        """Show `amounts` below a title."""
        self._amounts, self._title = tuple(amounts), title
        said = "; ".join(f"{one.name} {one.value:+.2f}" for one in self._amounts)
        self.setAccessibleName(f"{title}: {said}")
        self.setToolTip("\n".join(f"{one.name}: {one.value:+.3f}" for one in self._amounts))
        self.update()

    def amounts(self) -> tuple[Amount, ...]:
        """What is drawn."""
        return self._amounts

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        return QSize(300, 220)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self.update()

    def paintEvent(self, event) -> None:  # noqa: N802
        if not self._amounts:
            return
        colours, painter = tokens(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = tabular(self.font())
        painter.setFont(font)
        metrics = painter.fontMetrics()
        line = metrics.height() + 4
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(QColor(colours.muted))
        title = metrics.elidedText(self._title, Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(QRectF(0, 0, self.width(), line), middle, title)
        tall = min(TALLEST, (self.height() - line) / len(self._amounts))
        names = max(metrics.horizontalAdvance(one.name) for one in self._amounts) + 14
        names = min(names, self.width() * 0.4)
        figures = metrics.horizontalAdvance("+00.00") + 8
        low = min(0.0, *(one.value for one in self._amounts), 0.0)
        high = max(0.0, *(one.value for one in self._amounts), 0.0)
        left = names + (figures if low < 0 else 0)
        room = max(4.0, self.width() - left - figures)
        scale = room / ((high - low) or 1.0)
        zero = left - low * scale
        for index, one in enumerate(self._amounts):
            top = line + index * tall
            if tall >= metrics.height() - 3:
                painter.setFont(semibold(font) if one.strong else font)
                painter.setPen(QColor(colours.text))
                painter.drawText(QRectF(0, top, names, tall), middle, one.name)
            tone = QColor(SERIES[0 if one.value >= 0 else 1][0 if colours.dark else 1])
            fill = QColor(tone)
            fill.setAlphaF(0.9 if one.strong else 0.55)
            bar = QRectF(zero, top + tall * 0.2, one.value * scale, tall * 0.6).normalized()
            painter.fillRect(bar, fill)
            painter.setPen(QColor(colours.text))
            words = f"{one.value:+.2f}".replace("-", "−")
            if tall < metrics.height() - 3:
                continue
            if one.value >= 0:
                place = QRectF(bar.right() + 4, top, figures + 12, tall)
                painter.drawText(place, Qt.AlignmentFlag.AlignLeft | middle, words)
            else:
                place = QRectF(bar.left() - figures - 16, top, figures + 12, tall)
                painter.drawText(place, Qt.AlignmentFlag.AlignRight | middle, words)
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.drawLine(QPointF(zero, line), QPointF(zero, line + tall * len(self._amounts)))
