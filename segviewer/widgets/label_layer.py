"""The label map, or a heat map, at view resolution: always nearest neighbour.

The label map is sampled at the view's own pixels, so a frame costs the same for a small
and for a very large picture, and contours are equally thin at every zoom.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from PySide6.QtGui import QImage

from segviewer.widgets.view_transform import Window

Style = Literal["fill", "contour", "both"]

VOID = 255
HATCH_PERIOD = 8
HATCH_LINE = (232, 232, 232, 230)
HATCH_GROUND = (24, 24, 26, 150)


def premultiplied(table: np.ndarray) -> np.ndarray:
    """Turn RGBA colours, uint8 (N, 4), into Qt's premultiplied 0xAARRGGBB, uint32 (N,)."""
    table = np.asarray(table, np.uint8).astype(np.uint32)
    alpha = table[:, 3]
    red, green, blue = ((table[:, i] * alpha + 127) // 255 for i in range(3))
    return (alpha << 24) | (red << 16) | (green << 8) | blue


_LINE, _GROUND = premultiplied(np.array([HATCH_LINE, HATCH_GROUND]))


class LabelLayer:
    """Colours what a view shows of a label map; every step is kept until its input changes."""

    def __init__(self) -> None:
        self._raster: np.ndarray | None = None
        self._is_heat = False
        self._colours = np.zeros(256, np.uint32)
        self._style: Style = "fill"
        self._sampled_for: tuple | None = None
        self._sampled = np.zeros((0, 0), np.uint8)
        self._edges_for: tuple | None = None
        self._edges = np.zeros((0, 0), bool)
        self._void_for: tuple | None = None
        self._void: tuple[np.ndarray, np.ndarray] | None = None
        self._drawn_for: tuple | None = None
        self._buffers: list[np.ndarray] = []
        self._images: tuple[QImage | None, QImage | None] = (None, None)
        self._version = 0
        self._raster_version = 0

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw."""
        return self._raster is None

    def show(self, raster: np.ndarray | None, table: np.ndarray, heat: bool) -> None:
        """Take a new raster, uint8 (h, w), its colours, uint8 (256, 4), and its meaning."""
        if raster is not self._raster or heat != self._is_heat:
            self._raster = raster
            self._is_heat = heat
            self._raster_version += 1
        self._colours = premultiplied(table)
        self._version += 1

    def set_style(self, style: Style) -> None:
        """Draw labels as fill, contour or both; a heat map is always filled."""
        self._style = style
        self._version += 1

    def images(self, window: Window, ratio: float) -> tuple[QImage | None, QImage | None]:
        """Return the fill and the contour image of `window`, either of them None.

        Parameters
        ----------
        window : Window
        ratio : float
            Device pixel ratio; widens contours and hatching on fine screens.
        """
        if self._raster is None:
            return None, None
        wanted = (window, ratio, self._version)
        if wanted != self._drawn_for:
            self._images = self._draw(window, ratio)
            self._drawn_for = wanted
        return self._images

    def _draw(self, window: Window, ratio: float) -> tuple[QImage | None, QImage | None]:
        where = (window, self._raster_version)
        if where != self._sampled_for:
            self._sampled = window.sample(self._raster)
            self._sampled_for = where
        labels = self._sampled
        colours = self._colours
        # `mode` spares numpy a checked copy: uint8 cannot be out of a table of 256.
        argb = colours.take(labels, mode="clip")
        if self._is_heat:
            self._buffers = [argb]
            return _argb_image(argb), None
        void = self._void_masks(where, ratio)
        if void is not None:
            line, ground = void
            argb[ground] = _GROUND
            argb[line] = _LINE
        if self._style == "fill":
            self._buffers = [argb]
            return _argb_image(argb), None
        contour = np.where(self._contour_mask(where, ratio), _opaque(argb), np.uint32(0))
        self._buffers = [argb, contour]
        fill = _argb_image(argb) if self._style == "both" else None
        return fill, _argb_image(contour)

    def _void_masks(self, where: tuple, ratio: float) -> tuple[np.ndarray, np.ndarray] | None:
        key = (where, ratio)
        if key != self._void_for:
            self._void_for = key
            labels, window = self._sampled, where[0]
            void = labels == VOID
            self._void = None
            if void.any():
                # Phase measured from the picture's corner, so the hatch moves with it.
                period = max(2, round(HATCH_PERIOD * ratio))
                across = np.arange(window.u, window.u + labels.shape[1]) % period
                down = np.arange(window.v, window.v + labels.shape[0]) % period
                stripe = (across[None, :] + down[:, None]) % period < max(1, period // 4)
                self._void = (void & stripe, void & ~stripe)
        return self._void

    def _contour_mask(self, where: tuple, ratio: float) -> np.ndarray:
        labels = self._sampled
        shown = (self._colours >> 24) > 0
        shown[VOID] = True
        key = (where, ratio, shown.tobytes())
        if key != self._edges_for:
            self._edges_for = key
            side = max(1, round(0.75 * ratio))
            self._edges = _boundary(labels, shown.take(labels, mode="clip"), side)
        return self._edges


def _boundary(labels: np.ndarray, shown: np.ndarray, side: int) -> np.ndarray:
    """Pixels within `side` of another shown class, or within twice that of a hidden one.

    Each class draws its own half of a common border; against a hidden class it draws both
    halves, so that every contour is equally wide.
    """
    edges = np.zeros(labels.shape, bool)
    for step in range(1, 2 * side + 1):
        for axis in (0, 1):
            if labels.shape[axis] <= step:
                continue
            before = [slice(None), slice(None)]
            after = [slice(None), slice(None)]
            before[axis], after[axis] = slice(None, -step), slice(step, None)
            before, after = tuple(before), tuple(after)
            if step <= side:
                differs = labels[before] != labels[after]
                edges[before] |= differs
                edges[after] |= differs
            else:
                edges[before] |= ~shown[after]
                edges[after] |= ~shown[before]
    return edges & shown


def _opaque(argb: np.ndarray) -> np.ndarray:
    """Undo a class's own transparency for its contour; fully transparent stays so."""
    alpha = argb >> 24
    if ((alpha == 255) | (alpha == 0)).all():
        return argb
    scale = np.where(alpha > 0, alpha, 1).astype(np.uint32)
    out = np.where(alpha > 0, np.uint32(0xFF000000), np.uint32(0))
    for shift in (16, 8, 0):
        channel = ((argb >> shift) & 0xFF) * np.uint32(255) // scale
        out |= np.minimum(channel, 255).astype(np.uint32) << shift
    return out


def _argb_image(argb: np.ndarray) -> QImage:
    height, width = argb.shape
    return QImage(
        argb.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied
    )
