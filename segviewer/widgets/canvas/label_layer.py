"""The label map, or a score map, at view resolution: always nearest neighbour.

The label map is sampled at the view's own pixels, so a frame costs the same for a small
and for a very large picture, and contours are equally thin at every zoom.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from PySide6.QtGui import QImage

from segviewer.widgets.canvas.view_transform import Where, Window

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
        self._parts: tuple[tuple[Where, np.ndarray], ...] = ()
        self._is_continuous = False
        self._colours = np.zeros(256, np.uint32)
        self._contour_colours = np.zeros(256, np.uint32)
        self._style: Style = "fill"
        self._sampled_for: tuple | None = None
        self._sampled = np.zeros((0, 0), np.uint8)
        self._edges_for: tuple | None = None
        self._edges = np.zeros((0, 0), bool)
        self._border_for: tuple | None = None
        self._border_pixels = np.zeros(0, np.intp)
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

    def show(self, raster: np.ndarray | None, table: np.ndarray, continuous: bool) -> None:
        """Take a new raster, uint8 (h, w), its colours, uint8 (256, 4), and its meaning."""
        if raster is not self._raster or continuous != self._is_continuous:
            self._raster = raster
            self._is_continuous = continuous
            self._raster_version += 1
        self._colours = premultiplied(table)
        self._contour_colours = _contour_colours(table)
        self._version += 1

    def note_painted(self) -> None:
        """Sample the raster anew: its pixels were changed where they lie."""
        self._raster_version += 1
        self._version += 1

    def set_parts(self, parts: tuple[tuple[Where, np.ndarray], ...]) -> None:
        """Draw labels of parts of the picture, uint8 (h, w), that are finer than the others."""
        self._parts = parts
        self._raster_version += 1
        self._version += 1

    def set_style(self, style: Style) -> None:
        """Draw labels as fill, contour or both; a score map is always filled."""
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
        assert self._raster is not None
        where = (window, self._raster_version)
        if where != self._sampled_for:
            self._sampled = window.sample(self._raster)
            for part in () if self._is_continuous else self._parts:
                _lay_over(self._sampled, window, *part)
            self._sampled_for = where
        labels = self._sampled
        colours = self._colours
        # `mode` spares numpy a checked copy: uint8 cannot be out of a table of 256.
        argb = colours.take(labels, mode="clip")
        if self._is_continuous:
            self._buffers = [argb]
            return argb_image(argb), None
        void = self._void_masks(where, ratio)
        if void is not None:
            line, ground = void
            argb[ground] = _GROUND
            argb[line] = _LINE
        if self._style == "fill":
            self._buffers = [argb]
            return argb_image(argb), None
        # Contours are few pixels: colouring only those is many times faster than all.
        contour = np.zeros_like(argb)
        border = self._border(where, ratio)
        contour.ravel()[border] = self._contour_colours.take(labels.ravel()[border])
        self._buffers = [argb, contour]
        fill = argb_image(argb) if self._style == "both" else None
        return fill, argb_image(contour)

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

    def _border(self, where: tuple, ratio: float) -> np.ndarray:
        """Flat indices of the pixels that contours cover."""
        shown = (self._colours >> 24) > 0
        shown[VOID] = True
        key = (where, ratio, shown.tobytes())
        if key != self._border_for:
            self._border_for = key
            labels = self._sampled
            side = max(1, round(0.75 * ratio))
            if (where, side) != self._edges_for:
                self._edges_for = (where, side)
                self._edges = _edges(labels, side)
            edges = self._edges
            visible = shown.take(labels, mode="clip")
            if not visible.all():
                # A class draws its own half of a border; against a hidden class it draws both
                # halves, so that every contour is equally wide.
                edges = (edges | _near(~visible, 2 * side)) & visible
            self._border_pixels = np.flatnonzero(edges)
        return self._border_pixels


def _lay_over(sampled: np.ndarray, window: Window, where: Where, labels: np.ndarray) -> None:
    """Write the labels of a part where a window shows it."""
    inside = window.part(where, (labels.shape[1], labels.shape[0]))
    if inside is not None:
        y, x = inside.top - window.top, inside.left - window.left
        sampled[y : y + inside.height, x : x + inside.width] = inside.sample(labels)


def _edges(labels: np.ndarray, side: int) -> np.ndarray:
    """Pixels within `side` of another label, along rows or columns."""
    edges = np.zeros(labels.shape, bool)
    for axis, step in _steps(labels.shape, side):
        before, after = _shifted(axis, step)
        differs = labels[before] != labels[after]
        edges[before] |= differs
        edges[after] |= differs
    return edges


def _near(mask: np.ndarray, distance: int) -> np.ndarray:
    """Pixels within `distance` of a set one, along rows or columns."""
    near = mask.copy()
    for axis, step in _steps(mask.shape, distance):
        before, after = _shifted(axis, step)
        near[before] |= mask[after]
        near[after] |= mask[before]
    return near


def _steps(shape: tuple[int, ...], furthest: int) -> list[tuple[int, int]]:
    return [(axis, s) for axis in (0, 1) for s in range(1, furthest + 1) if s < shape[axis]]


def _shifted(axis: int, step: int) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    whole, first, last = slice(None), slice(None, -step), slice(step, None)
    return ((first, whole), (last, whole)) if axis == 0 else ((whole, first), (whole, last))


def _contour_colours(table: np.ndarray) -> np.ndarray:
    """Contours are opaque wherever their class is seen at all; void's is its hatch line."""
    solid = np.array(table, np.uint8)
    solid[:, 3] = np.where(solid[:, 3] > 0, 255, 0)
    solid[VOID] = (*HATCH_LINE[:3], 255)
    return premultiplied(solid)


def argb_image(argb: np.ndarray) -> QImage:
    """A QImage over premultiplied 0xAARRGGBB, uint32 (h, w), which must outlive it."""
    height, width = argb.shape
    return QImage(argb.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied)
