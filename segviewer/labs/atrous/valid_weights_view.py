"""How the lab “Valid weights” is drawn."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QHBoxLayout, QWidget

from segviewer.imaging.overlay import colour_scale
from segviewer.labs.atrous.valid_weights import Shares
from segviewer.widgets.charts.plot import Curve, Plot
from segviewer.widgets.theme.painted_widget import PaintedWidget
from segviewer.widgets.theme.theme import Tokens


class Map(PaintedWidget):
    """Taps inside, cell by cell."""

    def __init__(self):
        super().__init__()
        self.taps = np.zeros((0, 0), np.uint8)
        self.setMinimumSize(120, 96)

    def paint(self, painter: QPainter, colours: Tokens) -> None:
        if not self.taps.size:
            return
        shades = colour_scale("probability")[(self.taps.astype(int) * 255 // 9)]
        height, width = self.taps.shape
        data = np.ascontiguousarray(shades[..., :3])
        image = QImage(data.data, width, height, 3 * width, QImage.Format.Format_RGB888)
        line = painter.fontMetrics().height() + 4
        side = min(self.width(), self.height() - line)
        area = QRectF((self.width() - side) / 2, 0, side, side)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)  # hard cells
        painter.drawImage(area, image)
        painter.setPen(QColor(colours.muted))
        words = QRectF(0, side, self.width(), line)
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, "taps inside, 1 to 9")


class ValidWeightsView(QWidget):
    """Shares over rates, and the map."""

    edited = Signal(str, object, bool)

    def __init__(self):
        super().__init__()
        self.plot = Plot("rate r, features", "share of the cells", whole_x=True)
        self.map = Map()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.plot, 3)
        layout.addWidget(self.map, 1)
        self.plot.clicked.connect(
            lambda x, y: self.edited.emit("rate", max(1, min(128, round(x))), True)
        )

    def show_result(self, shown: Shares | None) -> None:
        if shown is None:
            return
        curves = [
            Curve(shown.rates, values, f"{n} taps" if n > 1 else "1 tap")
            for n, values in shown.shares.items()
        ]
        self.plot.set_curves(curves, current=shown.rate)
        self.map.taps = shown.taps
        self.map.update()
