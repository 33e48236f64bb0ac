"""What the canvas shows before there is a picture: drop, open, or try a sample."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from segviewer.widgets.canvas.picture_layer import rgb_image
from segviewer.widgets.text.plain_text import PlainLabel
from segviewer.widgets.theme.theme import tokens
from segviewer.widgets.theme.typography import resized, semibold

THUMBNAIL = QSize(144, 96)


class EmptyState(QWidget):
    """An invitation in the middle of an empty canvas.

    Signals
    -------
    open_requested()
        The person pressed "Open…".
    sample_chosen(str)
        Name of the sample the person pressed.
    """

    open_requested = Signal()
    sample_chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setAccessibleName("No picture yet")
        self._title = PlainLabel("Drop a photograph here")
        self._title.setFont(semibold(resized(self.font(), 1.5)))
        self._title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._open = QPushButton("Open…")
        self._open.setAccessibleName("Open a photograph")
        self._open.setToolTip("Open a photograph, folder or checkpoint (Ctrl+O)")
        self._open.clicked.connect(self.open_requested)
        shortcut = PlainLabel("Ctrl+O")
        shortcut.setProperty("role", "muted")
        self._or = PlainLabel("or try a sample")
        self._or.setProperty("role", "muted")
        self._or.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._or.hide()

        opening = QHBoxLayout()
        opening.setSpacing(8)
        opening.addStretch()
        opening.addWidget(self._open)
        opening.addWidget(shortcut)
        opening.addStretch()
        self._samples = QHBoxLayout()
        self._samples.setSpacing(16)
        row = QHBoxLayout()
        row.addStretch()
        row.addLayout(self._samples)
        row.addStretch()

        layout = QVBoxLayout(self)
        layout.setSpacing(16)
        layout.addStretch()
        layout.addWidget(self._title)
        layout.addLayout(opening)
        layout.addSpacing(8)
        layout.addWidget(self._or)
        layout.addLayout(row)
        layout.addStretch()
        # Thumbnails must not make the window wider than it is.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self._buttons: list[QToolButton] = []

    def set_samples(self, samples: list[tuple[str, str, np.ndarray]]) -> None:
        """Offer `samples`: (name, title, thumbnail uint8 RGB (h, w, 3)) each."""
        for button in self._buttons:
            self._samples.removeWidget(button)
            button.deleteLater()
        self._buttons = []
        for name, title, thumbnail in samples:
            button = QToolButton(self)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
            button.setProperty("role", "quiet")
            button.setIconSize(THUMBNAIL)
            button.setIcon(QIcon(_thumbnail(thumbnail, self.devicePixelRatioF())))
            button.setText(title)
            button.setAccessibleName(f"Sample: {title}")
            button.setObjectName(f"sample_{name}")
            button.clicked.connect(lambda _=False, name=name: self.sample_chosen.emit(name))
            self._samples.addWidget(button)
            self._buttons.append(button)
        self._or.setVisible(bool(samples))
        self._show_what_fits()

    def resizeEvent(self, event) -> None:  # noqa: N802 (Qt's name)
        super().resizeEvent(event)
        self._show_what_fits()

    def _show_what_fits(self) -> None:
        room = self.width() - 64
        for button in self._buttons:
            room -= button.sizeHint().width() + 16
            button.setVisible(room >= 0)

    def paintEvent(self, event) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = tokens()
        painter.fillRect(self.rect(), QColor(colours.surround))
        edge = QColor(colours.muted)
        edge.setAlphaF(0.45)
        painter.setPen(QPen(edge, 1.5, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(24, 24, -24, -24), 12, 12)


def _thumbnail(pixels: np.ndarray, ratio: float) -> QPixmap:
    """Crop to the thumbnails' shape and round the corners."""
    size = THUMBNAIL * ratio
    source = rgb_image(pixels).scaled(
        size,
        Qt.AspectRatioMode.KeepAspectRatioByExpanding,
        Qt.TransformationMode.SmoothTransformation,
    )
    shown = QPixmap(size)
    shown.fill(Qt.GlobalColor.transparent)
    painter = QPainter(shown)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    outline = QPainterPath()
    outline.addRoundedRect(QRectF(0, 0, size.width(), size.height()), 6 * ratio, 6 * ratio)
    painter.setClipPath(outline)
    painter.drawImage(
        (size.width() - source.width()) // 2, (size.height() - source.height()) // 2, source
    )
    painter.end()
    shown.setDevicePixelRatio(ratio)
    return shown
