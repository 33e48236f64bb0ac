"""A stack of label maps, each kept at fewer pixels: scrolled through, what is lost marked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QWheelEvent
from PySide6.QtWidgets import QWidget

from segviewer.widgets.theme.fitted_words import draw_fitted
from segviewer.widgets.theme.painted_widget import PaintedWidget
from segviewer.widgets.theme.theme import Tokens
from segviewer.widgets.theme.typography import semibold, tabular

STACK = 0.3  # of the width
GAP = 12
NOTCH = 120  # of a wheel, in Qt's eighths of a degree


class StrideStack(PaintedWidget):
    """The chosen map large, and all of them behind each other beside it, the finest in front.

    Signals
    -------
    chosen(int)
        Stride of the map that was clicked, scrolled to, or reached with the arrow keys.
    """

    chosen = Signal(int)
    USUAL = QSize(480, 260)
    LEAST = QSize(200, 100)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent, hover=True, keys=True)
        self._strides: tuple[int, ...] = ()
        self._small: tuple[QImage, ...] = ()
        self._large = QImage()
        self._at, self._words, self._turned = 0, "", 0

    def set_maps(
        self,
        strides: Sequence[int],
        small: Sequence[np.ndarray],
        large: np.ndarray | None,
        stride: int,
        words: str,
    ) -> None:
        """Show maps uint8 (h, w, 3) of these strides; `large` is that of `stride`.

        Parameters
        ----------
        words : str
            Said above the large one.
        """
        self._strides = tuple(strides)
        self._small = tuple(map(_image, small))
        self._large = QImage() if large is None else _image(large)
        self._at = self._strides.index(stride) if stride in self._strides else 0
        self._words = words
        self.say(words)

    def _line(self) -> float:
        return self.fontMetrics().height() + 4.0

    def large_area(self) -> QRectF:
        """Where the chosen map lies."""
        if self._large.isNull():
            return QRectF()
        wide, tall = self._large.width(), self._large.height()
        room = (1 - STACK) * self.width() - GAP
        scale = max(1e-3, min(room / wide, (self.height() - self._line()) / tall))
        return QRectF(0, self._line(), wide * scale, tall * scale)

    def sheet(self, number: int) -> QRectF:
        """Where a map of the stack lies; those of larger strides are further up and right."""
        count = max(1, len(self._small))
        large = self.large_area()
        left = large.right() + GAP
        room = QRectF(left, 0, self.width() - left - 1, self.height() - 1)
        image = self._small[number]
        names = self._line()
        step = max(names, (room.height() - names) / (count + 1))
        # Each shows its name below the one in front of it.
        wide = min(room.width() * 0.7, 2.2 * step * image.width() / image.height())
        tall = wide * image.height() / image.width()
        along = (room.width() - wide) / max(1, count - 1)
        top = room.bottom() - tall - number * (room.height() - tall) / max(1, count - 1)
        return QRectF(left + number * along, top, wide, tall)

    def stride_at(self, position: QPointF) -> int:
        """Stride of the foremost sheet under a position; 0 where there is none."""
        for number in range(len(self._small)):
            if self.sheet(number).contains(position):
                return self._strides[number]
        return 0

    def _go(self, by: int) -> None:
        to = min(max(self._at + by, 1), len(self._strides) - 1)
        if self._strides and to != self._at:
            self.chosen.emit(self._strides[to])

    # Qt

    def mousePressEvent(self, event) -> None:  # noqa: N802 (Qt's name)
        stride = self.stride_at(event.position())
        if stride > 1 and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(stride)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        self._turned += event.angleDelta().y()
        notches = int(self._turned / NOTCH)
        self._turned -= notches * NOTCH
        if notches:
            self._go(notches)
        event.accept()

    def keyPressEvent(self, event) -> None:  # noqa: N802
        step = {Qt.Key.Key_Up: 1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: -1, Qt.Key.Key_Left: -1}
        if event.key() not in step:
            super().keyPressEvent(event)
            return
        self._go(step[event.key()])

    def tip_at(self, position: QPointF) -> str:
        stride = self.stride_at(position)
        return f"Down to one in {stride}" if stride > 1 else "The wheel goes through the stack"

    def paint(self, painter: QPainter, colours: Tokens) -> None:
        if not self._small or self._large.isNull():
            return
        large = self.large_area()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(large, self._large)
        painter.setFont(semibold(self.font()))
        painter.setPen(QColor(colours.text))
        room = QRectF(0, 0, large.width(), self._line())
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        draw_fitted(painter, room, left, self._words)
        for number in reversed(range(len(self._small))):
            area = self.sheet(number)
            painter.drawImage(area, self._small[number])
            chosen = number == self._at
            frame = QColor(colours.accent if chosen else colours.border)
            painter.setPen(QPen(frame, 3 if chosen else 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(area)
            painter.setFont(tabular(semibold(self.font()) if chosen else self.font()))
            words = f"1/{self._strides[number]}"
            metrics = painter.fontMetrics()
            plate = QRectF(0, 0, metrics.horizontalAdvance(words) + 10, metrics.height())
            plate.moveTopRight(area.topRight())
            painter.fillRect(plate, QColor(colours.panel))
            painter.setPen(QColor(colours.accent if chosen else colours.text))
            painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, words)


def _image(picture: np.ndarray) -> QImage:
    picture = np.ascontiguousarray(picture)
    height, width = picture.shape[:2]
    image = QImage(picture.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    return image.copy()  # with pixels of its own
