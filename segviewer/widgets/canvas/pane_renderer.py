"""Photograph, labels and difference, painted through one window: a pane, or a lens over it.

What has more pixels than a frame has time for is drawn coarser at first, out of the same
photograph and labels, and then in bands of rows, one after the other, until all are there.
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
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

AT_ONCE = 1_500_000  # pixels that are drawn in one go
COARSE = 1_000_000  # pixels of what is drawn instead of more
CONTEXT = 8  # rows above and below a band that its contours may depend on, at a ratio of 1
# Parts of the layers' drawings; the bands are counted from 0.
COARSE_PART, LENS_PART = -1, -2


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
        self._kept = 1  # bands

    def covers(self, view: CanvasView) -> bool:
        """Whether anything lies over the photograph."""
        return self.covered and view.comparison != "photo"

    def draw_panes(self, painter: QPainter, view: CanvasView) -> bool:
        """Draw every pane of the canvas; whether all of it is as fine as it gets."""
        window = view.window
        if window is None:
            return True
        bands = _bands(window, view.ratio)
        self._keep(len(bands))
        # Alone, it is drawn at once.
        complete = len(bands) == 1 or self._first_missing(bands, view) is None
        for index, pane in enumerate(view.panes):
            painter.save()
            painter.setClipRect(pane)
            painter.translate(pane.topLeft())
            # From here on in device pixels, where picture and labels were sampled.
            painter.scale(1 / view.ratio, 1 / view.ratio)
            divider = view.divider_x * view.ratio
            if complete:
                for part, (rows, band) in enumerate(bands):
                    painter.save()
                    painter.setClipRect(rows, Qt.ClipOperation.IntersectClip)
                    self._draw(painter, band, view, index, divider, part)
                    painter.restore()
            else:
                self._draw_coarse(painter, window, view, index, divider)
            painter.restore()
        return complete

    def refine(self, view: CanvasView) -> bool:
        """Prepare a band of what :meth:`draw_panes` has drawn coarser; whether all are there."""
        window = view.window
        if window is None:
            return True
        bands = _bands(window, view.ratio)
        missing = self._first_missing(bands, view)
        if missing is None:
            return True
        self._prepare(bands[missing][1], view, missing)
        return missing == len(bands) - 1 and self._first_missing(bands, view) is None

    def _keep(self, bands: int) -> None:
        if bands != self._kept:
            self._kept = bands
            parts = (COARSE_PART, LENS_PART, *range(bands))
            layers = (self.labels, self.reference, self.difference, self.painting)
            for layer in (self.picture, *layers):
                if layer is not None:
                    layer.keep(parts)

    def _first_missing(self, bands: list[tuple[QRect, Window]], view: CanvasView) -> int | None:
        """The first band of which a layer has no drawing."""
        assert self.picture is not None
        for part, (_, band) in enumerate(bands):
            ready = self.picture.has(band, part)
            for layer in self._over(view):
                if isinstance(layer, DifferenceLayer):
                    ready = ready and layer.has(band, self.opacity, part)
                else:
                    ready = ready and layer.has(band, view.ratio, part)
            if not ready:
                return part
        return None

    def _prepare(self, band: Window, view: CanvasView, part: int) -> None:
        assert self.picture is not None
        self.picture.image(band, part)
        for layer in self._over(view):
            if isinstance(layer, DifferenceLayer):
                layer.image(band, self.opacity, part)
            else:
                layer.images(band, view.ratio, part)

    def _over(self, view: CanvasView) -> tuple[LabelLayer | DifferenceLayer, ...]:
        """The layers that lie over the photograph in any pane."""
        if not self.covers(view):
            return ()
        if not self.painting.empty:
            return (self.painting,)
        if view.comparison == "difference" and not self.difference.empty:
            return (self.difference,)
        both = view.comparison in ("side", "swipe")
        layers = (self.reference, self.labels) if both else (self.labels,)
        return tuple(layer for layer in layers if self.opacity > 0 and not layer.empty)

    def _draw_coarse(
        self, painter: QPainter, window: Window, view: CanvasView, pane: int, divider: float
    ) -> None:
        """Draw a pane with fewer pixels, each of them a square."""
        step = 2
        while window.width * window.height > COARSE * step * step:
            step += 1
        coarse = window.coarser(step)
        image = QImage(coarse.width, coarse.height, QImage.Format.Format_RGB32)
        left = window.left - (window.u - coarse.u * step)
        top = window.top - (window.v - coarse.v * step)
        inside = QPainter(image)
        smaller = replace(view, ratio=view.ratio / step)
        try:
            self._draw(inside, coarse, smaller, pane, (divider - left) / step, COARSE_PART)
        finally:
            inside.end()
        painter.setClipRect(
            QRect(window.left, window.top, window.width, window.height),
            Qt.ClipOperation.IntersectClip,
        )
        painter.drawImage(QRect(left, top, coarse.width * step, coarse.height * step), image)

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
            self._draw(painter, window, view, pane, divider, LENS_PART)
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

    def _draw(
        self,
        painter: QPainter,
        window: Window,
        view: CanvasView,
        pane: int,
        divider: float,
        part: int,
    ) -> None:
        """Draw the photograph and what lies left and right over it, in device pixels."""
        assert self.picture is not None
        painter.drawImage(window.left, window.top, self.picture.image(window, part))
        if not self.covers(view):
            return
        if not self.painting.empty:
            self._draw_overlay(painter, self.painting, window, view.ratio, part)
        elif view.comparison == "swipe":
            x, right = round(divider), window.left + window.width
            for layer, left, width in (
                (self.reference, window.left, x - window.left),
                (self.labels, max(x, window.left), right - max(x, window.left)),
            ):
                half = QRect(left, window.top, max(0, width), window.height)
                painter.save()
                painter.setClipRect(half, Qt.ClipOperation.IntersectClip)
                self._draw_overlay(painter, layer, window, view.ratio, part)
                painter.restore()
        elif view.comparison == "side" and pane == 0:
            self._draw_overlay(painter, self.reference, window, view.ratio, part)
        elif view.comparison == "difference" and not self.difference.empty:
            image = self.difference.image(window, self.opacity, part)
            painter.drawImage(window.left, window.top, image)
        else:
            self._draw_overlay(painter, self.labels, window, view.ratio, part)

    def _draw_overlay(
        self, painter: QPainter, layer: LabelLayer, window: Window, ratio: float, part: int
    ) -> None:
        # A hand that paints must see what it does.
        opacity = max(self.opacity, PAINTED_OPACITY) if layer is self.painting else self.opacity
        if opacity == 0 or layer.empty:
            return
        fill, contour = layer.images(window, ratio, part)
        if fill is not None:
            painter.setOpacity(opacity)
            painter.drawImage(window.left, window.top, fill)
        if contour is not None:
            # A thin line needs more weight than a field to be seen as well.
            painter.setOpacity(min(1.0, 2 * opacity))
            painter.drawImage(window.left, window.top, contour)
        painter.setOpacity(1.0)


def _bands(window: Window, ratio: float) -> list[tuple[QRect, Window]]:
    """The rows of each band, and the window to draw it through, which has some more."""
    count = -(-window.width * window.height // AT_ONCE)
    context = round(CONTEXT * max(1.0, ratio)) if count > 1 else 0
    found = []
    for index in range(count):
        first, last = window.height * index // count, window.height * (index + 1) // count
        rows = QRect(window.left, window.top + first, window.width, last - first)
        above, below = max(0, first - context), min(window.height, last + context)
        found.append((rows, window.rows_of(above, below)))
    return found
