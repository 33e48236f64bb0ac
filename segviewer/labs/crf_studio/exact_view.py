"""Error of the lattice over the iterations, and the slides' sums beside the normalised ones."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QHBoxLayout, QWidget

from segviewer.labs.crf_studio.exact import ExactShown
from segviewer.widgets.charts.plot import Curve, Plot
from segviewer.widgets.theme.fitted_words import draw_fitted
from segviewer.widgets.theme.painted_widget import PaintedWidget
from segviewer.widgets.theme.symbol_colours import symbol_colour
from segviewer.widgets.theme.theme import Tokens
from segviewer.widgets.theme.typography import semibold, tabular


class ExactView(QWidget):
    """A plot and a table."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.plot = Plot("iteration", "largest error of Q", whole_x=True)
        self.table = ConventionTable()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        layout.addWidget(self.plot, 4)
        layout.addWidget(self.table, 5)

    def show_result(self, shown: ExactShown | None) -> None:
        """Draw an ``ExactShown``; None empties both."""
        self.table.set_shown(shown)
        if shown is None:
            self.plot.set_curves(())
            return
        steps = np.arange(1, len(shown.differences) + 1)
        self.plot.set_curves([Curve(steps, shown.differences, "exact − lattice", points=True)])


class ConventionTable(PaintedWidget):
    """What the clicked pixel receives at most through each kernel, θ aside."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._shown: ExactShown | None = None
        self.setMinimumSize(240, 96)

    def set_shown(self, shown: ExactShown | None) -> None:
        """Draw this; None draws nothing."""
        self._shown = shown
        said = "" if shown is None else "\n".join(": ".join(row) for row in self.cells())
        self.setAccessibleDescription(said)
        self.update()

    def cells(self) -> list[list[str]]:
        """Rows of the table: words, then a number for each kernel."""
        kernels = () if self._shown is None else self._shown.kernels
        rows = [
            ("", [k.name for k in kernels]),
            ("weight θ", [f"{k.weight:g}" for k in kernels]),
            ("sum of the kernel, s", [f"{k.mass:.4g}" for k in kernels]),
            ("by the slides 2 (s − 1)", [f"{k.raw:.4g}" for k in kernels]),
            ("normalised, Σ K", [f"{k.normalised:.3g}" for k in kernels]),
            ("factor", [f"{k.factor:.4g}" for k in kernels]),
            ("equal θ by the slides", [_weak(k.weight, k.factor) for k in kernels]),
        ]
        return [[words, *numbers] for words, numbers in rows]

    def paint(self, painter: QPainter, colours: Tokens) -> None:
        if self._shown is None:
            return
        if not self._shown.kernels:
            painter.setPen(QColor(colours.muted))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "Both weights are 0")
            return
        cells = self.cells()
        metrics = painter.fontMetrics()
        step = min(max(26.0, metrics.height() + 8.0), self.height() / len(cells))
        named = max(metrics.horizontalAdvance(row[0]) for row in cells) + 16.0
        words = min(0.5 * self.width(), named)
        widest = max(metrics.horizontalAdvance(text) for row in cells for text in row[1:]) + 24.0
        each = min(max(110.0, widest), (self.width() - words) / len(self._shown.kernels))
        for r, (text, *numbers) in enumerate(cells):
            painter.setFont(self.font())
            painter.setPen(QColor(colours.muted))
            area = QRectF(0, r * step, words, step)
            draw_fitted(painter, area.adjusted(0, 0, -8, 0), _LEFT, text)
            for c, (number, k) in enumerate(zip(numbers, self._shown.kernels, strict=True)):
                strong = r in (0, 5)
                painter.setFont(tabular(semibold(self.font()) if strong else self.font()))
                painter.setPen(QColor(symbol_colour(k.symbol, colours.dark)))
                place = QRectF(words + c * each, r * step, each - 8, step)
                draw_fitted(painter, place, _RIGHT, number)


def _weak(weight: float, factor: float) -> str:
    return f"{weight / factor:.2g}" if factor > 0 else "–"


_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
