"""A slider that a person can trust: no accidental wheel, fine drags, a tick at the norm."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QSlider, QWidget

from segviewer.widgets.theme.theme import tokens

RADIUS = 7
FINE = 0.1


class ValueSlider(QSlider):
    """Horizontal slider over positions 0 to 1, drawn thin, in a colour of its own.

    Built on QSlider for its keys and its accessibility; drawing and mouse are its own, since
    a styled QSlider can neither be dragged finely nor show a tick at one value.

    Signals
    -------
    moved(float)
        New position, while dragging or by keys.
    let_go()
        The drag ended.
    reset_requested()
        Double click.
    """

    moved = Signal(float)
    let_go = Signal()
    reset_requested = Signal()

    STEPS = 2000

    def __init__(self, parent: QWidget | None = None):
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setRange(0, self.STEPS)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._colour: QColor | None = None
        self._mark: float | None = None
        self._position = 0.0
        self._grip: float | None = None
        self._hovered = False
        self.actionTriggered.connect(self._on_action)

    def set_steps(self, count: int) -> None:
        """Number of steps that the arrow keys walk through."""
        self.setRange(0, max(1, count))
        self.setPageStep(max(1, self.maximum() // 10))
        self.setSingleStep(max(1, self.maximum() // 100))
        self.set_position(self._position)

    def set_colour(self, colour: str | None) -> None:
        """Draw in `colour`; None for the text's own."""
        self._colour = None if colour is None else QColor(colour)
        self.update()

    def set_mark(self, position: float | None) -> None:
        """Put a tick at `position`, 0 to 1, or nowhere."""
        self._mark = position
        self.update()

    def set_position(self, position: float) -> None:
        """Move the handle without a signal."""
        self._position = min(max(position, 0.0), 1.0)
        with QSignalBlocker(self):
            self.setValue(round(self._position * self.maximum()))
        self.update()

    def position(self) -> float:
        """Where the handle is, 0 to 1."""
        return self._position

    def handle_x(self) -> float:
        """Centre of the handle, in the widget's pixels."""
        return self._x_of(self._position)

    def _x_of(self, position: float) -> float:
        if self.isRightToLeft():
            position = 1 - position
        return RADIUS + 1 + position * (self.width() - 2 * RADIUS - 2)

    def _position_of(self, x: float) -> float:
        room = max(1, self.width() - 2 * RADIUS - 2)
        position = (x - RADIUS - 1) / room
        return 1 - position if self.isRightToLeft() else position

    def _move_to(self, position: float) -> None:
        position = min(max(position, 0.0), 1.0)
        if position != self._position:
            self.set_position(position)
            self.moved.emit(position)

    def _on_action(self, action: int) -> None:
        self._move_to(self.sliderPosition() / self.maximum())

    # Events

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        return QSize(140, 22)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(80, 22)

    def mousePressEvent(self, event) -> None:  # noqa: N802
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self.setSliderDown(True)
        x = event.position().x()
        self._grip = x
        if abs(x - self.handle_x()) > RADIUS + 2:
            self._move_to(self._position_of(x))
        event.accept()

    def mouseMoveEvent(self, event) -> None:  # noqa: N802
        if self._grip is None:
            event.ignore()
            return
        x = event.position().x()
        fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        way = self._position_of(x) - self._position_of(self._grip)
        self._grip = x
        # Steps are added to where the drag is, not to where the value was rounded to.
        self._move_to(self._position + way * (FINE if fine else 1.0))

    def mouseReleaseEvent(self, event) -> None:  # noqa: N802
        if self._grip is None or event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self._grip = None
        self.setSliderDown(False)
        self.let_go.emit()

    def mouseDoubleClickEvent(self, event) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton:
            self.reset_requested.emit()

    def wheelEvent(self, event) -> None:  # noqa: N802
        # Scrolling a panel must not change what lies under the cursor.
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def enterEvent(self, event) -> None:  # noqa: N802
        super().enterEvent(event)
        self._hovered = True
        self.update()

    def leaveEvent(self, event) -> None:  # noqa: N802
        super().leaveEvent(event)
        self._hovered = False
        self.update()

    def paintEvent(self, event) -> None:  # noqa: N802
        colours = tokens()
        on = self.isEnabled()
        main = (
            self._colour
            if on and self._colour
            else QColor(colours.text if on else colours.disabled)
        )
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.height() / 2
        x = self.handle_x()
        start = self._x_of(0.0)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.groove))
        painter.drawRoundedRect(QRectF(RADIUS, middle - 2, self.width() - 2 * RADIUS, 4), 2, 2)
        painter.setBrush(main)
        painter.drawRoundedRect(QRectF(min(x, start), middle - 2, abs(x - start), 4), 2, 2)
        if self._mark is not None:
            tick = round(self._x_of(self._mark)) + 0.5
            painter.setPen(QPen(QColor(colours.muted if on else colours.disabled), 1.5))
            painter.drawLine(QPointF(tick, middle + 5), QPointF(tick, middle + 10))
            painter.drawLine(QPointF(tick, middle - 10), QPointF(tick, middle - 5))
        painter.setPen(Qt.PenStyle.NoPen)
        if self.hasFocus():
            ring = QColor(colours.accent)
            ring.setAlphaF(0.4)
            painter.setBrush(ring)
            painter.drawEllipse(QPointF(x, middle), RADIUS + 3, RADIUS + 3)
        painter.setBrush(QColor(colours.panel))
        painter.drawEllipse(QPointF(x, middle), RADIUS + 1, RADIUS + 1)
        painter.setBrush(main.lighter(115) if on and (self._hovered or self._grip) else main)
        painter.drawEllipse(QPointF(x, middle), RADIUS, RADIUS)
