"""How the lab “Atrous, 1-D” is drawn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QLineF, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from segviewer.analysis.arithmetic.atrous_signal import (
    FILTERS,
    SIGNALS,
    filter_of,
    signal_of,
    with_holes,
)
from segviewer.labs.atrous.atrous_1d import Convolved, number_text
from segviewer.labs.atrous.sample_bars import SampleBars
from segviewer.widgets.controls.step_slider import StepSlider
from segviewer.widgets.theme.painted_widget import PaintedWidget
from segviewer.widgets.theme.symbol_colours import symbol_colour
from segviewer.widgets.theme.theme import Tokens

PACE_MS = 200  # 36 outputs in seven seconds


class TapLines(PaintedWidget):
    """Lines over the drawing below, from the taps to the output that they make."""

    def __init__(self, parent: QWidget):
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._lines: tuple[QLineF, ...] = ()

    def set_lines(self, lines: Sequence[QLineF]) -> None:
        """Draw these."""
        self._lines = tuple(lines)
        self.update()

    def lines(self) -> tuple[QLineF, ...]:
        """What is drawn."""
        return self._lines

    def paint(self, painter: QPainter, colours: Tokens) -> None:
        painter.setPen(QPen(QColor(symbol_colour("r", colours.dark) or ""), 2))
        painter.drawLines(list(self._lines))


class Atrous1dView(QWidget):
    """Signal above its response, the filter beside them.

    The filter slides over the signal when it plays; lines lead from its taps to the output, and
    under the pointer it stands still.
    """

    edited = Signal(str, object, bool)

    def __init__(self):
        super().__init__()
        self._shown: Convolved | None = None
        self._sample = 0  # of the output whose taps are shown
        self.signal = SampleBars("x, the signal: draw it", editable=True)
        self.filter = SampleBars("w, the filter: draw it", editable=True)
        self.response = SampleBars("y, the response", below=True)
        self.steps = StepSlider("Play")
        self.steps.least_ms = PACE_MS
        self.steps.stepped.connect(lambda index, done: self._on_pointed(index))
        self.signal_buttons = self._buttons(SIGNALS, self._on_signal)
        self.filter_buttons = self._buttons(FILTERS, self._on_filter)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(24)
        layout.setVerticalSpacing(4)
        layout.addLayout(_row(self.signal_buttons), 0, 0)
        layout.addLayout(_row(self.filter_buttons), 0, 1)
        layout.addWidget(self.steps, 1, 0, 1, 2)
        layout.addWidget(self.signal, 2, 0)
        layout.addWidget(self.response, 3, 0)
        layout.addWidget(self.filter, 2, 1, 2, 1)
        layout.setColumnStretch(0, 2)
        layout.setColumnStretch(1, 1)
        layout.setRowStretch(2, 1)
        layout.setRowStretch(3, 1)
        self.lines = TapLines(self)
        self.signal.changed.connect(lambda v, done: self.edited.emit("signal", v, done))
        self.filter.changed.connect(self._on_filter_drawn)
        for bars in (self.signal, self.response):
            bars.pointed.connect(self._on_pointed)

    def _buttons(self, names, slot) -> dict[str, QPushButton]:
        found = {}
        for name in names:
            found[name] = QPushButton(name)
            found[name].setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            found[name].clicked.connect(lambda checked=False, name=name: slot(name))
        return found

    def show_result(self, shown: Convolved | None) -> None:
        self._shown = shown
        if shown is None:
            for bars in (self.signal, self.filter, self.response):
                bars.set_values(())
                bars.set_marked({})
            self.steps.set_steps((), 0)
            self.lines.set_lines(())
            return
        self.signal.set_values(shown.signal)
        reach = max(1.0, float(np.abs(shown.response).max()))
        self.response.set_values(shown.response, reach=reach, pale=~shown.inside)
        spread = with_holes(shown.weights, shown.rate)
        holes = np.arange(len(spread)) % shown.rate != 0
        self.filter.set_values(spread, holes=holes)
        self._on_pointed(-1)

    def _on_signal(self, name: str) -> None:
        if self._shown is not None:
            values = signal_of(name, len(self._shown.signal))
            self.edited.emit("signal", tuple(values.tolist()), True)

    def _on_filter(self, name: str) -> None:
        if self._shown is not None:
            values = filter_of(name, len(self._shown.weights))
            self.edited.emit("weights", tuple(values.tolist()), True)

    def _on_filter_drawn(self, values: tuple, finished: bool) -> None:
        if self._shown is not None:
            self.edited.emit("weights", values[:: self._shown.rate], finished)

    def _on_pointed(self, index: int) -> None:
        """Show which samples the response at `index` is made of."""
        shown = self._shown
        if shown is None:
            return
        strongest = int(np.abs(shown.response).argmax())
        sample = index if 0 <= index < len(shown.signal) else strongest
        taps = {
            int(sample + offset): number_text(weight)
            for offset, weight in zip(shown.offsets, shown.weights, strict=True)
            if 0 <= sample + offset < len(shown.signal)
        }
        self.signal.set_marked(taps)
        self.response.set_marked({sample: number_text(shown.response[sample])})
        self.response.set_name(f"y, the response (y[{sample}] marked)")
        self.steps.set_steps([f"i = {n}" for n in range(len(shown.signal))], sample)
        self._sample = sample
        self._draw_lines()

    def _draw_lines(self) -> None:
        """From each tap of the signal to the marked response."""
        shown = self._shown
        if shown is None:
            return
        to = self.response.mapTo(self, self.response.above(self._sample).toPoint())
        found = []
        for index in self.signal.marked():
            start = self.signal.place_of(index, min(0.0, float(shown.signal[index])))
            found.append(QLineF(QPointF(self.signal.mapTo(self, start.toPoint())), QPointF(to)))
        self.lines.set_lines(found)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        super().resizeEvent(event)
        self.lines.setGeometry(self.rect())
        self.lines.raise_()
        # The bars are laid out after this.
        QTimer.singleShot(0, self, self._draw_lines)


def _row(buttons: dict[str, QPushButton]) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(6)
    for button in buttons.values():
        row.addWidget(button)
    row.addStretch(1)
    return row
