"""One or two panes on one picture: zoom, pan, hover, click, swipe.

Both panes go through the same transform, so linked views cannot drift apart. Positions inside a
pane are kept in device pixels: see :mod:`view_transform`.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QNativeGestureEvent, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from segviewer.widgets.canvas.canvas_gestures import CanvasGestures
from segviewer.widgets.canvas.canvas_view import COMPARISONS, CanvasView, Comparison
from segviewer.widgets.canvas.pane_renderer import PaneRenderer
from segviewer.widgets.canvas.picture_layer import PictureLayer
from segviewer.widgets.canvas.view_transform import ViewTransform, Where

SETTLED_MS = 80  # after a move, before what was drawn coarser is drawn finely


class PictureView(QWidget):
    """A picture that is zoomed, panned and compared by hand; drawn by who inherits it.

    Signals
    -------
    pixel_hovered(int, int)
        Picture pixel under the cursor; (-1, -1) outside the picture.
    pixel_clicked(int, int)
        Picture pixel of a click that was not a drag.
    zoom_changed(float)
        Device pixels for each picture pixel.
    double_clicked()
        To maximise or restore the view.
    brushed(float, float, float, float, bool)
        The brush was drawn from one point of the picture to another, x, y and x, y, which may lie
        outside it; whether it wipes out.
    brush_lifted()
        That stroke is over.
    brush_resized(int)
        The wheel asks for a brush so many steps larger.

    Attributes
    ----------
    file_pixels : float
        Pixels of the file in a row of it for each that is drawn: more than 1 for an overview.
    """

    pixel_hovered = Signal(int, int)
    pixel_clicked = Signal(int, int)
    zoom_changed = Signal(float)
    double_clicked = Signal()
    brushed = Signal(float, float, float, float, bool)
    brush_lifted = Signal()
    brush_resized = Signal(int)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        # Every pixel is painted: no background to erase first.
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._renderer = PaneRenderer()
        self._gestures = CanvasGestures(self)
        self._comparison: Comparison = "overlay"
        self._transform = ViewTransform(1.0, 0.0, 0.0)
        self._fitted = True
        self._divider = 0.5
        self._brush: float | None = None
        self._settled = QTimer(self, interval=SETTLED_MS, singleShot=True)
        self._refining = QTimer(self, interval=0)
        self._settled.timeout.connect(self._refining.start)
        self._refining.timeout.connect(self._refine)
        self.file_pixels = 1.0

    def set_picture(self, levels: list[np.ndarray] | None) -> None:
        """Show a picture, or none.

        Parameters
        ----------
        levels : list of ndarray or None
            uint8 RGB (H, W, 3) and then its halves; None for no picture. Zoom and pan stay
            where the size is the same as before.
        """
        before = self.view.picture
        picture = PictureLayer(levels) if levels else None
        self._renderer.picture = picture
        if picture is not None and picture.size != before:
            self.fit()
        if picture is None:
            self.unsetCursor()
        elif before is None:
            self.setCursor(Qt.CursorShape.CrossCursor)
        self.update()
        self._gestures.report_hover()

    def set_picture_part(self, where: Where | None, levels: list[np.ndarray]) -> None:
        """Show a part of the picture finer: see :meth:`PictureLayer.set_part`."""
        if self._renderer.picture is not None:
            self._renderer.picture.set_part(where, levels)
            self.update()

    @property
    def has_picture(self) -> bool:
        """Whether there is a picture; without one the empty state shows."""
        return self._renderer.picture is not None

    def set_brush(self, diameter: float | None) -> None:
        """Take a brush of so many pixels of the picture into the hand, or put it away."""
        self._brush = diameter
        if diameter is None:
            self._gestures.lift_brush()
        self.update()

    @property
    def brush(self) -> float | None:
        """Diameter of the brush in the hand; None without one."""
        return self._brush

    @property
    def view(self) -> CanvasView:
        """Where panes, divider and picture lie now."""
        picture = self._renderer.picture
        return CanvasView(
            self.width(),
            self.height(),
            self.devicePixelRatioF(),
            self._comparison,
            self._divider,
            self._transform,
            None if picture is None else picture.size,
        )

    # Drawn coarser while it moves

    def finish_drawing(self) -> None:
        """Have the next paint as fine as it gets, for who takes a picture of the view."""
        while not self._renderer.refine(self.view):
            continue

    def _draw_panes(self, painter: QPainter, view: CanvasView) -> None:
        complete = self._renderer.draw_panes(painter, view)
        if not complete and not self._settled.isActive() and not self._refining.isActive():
            self._settled.start()

    def _refine(self) -> None:
        # A band a turn of the event loop, so that it answers meanwhile.
        if self._renderer.refine(self.view):
            self._refining.stop()
            self.update()

    # Compared

    def set_comparison(self, comparison: Comparison) -> None:
        """Compare by ``overlay``, ``side`` by side, ``swipe``, or show the ``photo`` alone.

        ``difference`` dims the photograph and colours what differs from
        :meth:`set_difference`'s labels; it is an overlay where those are missing.
        """
        if comparison not in COMPARISONS:
            raise ValueError(f"unknown comparison {comparison!r}")
        self._comparison = comparison
        if self._fitted:
            self.fit()
        self.update()

    def set_divider(self, fraction: float) -> None:
        """Put the swipe divider at `fraction` of the view's width."""
        self._divider = min(max(fraction, 0.0), 1.0)
        self.update()

    def divider(self) -> float:
        """Where the swipe divider stands, as a fraction of the view's width."""
        return self._divider

    # Zoom

    def fit(self) -> None:
        """Show the whole picture, and keep doing so when the view changes size."""
        self._fitted = True
        view = self.view
        if view.picture is not None:
            self._set_transform(ViewTransform.fitting(view.picture, view.pane_size))

    def one_to_one(self) -> None:
        """Show one pixel of the file as one device pixel."""
        self.zoom_by(self.file_pixels / self._transform.zoom)

    def zoom_by(self, factor: float) -> None:
        """Zoom about the middle of the view."""
        width, height = self.view.pane_size
        self._zoom_about(factor, (width / 2, height / 2))

    def zoom_about(self, factor: float, position: QPointF) -> None:
        """Zoom about a widget position."""
        self._zoom_about(factor, self.view.device_point(position))

    def pan_by(self, dx: float, dy: float) -> None:
        """Move the picture by logical pixels."""
        self._fitted = False
        ratio = self.devicePixelRatioF()
        self._set_transform(self._transform.panned(dx * ratio, dy * ratio))

    def zoom(self) -> float:
        """Device pixels for each picture pixel."""
        return self._transform.zoom

    def _zoom_about(self, factor: float, point: tuple[float, float]) -> None:
        view = self.view
        if view.picture is None:
            return
        whole = ViewTransform.fitting(view.picture, view.pane_size).zoom
        changed = self._transform.zoomed(factor, point, view.pane_size, min(whole, 1.0))
        self._fitted = False
        self._set_transform(changed)

    def _set_transform(self, transform: ViewTransform) -> None:
        picture = self._renderer.picture
        if picture is None:
            return
        transform = transform.held_inside(picture.size)
        if transform != self._transform:
            self._transform = transform
            if self._refining.isActive() or self._settled.isActive():
                self._refining.stop()
                self._settled.start()
            self.zoom_changed.emit(transform.zoom)
        self.update()

    def picture_pixel(self, position: QPointF) -> tuple[int, int]:
        """Picture pixel under a widget position, (-1, -1) outside the picture."""
        return self.view.picture_pixel(position)

    def position_of(self, x: float, y: float) -> QPointF:
        """Widget position of a picture point, in the pane with the overlay."""
        return self.view.position_of(x, y)

    # Events

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(800, 600)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(240, 180)

    def resizeEvent(self, event) -> None:  # noqa: N802
        super().resizeEvent(event)
        if self._fitted:
            self.fit()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange and self._fitted:
            self.fit()
        if (
            isinstance(event, QNativeGestureEvent)
            and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture
        ):
            self.zoom_about(1.0 + event.value(), event.position())
            return True
        return super().event(event)

    def wheelEvent(self, event) -> None:  # noqa: N802
        self._gestures.wheel(event)

    def mousePressEvent(self, event) -> None:  # noqa: N802
        if not self._gestures.press(event):
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event) -> None:  # noqa: N802
        self._gestures.move(event)

    def mouseReleaseEvent(self, event) -> None:  # noqa: N802
        if not self._gestures.release(event):
            super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event) -> None:  # noqa: N802
        if self._brush is not None:
            self.mousePressEvent(event)  # two quick dabs
        elif self.has_picture and event.button() == Qt.MouseButton.LeftButton:
            self.double_clicked.emit()

    def leaveEvent(self, event) -> None:  # noqa: N802
        super().leaveEvent(event)
        self._gestures.leave()

    def keyPressEvent(self, event) -> None:  # noqa: N802
        if not self._gestures.key(event):
            super().keyPressEvent(event)
