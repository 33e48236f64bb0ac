"""How the lab “ASPP” is drawn."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from segviewer.labs.pyramids.aspp import ASPPShown
from segviewer.labs.shared.one_pass import signed
from segviewer.widgets.charts.part_bars import Part, PartBars
from segviewer.widgets.grids.variant_tiles import Variant, VariantTiles

MOST = 40  # percent of the drawing that the names and their bars take


class ASPPView(QWidget):
    """Branches as pictures, a change to apply, and the chosen pixel's score."""

    edited = Signal(str, object, bool)
    asked = Signal(object)

    def __init__(self):
        super().__init__()
        self.variants = VariantTiles("Branches of the pyramid", "Choose a branch")
        self.bars = PartBars()
        self.variants.chosen.connect(lambda number: self.edited.emit("branch", number - 1, True))
        self.variants.asked.connect(self.asked)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(20)
        layout.addWidget(self.variants, 5)
        layout.addWidget(self.bars, 2)

    def show_result(self, shown: ASPPShown | None) -> None:
        if shown is None:
            self.variants.set_variants((), 0)
            self.bars.set_parts(())
            return
        self.variants.set_variants(
            [
                Variant(tile.title, tile.overlay, tile.figures, tile.switch, tile.asks)
                for tile in shown.tiles
            ],
            shown.chosen,
        )
        self.bars.set_parts(
            [
                Part(name, value, strong=name == "margin", words=signed(value))
                for name, value in shown.amounts
            ],
            shown.title,
        )
        self._give_names_room()

    def changeEvent(self, event) -> None:  # noqa: N802 (Qt's name)
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._give_names_room()

    def resizeEvent(self, event) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._give_names_room()

    def _give_names_room(self) -> None:
        # The pictures can be smaller and are still seen; a name that is smaller is not read.
        self.bars.setMinimumWidth(min(self.bars.needed_width(), MOST * self.width() // 100))
