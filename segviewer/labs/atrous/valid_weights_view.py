"""How the lab “Valid weights” is drawn."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from segviewer.imaging.overlay import colour_scale
from segviewer.labs.atrous.valid_weights import Shares
from segviewer.widgets.charts.diverging import text_on
from segviewer.widgets.charts.plot import Curve, Plot
from segviewer.widgets.controls.step_slider import StepSlider
from segviewer.widgets.theme.painted_widget import PaintedWidget
from segviewer.widgets.theme.theme import Tokens
from segviewer.widgets.theme.typography import semibold

SMALLEST = 8  # pixels of a number on a block
WHOLE_MS = 7000  # of a play through all rates


class Map(PaintedWidget):
    """Taps inside, cell by cell, with their number on each block of equal cells."""

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
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._write_counts(painter, area)
        painter.setFont(self.font())
        painter.setPen(QColor(colours.muted))
        words = QRectF(0, side, self.width(), line)
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, "taps inside, 1 to 9")

    def areas(self) -> list[tuple[int, float, float, float, float]]:
        """(taps, left, top, right, bottom) of each block of equal cells, in cells.

        Where the number of taps changes on a row is where it changes on a column, so that the
        blocks are up to 3×3 oblongs.
        """
        if not self.taps.size:
            return []
        edges = []
        for axis in (0, 1):
            changes = np.abs(np.diff(self.taps.astype(int), axis=axis)).any(1 - axis)
            edges.append([0, *(np.flatnonzero(changes) + 1).tolist(), self.taps.shape[axis]])
        rows, columns = edges
        return [
            (int(self.taps[top, left]), left, top, right, bottom)
            for top, bottom in pairwise(rows)
            for left, right in pairwise(columns)
        ]

    def _write_counts(self, painter: QPainter, area: QRectF) -> None:
        """The number of taps in the middle of each block that has room for it."""
        cell = area.width() / self.taps.shape[1]
        for count, left, top, right, bottom in self.areas():
            block = QRectF(
                area.left() + left * cell,
                area.top() + top * cell,
                (right - left) * cell,
                (bottom - top) * cell,
            )
            size = min(0.6 * block.height(), 0.8 * block.width(), 0.11 * area.height())
            if size < SMALLEST:
                continue
            font = semibold(self.font())
            font.setPixelSize(round(size))
            painter.setFont(font)
            shade = colour_scale("probability")[count * 255 // 9]
            painter.setPen(text_on(QColor(*(int(v) for v in shade[:3]))))
            painter.drawText(block, Qt.AlignmentFlag.AlignCenter, str(count))


class ValidWeightsView(QWidget):
    """Shares over rates, and the map."""

    edited = Signal(str, object, bool)

    def __init__(self):
        super().__init__()
        self.plot = Plot("rate r, features", "share of the cells", whole_x=True)
        self.map = Map()
        self.steps = StepSlider("Play")
        self.steps.stepped.connect(lambda n, done: self.edited.emit("rate", n + 1, done))
        drawings = QHBoxLayout()
        drawings.setSpacing(16)
        drawings.addWidget(self.plot, 1)
        drawings.addWidget(self.map, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.steps)
        layout.addLayout(drawings, 1)
        self.plot.clicked.connect(
            lambda x, y: self.edited.emit("rate", max(1, min(128, round(x))), True)
        )

    def show_result(self, shown: Shares | None) -> None:
        if shown is None:
            self.steps.set_steps((), 0)
            return
        self.steps.least_ms = max(40, WHOLE_MS // len(shown.rates))
        self.steps.set_steps([f"rate {rate}" for rate in shown.rates], shown.rate - 1)
        curves = [
            Curve(shown.rates, values, f"{n} taps" if n > 1 else "1 tap")
            for n, values in shown.shares.items()
        ]
        self.plot.set_curves(curves, current=shown.rate)
        self.map.taps = shown.taps
        self.map.update()
