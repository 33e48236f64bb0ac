"""How the lab “Time machine” is drawn."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from segviewer.labs.crf_studio.time_machine import Curves
from segviewer.widgets.charts.plot import Curve, Plot
from segviewer.widgets.controls.step_slider import StepSlider

LEAST_MS = 600  # that an iteration stands while they are played: the first ones change most


class TimeMachineView(QWidget):
    """Three plots over the iterations, which are played; a click goes to the iteration."""

    edited = Signal(str, object, bool)

    def __init__(self):
        super().__init__()
        self.changed = Plot("iteration", "changed labels, %", whole_x=True)
        self.entropy = Plot("iteration", "entropy, nats", whole_x=True)
        self.energy = Plot("iteration", "F − F₀, nats per pixel", whole_x=True)
        self.steps = StepSlider("Play")
        self.steps.least_ms = LEAST_MS
        self.steps.stepped.connect(lambda t, done: self.edited.emit("iteration", t, done))
        plots = QHBoxLayout()
        plots.setSpacing(8)
        for plot, stretch in ((self.changed, 4), (self.entropy, 3), (self.energy, 3)):
            plots.addWidget(plot, stretch)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.steps)
        layout.addLayout(plots, 1)
        self._last = 0
        self.changed.clicked.connect(self._on_changes_clicked)
        self.entropy.clicked.connect(self._go)
        self.energy.clicked.connect(self._go)

    def show_result(self, shown: Curves | None) -> None:
        """Draw the curves; None empties the plots."""
        if shown is None:
            for plot in (self.changed, self.entropy, self.energy):
                plot.set_curves(())
            self.steps.set_steps((), 0)
            return
        steps = np.arange(len(shown.start))
        self._last, now = int(steps[-1]), shown.iteration
        names = ("network alone", *(f"iteration {t}" for t in steps[1:]))
        self.steps.set_steps(names, now)
        both = [
            Curve(steps, shown.start, "since the network", points=True),
            Curve(steps[1:], shown.before[1:], "per iteration", points=True),
        ]
        self.changed.set_curves(both, current=now)
        self.entropy.set_curves([Curve(steps, shown.entropy, points=True)], current=now)
        self.energy.set_curves([Curve(steps, shown.energy, points=True)], current=now)

    def _on_changes_clicked(self, x: float, y: float) -> None:
        # Unfinished, so that both are one step to undo.
        self.edited.emit("show", "flips", False)
        self._go(x, y)

    def _go(self, x: float, y: float) -> None:
        self.edited.emit("iteration", min(max(0, round(x)), self._last), True)
