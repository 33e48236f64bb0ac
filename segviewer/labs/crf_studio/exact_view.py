"""What θ means in the slides' sum, as bars; beside them the labels each way, or the error."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from segviewer.labs.crf_studio.exact import ExactShown, KernelLine
from segviewer.widgets.charts.plot import Curve, Plot
from segviewer.widgets.grids.picture_tiles import PictureTiles, Tile
from segviewer.widgets.theme.fitted_words import draw_fitted
from segviewer.widgets.theme.painted_widget import PaintedWidget
from segviewer.widgets.theme.symbol_colours import symbol_colour
from segviewer.widgets.theme.theme import Tokens
from segviewer.widgets.theme.typography import semibold, tabular

THINNEST = 2.0  # pixels of a bar that would vanish


class ExactView(QWidget):
    """Bars of the kernels' sums; labels of the crop, or the lattice's error, beside them."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.bars, self.tiles = FactorBars(), PictureTiles()
        self.tiles.setAccessibleName("Labels of the crop")
        self.plot = Plot("iteration", "largest error of Q", whole_x=True)
        self.drawings = QStackedWidget()
        self.drawings.addWidget(self.tiles)
        self.drawings.addWidget(self.plot)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        layout.addWidget(self.bars, 1)
        layout.addWidget(self.drawings, 1)

    def show_result(self, shown: ExactShown | None) -> None:
        """Draw an ``ExactShown``; None empties all."""
        self.bars.set_shown(shown)
        if shown is None:
            self.tiles.set_tiles([], "")
            self.plot.set_curves(())
            return
        self.drawings.setCurrentWidget(self.plot if shown.beside == "error" else self.tiles)
        self.tiles.set_tiles(
            [Tile(title, title, figures, picture) for title, figures, picture in shown.pictures], ""
        )
        steps = np.arange(1, len(shown.differences) + 1)
        self.plot.set_curves([Curve(steps, shown.differences, "exact − lattice", points=True)])


class FactorBars(PaintedWidget):
    """What the clicked pixel receives at most through each kernel, θ aside.

    Two bars a kernel, both of one scale: normalised, and by the slides' sum.
    """

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
        kernels = self._shown.kernels
        if not kernels:
            painter.setPen(QColor(colours.muted))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "Both weights are 0")
            return
        most = max(max(k.raw, k.normalised) for k in kernels)
        each = self.height() / len(kernels)
        for number, kernel in enumerate(kernels):
            self._paint_kernel(painter, colours, kernel, number * each, each, most)

    def _paint_kernel(
        self,
        painter: QPainter,
        colours: Tokens,
        kernel: KernelLine,
        top: float,
        tall: float,
        most: float,
    ) -> None:
        """Head, and two bars with their sums."""
        line = min(tall / 3.3, 2.0 * painter.fontMetrics().height())
        tone = QColor(symbol_colour(kernel.symbol, colours.dark))
        area = QRectF(0, top, self.width(), line)
        painter.setFont(semibold(self.font()))
        painter.setPen(tone)
        draw_fitted(painter, area, _LEFT, f"{kernel.name}, {kernel.symbol} = {kernel.weight:g}")
        painter.setFont(tabular(semibold(self.font())))
        draw_fitted(painter, area, _RIGHT, f"× {kernel.factor:.4g}")
        painter.setFont(tabular(self.font()))
        numbers = max(
            painter.fontMetrics().horizontalAdvance(f"{value:.4g}")
            for value in (kernel.raw, kernel.normalised)
        )
        names = max(painter.fontMetrics().horizontalAdvance(words) for words in _BARS) + 12.0
        names = min(names, 0.5 * self.width())
        room = max(8.0, self.width() - names - numbers - 12.0)
        for words, value in zip(_BARS, (kernel.normalised, kernel.raw), strict=True):
            area.translate(0, line)
            painter.setPen(QColor(colours.muted))
            draw_fitted(painter, QRectF(0, area.top(), names - 8, line), _LEFT, words)
            wide = max(THINNEST, room * value / most)
            bar = QRectF(names, area.top() + 0.18 * line, wide, 0.64 * line)
            painter.fillRect(bar, tone)
            painter.setPen(QColor(colours.text))
            place = QRectF(bar.right() + 6, area.top(), numbers + 6, line)
            draw_fitted(painter, place, _LEFT, f"{value:.4g}")


def _weak(weight: float, factor: float) -> str:
    return f"{weight / factor:.2g}" if factor > 0 else "–"


_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_BARS = ("normalised, Σ K", "slides, 2 (s − 1)")
