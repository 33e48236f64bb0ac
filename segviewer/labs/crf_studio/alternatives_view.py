"""How the lab “Alternatives” is drawn."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from segviewer.labs.crf_studio.alternatives import WAYS, Ways, percent_text
from segviewer.widgets.grids.picture_tiles import PictureTiles, Tile


class AlternativesView(QWidget):
    """The tiles; the chosen one lies on the photograph."""

    edited = Signal(str, object, bool)

    def __init__(self):
        super().__init__()
        self.tiles = PictureTiles()
        self.tiles.setAccessibleName("Ways to labels")
        self.tiles.chosen.connect(lambda name: self.edited.emit("way", name, True))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.tiles)

    def show_result(self, shown: Ways | None) -> None:
        found = {way.name: way for way in shown.ways} if shown is not None else {}
        tiles = []
        for name, title in WAYS.items():
            way = found.get(name)
            if way is None:
                tiles.append(Tile(name, title, "", None))
                continue
            figures = f"{percent_text(way.changed)} changed"
            if way.seconds:
                figures += f" · {way.seconds:.2f} s"
            if way.miou is not None:
                figures += f"\nmIoU {way.miou:.3f}"
            tiles.append(Tile(name, title, figures, way.overlay, way.tip))
        self.tiles.set_tiles(tiles, shown.current if shown is not None else "")
