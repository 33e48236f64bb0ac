"""How often each value occurs, and the two ends that become black and white.

Drawn here and not by the plotting library: it stands in the window's first panel, and importing
that library takes 0.3 s of Qt's thread.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from segviewer.widgets.text.plain_text import plain_tip
from segviewer.widgets.theme.painted_widget import PaintedWidget
from segviewer.widgets.theme.theme import Tokens

HEIGHT = 84
_REACH = 8.0  # pixels from an end within which it is taken
_ROOM = 0.02  # of what is shown, beside it
_TOP = 1.05
_TIP = "Drag the ends: what becomes black and white. Double-click: as found."


class ToneHistogram(PaintedWidget):
    """A histogram with draggable ends; what lies between them is dragged with both.

    Signals
    -------
    ends_moved(float, float, bool)
        The values that become black and white, and whether the drag is over.
    reset_requested()
        Double click.
    """

    USUAL: ClassVar[QSize] = QSize(240, HEIGHT)
    LEAST: ClassVar[QSize] = QSize(80, HEIGHT)

    ends_moved = Signal(float, float, bool)
    reset_requested = Signal()

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent, hover=True)
        self.setFixedHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Histogram of the photograph")
        self.setToolTip(plain_tip(_TIP))
        self._edges, self._heights = np.array([0.0, 1.0]), np.zeros(1)
        self._ends = (0.0, 1.0)
        self._held: tuple[bool, bool] | None = None  # which ends follow the pointer
        self._hovered: tuple[bool, bool] | None = None
        self._from = (0.0, (0.0, 1.0))  # the value under the press, and the ends then
        self._view = (0.0, 1.0)  # what a drag began with: a scale that moves cannot be hit

    def set_values(self, counts: np.ndarray, low: float, high: float) -> None:
        """Show how often values between `low` and `high` occur."""
        self._edges = np.linspace(low, high, len(counts) + 1)
        # By their roots, so that a peak of sky does not flatten all the rest.
        self._heights = np.sqrt(np.asarray(counts, float))
        self.update()

    def set_ends(self, black: float, white: float) -> None:
        """Show which values become black and white; a drag keeps its own."""
        if self._held is None:
            self._ends = (float(black), float(white))
            self.update()

    def shown_ends(self) -> tuple[float, float]:
        """The values at the two ends."""
        return self._ends

    def shown_range(self) -> tuple[float, float]:
        """The values at the left and right edge of the widget."""
        if self._held is not None:
            return self._view
        low = min(self._ends[0], float(self._edges[0]))
        high = max(self._ends[1], float(self._edges[-1]))
        room = _ROOM * (high - low) or 0.5
        return low - room, high + room

    def x_of(self, value: float) -> float:
        """Pixels from the left at which a value stands."""
        low, high = self.shown_range()
        return (value - low) / (high - low) * self.width()

    def tip_at(self, position: QPointF) -> str | None:
        return _TIP

    def shape_at(self, position: QPointF) -> Qt.CursorShape:
        taken = self._taken_at(position)
        if taken is None:
            return Qt.CursorShape.ArrowCursor
        return Qt.CursorShape.SizeAllCursor if all(taken) else Qt.CursorShape.SplitHCursor

    def paint(self, painter: QPainter, colours: Tokens) -> None:
        area = QRectF(self.rect())
        painter.fillRect(area, QColor(colours.raised))
        top = max(1.0, float(self._heights.max())) * _TOP
        outline = QPainterPath(QPointF(self.x_of(self._edges[0]), area.bottom()))
        for left, right, height in zip(
            self._edges[:-1], self._edges[1:], self._heights, strict=True
        ):
            y = area.bottom() - height / top * area.height()
            outline.lineTo(self.x_of(left), y)
            outline.lineTo(self.x_of(right), y)
        outline.lineTo(self.x_of(self._edges[-1]), area.bottom())
        painter.setPen(QPen(QColor(colours.muted), 1))
        painter.setBrush(_through(colours.muted, 0x66))
        painter.drawPath(outline)
        black, white = (self.x_of(end) for end in self.shown_ends())
        marked = self._held or self._hovered or (False, False)
        between = QRectF(black, area.top(), white - black, area.height())
        painter.fillRect(between, _through(colours.accent, 0x33 if all(marked) else 0x22))
        for x, is_marked in zip((black, white), marked, strict=True):
            painter.setPen(QPen(QColor(colours.accent), 4 if is_marked else 2))
            painter.drawLine(QLineF(x, area.top(), x, area.bottom()))

    def _taken_at(self, position: QPointF) -> tuple[bool, bool] | None:
        """Which ends a press would take; None for neither."""
        black, white = (self.x_of(end) for end in self.shown_ends())
        far = [abs(position.x() - x) for x in (black, white)]
        if min(far) <= _REACH:
            # Of two that lie together the one that can go where the pointer is.
            first = far[0] < far[1] or (far[0] == far[1] and position.x() < black)
            return first, not first
        return (True, True) if black < position.x() < white else None

    def _value_at(self, position: QPointF) -> float:
        low, high = self.shown_range()
        return low + position.x() / max(1, self.width()) * (high - low)

    def _drag(self, position: QPointF) -> None:
        assert self._held is not None  # which its callers have asked
        pressed, before = self._from
        by = self._value_at(position) - pressed
        moved = [end + by * held for end, held in zip(before, self._held, strict=True)]
        if moved[1] > moved[0]:
            self._ends = (moved[0], moved[1])
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt's name)
        taken = self._taken_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and taken is not None:
            self._view = self.shown_range()
            self._held, self._from = taken, (self._value_at(event.position()), self._ends)
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self._held is None:
            super().mouseMoveEvent(event)
            self._hover(self._taken_at(event.position()))
            return
        self._drag(event.position())
        self.ends_moved.emit(*self._ends, False)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if self._held is not None and event.button() == Qt.MouseButton.LeftButton:
            moved = self._ends != self._from[1]
            self._held = None
            self.update()
            if moved:
                self.ends_moved.emit(*self._ends, True)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton:
            self._held = None
            self.reset_requested.emit()

    def leaveEvent(self, event) -> None:  # noqa: N802
        self._hover(None)
        super().leaveEvent(event)

    def _hover(self, ends: tuple[bool, bool] | None) -> None:
        if ends != self._hovered:
            self._hovered = ends
            self.update()


def _through(colour: str, alpha: int) -> QColor:
    found = QColor(colour)
    found.setAlpha(alpha)
    return found
