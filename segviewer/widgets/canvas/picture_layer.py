"""The photograph at view resolution: smooth when small, visible pixels when large."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from PySide6.QtCore import QRect, QRectF
from PySide6.QtGui import QImage, QPainter

from segviewer.widgets.canvas.view_transform import Where, Window

NEAREST_FROM = 4.0


def rgb_image(pixels: np.ndarray) -> QImage:
    """Copy uint8 RGB `pixels` (H, W, 3) into a QImage that owns its memory."""
    pixels = np.ascontiguousarray(pixels)
    height, width = pixels.shape[:2]
    return QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


class PictureLayer:
    """Draws the part of a picture that a view shows, and keeps the last drawing of each part.

    Parameters
    ----------
    levels : list of ndarray
        uint8 RGB (H, W, 3), then each half as large as the one before.
    size : tuple of int, optional
        Width and height of the picture, where the levels are coarser than it.
    """

    def __init__(self, levels: list[np.ndarray], size: tuple[int, int] | None = None):
        self._levels = [np.ascontiguousarray(level) for level in levels]
        self._drawn: dict[int, tuple[Window, QImage]] = {}
        height, width = self._levels[0].shape[:2]
        self.size = size or (width, height)
        self._part: tuple[Where, PictureLayer] | None = None

    def set_part(self, where: Where | None, levels: list[np.ndarray]) -> None:
        """Draw a part of the picture finer than the rest.

        Parameters
        ----------
        where : (float, float, float, float) or None
            Its top, bottom, left and right, 0 to 1; None for no part.
        levels : list of ndarray
            As those of the picture.
        """
        self._part = None if where is None else (where, PictureLayer(levels))
        self._drawn = {}

    def pixel(self, x: int, y: int) -> tuple[int, int, int]:
        """Colour of one picture pixel."""
        red, green, blue = self._levels[0][y, x]
        return int(red), int(green), int(blue)

    def has(self, window: Window, part: int) -> bool:
        """Whether :meth:`image` has nothing to draw."""
        return part in self._drawn and self._drawn[part][0] == window

    def keep(self, parts: Collection[int]) -> None:
        """Forget the drawings of all other parts."""
        self._drawn = {part: kept for part, kept in self._drawn.items() if part in parts}

    def image(self, window: Window, part: int) -> QImage:
        """Return the picture's visible part as RGB32, `window.width` × `window.height`."""
        if not self.has(window, part):
            near = self._nearest(window) if window.zoom >= NEAREST_FROM else None
            image = self._smooth(window) if near is None else near
            self._draw_part(image, window, part)
            self._drawn[part] = window, image
        return self._drawn[part][1]

    def _draw_part(self, image: QImage, window: Window, part: int) -> None:
        if self._part is None:
            return
        where, layer = self._part
        inside = window.part(where, layer.size)
        if inside is None:
            return
        painter = QPainter(image)
        place = inside.left - window.left, inside.top - window.top
        painter.drawImage(*place, layer.image(inside, part))
        painter.end()

    def _nearest(self, window: Window) -> QImage:
        return rgb_image(window.sample(self._levels[0])).convertToFormat(QImage.Format.Format_RGB32)

    def _smooth(self, window: Window) -> QImage:
        level = self._level(window.zoom)
        height, width = level.shape[:2]
        across, down = window.extent[0] / width, window.extent[1] / height
        # Only the visible part is converted to Qt's fast format; a pixel of margin feeds the
        # interpolation at its edges.
        x0, y0 = int(window.u / across) - 1, int(window.v / down) - 1
        x1 = int((window.u + window.width) / across) + 2
        y1 = int((window.v + window.height) / down) + 2
        part = QRect(x0, y0, x1 - x0, y1 - y0).intersected(QRect(0, 0, width, height))
        source = QImage(level.data, width, height, 3 * width, QImage.Format.Format_RGB888)
        source = source.copy(part).convertToFormat(QImage.Format.Format_RGB32)

        image = QImage(window.width, window.height, QImage.Format.Format_RGB32)
        image.fill(0)
        painter = QPainter(image)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        target = QRectF(
            part.x() * across - window.u,
            part.y() * down - window.v,
            part.width() * across,
            part.height() * down,
        )
        painter.drawImage(target, source)
        painter.end()
        return image

    def _level(self, zoom: float) -> np.ndarray:
        # The smallest level that still has a pixel for each device pixel.
        width = self.size[0] * zoom
        for level in reversed(self._levels):
            if level.shape[1] >= width * 0.99:
                return level
        return self._levels[0]
