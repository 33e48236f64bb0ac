"""What a hand does on the canvas: hover, click, pan, zoom, swipe, paint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent

if TYPE_CHECKING:
    from segviewer.widgets.canvas.picture_view import PictureView

WHEEL_STEP = 1.2
CLICK_SLOP = 4
SWIPE_STEP = 0.02


class CanvasGestures:
    """Turns the canvas's mouse, wheel and keys into changes of its view and into its signals.

    Attributes
    ----------
    cursor : QPointF or None
        Widget position of the pointer; None while it is elsewhere.
    full_crosshair : bool
        Whether Shift asks for lines over the whole panes.
    """

    def __init__(self, canvas: PictureView):
        self._canvas = canvas
        self.cursor: QPointF | None = None
        self.full_crosshair = False
        self._drag_from: QPointF | None = None
        self._dragged = False
        self._drags_divider = False
        self._paints_with = Qt.MouseButton.NoButton
        self._painted_to = (0.0, 0.0)

    def wheel(self, event: QWheelEvent) -> None:
        """Zoom about the pointer."""
        if not self._canvas.has_picture:
            event.ignore()
            return
        shift = event.modifiers() == Qt.KeyboardModifier.ShiftModifier
        if self._canvas.brush is not None and shift:
            turned = event.angleDelta()
            # With Shift some systems turn it sideways.
            self._canvas.brush_resized.emit(1 if turned.y() + turned.x() > 0 else -1)
            event.accept()
            return
        steps = event.angleDelta().y() / 120
        self._canvas.zoom_about(WHEEL_STEP**steps, event.position())
        self.cursor = event.position()
        self.report_hover()
        event.accept()

    def press(self, event: QMouseEvent) -> bool:
        """Begin a click or a drag; whether the press was one."""
        left = event.button() == Qt.MouseButton.LeftButton
        if self._begins_stroke(event):
            return True
        if not self._canvas.has_picture or not (
            left or event.button() == Qt.MouseButton.MiddleButton
        ):
            return False
        self._drag_from = event.position()
        self._dragged = False
        self._drags_divider = left and self._canvas.view.on_divider(event.position())
        return True

    def move(self, event: QMouseEvent) -> None:
        """Hover, pan or swipe."""
        position = event.position()
        self.cursor = position
        self.full_crosshair = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if self._paints_with != Qt.MouseButton.NoButton:
            self._brush_to(position)
        elif self._drag_from is not None:
            self._drag(self._drag_from, position)
        else:
            self.show_cursor(position)
        brush = self._canvas.brush is not None
        if brush or self._canvas.view.comparison == "side" or self.full_crosshair:
            self._canvas.update()
        self.report_hover()

    def release(self, event: QMouseEvent) -> bool:
        """End a stroke or a drag, or click; whether a press had begun one of them."""
        if self._paints_with != Qt.MouseButton.NoButton:
            if event.button() == self._paints_with:
                self._paints_with = Qt.MouseButton.NoButton
                self._canvas.brush_lifted.emit()
            return True
        if self._drag_from is None:
            return False
        clicked = not self._dragged and event.button() == Qt.MouseButton.LeftButton
        self._drag_from = None
        self._drags_divider = False
        self.show_cursor(event.position())
        if clicked:
            pixel = self._canvas.picture_pixel(event.position())
            if pixel != (-1, -1):
                self._canvas.pixel_clicked.emit(*pixel)
        return True

    def leave(self) -> None:
        """Forget the pointer."""
        self.cursor = None
        self.full_crosshair = False
        self._canvas.pixel_hovered.emit(-1, -1)
        self._canvas.update()

    def key(self, event: QKeyEvent) -> bool:
        """Move the swipe divider by Shift and an arrow; whether the key was one of these."""
        side = {Qt.Key.Key_Left.value: -1, Qt.Key.Key_Right.value: 1}.get(event.key())
        shift = event.modifiers() == Qt.KeyboardModifier.ShiftModifier
        if side is None or not shift or self._canvas.view.comparison != "swipe":
            return False
        self._canvas.set_divider(self._canvas.divider() + side * SWIPE_STEP)
        return True

    def show_cursor(self, position: QPointF) -> None:
        """Give the pointer the shape of what a press would do here."""
        if not self._canvas.has_picture:
            return
        on_divider = self._canvas.view.on_divider(position)
        shape = Qt.CursorShape.SplitHCursor if on_divider else Qt.CursorShape.CrossCursor
        self._canvas.setCursor(shape)

    def report_hover(self) -> None:
        """Report the picture pixel under the pointer."""
        if self.cursor is not None:
            self._canvas.pixel_hovered.emit(*self._canvas.picture_pixel(self.cursor))

    def lift_brush(self) -> None:
        """End a stroke, if there is one."""
        if self._paints_with != Qt.MouseButton.NoButton:
            self._paints_with = Qt.MouseButton.NoButton
            self._canvas.brush_lifted.emit()

    def _begins_stroke(self, event: QMouseEvent) -> bool:
        """Begin a stroke: left paints, right wipes out, and with Ctrl the picture is panned."""
        button, view = event.button(), self._canvas.view
        paints = button in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton)
        pans = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if self._canvas.brush is None or view.picture is None or pans or not paints:
            return False
        if view.on_divider(event.position()) or self._paints_with != Qt.MouseButton.NoButton:
            return self._paints_with != Qt.MouseButton.NoButton
        self._paints_with = button
        self._painted_to = self._point_at(event.position())
        self._brush_to(event.position())
        return True

    def _brush_to(self, position: QPointF) -> None:
        begin, self._painted_to = self._painted_to, self._point_at(position)
        wipes = self._paints_with == Qt.MouseButton.RightButton
        self._canvas.brushed.emit(*begin, *self._painted_to, wipes)

    def _point_at(self, position: QPointF) -> tuple[float, float]:
        view = self._canvas.view
        return view.transform.to_picture(view.device_point(position), view.pane_size)

    def _drag(self, start: QPointF, position: QPointF) -> None:
        if self._drags_divider:
            self._dragged = True
            self._canvas.set_divider(position.x() / max(1, self._canvas.width()))
            return
        moved = position - start
        if not self._dragged and moved.manhattanLength() < CLICK_SLOP:
            return
        self._dragged = True
        self._drag_from = position
        self._canvas.setCursor(Qt.CursorShape.ClosedHandCursor)
        self._canvas.pan_by(moved.x(), moved.y())
