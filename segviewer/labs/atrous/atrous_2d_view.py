"""How the lab “Atrous, 2-D” is drawn."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from segviewer.labs.atrous.atrous_2d import Ways
from segviewer.labs.atrous.pointed_taps import PointedTaps
from segviewer.widgets.grids.picture_tiles import PictureTiles, Tile


class Atrous2dView(QWidget):
    """Taps at the pointer, and the tiles, of which the chosen one lies on the photograph."""

    edited = Signal(str, object, bool)

    def __init__(self):
        super().__init__()
        self.tiles = PictureTiles()
        self.tiles.setAccessibleName("Sparse and dense responses")
        self.tiles.chosen.connect(self._on_chosen)
        self.taps = PointedTaps()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(20)
        layout.addWidget(self.taps, 5)
        layout.addWidget(self.tiles, 4)
        self._ways: Ways | None = None

    def show_result(self, shown: Ways | None) -> None:
        self._ways = shown
        if shown is None:
            self.taps.set_filter(np.zeros((0, 0)), np.zeros((0, 0)), 1)
        else:
            self.taps.set_filter(shown.grey, shown.kernel, shown.rate)
        pictures = shown.pictures if shown is not None else {}
        tiles = [
            Tile(
                name,
                title,
                pictures[name][1] if name in pictures else "",
                pictures[name][0] if name in pictures else None,
                tip,
            )
            for name, (title, tip) in TITLES.items()
        ]
        self.tiles.set_tiles(tiles, shown.current if shown is not None else "")

    def _on_chosen(self, name: str) -> None:
        if name == "filter":  # it belongs to no pixel of the photograph
            self.show_result(self._ways)
        else:
            self.edited.emit("picture", name, True)


TITLES = {
    "photograph": ("photograph, grey", "What both ways start from."),
    "sparse": ("down, filter, up", "Every r-th pixel is taken, filtered, and enlarged."),
    "dense": ("atrous", "The filter with holes, at every pixel."),
    "difference": ("difference", "The sparse one minus the atrous one; grey is 0."),
    "filter": ("filter with holes", "Grey is 0: where it is grey there is no weight."),
}
