"""How the lab “Gridding, in theory” is drawn."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from segviewer.analysis.gridding.rate_presets import PRESETS
from segviewer.labs.gridding.gridding import GriddingShown
from segviewer.widgets.controls.step_slider import StepSlider
from segviewer.widgets.controls.wrapped_row import WrappedRow
from segviewer.widgets.grids.tap_grid import LevelChart, TapMap
from segviewer.widgets.text.plain_text import plain_tip

PACE_MS = 1500  # four steps in six seconds


class GriddingView(QWidget):
    """Map of a level, all levels along a line, presets, and the search."""

    edited = Signal(str, object, bool)

    def __init__(self):
        super().__init__()
        self._shown: GriddingShown | None = None
        self.presets = QComboBox()
        self.presets.addItem("Sequences of papers …")
        for preset in PRESETS:
            self.presets.addItem(preset.name, preset.rates)
            at = self.presets.count() - 1
            words = f"{', '.join(map(str, preset.rates))}\n{preset.origin}\n{preset.note}"
            self.presets.setItemData(at, words.strip(), 3)  # as a tooltip
        self.presets.setAccessibleName("Sequences of papers")
        self.presets.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.presets.setMinimumContentsLength(24)
        self.presets.activated.connect(self._on_preset)
        self.widest = QPushButton()
        self.widest.clicked.connect(self._on_widest)
        self.steps = StepSlider("Play")
        self.steps.least_ms = PACE_MS
        self.steps.stepped.connect(lambda level, done: self.edited.emit("level", level, done))
        self.map, self.chart = TapMap(), LevelChart()
        self.map.pointed.connect(self.chart.point)
        head = WrappedRow(8)
        self.both = QCheckBox("Next output, too")
        self.both.setToolTip(
            "Purple: cells that only the output beside this one reads. Where the two share none, "
            "they look at different grids."
        )
        self.both.toggled.connect(self.map.set_both)
        self.both.setChecked(True)
        head.addWidget(self.presets)
        head.addWidget(self.widest)
        head.addWidget(self.both)
        head.addWidget(self.steps)
        drawings = QHBoxLayout()
        drawings.setSpacing(16)
        drawings.addWidget(self.map, 2)
        drawings.addWidget(self.chart, 3)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(head)
        layout.addLayout(drawings, 1)

    def show_result(self, shown: GriddingShown | None) -> None:
        self._shown = shown
        grid = None if shown is None else shown.grid
        self.map.set_grid(grid)
        self.chart.set_grid(grid)
        self.widest.setEnabled(shown is not None and shown.widest != shown.grid.rates)
        if shown is None:
            self.widest.setText("Widest without holes")
            self.steps.set_steps((), 0)
            self.presets.setCurrentIndex(0)
            return
        words = ", ".join(map(str, shown.widest))
        self.widest.setToolTip(plain_tip(f"Take {words}"))
        if len(words) > 20:
            words = f"{words[:20].rsplit(',', 1)[0]}, …"
        self.widest.setText(f"Widest without holes: {words}")
        self._show_preset()
        self.steps.set_steps(_names(shown.grid.rates), shown.grid.level)

    def _on_preset(self, index: int) -> None:
        rates = self.presets.itemData(index)
        if rates:
            self.edited.emit("rates", ", ".join(map(str, rates)), True)
        elif self._shown is not None:
            self._show_preset()

    def _show_preset(self) -> None:
        # Several have the same rates: the one that was chosen stays.
        assert self._shown is not None
        if self.presets.currentText() not in self._shown.presets:
            name = next(iter(self._shown.presets), "")
            self.presets.setCurrentIndex(max(0, self.presets.findText(name)))

    def _on_widest(self) -> None:
        if self._shown is not None:
            self.edited.emit("rates", ", ".join(map(str, self._shown.widest)), True)


def _names(rates: tuple[int, ...]) -> tuple[str, ...]:
    found = ["the unit itself"]
    found += [f"below layer {n} (r = {rates[n - 1]})" for n in range(len(rates), 0, -1)]
    return tuple(found)
