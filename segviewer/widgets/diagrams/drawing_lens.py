"""The zoom lens over a lab's drawing: its lines and words drawn anew, two to six times as large."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRect, QTimer
from PySide6.QtGui import QCursor, QImage, QPixmap, QRegion
from PySide6.QtWidgets import QWidget

from segviewer.widgets.canvas.zoom_lens import Lens

FRAME_MS = 33


class DrawingLens(Lens):
    """Lies over `window` while the pointer is over `drawing`, a widget within it.

    Where the pointer is gets asked for, because not every widget of a drawing reports it.
    """

    def __init__(self, window: QWidget, drawing: QWidget):
        super().__init__(window)
        self._window, self.drawing = window, drawing
        self._timer = QTimer(self, interval=FRAME_MS)
        self._timer.timeout.connect(self._on_frame)

    def set_on(self, on: bool) -> None:
        """Take the lens out, or put it away."""
        self.on = on
        if on:
            self._timer.start()
            self._on_frame()
        else:
            self._timer.stop()
            self.hide()

    def _on_frame(self) -> None:
        here = QCursor.pos()
        inside = self.drawing.rect().contains(self.drawing.mapFromGlobal(here))
        if self.drawing.isVisible() and inside:
            self.lie_about(QPointF(self._window.mapFromGlobal(here)))
        else:
            self.hide()

    def magnified(self, side: int) -> QImage:
        """The drawing, with its letters and lines at the larger scale."""
        ratio = self.devicePixelRatioF()
        device = max(1, round(side * ratio))
        part = QPixmap(device, device)
        part.setDevicePixelRatio(self.power * ratio)
        part.fill(self.palette().window().color())
        middle = self.drawing.mapFrom(self._window, self._at.toPoint())
        half = round(side / self.power / 2)
        wanted = QRect(middle - QPoint(half, half), middle + QPoint(half, half))
        seen = wanted.intersected(self.drawing.rect())
        # Rendered at more device pixels, so that lines and letters are sharp.
        self.drawing.render(part, seen.topLeft() - wanted.topLeft(), QRegion(seen))
        part.setDevicePixelRatio(ratio)
        return part.toImage()
