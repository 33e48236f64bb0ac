"""How the lab “With a target mask” is drawn."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from segviewer.imaging.overlay import colour_scale
from segviewer.labs.crf_studio.trimap import SHADES, TrimapShown
from segviewer.widgets.charts.plot import Curve, Plot
from segviewer.widgets.tables.figure_table import FigureTable
from segviewer.widgets.text.plain_text import RichLabel


class TrimapView(QWidget):
    """The curves, and beside them the classes in the band and what the colours mean."""

    edited = Signal(str, object, bool)

    def __init__(self):
        super().__init__()
        self.plot = Plot(X_LABEL, "")
        self.plot.clicked.connect(self._on_clicked)
        self.table = FigureTable(("", "before", "after", "change"), "IoU of the classes")
        self.legend = RichLabel()
        self.legend.setWordWrap(True)
        right = QVBoxLayout()
        right.setSpacing(4)
        right.addWidget(self.table, 1)
        right.addWidget(self.legend)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        layout.addWidget(self.plot, 3)
        layout.addLayout(right, 2)
        self.show_result(None)

    def _on_clicked(self, x: float, y: float) -> None:
        self.edited.emit("band", max(1, min(40, round(x))), True)

    def show_result(self, shown: TrimapShown | None) -> None:
        for widget in (self.plot, self.table, self.legend):
            widget.setVisible(shown is not None)
        if shown is None:
            return
        measure = f"{shown.measure} with the network's labels" if shown.own else shown.measure
        self.plot.set_labels(X_LABEL, measure)
        curves = (
            # Named below the axis: the two lie so close that their names would overlap.
            Curve(shown.widths, shown.before, dashed=True),
            Curve(shown.widths, shown.after, "after the CRF"),
        )
        self.plot.set_curves(curves, current=shown.band)
        self.table.set_heads((f"IoU, {shown.band} px", "before", "after", "change"))
        self.table.set_rows(
            [(name, _number(a), _number(b), _change(a, b)) for name, a, b in shown.classes]
        )
        parts = [pair for pair in shown.errors if not shown.own or pair[0] in WITHOUT]
        self.legend.setText(" &nbsp; ".join(self._part(*pair, shown.own) for pair in parts))

    def _part(self, name: str, share: float, own: bool) -> str:
        red, green, blue, _ = colour_scale("probability")[SHADES[name]]
        colour = f"#{red:02x}{green:02x}{blue:02x}"
        name = WITHOUT[name] if own else name
        return f'<span style="color:{colour}">■</span>&nbsp;{name}&nbsp;{100 * share:.1f}&nbsp;%'


WITHOUT = {"right": "kept", "broken": "changed"}  # where there is no target mask
X_LABEL = "px from an outline (dashed: before)"


def _number(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.3f}"


def _change(a: float, b: float) -> str:
    return "–" if np.isnan(a) or np.isnan(b) else f"{b - a:+.3f}".replace("-", "−")
