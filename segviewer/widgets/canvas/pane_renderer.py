"""Photograph, labels and difference, painted through one window: a pane, or a lens over it."""

from __future__ import annotations

from copy import copy
from dataclasses import replace

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from segviewer.imaging.mark import Mark
from segviewer.widgets.canvas.canvas_view import CanvasView
from segviewer.widgets.canvas.difference_layer import DifferenceLayer
from segviewer.widgets.canvas.label_layer import LabelLayer
from segviewer.widgets.canvas.picture_layer import PictureLayer
from segviewer.widgets.canvas.picture_marks import draw_marks
from segviewer.widgets.canvas.view_transform import ViewTransform, Window
from segviewer.widgets.theme.theme import tokens

SWIPE_LINE = QColor("#f4f4f5")
PAINTED_OPACITY = 0.6  # at least


class PaneRenderer:
    """The layers of the picture and what is drawn of them.

    Attributes
    ----------
    picture : PictureLayer or None
    labels : LabelLayer
        Labels or a raster over the photograph.
    reference : LabelLayer
        What the left half shows over the photograph.
    difference : DifferenceLayer
        How the reference differs from the labels.
    painting : LabelLayer
        What is being painted, and seen alone for as long as there is any.
    opacity : float
        Share of the picture that the overlay covers, 0 to 1.
    covered : bool
        Whether anything may lie over the photograph.
    """

    def __init__(self) -> None:
        self.picture: PictureLayer | None = None
        self.labels, self.reference = LabelLayer(), LabelLayer()
        self.difference = DifferenceLayer()
        self.painting = LabelLayer()
        self.opacity = 0.5
        self.covered = True

    def covers(self, view: CanvasView) -> bool:
        """Whether anything lies over the photograph."""
        return self.covered and view.comparison != "photo"

    def draw_panes(self, painter: QPainter, view: CanvasView) -> None:
        """Draw every pane of the canvas."""
        window = view.window
        if window is None:
            return
        for index, pane in enumerate(view.panes):
            painter.save()
            painter.setClipRect(pane)
            painter.translate(pane.topLeft())
            # From here on in device pixels, where picture and labels were sampled.
            painter.scale(1 / view.ratio, 1 / view.ratio)
            self._draw(painter, window, view, index, view.divider_x * view.ratio)
            painter.restore()

    def magnified(
        self, view: CanvasView, position: QPointF, factor: float, side: int, marks: tuple[Mark, ...]
    ) -> QImage:
        """Draw anew what lies about a widget `position`, `factor` times as large as in `view`.

        Parameters
        ----------
        view : CanvasView
        position : QPointF
            Ends in the middle.
        factor : float
        side : int
            Of the square to fill, in logical pixels.
        marks : tuple of Mark
            Drawn without their words, where the pane has marks.

        Returns
        -------
        QImage
            RGB32, `side` times the device pixel ratio in both directions.
        """
        ratio = view.ratio
        length = max(1, round(side * ratio))
        image = QImage(length, length, QImage.Format.Format_RGB32)
        image.fill(QColor(tokens().surround))
        if view.picture is None:
            return image
        x, y = view.transform.to_picture(view.device_point(position), view.pane_size)
        transform = ViewTransform(view.transform.zoom * factor, x, y)
        window = Window.of(transform, view.picture, (length, length))
        if window is None:
            return image
        panes = view.panes
        pane = panes.index(view.pane_at(position))
        divider = length / 2 + (view.divider_x - position.x()) * ratio * factor
        painter = QPainter(image)
        try:
            self._copied()._draw(painter, window, view, pane, divider)
            painter.setClipping(False)
            covered = self.covers(view)
            if covered and marks and pane == len(panes) - 1:
                left, top = transform.origin((length, length))
                wordless = tuple(replace(mark, text="") for mark in marks)
                area = QRectF(left, top, *window.extent)
                draw_marks(painter, wordless, area, QRectF(image.rect()))
            if covered and view.comparison == "swipe":
                painter.fillRect(QRectF(divider - ratio, 0, 2 * ratio, length), SWIPE_LINE)
        finally:
            painter.end()
        return image

    def _copied(self) -> PaneRenderer:
        """Copy the layers: each keeps its last drawing, and the view's own ones stay in place."""
        copied = copy(self)
        copied.picture, copied.labels = copy(self.picture), copy(self.labels)
        copied.reference, copied.difference = copy(self.reference), copy(self.difference)
        copied.painting = copy(self.painting)
        return copied

    def _draw(
        self, painter: QPainter, window: Window, view: CanvasView, pane: int, divider: float
    ) -> None:
        """Draw the photograph and what lies left and right over it, in device pixels."""
        assert self.picture is not None
        painter.drawImage(window.left, window.top, self.picture.image(window))
        if not self.covers(view):
            return
        if not self.painting.empty:
            self._draw_overlay(painter, self.painting, window, view.ratio)
        elif view.comparison == "swipe":
            x, right = round(divider), window.left + window.width
            for layer, left, width in (
                (self.reference, window.left, x - window.left),
                (self.labels, max(x, window.left), right - max(x, window.left)),
            ):
                painter.setClipRect(left, window.top, max(0, width), window.height)
                self._draw_overlay(painter, layer, window, view.ratio)
        elif view.comparison == "side" and pane == 0:
            self._draw_overlay(painter, self.reference, window, view.ratio)
        elif view.comparison == "difference" and not self.difference.empty:
            image = self.difference.image(window, self.opacity)
            painter.drawImage(window.left, window.top, image)
        else:
            self._draw_overlay(painter, self.labels, window, view.ratio)

    def _draw_overlay(
        self, painter: QPainter, layer: LabelLayer, window: Window, ratio: float
    ) -> None:
        # A hand that paints must see what it does.
        opacity = max(self.opacity, PAINTED_OPACITY) if layer is self.painting else self.opacity
        if opacity == 0 or layer.empty:
            return
        fill, contour = layer.images(window, ratio)
        if fill is not None:
            painter.setOpacity(opacity)
            painter.drawImage(window.left, window.top, fill)
        if contour is not None:
            # A thin line needs more weight than a field to be seen as well.
            painter.setOpacity(min(1.0, 2 * opacity))
            painter.drawImage(window.left, window.top, contour)
        painter.setOpacity(1.0)
