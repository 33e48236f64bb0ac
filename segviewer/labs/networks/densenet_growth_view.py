"""How the lab “DenseNet” is drawn."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from segviewer.labs.networks.dense_links import DenseLinks
from segviewer.labs.networks.densenet_growth import DenseShown
from segviewer.widgets.charts.plot import Curve, Plot


class DenseNetGrowthView(QWidget):
    """Links and stacks, parameters over depth, gradient over layers."""

    edited = Signal(str, object, bool)

    def __init__(self):
        super().__init__()
        self.links = DenseLinks()
        self.parameters = Plot("depth L", "parameters, million", whole_x=True)
        self.gradient = Plot("layer of the block", "log₁₀ gradient, last = 0", whole_x=True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        layout.addWidget(self.links, 5)
        layout.addWidget(self.parameters, 4)
        layout.addWidget(self.gradient, 4)
        self.links.chosen.connect(lambda number: self.edited.emit("layer", number, True))
        self.gradient.clicked.connect(self._on_clicked)

    def show_result(self, shown: DenseShown | None) -> None:
        if shown is None:
            self.links.set_block((), 0, 1)
            self.parameters.set_curves(())
            self.gradient.set_curves(())
            return
        self.links.set_block(shown.channels, shown.growth, shown.layer)
        self.parameters.set_curves(
            [
                Curve(*shown.basic, f"k {shown.growth}"),
                Curve(*shown.compressed, f"BC, k {shown.growth}"),
                Curve(*shown.resnet, "ResNet"),
            ],
            current=shown.depth,
        )
        numbers = range(1, len(shown.dense) + 1)
        curves = []
        if shown.dense:
            curves = [
                Curve(numbers, shown.dense, "dense links", points=True),
                Curve(numbers, shown.chain, "a chain", points=True),
            ]
        self.gradient.set_curves(curves, current=shown.layer)

    def _on_clicked(self, x: float, y: float) -> None:
        if self.links.layers():
            self.edited.emit("layer", min(max(round(x), 1), self.links.layers()), True)
