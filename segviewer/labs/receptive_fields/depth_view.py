"""How the lab “Depth” is drawn."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from segviewer.labs.receptive_fields.depth import Sizes
from segviewer.widgets.charts.plot import Curve, Plot
from segviewer.widgets.charts.size_bars import SizeBars, SizeRow


class DepthView(QWidget):
    """Sizes over depth; a click reads another depth."""

    edited = Signal(str, object, bool)

    def __init__(self):
        super().__init__()
        self.plot = Plot("depth n, layers", "side, px", whole_x=True)
        self.bars = SizeBars()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        layout.addWidget(self.plot, 3)
        layout.addWidget(self.bars, 1)
        self.plot.clicked.connect(self._on_clicked)
        self._depths: tuple[int, ...] = ()

    def show_result(self, shown: Sizes | None) -> None:
        self._depths = () if shown is None else shown.depths
        if shown is None:
            self.plot.set_curves(())
            self.bars.set_rows(())
            return
        unit = "part of the theory" if shown.parts else "px"
        self.plot.set_labels("depth n, layers", f"{shown.measure}, {unit}")
        n = shown.depths
        curves = [Curve(n, shown.measured, points=True)]
        if shown.closed:
            curves.append(Curve(n, shown.closed, "", dashed=True))
        # As a part of itself the theory is 1 everywhere.
        if not shown.parts:
            curves.append(Curve(n, shown.theory, "theory", "r", dashed=True))
        self.plot.set_curves(curves, current=shown.depth)
        self.bars.set_rows(
            [
                SizeRow(
                    name,
                    length,
                    "none" if length is None else f"{length:.1f} px",
                    dashed=name.startswith("theory") or name.endswith("form"),
                )
                for name, length in shown.bars
            ]
        )

    def _on_clicked(self, x: float, y: float) -> None:
        if self._depths:
            nearest = min(self._depths, key=lambda n: abs(n - x))
            self.edited.emit("depth", nearest, True)
