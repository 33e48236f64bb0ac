"""How the lab “Pyramid pooling” is drawn."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from segviewer.labs.pyramids.pyramid import PyramidShown
from segviewer.widgets.charts.part_bars import Part, PartBars
from segviewer.widgets.grids.picture_tiles import PictureTiles, Tile
from segviewer.widgets.panels.window_strips import Strip, WindowStrips


class PyramidView(QWidget):
    """Windows, the photograph pooled, and what the levels add."""

    edited = Signal(str, object, bool)

    def __init__(self):
        super().__init__()
        self.strips = WindowStrips()
        self.tiles = PictureTiles()
        self.tiles.setAccessibleName("The photograph, pooled")
        self.tiles.chosen.connect(lambda name: self.edited.emit("pooling", name, True))
        self.bars = PartBars()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(20)
        layout.addWidget(self.strips, 4)
        layout.addWidget(self.tiles, 4)
        layout.addWidget(self.bars, 3)

    def show_result(self, shown: PyramidShown | None) -> None:
        if shown is None:
            self.strips.set_strips(())
            self.tiles.set_tiles((), "")
            self.bars.set_parts((), "")
            return
        self.strips.set_strips([Strip(*strip) for strip in shown.strips])
        tiles = [
            Tile(
                name,
                name,
                f"{shown.bins}×{shown.bins}",
                picture,
                f"What a window says by {name} of the photograph's colours",
            )
            for name, picture in shown.pictures.items()
        ]
        self.tiles.set_tiles(tiles, shown.pooling)
        parts = [
            Part(name, value, "r" if "×" in name else "", strong=name == "sum")
            for name, value in shown.parts
        ]
        self.bars.set_parts(parts, shown.heading)
