"""Theoretical fields of all layers: how they lie about one unit, and how their sizes grow."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from segviewer.labs.receptive_fields.receptive_field import Fields
from segviewer.widgets.charts.plot import Curve, Plot
from segviewer.widgets.controls.step_slider import StepSlider
from segviewer.widgets.theme.fitted_words import draw_fitted
from segviewer.widgets.theme.painted_widget import PaintedWidget
from segviewer.widgets.theme.symbol_colours import symbol_colour
from segviewer.widgets.theme.theme import Tokens


class FieldNest(PaintedWidget):
    """The picture as a rectangle, and in it the field of a layer with those of earlier ones."""

    def __init__(self):
        super().__init__()
        self.shown: Any = None
        self.setMinimumSize(120, 96)

    def paint(self, painter: QPainter, colours: Tokens) -> None:
        shown = self.shown
        if shown is None:
            return
        painter.setClipRect(self.rect())
        words = painter.fontMetrics().height() + 2
        boxes = [tuple(map(int, box)) for box in shown.boxes[: shown.chosen + 1]]
        left, top, right, bottom = boxes[-1]
        left, top = min(0, left), min(0, top)
        right, bottom = max(shown.width, right), max(shown.height, bottom)
        room = QRectF(2, 2, self.width() - 4, self.height() - words - 6)
        scale = min(room.width() / (right - left), room.height() / (bottom - top))
        if scale <= 0:
            return
        corner = QPointF(
            room.center().x() - (left + right) / 2 * scale,
            room.center().y() - (top + bottom) / 2 * scale,
        )

        def place(box: tuple[int, ...]) -> QRectF:
            return QRectF(
                corner.x() + box[0] * scale,
                corner.y() + box[1] * scale,
                (box[2] - box[0]) * scale,
                (box[3] - box[1]) * scale,
            )

        painter.fillRect(place((0, 0, shown.width, shown.height)), QColor(colours.surround))
        tone = QColor(symbol_colour("r", colours.dark))
        earlier = QColor(tone)
        earlier.setAlphaF(0.45)
        painter.setPen(QPen(earlier, 1))
        for box in sorted(set(boxes[:-1])):
            # Branches that ran before may see more.
            if 0 < box[2] - box[0] <= boxes[-1][2] - boxes[-1][0]:
                painter.drawRect(place(box))
        painter.setPen(QPen(tone, 2, Qt.PenStyle.DashLine))
        if shown.whole[shown.chosen] and shown.global_paths:
            painter.drawRect(place((0, 0, shown.width, shown.height)))
        if boxes[-1][2] > boxes[-1][0]:
            painter.drawRect(place(boxes[-1]))
        painter.setPen(QColor(colours.muted))
        line = QRectF(0, self.height() - words - 1, self.width(), words)
        words_below = f"{shown.width} × {shown.height} px"
        draw_fitted(painter, line, Qt.AlignmentFlag.AlignCenter, words_below)


class LayerPlot(Plot):
    """A plot over layers, which are read by their names."""

    layers: tuple[str, ...] = ()

    def reading(self, position: QPointF) -> str:
        """Layer and size of the nearest point, or nothing."""
        found = self._nearest(position)
        if found is None or not 1 <= round(found[1]) <= len(self.layers):
            return ""
        return f"{self.layers[round(found[1]) - 1]}: {found[2]:,.0f} px"


class FieldGrowth(QWidget):
    """Sizes over layers with a slider below them, and the fields beside.

    It draws a :class:`segviewer.labs.receptive_fields.receptive_field.Fields`.

    Signals
    -------
    edited(str, object, bool)
        ``layer`` and its label.
    """

    edited = Signal(str, object, bool)

    def __init__(self):
        super().__init__()
        self._shown: Any = None
        self.plot = LayerPlot("layer, in the order in which they run", "side of the field, px")
        self.nest = FieldNest()
        self.steps = StepSlider()
        left = QVBoxLayout()
        left.setSpacing(2)
        left.addWidget(self.plot, 1)
        left.addWidget(self.steps)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addLayout(left, 3)
        layout.addWidget(self.nest, 1)
        self.plot.clicked.connect(lambda x, y: self._choose(round(x) - 1, True))
        self.steps.stepped.connect(self._choose)

    def show_result(self, shown: Fields | None) -> None:
        """Draw fields, or nothing."""
        self._shown = shown
        self.nest.shown = shown
        self.nest.update()
        if shown is None:
            self.plot.set_curves(())
            self.steps.set_steps((), 0)
            return
        numbers = tuple(range(1, len(shown.labels) + 1))
        side = max(shown.height, shown.width)
        nothing = float("nan")
        curves = [
            Curve(numbers, tuple(s or nothing for s in shown.sizes), "", "r", dashed=True),
            Curve((1, len(numbers)), (side, side), f"picture, {side} px"),
        ]
        if shown.global_paths and any(shown.whole):
            whole = tuple(side if w else nothing for w in shown.whole)
            curves.append(Curve(numbers, whole, "whole picture", "r", points=True))
        self.plot.layers = shown.labels
        self.plot.set_curves(curves, current=shown.chosen + 1)
        self.steps.set_steps(shown.labels, shown.chosen)

    def _choose(self, index: int, finished: bool) -> None:
        if self._shown is None:
            return
        index = min(max(index, 0), len(self._shown.labels) - 1)
        self.edited.emit("layer", self._shown.labels[index], finished)
