"""Two rows of pictures above each other, one picture for each block, and a plot beside them."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from segviewer.labs.atrous.cascade import CascadeShown
from segviewer.widgets.charts.plot import Curve, Plot
from segviewer.widgets.grids.picture_tiles import PictureTiles, Tile
from segviewer.widgets.text.plain_text import PlainLabel

TICKS = (8, 16, 32, 64, 128, 256)


class CascadeView(QWidget):
    """Blocks with strides above, atrous below; a click chooses a block, or an output stride.

    Signals
    -------
    edited(name, value, finished)
        A setting of the lab.
    """

    edited = Signal(str, object, bool)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._shown: Any = None
        self.rows = {"strides": PictureTiles(), "atrous": PictureTiles()}
        self.heads = {"strides": PlainLabel("with\nstrides"), "atrous": PlainLabel("atrous")}
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        for place, (way, tiles) in enumerate(self.rows.items()):
            grid.addWidget(self.heads[way], place, 0, Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(tiles, place, 1)
            tiles.chosen.connect(lambda name, way=way: self._on_tile(way, int(name)))
        grid.setColumnStretch(1, 1)
        self.strides = Plot("", "", log_x=True, x_ticks=TICKS)
        self.blocks = Plot("", "", x_ticks=(4, 5, 6, 7))
        for plot in (self.strides, self.blocks):
            plot.clicked.connect(lambda x, y: self._on_plot(x))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        layout.addLayout(grid, 5)
        layout.addWidget(self.strides, 3)
        layout.addWidget(self.blocks, 3)
        self.show_result(None)

    def show_result(self, shown: CascadeShown | None) -> None:
        """Draw a ``CascadeShown``, or nothing."""
        self._shown = shown
        for head in self.heads.values():
            head.setVisible(shown is not None)
        if shown is None:
            for tiles in self.rows.values():
                tiles.set_tiles((), "")
            self.strides.set_curves(())
            self.blocks.hide()
            return
        self.heads["atrous"].setText(f"atrous,\nOS {shown.output_stride}")
        for way, tiles in self.rows.items():
            tiles.setAccessibleName(f"Blocks, {self.heads[way].text()}".replace("\n", " "))
            tiles.set_tiles(
                [
                    Tile(str(tile.number), f"block {tile.number}", tile.figures, tile.picture)
                    for tile in shown.rows[way]
                ],
                str(shown.block) if way == shown.way else "",
            )
        by_stride = shown.sets == "output_stride"
        self.strides.setVisible(by_stride)
        self.blocks.setVisible(not by_stride)
        plot = self.strides if by_stride else self.blocks
        plot.set_labels(*shown.labels)
        plot.set_curves(
            [Curve(x, y, name, points=True) for name, x, y in shown.curves], shown.current
        )

    def _on_tile(self, way: str, block: int) -> None:
        if self._shown is None:
            return
        if way != self._shown.way:  # not finished: both are one step to undo
            self.edited.emit("way", way, False)
        self.edited.emit("block", block, True)

    def _on_plot(self, x: float) -> None:
        if self._shown is not None and x > 0:
            nearest = min(self._shown.choices, key=lambda choice: abs(choice / x - x / choice))
            self.edited.emit(self._shown.sets, nearest, True)
