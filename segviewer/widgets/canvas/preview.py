"""A photograph that is being opened, seen in place of all there is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QFont, QImage, QPainter

from segviewer.widgets.canvas.canvas_view import CanvasView
from segviewer.widgets.canvas.pane_renderer import PaneRenderer
from segviewer.widgets.canvas.pane_signs import draw_facts
from segviewer.widgets.canvas.picture_layer import PictureLayer
from segviewer.widgets.canvas.view_transform import ViewTransform

OPENING = ("preview · opening", "draft")


class Preview:
    """Draws it where the photograph will lie once it is there.

    Parameters
    ----------
    image : uint8 RGB (h, w, 3)
        Coarse.
    size : tuple of int
        Width and height of the photograph.
    """

    def __init__(self, image: np.ndarray, size: tuple[int, int]):
        self._size = size
        self._renderer = PaneRenderer()
        self._renderer.picture = PictureLayer([image], size)
        self._renderer.covered = False

    def draw(self, painter: QPainter, view: CanvasView, font: QFont) -> None:
        """Draw every pane of the canvas, and say what is seen."""
        self._renderer.draw_panes(painter, self._placed(view))
        draw_facts(painter, view, [OPENING], None, font)

    def magnified(self, view: CanvasView, position: QPointF, factor: float, side: int) -> QImage:
        """As :meth:`PaneRenderer.magnified`."""
        return self._renderer.magnified(self._placed(view), position, factor, side, ())

    def _placed(self, view: CanvasView) -> CanvasView:
        """The view as it will be: one of the same size keeps what is looked at."""
        if view.picture == self._size:
            return view
        fitting = ViewTransform.fitting(self._size, view.pane_size)
        return replace(view, transform=fitting, picture=self._size)
