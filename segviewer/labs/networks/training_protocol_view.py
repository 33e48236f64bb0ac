"""Random views of the photograph, or a plot that sets what its x axis is about."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedLayout, QWidget

from segviewer.labs.networks.training_protocol import ProtocolShown, within
from segviewer.widgets.charts.plot import Curve, Plot
from segviewer.widgets.grids.picture_tiles import PictureTiles, Tile


class ProtocolView(QWidget):
    """Tiles or curves, whichever there are.

    Signals
    -------
    edited(name, value, finished)
        A setting of the lab.
    """

    edited = Signal(str, object, bool)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._shown: ProtocolShown | None = None
        self.tiles, self.plot = PictureTiles(), Plot("", "")
        self.tiles.setAccessibleName("Random views of the photograph")
        self._layout = QStackedLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.addWidget(self.tiles)
        self._layout.addWidget(self.plot)
        self.plot.clicked.connect(self._on_clicked)

    def show_result(self, shown: ProtocolShown | None) -> None:
        """Draw a ``ProtocolShown``, or nothing."""
        self._shown = shown
        if shown is None or shown.tiles:
            tiles = shown.tiles if shown is not None else ()
            self.tiles.set_tiles(
                [Tile(t.title, f"view {t.title}", t.figures, t.picture) for t in tiles], ""
            )
            self._layout.setCurrentWidget(self.tiles)
            return
        self.plot.set_labels(*shown.labels)
        self.plot.set_curves(
            [Curve(x, y, name, dashed=d, points=p) for name, x, y, d, p in shown.curves],
            shown.current,
        )
        self._layout.setCurrentWidget(self.plot)

    def _on_clicked(self, x: float, y: float) -> None:
        if self._shown is not None and self._shown.sets:
            name, factor = self._shown.sets
            self.edited.emit(name, within(name, x * factor), True)
