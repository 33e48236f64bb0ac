"""A layer's map with its cosets, spectrum and measures, or with the remedies of its grid."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from segviewer.labs.gridding.gridding_seen import Grids
from segviewer.labs.gridding.remedy_table import RemedyTable
from segviewer.widgets.charts.size_bars import SizeBars, SizeRow
from segviewer.widgets.controls.step_slider import StepSlider
from segviewer.widgets.grids.map_tiles import MapTiles


class GridMeasures(QWidget):
    """The map, beside it what is measured or the remedies, and a slider over the layers.

    It draws a :class:`segviewer.labs.gridding.gridding_seen.Grids`.

    Signals
    -------
    edited(str, object, bool)
        ``layer`` or ``remedy``, and its value.
    asked(object)
        A setting of the network that a switch changes.
    """

    edited = Signal(str, object, bool)
    asked = Signal(object)

    def __init__(self):
        super().__init__()
        self._labels: tuple[str, ...] = ()
        self.map, self.cosets, self.spectrum = MapTiles(), MapTiles(), MapTiles()
        self.bars, self.steps, self.remedies = SizeBars(), StepSlider("Play"), RemedyTable()
        self.steps.stepped.connect(
            lambda index, done: self.edited.emit("layer", self._labels[index], done)
        )
        self.remedies.switched.connect(self._on_switched)
        measures = QWidget()
        beside = QHBoxLayout(measures)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(16)
        for widget, share in ((self.cosets, 5), (self.spectrum, 5), (self.bars, 6)):
            beside.addWidget(widget, share)
        self.pages = QStackedWidget()
        self.pages.addWidget(measures)
        self.pages.addWidget(self.remedies)
        drawings = QHBoxLayout()
        drawings.setSpacing(16)
        drawings.addWidget(self.map, 1)
        drawings.addWidget(self.pages, 3)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(drawings, 1)
        layout.addWidget(self.steps)

    def show_result(self, shown: Grids | None) -> None:
        """Draw a grid, or nothing."""
        self._labels = () if shown is None else shown.labels
        self.steps.set_steps(self._labels, 0 if shown is None else shown.chosen)
        if shown is None or not shown.maps:
            for tiles in (self.map, self.cosets, self.spectrum):
                tiles.set_tiles(())
            self.bars.set_rows(())
            self.remedies.set_rows(())
            return
        self.pages.setCurrentIndex(bool(shown.remedies))
        side = int(np.ceil(np.sqrt(len(shown.maps))))
        self.map.set_tiles(shown.maps, side, shown.map_words)
        words = f"its {shown.rate**2} cosets: cells alike modulo {shown.rate}"
        self.cosets.set_tiles(shown.cosets, shown.rate, words)
        self.spectrum.set_tiles((shown.spectrum,), 1, shown.spectrum_words, shown.rings)
        self.bars.set_rows(
            [SizeRow(name, share, words, then, by) for name, share, words, then, by in shown.bars]
        )
        self.remedies.set_rows(shown.remedies)

    def _on_switched(self, row: Any, on: bool) -> None:
        kind, *rest = row.switch
        if kind == "lab":
            self.edited.emit("remedy", rest[0] if on else "none", True)
            return
        field, without, with_it = rest
        self.asked.emit({"network": {field: with_it if on else without}})
