"""A dense block: an arc for every connection, and below each layer the maps that it reads."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QWidget

from segviewer.widgets.charts.plot import SERIES
from segviewer.widgets.theme.fitted_words import draw_fitted
from segviewer.widgets.theme.painted_widget import PaintedWidget
from segviewer.widgets.theme.theme import Tokens, tokens

ARCS = 0.56  # of the height


class DenseLinks(PaintedWidget):
    """Layers from left to right; those that the chosen one reads stand out.

    Signals
    -------
    chosen(int)
        Number of the layer that was clicked or reached with the arrow keys, from 1 on.
    """

    chosen = Signal(int)
    USUAL = QSize(420, 220)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent, hover=True, keys=True)
        self._channels: tuple[int, ...] = ()
        self._growth, self._layer = 0, 1
        self.setMinimumSize(160, 100)

    def set_block(self, channels: tuple[int, ...], growth: int, layer: int) -> None:
        """Show a block: maps that each layer reads and last its output; `layer` is chosen."""
        self._channels, self._growth, self._layer = tuple(channels), growth, layer
        self.say(self.reading(layer))

    def layers(self) -> int:
        """How many there are."""
        return max(0, len(self._channels) - 1)

    def place(self, number: int) -> QPointF:
        """Where a layer stands; 0 is the block's input."""
        step = self._step()
        return QPointF(step * (number + 0.5), self.height() * ARCS)

    def reading(self, number: int) -> str:
        """What the tooltip says of a layer."""
        if not 0 <= number <= self.layers() or not self._channels:
            return ""
        if number == 0:
            return f"the block's input: {self._channels[0]} maps"
        maps = self._channels[number - 1]
        return f"layer {number} reads {maps} maps of {number} sources and adds {self._growth}"

    def _step(self) -> float:
        return self.width() / (len(self._channels) + 1)  # and what the block puts out

    def _number_at(self, position: QPointF) -> int:
        return int(position.x() / self._step())

    # Qt

    def mousePressEvent(self, event) -> None:  # noqa: N802
        number = self._number_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and 1 <= number <= self.layers():
            self.chosen.emit(number)

    def tip_at(self, position: QPointF) -> str:
        return self.reading(self._number_at(position))

    def keyPressEvent(self, event) -> None:  # noqa: N802
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(event.key())
        if step is None or not 1 <= self._layer + step <= self.layers():
            super().keyPressEvent(event)
            return
        self.chosen.emit(self._layer + step)

    def paint(self, painter: QPainter, colours: Tokens) -> None:
        if len(self._channels) < 2:
            return
        self._paint_arcs(painter)
        self._paint_maps(painter)

    def _paint_arcs(self, painter: QPainter) -> None:
        colours, layers = tokens(), self.layers()
        tone = QColor(SERIES[0][0 if colours.dark else 1])
        quiet = QColor(colours.muted)
        quiet.setAlphaF(max(0.12, min(0.55, 5 / layers)))
        later = QColor(quiet)  # what is not grown yet
        later.setAlphaF(0.25 * quiet.alphaF())
        room = self.height() * ARCS - 10
        pens = (QPen(later, 1), QPen(quiet, 1), QPen(tone, 1.6))
        for order, pen in enumerate(pens):  # those of the chosen layer lie on top
            painter.setPen(pen)
            for target in range(1, layers + 1):
                if (target <= self._layer) + (target == self._layer) != order:
                    continue
                for source in range(target):
                    start, end = self.place(source), self.place(target)
                    high = room * ((target - source) / layers) ** 0.6
                    path = QPainterPath(start)
                    path.cubicTo(
                        start.x(),
                        start.y() - high * 1.3,
                        end.x(),
                        end.y() - high * 1.3,
                        end.x(),
                        end.y(),
                    )
                    painter.drawPath(path)
        radius = max(2.0, min(6.0, self._step() / 3))
        for number in range(layers + 1):
            reads = number <= self._layer
            painter.setPen(QPen(tone if reads else QColor(colours.muted), 1.4))
            painter.setBrush(tone if number == self._layer else QColor(colours.panel))
            painter.drawEllipse(self.place(number), radius, radius)

    def _paint_maps(self, painter: QPainter) -> None:
        colours, step = tokens(), self._step()
        input_tone = QColor(SERIES[1][0 if colours.dark else 1])
        layer_tone = QColor(SERIES[0][0 if colours.dark else 1])
        line = painter.fontMetrics().height()
        top = self.height() * ARCS + 10
        room = max(4.0, self.height() - top - line - 2)
        most = self._channels[-1]
        for number, maps in enumerate(self._channels, start=1):
            strong = number == self._layer
            out = number == len(self._channels)
            left = self.place(number).x() - step * 0.36
            low = room * self._channels[0] / most
            tall = room * maps / most
            for tone, start, height in ((input_tone, 0.0, low), (layer_tone, low, tall - low)):
                fill = QColor(tone)
                fill.setAlphaF(0.85 if strong else 0.4)
                painter.fillRect(QRectF(left, top + start, step * 0.72, height), fill)
            words = str(maps)
            wide = painter.fontMetrics().horizontalAdvance(words)
            if strong or out or wide + 4 <= step:
                painter.setPen(QColor(colours.text if strong else colours.muted))
                where = min(max(self.place(number).x() - wide / 2, 0.0), self.width() - wide - 1)
                painter.drawText(QPointF(where, top + tall + line - 3), words)
        painter.setPen(QColor(colours.muted))
        # Below the low bars of the first layers.
        low = room * self._channels[len(self._channels) // 3] / most + line + 4
        corner = QRectF(0, top + low, step * (len(self._channels) // 3 + 0.9), room + line - low)
        if corner.height() >= line:
            lower = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom
            draw_fitted(painter, corner, lower, "maps that each layer reads; last, those put out")
