"""How often each value occurs, and the two ends that become black and white."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from segviewer.widgets.theme.theme import tokens

HEIGHT = 84


class ToneHistogram(pg.PlotWidget):
    """A histogram with draggable ends.

    Signals
    -------
    ends_moved(float, float, bool)
        The values that become black and white, and whether the drag is over.
    reset_requested()
        Double click.
    """

    ends_moved = Signal(float, float, bool)
    reset_requested = Signal()

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent, enableMenu=False)
        item = self.getPlotItem()
        item.hideButtons()
        # pyqtgraph leaves it without a parent, and so behind when the plot goes.
        item.ctrlMenu.setParent(self, item.ctrlMenu.windowFlags())
        item.setMouseEnabled(x=False, y=False)
        for side in ("left", "bottom"):
            item.hideAxis(side)
        item.getViewBox().setDefaultPadding(0.0)
        self.setAntialiasing(True)
        self.setFrameShape(self.Shape.NoFrame)
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Histogram of the photograph")
        self.setToolTip("Drag the ends: what becomes black and white. Double-click: as found.")
        self._edges, self._counts = np.array([0.0, 1.0]), np.zeros(1)
        self._bars = item.plot(self._edges, self._counts, stepMode="center", fillLevel=0)
        self.ends = pg.LinearRegionItem((0, 1), movable=True)
        self.ends.setZValue(10)
        self.ends.sigRegionChanged.connect(lambda: self._emit(False))
        self.ends.sigRegionChangeFinished.connect(lambda: self._emit(True))
        item.addItem(self.ends)
        self._held = False
        self._draw()

    def set_values(self, counts: np.ndarray, low: float, high: float) -> None:
        """Show how often values between `low` and `high` occur."""
        self._edges = np.linspace(low, high, len(counts) + 1)
        # By their roots, so that a peak of sky does not flatten all the rest.
        self._counts = np.sqrt(np.asarray(counts, float))
        self._bars.setData(self._edges, self._counts)
        self._fit()

    def set_ends(self, black: float, white: float) -> None:
        """Show which values become black and white; a drag keeps its own."""
        if self._held:
            return
        with QSignalBlocker(self.ends):
            self.ends.setRegion((black, white))
            for line in self.ends.lines:
                line.update()
        self._fit()

    def shown_ends(self) -> tuple[float, float]:
        """The values at the two ends."""
        black, white = self.ends.getRegion()
        return float(black), float(white)

    def _fit(self) -> None:
        black, white = self.shown_ends()
        low, high = min(black, self._edges[0]), max(white, self._edges[-1])
        room = 0.02 * (high - low)
        top = max(1.0, float(self._counts.max())) * 1.05
        self.getPlotItem().getViewBox().setRange(
            xRange=(low - room, high + room), yRange=(0, top), padding=0
        )

    def _emit(self, finished: bool) -> None:
        self._held = not finished
        black, white = self.shown_ends()
        if white > black:
            self.ends_moved.emit(black, white, finished)

    def _draw(self) -> None:
        colours = tokens()
        self._scheme = colours.scheme
        self.setBackground(colours.raised)
        self._bars.setPen(pg.mkPen(colours.muted, width=1))
        self._bars.setBrush(pg.mkBrush(colours.muted + "66"))
        self.ends.setBrush(pg.mkBrush(colours.accent + "22"))
        self.ends.setHoverBrush(pg.mkBrush(colours.accent + "33"))
        for line in self.ends.lines:
            line.setPen(pg.mkPen(colours.accent, width=2))
            line.setHoverPen(pg.mkPen(colours.accent, width=4))

    def mouseDoubleClickEvent(self, event) -> None:  # noqa: N802 (Qt's name)
        if event.button() == Qt.MouseButton.LeftButton:
            self._held = False
            self.reset_requested.emit()
            event.accept()

    def changeEvent(self, event) -> None:  # noqa: N802
        super().changeEvent(event)
        drawn = getattr(self, "_scheme", None)
        if event.type() == QEvent.Type.PaletteChange and drawn not in (None, tokens().scheme):
            self._draw()
