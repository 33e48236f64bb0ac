"""A round lens about the pointer: the picture below it, two to six times as large.

What it shows is drawn anew at the larger scale, not blown up, so that labels keep hard edges
and the photograph shows what it has. A leaf over :class:`ImageCanvas`; clicks go through it.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QCursor,
    QEnterEvent,
    QFontMetricsF,
    QImage,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from segviewer.widgets.canvas.chips import PADDING, chip_height, draw_chips
from segviewer.widgets.canvas.image_canvas import ImageCanvas
from segviewer.widgets.theme.typography import semibold

WEAKEST, STRONGEST = 2, 6
DIAMETER = 260  # logical pixels
LARGEST_SHARE = 0.6  # of the shorter side of the canvas
RIM = 6


class Lens(QWidget):
    """A round glass over `parent`; what is seen in it is its kind's.

    Attributes
    ----------
    on : bool
    power : int
        How many times as large, :data:`WEAKEST` to :data:`STRONGEST`.

    Signals
    -------
    appeared(bool)
        It has come in sight, or gone: it goes while the pointer is elsewhere.
    power_changed(int)
    """

    appeared = Signal(bool)
    power_changed = Signal(int)

    def __init__(self, parent: QWidget):
        super().__init__(parent)
        self.setObjectName("zoom lens")
        self.setAccessibleName("Zoom lens")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.on, self.power = False, 3
        self._at = QPointF()
        self._say()
        self.hide()

    def magnified(self, side: int) -> QImage:
        """What lies about the glass's middle, to fill a square of `side` logical pixels."""
        raise NotImplementedError

    def set_power(self, power: int) -> None:
        """Magnify `power` times; beyond the ends it stays at the end."""
        power = min(max(power, WEAKEST), STRONGEST)
        if power != self.power:
            self.power = power
            self._say()
            self.update()
            self.power_changed.emit(power)

    def next_power(self) -> None:
        """Magnify more, and after the strongest begin again with the weakest."""
        self.set_power(self.power + 1 if self.power < STRONGEST else WEAKEST)

    def _say(self) -> None:
        self.setAccessibleDescription(f"{self.power} times as large")

    def lie_about(self, point: QPointF) -> None:
        """Have the middle at `point` of the parent, and be seen."""
        self._at = point
        parent = self.parentWidget()
        assert parent is not None
        # Even, so that its middle is the pointer's place.
        half = round(min(DIAMETER, LARGEST_SHARE * min(parent.width(), parent.height())) / 2)
        self.setGeometry(round(point.x()) - half, round(point.y()) - half, 2 * half, 2 * half)
        self.raise_()
        self.show()
        self.update()

    def showEvent(self, event) -> None:  # noqa: N802
        super().showEvent(event)
        self.appeared.emit(True)

    def hideEvent(self, event) -> None:  # noqa: N802
        super().hideEvent(event)
        self.appeared.emit(False)

    # Painting

    def paintEvent(self, event) -> None:  # noqa: N802
        side = self.width()
        centre = QPointF(side / 2, side / 2)
        radius = side / 2 - RIM
        painter = QPainter(self)
        painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        glass = QPainterPath()
        glass.addEllipse(centre, radius, radius)
        painter.setClipPath(glass)
        painter.drawImage(QRectF(self.rect()), self.magnified(side))
        self._draw_aim(painter, centre)
        text, font = f"×{self.power}", semibold(self.font())
        width, height = QFontMetricsF(font).horizontalAdvance(text) + 2 * PADDING, chip_height(font)
        place = QRectF(centre.x() - width / 2, side - RIM - height - 14, width + 1, height)
        draw_chips(painter, [(text, "info")], place, font)
        painter.setClipping(False)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        # Dark on both sides of a bright line: one of them stands out on any picture.
        painter.setPen(QPen(QColor(0, 0, 0, 220), 6))
        painter.drawEllipse(centre, radius, radius)
        painter.setPen(QPen(QColor("#f4f4f5"), 2.5))
        painter.drawEllipse(centre, radius, radius)

    def _draw_aim(self, painter: QPainter, centre: QPointF) -> None:
        """Mark what lies under the pointer, which the lens covers."""
        for colour, width in ((QColor(0, 0, 0, 160), 3), (QColor("#f4f4f5"), 1)):
            painter.setPen(QPen(colour, width))
            for step in (QPointF(1, 0), QPointF(-1, 0), QPointF(0, 1), QPointF(0, -1)):
                painter.drawLine(centre + step * 4, centre + step * 11)


class ZoomLens(Lens):
    """Lies over a canvas and follows the pointer while it is on.

    Without a pointer over the canvas, as when only keys are used, it lies in the middle.
    """

    def __init__(self, canvas: ImageCanvas):
        super().__init__(canvas)
        self.canvas = canvas
        canvas.installEventFilter(self)

    def magnified(self, side: int) -> QImage:
        """The picture, drawn anew at the larger scale."""
        return self.canvas.magnified(self._at, self.power, side)

    def set_on(self, on: bool) -> None:
        """Take the lens out, or put it away."""
        self.on = on
        if not on:
            self.hide()
            return
        here = self.canvas.mapFromGlobal(QCursor.pos())
        inside = self.canvas.underMouse() and self.canvas.rect().contains(here)
        middle = QPointF(self.canvas.width() / 2, self.canvas.height() / 2)
        self._lie_about(QPointF(here) if inside else middle)

    # Following the pointer

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if not self.on:
            return False
        kind = event.type()
        if isinstance(event, QMouseEvent | QEnterEvent):
            if kind in (QEvent.Type.MouseMove, QEvent.Type.Enter):
                self._lie_about(event.position())
        elif kind == QEvent.Type.Leave:
            self.hide()
        elif kind == QEvent.Type.Resize:
            self._lie_about(self._at)
        elif isinstance(event, QWheelEvent) and self._is_mine(event):
            steps = event.angleDelta().y() or event.angleDelta().x()
            self.set_power(self.power + (steps > 0) - (steps < 0))
            event.accept()
            return True
        return False

    def _is_mine(self, event: QWheelEvent) -> bool:
        return bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier) and self.isVisible()

    def _lie_about(self, point: QPointF) -> None:
        if self.canvas.has_picture:
            self.lie_about(point)
        else:
            self._at = point
            self.hide()
