"""How the lab “Lesions” is drawn."""

from __future__ import annotations

import math

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from segviewer.labs.networks.lesion import LesionShown, words_of
from segviewer.widgets.charts.plot import Curve, Plot
from segviewer.widgets.grids.picture_tiles import PictureTiles, Tile


class LesionView(QWidget):
    """Share of the labels that change by module, and both label maps."""

    edited = Signal(str, object, bool)

    def __init__(self):
        super().__init__()
        self._count = 0
        self.plot, self.tiles = (
            Plot("module", "labels that change, %", whole_x=True),
            PictureTiles(),
        )
        self.tiles.setAccessibleName("Labels without and with the lesion")
        self.plot.clicked.connect(self._on_clicked)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        layout.addWidget(self.plot, 1)
        layout.addWidget(self.tiles, 1)

    def show_result(self, shown: LesionShown | None) -> None:
        if shown is None:
            self._count = 0
            self.plot.set_curves(())
            self.tiles.set_tiles((), "")
            return
        self._count = len(shown.changes[shown.lesion])
        numbers = range(1, self._count + 1)
        self.plot.set_curves(
            [
                Curve(numbers, [100 * value for value in values], words_of(lesion), points=True)
                for lesion, values in shown.changes.items()
                if any(math.isfinite(value) for value in values)
            ],
            current=shown.module,
        )
        self.tiles.set_tiles(
            [
                Tile("0", "whole", "", shown.whole),
                Tile("1", words_of(shown.lesion), shown.figures, shown.lesioned),
            ],
            "1",
        )

    def _on_clicked(self, x: float, y: float) -> None:
        if self._count:
            self.edited.emit("module", min(max(round(x), 1), self._count), True)
