"""How the lab “Striding and pooling” is drawn."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from segviewer.labs.atrous.striding import StridingShown
from segviewer.widgets.charts.plot import Curve, Plot
from segviewer.widgets.tables.figure_table import FigureTable


class StridingView(QWidget):
    """Shares over the stride, and what the way back costs."""

    edited = Signal(str, object, bool)

    def __init__(self):
        super().__init__()
        self.plot = Plot("stride, px", "labels changed, %", log_x=True, x_ticks=TICKS)
        self.table = FigureTable(("", "stride + deconv.", "atrous"), "Costs of a layer")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(24)
        layout.addWidget(self.plot, 3)
        layout.addWidget(self.table, 2)
        self.plot.clicked.connect(self._on_clicked)
        self._strides: tuple[int, ...] = ()

    def show_result(self, shown: StridingShown | None) -> None:
        self._strides = () if shown is None else shown.strides
        if shown is None:
            self.plot.set_curves(())
            self.table.set_rows(())
            return
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
        self.table.set_heads((shown.layer, "stride + deconv.", "atrous"))
        self.table.set_rows(shown.costs)

    def _on_clicked(self, x: float, y: float) -> None:
        strides = [s for s in self._strides if s > 1]
        if strides and x > 0:
            nearest = min(strides, key=lambda s: abs(np.log2(s) - np.log2(x)))
            self.edited.emit("stride", nearest, True)


TICKS = (1, 2, 4, 8, 16, 32)  # px
