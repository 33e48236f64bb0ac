"""How the lab “Image-level features” is drawn."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from segviewer.labs.pyramids.image_level import ImageLevelShown
from segviewer.labs.shared.one_pass import percent, signed
from segviewer.widgets.charts.part_bars import Part, PartBars
from segviewer.widgets.grids.variant_tiles import Variant, VariantTiles


class ImageLevelView(QWidget):
    """Label maps of each way, differences of scores, lengths of vectors."""

    edited = Signal(str, object, bool)
    asked = Signal(object)

    def __init__(self):
        super().__init__()
        self.variants = VariantTiles("With and without", "Choose a picture")
        self.variants.chosen.connect(lambda number: self.edited.emit("variant", number, True))
        self.variants.asked.connect(self.asked)
        self.gains, self.lengths = PartBars(), PartBars()
        beside = QVBoxLayout()
        beside.setSpacing(8)
        beside.addWidget(self.gains, 3)
        beside.addWidget(self.lengths, 1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(20)
        layout.addWidget(self.variants, 5)
        layout.addLayout(beside, 3)

    def show_result(self, shown: ImageLevelShown | None) -> None:
        self.lengths.setVisible(shown is not None and bool(shown.lengths))
        if shown is None:
            self.variants.set_variants((), 0)
            self.gains.set_parts(())
            return
        self.variants.set_variants(
            [
                Variant(
                    tile.title,
                    tile.picture,
                    f"{percent(tile.changed)} change" if tile.asks else "",
                    "Apply to network",
                    tile.asks,
                )
                for tile in shown.tiles
            ],
            shown.chosen,
        )
        self.gains.set_parts(
            [Part(name, value, words=signed(value)) for name, value in shown.gains], shown.title
        )
        self.lengths.set_parts(
            [Part(name, value, words=f"{value:.3g}") for name, value in shown.lengths],
            "length ‖x‖ before the norm",
        )
