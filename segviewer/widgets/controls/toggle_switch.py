"""An on/off switch that looks like one."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from segviewer.widgets.theme.theme import tokens

TRACK = QSize(36, 20)


class ToggleSwitch(QAbstractButton):
    """A checkable button drawn as a sliding switch; its text is for the accessible name."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        return QSize(TRACK.width() + 8, 28)

    def paintEvent(self, event) -> None:  # noqa: N802
        colours = tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        track = QRectF(4, (self.height() - TRACK.height()) / 2, TRACK.width(), TRACK.height())
        radius = track.height() / 2
        on, enabled = self.isChecked(), self.isEnabled()
        painter.setPen(Qt.PenStyle.NoPen)
        if on:
            painter.setBrush(QColor(colours.accent if enabled else colours.groove))
            knob = colours.on_accent if enabled else colours.panel
        else:
            painter.setPen(QPen(QColor(colours.muted if enabled else colours.groove), 1.5))
            painter.setBrush(QColor(colours.raised))
            knob = colours.muted if enabled else colours.disabled
        painter.drawRoundedRect(track.adjusted(0.75, 0.75, -0.75, -0.75), radius, radius)
        right = on != self.isRightToLeft()
        x = track.right() - radius if right else track.left() + radius
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(knob))
        size = radius - (4 if on else 5)
        painter.drawEllipse(QPointF(x, track.center().y()), size, size)
        if self.hasFocus():
            painter.setPen(QPen(QColor(colours.text if on else colours.accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(track.adjusted(-2, -2, 2, 2), radius + 2, radius + 2)
