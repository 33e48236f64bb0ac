"""How the lab “DenseNet” is drawn."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from segviewer.labs.networks.dense_links import DenseLinks
from segviewer.labs.networks.densenet_growth import DenseShown
from segviewer.widgets.charts.plot import Curve, Plot
from segviewer.widgets.controls.segmented import SegmentedButtons
from segviewer.widgets.controls.step_slider import StepSlider

PACE_MS = 500  # so that twelve layers take 6 s
PLOTS = ("Parameters", "Gradient")


class DenseNetGrowthView(QWidget):
    """The block, growing layer by layer; beside it parameters over depth, or the gradient."""

    edited = Signal(str, object, bool)

    def __init__(self):
        super().__init__()
        self.links = DenseLinks()
        self.steps = StepSlider("Play")
        self.steps.least_ms = PACE_MS
        self.steps.stepped.connect(
            lambda number, finished: self.edited.emit("layer", number + 1, finished)
        )
        self.parameters = Plot("depth L", "parameters, million", whole_x=True)
        self.gradient = Plot("layer of the block", "log₁₀ gradient, last = 0", whole_x=True)
        self.plots = QStackedWidget()
        self.choice = SegmentedButtons(PLOTS, exclusive=True)
        self.choice.set_checked(0)
        self.choice.toggled.connect(lambda number, on: self.plots.setCurrentIndex(number))
        for plot in (self.parameters, self.gradient):
            self.plots.addWidget(plot)
        block, beside = QVBoxLayout(), QVBoxLayout()
        for column, above, below in (
            (block, self.steps, self.links),
            (beside, self.choice, self.plots),
        ):
            column.setSpacing(6)
            column.addWidget(above)
            column.addWidget(below, 1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        layout.addLayout(block, 3)
        layout.addLayout(beside, 2)
        self.links.chosen.connect(lambda number: self.edited.emit("layer", number, True))
        self.gradient.clicked.connect(self._on_clicked)

    def show_result(self, shown: DenseShown | None) -> None:
        if shown is None:
            self.links.set_block((), 0, 1)
            self.steps.set_steps((), 0)
            self.parameters.set_curves(())
            self.gradient.set_curves(())
            return
        self.links.set_block(shown.channels, shown.growth, shown.layer)
        names = [f"layer {number} of {self.links.layers()}" for number in self._numbers()]
        self.steps.set_steps(names, shown.layer - 1)
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

    def _numbers(self) -> range:
        return range(1, self.links.layers() + 1)

    def _on_clicked(self, x: float, y: float) -> None:
        if self.links.layers():
            self.edited.emit("layer", min(max(round(x), 1), self.links.layers()), True)
