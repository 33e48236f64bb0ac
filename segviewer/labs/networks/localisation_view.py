"""How the lab “What and where” is drawn."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from segviewer.labs.networks.localisation import LocalisationShown
from segviewer.labs.shared.one_pass import percent
from segviewer.widgets.charts.part_bars import Part, PartBars
from segviewer.widgets.grids.map_tiles import MapTiles


class LocalisationView(QWidget):
    """The classes for the whole picture, at their best cells, and the chosen one's map."""

    edited = Signal(str, object, bool)

    def __init__(self):
        super().__init__()
        self._shown: LocalisationShown | None = None
        self.pooled, self.best, self.map = PartBars(), PartBars(), MapTiles()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(20)
        for widget, stretch in ((self.pooled, 3), (self.best, 3), (self.map, 2)):
            layout.addWidget(widget, stretch)
        for bars in (self.pooled, self.best):
            bars.picked.connect(self._on_picked)

    def show_result(self, shown: LocalisationShown | None) -> None:
        self._shown = shown
        if shown is None:
            self.pooled.set_parts(())
            self.best.set_parts(())
            self.map.set_tiles(())
            return
        for bars, values, title in (
            (self.pooled, shown.pooled, "what: the whole picture, pooled"),
            (self.best, shown.best, "where: in the cell of its largest score"),
        ):
            bars.set_parts(
                [
                    Part(name, value, words=percent(value))
                    for name, value in zip(shown.names, values, strict=True)
                ],
                title,
                shown.chosen,
            )
        name = shown.names[shown.chosen]
        self.map.set_tiles((shown.score_map,), words=f"map of {name}", rings=((*shown.peak, True),))

    def _on_picked(self, index: int) -> None:
        if self._shown is not None:
            self.edited.emit("chosen", self._shown.numbers[index], True)
