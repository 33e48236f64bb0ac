"""How the lab “Striding and pooling” is drawn."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from segviewer.labs.atrous.cost_bars import Cost, CostBars
from segviewer.labs.atrous.stride_stack import StrideStack
from segviewer.labs.atrous.striding import StridingShown
from segviewer.widgets.charts.plot import Curve, Plot

WAYS = ("stride + deconv.", "atrous")
TICKS = (1, 2, 4, 8, 16, 32)  # px


class StridingView(QWidget):
    """A stack of maps with what each has lost; beside it the shares, or what ways back cost."""

    edited = Signal(str, object, bool)

    def __init__(self):
        super().__init__()
        self.stack, self.costs = StrideStack(), CostBars()
        self.plot = Plot("stride, px", "labels changed, %", log_x=True, x_ticks=TICKS)
        self.drawings = QStackedWidget()
        for drawing in (self.plot, self.costs):
            self.drawings.addWidget(drawing)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(24)
        layout.addWidget(self.stack, 1)
        layout.addWidget(self.drawings, 1)
        self.plot.clicked.connect(self._on_clicked)
        self.stack.chosen.connect(lambda stride: self.edited.emit("stride", stride, True))
        self._strides: tuple[int, ...] = ()

    def show_result(self, shown: StridingShown | None) -> None:
        self._strides = () if shown is None else shown.strides
        if shown is None:
            self.plot.set_curves(())
            self.costs.set_costs((), WAYS, "")
            self.stack.set_maps((), (), None, 0, "")
            return
        self.stack.set_maps(
            shown.strides, shown.pictures, shown.picture, shown.stride, "white: lost"
        )
        near = f"within {shown.band} px of an outline"
        curves = (
            (near, shown.near, False),
            ("everywhere", shown.everywhere, False),
            ("shifted by 1 px", shown.shifted, True),
        )
        self.plot.set_curves(
            [
                Curve(
                    shown.strides,
                    [100 * share for share in shares],
                    name,
                    dashed=dashed,
                    points=not dashed,
                )
                for name, shares, dashed in curves
            ],
            current=shown.stride,
        )
        costs = [
            Cost(name, values, (first, second))
            for (name, first, second), values in zip(shown.costs, shown.numbers, strict=True)
        ]
        self.costs.set_costs(costs, WAYS, f"Costs of {shown.layer}")
        self.drawings.setCurrentWidget(self.costs if shown.beside == "costs" else self.plot)

    def _on_clicked(self, x: float, y: float) -> None:
        strides = [s for s in self._strides if s > 1]
        if strides and x > 0:
            nearest = min(strides, key=lambda s: abs(np.log2(s) - np.log2(x)))
            self.edited.emit("stride", nearest, True)
