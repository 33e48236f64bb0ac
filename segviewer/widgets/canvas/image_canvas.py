"""The picture with its label map over it: zoom, pan, compare, hover, drop.

One widget paints one or two panes through the same transform, so linked views cannot drift
apart. Positions inside a pane are kept in device pixels: see :mod:`view_transform`.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from segviewer.imaging.mark import Mark
from segviewer.widgets.canvas.chips import chip_height, draw_chips
from segviewer.widgets.canvas.difference_layer import DifferenceLayer
from segviewer.widgets.canvas.empty_state import EmptyState
from segviewer.widgets.canvas.label_layer import LabelLayer, Style
from segviewer.widgets.canvas.picture_layer import PictureLayer
from segviewer.widgets.canvas.picture_marks import draw_marks
from segviewer.widgets.canvas.view_transform import ViewTransform, Window
from segviewer.widgets.theme.theme import tokens
from segviewer.widgets.theme.typography import resized, semibold

Comparison = Literal["overlay", "side", "swipe", "difference", "photo"]
COMPARISONS = get_args(Comparison)

GUTTER = 2
CAPTIONS = ("photograph", "labels")
SHORTEST_CAPTION = 72
WHEEL_STEP = 1.2
CLICK_SLOP = 4
HANDLE_RADIUS = 16
SWIPE_STEP = 0.02
SWIPE_LINE = QColor("#f4f4f5")


class ImageCanvas(QWidget):
    """Shows a picture and what was found in it.

    Signals
    -------
    pixel_hovered(int, int)
        Picture pixel under the cursor; (-1, -1) outside the picture.
    pixel_clicked(int, int)
        Picture pixel of a click that was not a drag.
    files_dropped(list)
        Paths that were dropped.
    sample_chosen(str)
        Name of a sample chosen from the empty state.
    open_requested()
        "Open…" was pressed in the empty state.
    zoom_changed(float)
        Device pixels for each picture pixel.
    double_clicked()
        To maximise or restore the view.
    """

    pixel_hovered = Signal(int, int)
    pixel_clicked = Signal(int, int)
    files_dropped = Signal(list)
    sample_chosen = Signal(str)
    open_requested = Signal()
    zoom_changed = Signal(float)
    double_clicked = Signal()

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setAccessibleName("Picture")
        self.setMouseTracking(True)
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        # Every pixel is painted here: no background to erase first.
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

        self._picture: PictureLayer | None = None
        self._labels = LabelLayer()
        self._label_map: np.ndarray | None = None
        self._colours = np.zeros((256, 4), np.uint8)
        self._heat: np.ndarray | None = None
        self._heat_colours = np.zeros((256, 4), np.uint8)
        # What the left half shows over the photograph, and how it differs from the labels.
        self._reference = LabelLayer()
        self._difference = DifferenceLayer()
        self._captions = CAPTIONS
        self._opacity = 0.5
        self._overlay_visible = True
        self._peeking = False
        self._comparison: Comparison = "overlay"
        self._transform = ViewTransform(1.0, 0.0, 0.0)
        self._fitted = True
        self._divider = 0.5
        self._chips: list[tuple[str, str]] = []
        self._left_chips: list[tuple[str, str]] | None = None
        self._cursor: QPointF | None = None
        self._full_crosshair = False
        self._drag_from: QPointF | None = None
        self._dragged = False
        self._drags_divider = False
        self._marks: tuple[Mark, ...] = ()
        self._drop_text: str | None = None
        self.drop_hint: Callable[[list[Path]], str] = _drop_hint
        """Says what dropping these files would do; an empty text refuses them."""

        self._empty = EmptyState(self)
        self._empty.open_requested.connect(self.open_requested)
        self._empty.sample_chosen.connect(self.sample_chosen)

    # What is shown

    def set_picture(self, levels: list[np.ndarray] | None) -> None:
        """Show a picture, or the empty state.

        Parameters
        ----------
        levels : list of ndarray or None
            uint8 RGB (H, W, 3) and then its halves; None for no picture. Zoom and pan stay
            where the size is the same as before.
        """
        before = self._picture.size if self._picture else None
        self._picture = PictureLayer(levels) if levels else None
        self._empty.setVisible(self._picture is None)
        if self._picture is not None and self._picture.size != before:
            self.fit()
        if self._picture is None:
            self.unsetCursor()
        elif before is None:
            self.setCursor(Qt.CursorShape.CrossCursor)
        self.update()
        self._tell_hover()

    def set_label_map(self, label_map: np.ndarray | None) -> None:
        """Lay `label_map`, uint8 (h, w) of any size, over the picture; 255 is void."""
        self._label_map = None if label_map is None else np.ascontiguousarray(label_map)
        self._show_layer()

    def set_colours(self, table: np.ndarray) -> None:
        """Colour the labels by `table`, uint8 RGBA (256, 4); alpha 0 is transparent."""
        self._colours = _checked_table(table)
        self._show_layer()

    def set_heat(self, heat: np.ndarray | None, table: np.ndarray | None = None) -> None:
        """Show a heat map instead of the labels, or the labels again.

        Parameters
        ----------
        heat : uint8 (h, w) or None
        table : uint8 RGBA (256, 4)
            Colour of each heat value; the last one stays where it is left out.
        """
        self._heat = None if heat is None else np.ascontiguousarray(heat)
        if table is not None:
            self._heat_colours = _checked_table(table)
        self._show_layer()

    def set_reference(
        self, raster: np.ndarray | None, table: np.ndarray | None = None, *, heat: bool = False
    ) -> None:
        """Show other labels, or another heat map, on the left instead of the bare photograph.

        Parameters
        ----------
        raster : uint8 (h, w) or None
        table : uint8 RGBA (256, 4)
            Colour of each label or heat value.
        heat : bool
            Whether `raster` is a heat map.
        """
        if raster is None:
            self._reference.show(None, np.zeros((256, 4), np.uint8), heat=False)
        else:
            assert table is not None
            self._reference.show(raster, _checked_table(table), heat=heat)
        self.update()

    def set_difference(
        self, label_map: np.ndarray | None, translation: np.ndarray | None = None
    ) -> None:
        """Compare the labels with another `label_map` in the comparison ``difference``.

        Parameters
        ----------
        label_map : uint8 (h, w) or None
        translation : int (256,)
            The same class's label in the canvas's own label map, -1 where it has none.
        """
        self._difference.set_reference(label_map, translation)
        self.update()

    def set_marks(self, marks: tuple[Mark, ...]) -> None:
        """Draw rectangles and ellipses over the overlay."""
        if marks != self._marks:
            self._marks = marks
            self.update()

    def set_captions(self, left: str = CAPTIONS[0], right: str = CAPTIONS[1]) -> None:
        """Say what the halves of ``side`` and ``swipe`` show."""
        self._captions = (left, right)
        self.update()

    def set_opacity(self, opacity: float) -> None:
        """Set how much of the picture the overlay covers, 0 to 1."""
        self._opacity = min(max(float(opacity), 0.0), 1.0)
        self.update()

    def set_style(self, style: Style) -> None:
        """Draw labels as ``fill``, ``contour`` or ``both``."""
        if style not in ("fill", "contour", "both"):
            raise ValueError(f"unknown overlay style {style!r}")
        self._labels.set_style(style)
        self._reference.set_style(style)
        self.update()

    def set_overlay_visible(self, visible: bool) -> None:
        """Show or hide the overlay."""
        self._overlay_visible = bool(visible)
        self.update()

    def peek(self, on: bool) -> None:
        """Show the bare photograph for as long as this is on."""
        self._peeking = bool(on)
        self.update()

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

    def set_chips(
        self, chips: list[tuple[str, str]], left: list[tuple[str, str]] | None = None
    ) -> None:
        """State facts on the picture: (text, tone) with tone info, warning or draft.

        With `left`, those lie on the left half of ``side`` and ``swipe``, and `chips` on the
        right.
        """
        self._chips = list(chips)
        self._left_chips = None if left is None else list(left)
        said = [*(self._left_chips or ()), *self._chips]
        self.setAccessibleDescription("; ".join(text for text, _ in said))
        self.update()

    def set_samples(self, samples: list[tuple[str, str, np.ndarray]]) -> None:
        """Offer samples in the empty state: (name, title, thumbnail uint8 (h, w, 3))."""
        self._empty.set_samples(samples)

    @property
    def has_picture(self) -> bool:
        """Whether there is a picture; without one the empty state shows."""
        return self._picture is not None

    # Zoom

    def fit(self) -> None:
        """Show the whole picture, and keep doing so when the view changes size."""
        self._fitted = True
        if self._picture is not None:
            self._set_transform(ViewTransform.fitting(self._picture.size, self._view_size()))

    def one_to_one(self) -> None:
        """Show one picture pixel as one device pixel."""
        self.zoom_by(1.0 / self._transform.zoom)

    def zoom_by(self, factor: float) -> None:
        """Zoom about the middle of the view."""
        width, height = self._view_size()
        self._zoom_about(factor, (width / 2, height / 2))

    def zoom(self) -> float:
        """Device pixels for each picture pixel."""
        return self._transform.zoom

    def magnified(self, position: QPointF, factor: float, side: int) -> QImage:
        """Draw anew what lies about a widget `position`, `factor` times as large as in the view.

        Nothing is blown up: photograph and labels are sampled at the larger scale, as they are
        after zooming in. Chips, captions and the marks' words are left out.

        Parameters
        ----------
        position : QPointF
            Ends in the middle.
        factor : float
        side : int
            Of the square to fill, in logical pixels.

        Returns
        -------
        QImage
            RGB32, `side` times the device pixel ratio in both directions.
        """
        ratio, view = self.devicePixelRatioF(), self._view_size()
        length = max(1, round(side * ratio))
        image = QImage(length, length, QImage.Format.Format_RGB32)
        image.fill(QColor(tokens().surround))
        if self._picture is None:
            return image
        x, y = self._transform.to_picture(self._device_point(position), view)
        transform = ViewTransform(self._transform.zoom * factor, x, y)
        window = Window.of(transform, self._picture.size, (length, length))
        if window is None:
            return image
        panes = self._panes()
        divider = length / 2 + (self._divider_x() - position.x()) * ratio * factor
        kept = self._picture, self._labels, self._reference, self._difference
        # Each layer keeps its last drawing: copies leave the view's own ones in place.
        self._picture, self._labels = copy(self._picture), copy(self._labels)
        self._reference, self._difference = copy(self._reference), copy(self._difference)
        painter = QPainter(image)
        try:
            painter.drawImage(window.left, window.top, self._picture.image(window))
            if self._covered:
                pane = panes.index(self._pane_at(position))
                self._draw_covers(painter, window, ratio, pane, divider)
                painter.setClipping(False)
                if self._marks and pane == len(panes) - 1:
                    left, top = transform.origin((length, length))
                    area = QRectF(left, top, *window.extent)
                    marks = tuple(replace(mark, text="") for mark in self._marks)
                    draw_marks(painter, marks, area, QRectF(image.rect()))
                if self._comparison == "swipe":
                    painter.fillRect(QRectF(divider - ratio, 0, 2 * ratio, length), SWIPE_LINE)
        finally:
            painter.end()
            self._picture, self._labels, self._reference, self._difference = kept
        return image

    def _zoom_about(self, factor: float, point: tuple[float, float]) -> None:
        if self._picture is None:
            return
        view = self._view_size()
        whole = ViewTransform.fitting(self._picture.size, view).zoom
        smallest = min(whole, 1.0)
        changed = self._transform.zoomed(factor, point, view, smallest)
        self._fitted = False
        self._set_transform(changed)

    def _set_transform(self, transform: ViewTransform) -> None:
        if self._picture is None:
            return
        transform = transform.held_inside(self._picture.size)
        if transform != self._transform:
            self._transform = transform
            self.zoom_changed.emit(transform.zoom)
        self.update()

    # Geometry

    def _panes(self) -> list[QRect]:
        """Panes in logical pixels: the one compared with first where there are two."""
        if self._comparison != "side":
            return [self.rect()]
        width = (self.width() - GUTTER) // 2
        return [QRect(0, 0, width, self.height()), QRect(width + GUTTER, 0, width, self.height())]

    def _view_size(self) -> tuple[int, int]:
        pane, ratio = self._panes()[0], self.devicePixelRatioF()
        return max(1, round(pane.width() * ratio)), max(1, round(pane.height() * ratio))

    def _pane_at(self, position: QPointF) -> QRect:
        panes = self._panes()
        return panes[-1] if position.x() >= panes[-1].left() else panes[0]

    def _device_point(self, position: QPointF) -> tuple[float, float]:
        pane, ratio = self._pane_at(position), self.devicePixelRatioF()
        return (position.x() - pane.x()) * ratio, (position.y() - pane.y()) * ratio

    def picture_pixel(self, position: QPointF) -> tuple[int, int]:
        """Picture pixel under a widget position, (-1, -1) outside the picture."""
        if self._picture is None:
            return -1, -1
        x, y = self._transform.to_picture(self._device_point(position), self._view_size())
        width, height = self._picture.size
        if 0 <= x < width and 0 <= y < height:
            return int(x), int(y)
        return -1, -1

    def position_of(self, x: float, y: float) -> QPointF:
        """Widget position of a picture point, in the pane with the overlay."""
        left, top = self._transform.origin(self._view_size())
        zoom, ratio = self._transform.zoom, self.devicePixelRatioF()
        pane = self._panes()[-1]
        return QPointF(pane.x() + (left + x * zoom) / ratio, pane.y() + (top + y * zoom) / ratio)

    def _divider_x(self) -> float:
        return round(self._divider * self.width())

    def _on_divider(self, position: QPointF) -> bool:
        if self._comparison != "swipe" or self._picture is None:
            return False
        dx = position.x() - self._divider_x()
        dy = position.y() - self.height() / 2
        return abs(dx) <= 6 or dx * dx + dy * dy <= HANDLE_RADIUS**2

    # Painting

    def _show_layer(self) -> None:
        if self._heat is not None:
            self._labels.show(self._heat, self._heat_colours, heat=True)
        else:
            self._labels.show(self._label_map, self._colours, heat=False)
        self._difference.show(self._label_map, self._colours)
        self.update()

    def paintEvent(self, event) -> None:  # noqa: N802 (Qt's name)
        painter = QPainter(self)
        colours = tokens()
        painter.fillRect(self.rect(), QColor(colours.surround))
        if self._picture is None:
            return
        ratio = self.devicePixelRatioF()
        window = Window.of(self._transform, self._picture.size, self._view_size())
        panes = self._panes()
        covered = self._covered
        for index, pane in enumerate(panes):
            painter.save()
            painter.setClipRect(pane)
            painter.translate(pane.topLeft())
            # From here on in device pixels, where picture and labels were sampled.
            painter.scale(1 / ratio, 1 / ratio)
            if window is not None:
                painter.drawImage(window.left, window.top, self._picture.image(window))
                if covered:
                    self._draw_covers(painter, window, ratio, index, self._divider_x() * ratio)
            painter.restore()
        if len(panes) == 2:
            gap = QRect(panes[0].right() + 1, 0, GUTTER, self.height())
            painter.fillRect(gap, QColor(colours.panel))
        if self._marks and covered:
            corner = self.position_of(0, 0)
            far = self.position_of(*self._picture.size)
            draw_marks(painter, self._marks, QRectF(corner, far), QRectF(panes[-1]))
        self._draw_crosshair(painter, panes)
        if self._comparison == "swipe":
            self._draw_divider(painter)
        self._draw_captions(painter, panes)
        self._draw_chips(painter)
        if self._drop_text is not None:
            self._draw_drop_target(painter)

    @property
    def _covered(self) -> bool:
        """Whether anything lies over the photograph."""
        return self._overlay_visible and not self._peeking and self._comparison != "photo"

    def _draw_covers(
        self, painter: QPainter, window: Window, ratio: float, pane: int, divider: float
    ) -> None:
        """Lay over the photograph what belongs to its left and right, in device pixels."""
        if self._comparison == "swipe":
            x, right = round(divider), window.left + window.width
            for layer, left, width in (
                (self._reference, window.left, x - window.left),
                (self._labels, max(x, window.left), right - max(x, window.left)),
            ):
                painter.setClipRect(left, window.top, max(0, width), window.height)
                self._draw_overlay(painter, layer, window, ratio)
        elif self._comparison == "side" and pane == 0:
            self._draw_overlay(painter, self._reference, window, ratio)
        elif self._comparison == "difference" and not self._difference.empty:
            image = self._difference.image(window, self._opacity)
            painter.drawImage(window.left, window.top, image)
        else:
            self._draw_overlay(painter, self._labels, window, ratio)

    def _draw_overlay(
        self, painter: QPainter, layer: LabelLayer, window: Window, ratio: float
    ) -> None:
        if self._opacity == 0 or layer.empty:
            return
        fill, contour = layer.images(window, ratio)
        if fill is not None:
            painter.setOpacity(self._opacity)
            painter.drawImage(window.left, window.top, fill)
        if contour is not None:
            # A thin line needs more weight than a field to be seen as well.
            painter.setOpacity(min(1.0, 2 * self._opacity))
            painter.drawImage(window.left, window.top, contour)
        painter.setOpacity(1.0)

    def _draw_crosshair(self, painter: QPainter, panes: list[QRect]) -> None:
        if self._cursor is None or self.picture_pixel(self._cursor) == (-1, -1):
            return
        here = self._pane_at(self._cursor)
        for pane in panes:
            if pane == here and not self._full_crosshair:
                continue
            at = self._cursor - QPointF(here.topLeft()) + QPointF(pane.topLeft())
            at = QPointF(int(at.x()) + 0.5, int(at.y()) + 0.5)
            painter.save()
            painter.setClipRect(pane)
            for colour, width in (("#a0000000", 3), ("#f4f4f5", 1)):
                painter.setPen(QPen(QColor(colour), width))
                if self._full_crosshair:
                    painter.drawLine(QPointF(pane.left(), at.y()), QPointF(pane.right(), at.y()))
                    painter.drawLine(QPointF(at.x(), pane.top()), QPointF(at.x(), pane.bottom()))
                else:
                    painter.drawLine(at - QPointF(9, 0), at + QPointF(9, 0))
                    painter.drawLine(at - QPointF(0, 9), at + QPointF(0, 9))
            painter.restore()

    def _draw_divider(self, painter: QPainter) -> None:
        x, middle = self._divider_x(), self.height() / 2
        painter.save()
        painter.fillRect(QRectF(x - 2, 0, 4, self.height()), QColor("#60000000"))
        painter.fillRect(QRectF(x - 1, 0, 2, self.height()), SWIPE_LINE)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor("#60000000"), 1))
        painter.setBrush(SWIPE_LINE)
        painter.drawEllipse(QPointF(x, middle), HANDLE_RADIUS, HANDLE_RADIUS)
        pen = QPen(QColor("#3a3a3d"), 1.75)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for side in (-1, 1):
            tip = QPointF(x + 9 * side, middle)
            arm = QPointF(-4 * side, -4.5)
            painter.drawPolyline(QPolygonF([tip + arm, tip, tip + QPointF(arm.x(), 4.5)]))
        painter.restore()

    def _draw_captions(self, painter: QPainter, panes: list[QRect]) -> None:
        bottom = self.height() - chip_height(self._note_font()) - 12
        left, right = self._captions
        if self._comparison == "side" and self.width() >= 320:
            for pane, text in zip(panes, self._captions, strict=True):
                self._draw_note(painter, text, pane.left() + 12, bottom, pane.width() - 24)
        elif self._comparison == "swipe":
            x = self._divider_x()
            room = min(x - 32, self._note_width(left))
            if room >= min(SHORTEST_CAPTION, self._note_width(left)):
                self._draw_note(painter, left, x - 16 - room, bottom, room)
            room = self.width() - x - 32
            if room >= min(SHORTEST_CAPTION, self._note_width(right)):
                self._draw_note(painter, right, x + 16, bottom, room)

    def _note_width(self, text: str) -> float:
        return QFontMetricsF(self._note_font()).horizontalAdvance(text) + 21

    def _note_font(self):
        return resized(self.font(), 0.92)

    def _draw_note(self, painter: QPainter, text: str, x: float, y: float, width: float) -> None:
        painter.save()
        font = self._note_font()
        draw_chips(painter, [(text, "info")], QRectF(x, y, width, chip_height(font)), font)
        painter.restore()

    def _draw_chips(self, painter: QPainter) -> None:
        area = QRectF(self.rect())
        halves = [(area, self._chips)]
        if self._left_chips is not None and self._comparison in ("side", "swipe"):
            left, right = QRectF(area), QRectF(area)
            if self._comparison == "side":
                first, second = self._panes()
                left.setRight(first.right())
                right.setLeft(second.left())
            else:
                left.setRight(self._divider_x())
                right.setLeft(self._divider_x())
            halves = [(left, self._left_chips), (right, self._chips)]
        painter.save()
        for half, chips in halves:
            draw_chips(painter, chips, half.adjusted(12, 12, -12, -12), self._note_font())
        painter.restore()

    def _draw_drop_target(self, painter: QPainter) -> None:
        if self._drop_text is not None:
            _draw_drop_target(painter, QRectF(self.rect()), self._drop_text, self.font())

    # Events

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(800, 600)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return QSize(240, 180)

    def resizeEvent(self, event) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._empty.setGeometry(self.rect())
        if self._fitted:
            self.fit()

    def changeEvent(self, event) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self.update()

    def event(self, event) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange and self._fitted:
            self.fit()
        if (
            event.type() == QEvent.Type.NativeGesture
            and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture
        ):
            self._zoom_about(1.0 + event.value(), self._device_point(event.position()))
            return True
        return super().event(event)

    def wheelEvent(self, event) -> None:  # noqa: N802
        if self._picture is None:
            event.ignore()
            return
        steps = event.angleDelta().y() / 120
        self._zoom_about(WHEEL_STEP**steps, self._device_point(event.position()))
        self._cursor = event.position()
        self._tell_hover()
        event.accept()

    def mousePressEvent(self, event) -> None:  # noqa: N802
        if self._picture is None or event.button() not in (
            Qt.MouseButton.LeftButton,
            Qt.MouseButton.MiddleButton,
        ):
            super().mousePressEvent(event)
            return
        self._drag_from = event.position()
        self._dragged = False
        self._drags_divider = event.button() == Qt.MouseButton.LeftButton and self._on_divider(
            event.position()
        )

    def mouseMoveEvent(self, event) -> None:  # noqa: N802
        position = event.position()
        self._cursor = position
        self._full_crosshair = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if self._drag_from is not None:
            self._drag_to(position)
        else:
            self._show_cursor(position)
        if self._comparison == "side" or self._full_crosshair:
            self.update()
        self._tell_hover()

    def _drag_to(self, position: QPointF) -> None:
        moved = position - (self._drag_from or position)
        if self._drags_divider:
            self._dragged = True
            self.set_divider(position.x() / max(1, self.width()))
            return
        if not self._dragged and moved.manhattanLength() < CLICK_SLOP:
            return
        self._dragged = True
        self._drag_from = position
        self._fitted = False
        self.setCursor(Qt.CursorShape.ClosedHandCursor)
        ratio = self.devicePixelRatioF()
        self._set_transform(self._transform.panned(moved.x() * ratio, moved.y() * ratio))

    def mouseReleaseEvent(self, event) -> None:  # noqa: N802
        if self._drag_from is None:
            super().mouseReleaseEvent(event)
            return
        clicked = not self._dragged and event.button() == Qt.MouseButton.LeftButton
        self._drag_from = None
        self._drags_divider = False
        self._show_cursor(event.position())
        if clicked:
            pixel = self.picture_pixel(event.position())
            if pixel != (-1, -1):
                self.pixel_clicked.emit(*pixel)

    def mouseDoubleClickEvent(self, event) -> None:  # noqa: N802
        if self._picture is not None and event.button() == Qt.MouseButton.LeftButton:
            self.double_clicked.emit()

    def leaveEvent(self, event) -> None:  # noqa: N802
        super().leaveEvent(event)
        self._cursor = None
        self._full_crosshair = False
        self.pixel_hovered.emit(-1, -1)
        self.update()

    def keyPressEvent(self, event) -> None:  # noqa: N802
        shift = event.modifiers() == Qt.KeyboardModifier.ShiftModifier
        side = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(event.key())
        if side is not None and shift and self._comparison == "swipe":
            self.set_divider(self._divider + side * SWIPE_STEP)
            return
        super().keyPressEvent(event)

    def _show_cursor(self, position: QPointF) -> None:
        if self._picture is None:
            return
        on_divider = self._on_divider(position)
        self.setCursor(Qt.CursorShape.SplitHCursor if on_divider else Qt.CursorShape.CrossCursor)

    def _tell_hover(self) -> None:
        if self._cursor is not None:
            self.pixel_hovered.emit(*self.picture_pixel(self._cursor))

    # Drop

    def dragEnterEvent(self, event) -> None:  # noqa: N802
        paths = _local_paths(event.mimeData())
        text = self.drop_hint(paths) if paths else ""
        if not text:
            event.ignore()
            return
        self._set_drop_text(text)
        event.acceptProposedAction()

    def dragLeaveEvent(self, event) -> None:  # noqa: N802
        self._set_drop_text(None)

    def dropEvent(self, event) -> None:  # noqa: N802
        self._set_drop_text(None)
        paths = _local_paths(event.mimeData())
        if paths:
            event.acceptProposedAction()
            self.files_dropped.emit(paths)

    def _set_drop_text(self, text: str | None) -> None:
        self._drop_text = text
        # The empty state lies over the canvas and would cover the highlight.
        self._empty.setVisible(self._picture is None and text is None)
        self.update()


def _draw_drop_target(painter: QPainter, area: QRectF, text: str, font: QFont) -> None:
    colours = tokens()
    accent, veil = QColor(colours.accent), QColor(colours.surround)
    veil.setAlphaF(0.82)
    painter.save()
    painter.fillRect(area, veil)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(accent, 2, Qt.PenStyle.DashLine))
    accent.setAlphaF(0.10)
    painter.setBrush(accent)
    painter.drawRoundedRect(area.adjusted(24, 24, -24, -24), 12, 12)
    painter.setPen(QColor(colours.text))
    painter.setFont(semibold(resized(font, 1.5)))
    painter.drawText(
        area.adjusted(48, 48, -48, -48),
        int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap),
        text,
    )
    painter.restore()


def _drop_hint(paths: list[Path]) -> str:
    return f"Open {paths[0].name}" if len(paths) == 1 else f"Open {len(paths)} files"


def _local_paths(mime) -> list[Path]:
    return [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]


def _checked_table(table: np.ndarray) -> np.ndarray:
    table = np.array(table, np.uint8)
    if table.shape != (256, 4):
        raise ValueError(f"a colour table is (256, 4), not {table.shape}")
    return table
