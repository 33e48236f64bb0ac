"""A ring about the pointer that an audience can follow, and a dark screen when it should not look.

Both lie over a whole window, and clicks go through the ring.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QCursor, QPainter, QPen
from PySide6.QtWidgets import QWidget

FRAME_MS = 16
RING = QColor(255, 214, 64)
RIM = QColor(0, 0, 0, 225)


class PointerHalo(QWidget):
    """Follows the pointer over `parent` while it is shown."""

    SIDE = 88

    def __init__(self, parent: QWidget):
        super().__init__(parent)
        self.setObjectName("pointer halo")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.resize(self.SIDE, self.SIDE)
        # Asked for, because not every widget below reports where the pointer is.
        self._timer = QTimer(self, interval=FRAME_MS)
        self._timer.timeout.connect(self._on_frame)
        self.hide()

    def showEvent(self, event) -> None:  # noqa: N802 (Qt's name)
        super().showEvent(event)
        self._timer.start()

    def hideEvent(self, event) -> None:  # noqa: N802
        super().hideEvent(event)
        self._timer.stop()

    def follow(self, point: QPoint) -> None:
        """Lie about `point`, in pixels of the parent."""
        place = point - QPoint(self.SIDE // 2, self.SIDE // 2)
        if place != self.pos():
            self.move(place)
            self.raise_()

    def _on_frame(self) -> None:
        parent = self.parentWidget()
        assert parent is not None
        if parent.children()[-1] is not self:
            self.raise_()  # a lab's drawing came over it while the pointer rested
        self.follow(parent.mapFromGlobal(QCursor.pos()))

    def paintEvent(self, event) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        centre, radius = QPointF(self.SIDE / 2, self.SIDE / 2), self.SIDE / 2 - 7
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(255, 214, 64, 40))
        painter.drawEllipse(centre, radius, radius)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        # Dark on both sides of a bright line: one of them stands out on any picture.
        painter.setPen(QPen(RIM, 9))
        painter.drawEllipse(centre, radius, radius)
        painter.setPen(QPen(RING, 4))
        painter.drawEllipse(centre, radius, radius)


class BlankScreen(QWidget):
    """Black over all of `parent`; a click takes it away.

    Signals
    -------
    clicked()
    """

    clicked = Signal()

    def __init__(self, parent: QWidget):
        super().__init__(parent)
        self.setObjectName("blank screen")
        self.setAccessibleName("Blank screen: press B or click to go on")
        self.hide()

    def cover(self) -> None:
        """Lie over the whole parent."""
        parent = self.parentWidget()
        assert parent is not None
        self.resize(parent.size())
        self.raise_()
        self.show()

    def mousePressEvent(self, event) -> None:  # noqa: N802 (Qt's name)
        self.clicked.emit()

    def paintEvent(self, event) -> None:  # noqa: N802
        QPainter(self).fillRect(self.rect(), Qt.GlobalColor.black)
