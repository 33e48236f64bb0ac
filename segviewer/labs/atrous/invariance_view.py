"""How the lab “Invariance” is drawn."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from segviewer.labs.atrous.invariance import FURTHEST, Pooled
from segviewer.labs.graphical.cell_grid import CellGrid
from segviewer.widgets.charts.plot import Curve, Plot
from segviewer.widgets.controls.step_slider import StepSlider
from segviewer.widgets.theme.symbol_colours import symbol_colour
from segviewer.widgets.theme.theme import tokens

PACE_MS = 700  # nine shifts in six seconds


class InvarianceView(QWidget):
    """Detections, the pooled map, the map enlarged, and how often a shift shows."""

    edited = Signal(str, object, bool)

    def __init__(self):
        super().__init__()
        self.detections = CellGrid("detections")
        self.map = CellGrid("pooled, ○ changed")
        self.back = CellGrid("enlarged")
        self.plot = Plot("shift, px", "positions whose cell changes, %", whole_x=True)
        self.plot.clicked.connect(self._on_clicked)
        self.steps = StepSlider("Play")
        self.steps.least_ms = PACE_MS
        self.steps.stepped.connect(lambda shift, done: self.edited.emit("shift", shift, done))
        grids = QHBoxLayout()
        grids.setSpacing(24)
        for grid in (self.detections, self.map, self.back):
            grids.addWidget(grid, 3)
        grids.addWidget(self.plot, 3)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.steps)
        layout.addLayout(grids, 1)

    def show_result(self, shown: Pooled | None) -> None:
        """Draw the maps; None empties them."""
        if shown is None:
            self.steps.set_steps((), 0)
            self.plot.set_curves(())
            for grid in (self.detections, self.map, self.back):
                grid.set_cells(np.zeros((0, 0)), _shade)
            return
        self.steps.set_steps([f"shifted by {n} px" for n in range(FURTHEST + 1)], shown.shift)
        self.detections.set_cells(shown.detections, _shade)
        changed = (shown.before != shown.after).ravel()
        self.map.set_cells(
            shown.after,
            _shade,
            ["○" if one else "" for one in changed],
            [
                f"{before:.3g} without the shift, {after:.3g} with it"
                for before, after in zip(shown.before.ravel(), shown.after.ravel(), strict=True)
            ],
        )
        self.back.set_cells(shown.back, _shade)
        self.plot.set_curves(
            [
                Curve(
                    range(len(shares)),
                    [100 * share for share in shares],
                    f"s = {window}",
                    symbol="r" if window == shown.window else "",
                    points=window == shown.window,
                )
                for window, shares in shown.curves
            ],
            current=shown.shift,
        )

    def _on_clicked(self, x: float, y: float) -> None:
        self.edited.emit("shift", min(max(0, round(x)), FURTHEST), True)


def _shade(value: float) -> QColor:
    """From the ground to the full colour; an average keeps a shade that is seen."""
    colours = tokens()
    ground, full = QColor(colours.raised), QColor(symbol_colour("r", colours.dark) or "")
    part = 0.0 if value <= 0 else 0.25 + 0.75 * min(1.0, value) ** 0.5
    return QColor(
        round(ground.red() + (full.red() - ground.red()) * part),
        round(ground.green() + (full.green() - ground.green()) * part),
        round(ground.blue() + (full.blue() - ground.blue()) * part),
    )
