"""How the lab “ResNet as an ensemble” is drawn."""

from __future__ import annotations

import math

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from segviewer.labs.networks.resnet_paths import PathsShown
from segviewer.widgets.charts.plot import Curve, Plot


class ResNetPathsView(QWidget):
    """Lengths, gradient by length, change of the output by module."""

    edited = Signal(str, object, bool)

    def __init__(self):
        super().__init__()
        self._modules = 0
        k = "branches on the path, k"
        self.lengths = Plot(k, "share of the paths, %", whole_x=True)
        self.gradient = Plot(k, "share of the gradient, %", whole_x=True)
        self.changes = Plot("module left out", "change of the output, %", whole_x=True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        for plot in (self.lengths, self.gradient, self.changes):
            layout.addWidget(plot, 1)
        self.changes.clicked.connect(self._on_clicked)

    def show_result(self, shown: PathsShown | None) -> None:
        self._modules = 0 if shown is None else shown.modules
        if shown is None:
            for plot in (self.lengths, self.gradient, self.changes):
                plot.set_curves(())
            return
        n = shown.modules
        edges = [k - 0.5 for k in range(n + 2)]
        ks, numbers = range(n + 1), range(1, n + 1)
        curves = [Curve(edges, _per_cent(shown.paths), "all", steps=True)]
        if shown.lesion != "swap":
            curves.append(Curve(edges, _per_cent(shown.left), "left", steps=True))
        self.lengths.set_curves(curves)
        curves = [Curve(ks, _per_cent(shown.expected), "closed form", dashed=True)]
        if shown.gradient:
            curves.insert(0, Curve(edges, _per_cent(shown.gradient), "measured", steps=True))
        self.gradient.set_curves(curves)
        words = {
            "delete": "module left out",
            "several": "modules left out",
            "swap": "module swapped",
        }[shown.lesion]
        self.changes.set_labels(words, "change of the output, %")
        curves = []
        if any(math.isfinite(change) for change in shown.changes):
            name = "" if not shown.chain else "ResNet"
            curves.append(Curve(numbers, _per_cent(shown.changes), name, points=True))
        if shown.chain:
            chain = Curve(numbers, _per_cent(shown.chain), "without shortcuts", points=True)
            curves.append(chain)
        if math.isfinite(shown.expected_change) and n > 1:
            level = 100 * shown.expected_change
            curves.append(Curve((1, n), (level, level), "", dashed=True))
        self.changes.set_curves(curves, current=shown.module)

    def _on_clicked(self, x: float, y: float) -> None:
        if self._modules:
            self.edited.emit("module", min(max(round(x), 1), self._modules), True)


def _per_cent(shares) -> list[float]:
    return [100 * float(share) for share in shares]
