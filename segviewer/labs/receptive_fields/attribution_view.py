"""How the lab “Why the network says so” is drawn."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from segviewer.labs.receptive_fields.attribution import Attribution
from segviewer.labs.shared.one_pass import percent
from segviewer.widgets.charts.part_bars import Part, PartBars
from segviewer.widgets.grids.map_tiles import MapTiles


class AttributionView(QWidget):
    """The evidence as a map, and on which classes it lies."""

    edited = Signal(str, object, bool)

    def __init__(self):
        super().__init__()
        self.map, self.bars = MapTiles(), PartBars()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(24)
        layout.addWidget(self.map, 3)
        layout.addWidget(self.bars, 2)

    def show_result(self, shown: Attribution | None) -> None:
        """Draw the evidence; None empties both."""
        if shown is None:
            self.map.set_tiles(())
            self.bars.set_parts(())
            return
        self.map.set_tiles((shown.picture,), words="the brighter, the more evidence")
        self.bars.set_parts(
            [Part(name, share, words=percent(share)) for name, share in shown.parts], shown.title
        )
