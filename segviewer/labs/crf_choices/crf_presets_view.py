"""How the lab “Presets” is drawn."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from segviewer.labs.crf_choices.crf_presets import AS_SET, TriedPreset, TriedPresets
from segviewer.widgets.grids.picture_tiles import PictureTiles, Tile


class CRFPresetsView(QWidget):
    """A strip of thumbnails; the one that is set has a frame.

    Signals
    -------
    asked(dict)
        The settings of the preset that was taken.
    """

    asked = Signal(object)

    def __init__(self):
        super().__init__()
        self._tried: dict[str, TriedPreset] = {}
        self.tiles = PictureTiles()
        self.tiles.setAccessibleName("CRF presets")
        self.tiles.chosen.connect(self._take)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.tiles)

    def show_result(self, shown: TriedPresets | None) -> None:
        tried = shown.tried if shown is not None else ()
        self._tried = {one.name: one for one in tried}
        tiles = [Tile(one.name, one.title, _figures(one), one.overlay, one.tip) for one in tried]
        missing = shown.total - len(tried) if shown is not None else 0
        tiles += [Tile(f"{index}", "…", "", None) for index in range(missing)]
        self.tiles.set_tiles(tiles, shown.current if shown is not None else "")

    def _take(self, name: str) -> None:
        taken = self._tried.get(name)
        if taken is not None:
            self.asked.emit({"crf": dict(taken.settings)})


def _figures(one: TriedPreset) -> str:
    said = "" if one.name == AS_SET else f"{100 * one.differs:.1f} % differ"
    if one.miou is None:
        return said
    return "\n".join(filter(None, (f"mIoU {one.miou:.3f}", said)))
