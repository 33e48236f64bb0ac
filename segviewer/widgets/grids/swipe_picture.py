"""Two pictures of one scene, one over the other, parted by a line that a hand moves."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from segviewer.widgets.theme.fitted_words import draw_fitted
from segviewer.widgets.theme.painted_widget import PaintedWidget
from segviewer.widgets.theme.theme import Tokens
from segviewer.widgets.theme.typography import semibold

STEP = 0.05  # of the width that an arrow key moves the line
HANDLE = 9.0  # pixels, its radius
FIRST_DIVIDER = 0.5


class SwipePicture(PaintedWidget):
    """The first picture left of the line, the second right of it, each with its name above.

    The pointer drags the line, the arrow keys move it; its place stays for other pictures.

    Attributes
    ----------
    divider : float
        Place of the line, as a fraction of the picture's width.
    """

    USUAL = QSize(420, 260)
    LEAST = QSize(160, 100)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent, hover=True, keys=True)
        self.divider = FIRST_DIVIDER
        self._images: tuple[QImage, ...] = ()
        self._names: tuple[str, ...] = ()

    def set_pictures(
        self, pictures: tuple[np.ndarray | None, ...], names: tuple[str, ...] = ()
    ) -> None:
        """Show one or two pictures uint8 (h, w, 3) of one size; those that are None are not there.

        Parameters
        ----------
        names : tuple of str
            One for each.
        """
        there = [(p, n) for p, n in zip(pictures, names, strict=False) if p is not None]
        self._images = tuple(_image(picture) for picture, _ in there)
        self._names = tuple(name for _, name in there)
        self.say(" | ".join(self._names))

    def area(self) -> QRectF:
        """Where the pictures lie."""
        if not self._images:
            return QRectF()
        line = self.fontMetrics().height() + 6.0
        width, height = self._images[0].width(), self._images[0].height()
        scale = max(1e-3, min(self.width() / width, (self.height() - line) / height))
        return QRectF((self.width() - width * scale) / 2, line, width * scale, height * scale)

    def _move(self, divider: float) -> None:
        self.divider = min(max(divider, 0.0), 1.0)
        self.update()

    def _drag(self, event: QMouseEvent) -> None:
        area = self.area()
        if area.width() > 0 and len(self._images) > 1:
            self._move((event.position().x() - area.left()) / area.width())

    # Qt

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        if event.button() == Qt.MouseButton.LeftButton:
            self._drag(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        super().mouseMoveEvent(event)
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._drag(event)

    def tip_at(self, position: QPointF) -> str:
        return "Drag the line: left of it one, right of it the other" if self._images[1:] else ""

    def shape_at(self, position: QPointF) -> Qt.CursorShape:
        there = len(self._images) > 1 and self.area().contains(position)
        return Qt.CursorShape.SplitHCursor if there else Qt.CursorShape.ArrowCursor

    def keyPressEvent(self, event) -> None:  # noqa: N802
        step = {Qt.Key.Key_Left: -STEP, Qt.Key.Key_Right: STEP}.get(event.key())
        if step is None or len(self._images) < 2:
            super().keyPressEvent(event)
            return
        self._move(self.divider + step)

    def paint(self, painter: QPainter, colours: Tokens) -> None:
        if not self._images:
            return
        area = self.area()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(area, self._images[0])
        x = area.left() + self.divider * area.width()
        if len(self._images) > 1:
            painter.setClipRect(QRectF(x, area.top(), area.right() - x, area.height()))
            painter.drawImage(area, self._images[1])
            painter.setClipping(False)
            for colour, width in (("#60000000", 4.0), ("#f4f4f5", 2.0)):
                painter.setPen(QPen(QColor(colour), width))
                painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            painter.setBrush(QColor("#f4f4f5"))
            painter.drawEllipse(QPointF(x, area.center().y()), HANDLE, HANDLE)
        painter.setFont(semibold(self.font()))
        painter.setPen(QColor(colours.text))
        metrics = painter.fontMetrics()
        left = 0.0
        for number, name in enumerate(self._names):
            # The first takes what it needs, up to half, and the other the rest.
            last = number == len(self._names) - 1
            needed = metrics.horizontalAdvance(name) + 16.0
            wide = self.width() - left if last else min(needed, self.width() / 2)
            align = Qt.AlignmentFlag.AlignRight if number else Qt.AlignmentFlag.AlignLeft
            room = QRectF(left, 0, wide, area.top())
            draw_fitted(painter, room, align | Qt.AlignmentFlag.AlignVCenter, name)
            left += wide


def _image(picture: np.ndarray) -> QImage:
    picture = np.ascontiguousarray(picture)
    height, width = picture.shape[:2]
    image = QImage(picture.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    return image.copy()  # with pixels of its own
