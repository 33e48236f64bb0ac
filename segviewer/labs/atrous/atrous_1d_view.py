"""How the lab “Atrous, 1-D” is drawn."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal
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


class Atrous1dView(QWidget):
    """Signal above its response, the filter beside them; a sample shows its taps."""

    edited = Signal(str, object, bool)

    def __init__(self):
        super().__init__()
        self._shown: Convolved | None = None
        self.signal = SampleBars("x, the signal: draw it", editable=True)
        self.filter = SampleBars("w, the filter: draw it", editable=True)
        self.response = SampleBars("y, the response")
        self.signal_buttons = self._buttons(SIGNALS, self._on_signal)
        self.filter_buttons = self._buttons(FILTERS, self._on_filter)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(24)
        layout.setVerticalSpacing(4)
        layout.addLayout(_row(self.signal_buttons), 0, 0)
        layout.addLayout(_row(self.filter_buttons), 0, 1)
        layout.addWidget(self.signal, 1, 0)
        layout.addWidget(self.response, 2, 0)
        layout.addWidget(self.filter, 1, 1, 2, 1)
        layout.setColumnStretch(0, 2)
        layout.setColumnStretch(1, 1)
        layout.setRowStretch(1, 1)
        layout.setRowStretch(2, 1)
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


def _row(buttons: dict[str, QPushButton]) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(6)
    for button in buttons.values():
        row.addWidget(button)
    row.addStretch(1)
    return row
