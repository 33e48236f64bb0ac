"""IoU of each class over all pictures, and where the middle half of the pictures lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from segviewer.widgets.text.plain_text import plain_tip
from segviewer.widgets.theme.theme import tokens
from segviewer.widgets.theme.typography import tabular

_ROW = 26
_HEAD = 24
_MOST_NAME = 136


@dataclass(frozen=True)
class ClassSpread:
    """A class: IoU and boundary IoU over all pixels, quartiles over the pictures that have it."""

    name: str
    iou: float
    boundary: float
    quartiles: tuple[float, float, float] | None
    of_a: float = float("nan")


class ClassSpreadView(QWidget):
    """A line for each class.

    Signals
    -------
    class_chosen(int)
        -1 when the chosen one was clicked again.
    """

    class_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setAccessibleName("IoU by class")
        self.setFont(tabular(self.font()))
        self._classes: tuple[ClassSpread, ...] = ()
        self._chosen = -1

    def set_classes(self, classes: Sequence[ClassSpread]) -> None:
        """Show these, in their order."""
        self._classes = tuple(classes)
        self.setMinimumHeight(self.sizeHint().height())
        self.update()

    def classes(self) -> tuple[ClassSpread, ...]:
        """What is shown."""
        return self._classes

    def set_chosen(self, label: int) -> None:
        """Mark a class; -1 for none."""
        self._chosen = label
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        return QSize(400, _HEAD + _ROW * len(self._classes) + 8)

    def paintEvent(self, event) -> None:  # noqa: N802
        colours, metrics = tokens(), self.fontMetrics()
        painter = QPainter(self)
        painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        name_width = self._name_width()
        number = metrics.horizontalAdvance("0.000") + 16
        boundary_head = metrics.horizontalAdvance("Boundary") + 16
        track = QRectF(name_width + 8, 0, 0, _ROW)
        track.setRight(max(track.left() + 40, self.width() - number - boundary_head - 16))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.setPen(QColor(colours.muted))
        for text, left, width in (
            ("IoU", track.right(), number),
            ("Boundary", track.right() + number, boundary_head),
        ):
            painter.drawText(QRectF(left, 0, width, _HEAD), right, text)
        for value in (0.0, 0.5, 1.0):
            x = track.left() + value * track.width()
            painter.drawText(
                QRectF(x - 20, 0, 40, _HEAD), Qt.AlignmentFlag.AlignCenter, f"{value:g}"
            )
            painter.setPen(QPen(QColor(colours.border), 1))
            painter.drawLine(QPointF(x, _HEAD), QPointF(x, _HEAD + _ROW * len(self._classes)))
            painter.setPen(QColor(colours.muted))
        for place, one in enumerate(self._classes):
            top = _HEAD + place * _ROW
            if place == self._chosen:
                painter.fillRect(QRectF(0, top, self.width(), _ROW), QColor(colours.hover))
            there = one.quartiles is not None
            painter.setPen(QColor(colours.text if there else colours.disabled))
            name = metrics.elidedText(one.name, Qt.TextElideMode.ElideRight, name_width - 8)
            painter.drawText(
                QRectF(8, top, name_width - 8, _ROW), Qt.AlignmentFlag.AlignVCenter, name
            )
            self._draw_line(painter, track.translated(0, top), one)
            painter.setPen(QColor(colours.text if there else colours.disabled))
            painter.drawText(QRectF(track.right(), top, number, _ROW), right, _said(one.iou))
            painter.setPen(QColor(colours.muted))
            place_of_boundary = QRectF(track.right() + number, top, boundary_head, _ROW)
            painter.drawText(place_of_boundary, right, _said(one.boundary))

    def _draw_line(self, painter: QPainter, track: QRectF, one: ClassSpread) -> None:
        colours, middle = tokens(), track.center().y()

        def at(value: float) -> float:
            return track.left() + value * track.width()

        painter.setPen(Qt.PenStyle.NoPen)
        if one.quartiles is not None:
            low, _, high = one.quartiles
            bar = QColor(colours.accent)
            bar.setAlphaF(0.45)
            painter.setBrush(bar)
            area = QRectF(at(low), middle - 6, max(2.0, at(high) - at(low)), 12)
            painter.drawRoundedRect(area, 2, 2)
        for value, colour in ((one.of_a, colours.muted), (one.iou, colours.text)):
            if not np.isnan(value):
                painter.fillRect(QRectF(at(value) - 1, middle - 9, 2, 18), QColor(colour))

    def _name_width(self) -> int:
        metrics = self.fontMetrics()
        widest = max((metrics.horizontalAdvance(one.name) for one in self._classes), default=0)
        return min(widest, _MOST_NAME) + 16

    def class_at(self, y: float) -> int:
        """The class whose line is at a height, or -1."""
        place = int((y - _HEAD) // _ROW)
        return place if 0 <= place < len(self._classes) and y >= _HEAD else -1

    def mousePressEvent(self, event) -> None:  # noqa: N802
        label = self.class_at(event.position().y())
        if label >= 0 and self._classes[label].quartiles is not None:
            self.class_chosen.emit(-1 if label == self._chosen else label)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            label = self.class_at(event.pos().y())
            quartiles = self._classes[label].quartiles if label >= 0 else None
            if quartiles is not None:
                low, middle, high = quartiles
                between = f"between {low:.3f} and {high:.3f}; median {middle:.3f}"
                text = f"Half of the pictures that have it lie {between}"
                QToolTip.showText(event.globalPos(), plain_tip(text), self)
            return True
        return super().event(event)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()


def _said(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.3f}"
