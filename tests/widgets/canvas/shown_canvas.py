"""Pictures and labels of a canvas, its pixels, and a mouse, for the tests of the canvas."""

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
PHOTO = (200, 100, 40)


def table(*colours, alpha=255):
    made = np.zeros((256, 4), np.uint8)
    for index, colour in enumerate(colours):
        made[index] = (*colour, alpha)
    return made


def halves(width=100, height=50):
    labels = np.zeros((height, width), np.uint8)
    labels[:, width // 2 :] = 1
    return labels


def plain(width=100, height=50, colour=PHOTO):
    return np.full((height, width, 3), colour, np.uint8)


def shot(widget):
    """Return the widget's pixels, uint8 RGB (h, w, 3)."""
    image = widget.grab().toImage().convertToFormat(widget.grab().toImage().Format.Format_RGB888)
    flat = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return flat[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def send_mouse(widget, kind, position, button=Qt.MouseButton.NoButton, modifiers=None):
    held = Qt.MouseButton.LeftButton if kind != QEvent.Type.MouseMove or button else button
    event = QMouseEvent(
        kind,
        QPointF(position),
        widget.mapToGlobal(QPointF(position)),
        button if kind != QEvent.Type.MouseMove else Qt.MouseButton.NoButton,
        held if kind != QEvent.Type.MouseButtonRelease else Qt.MouseButton.NoButton,
        modifiers or Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(widget, event)


def drag(widget, start, end):
    left = Qt.MouseButton.LeftButton
    send_mouse(widget, QEvent.Type.MouseButtonPress, start, left)
    for step in (0.25, 0.5, 0.75, 1.0):
        send_mouse(
            widget,
            QEvent.Type.MouseMove,
            QPointF(start) + (QPointF(end) - QPointF(start)) * step,
            left,
        )
    send_mouse(widget, QEvent.Type.MouseButtonRelease, end, left)
