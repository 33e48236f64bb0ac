"""The label map, or a score map, at view resolution: always nearest neighbour.

The label map is sampled at the view's own pixels, so a frame costs the same for a small
and for a very large picture, and contours are equally thin at every zoom.
"""

from __future__ import annotations

from collections.abc import Collection
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
    """A raster, its colours and its style; draws what a view shows of it.

    Attributes
    ----------
    raster : ndarray or None
        uint8 (h, w).
    finer : tuple of (Where, ndarray)
        Labels of parts of the picture, uint8 (h, w), that lie over the others.
    is_continuous : bool
        Whether it holds values of a colour scale rather than labels.
    colours, contour_colours : ndarray
        Premultiplied, uint32 (256,).
    style : Style
    version, raster_version : int
        Others after each change of anything, and of the raster.
    """

    def __init__(self) -> None:
        self.raster: np.ndarray | None = None
        self.finer: tuple[tuple[Where, np.ndarray], ...] = ()
        self.is_continuous = False
        self.colours = np.zeros(256, np.uint32)
        self.contour_colours = np.zeros(256, np.uint32)
        self.style: Style = "fill"
        self.version = 0
        self.raster_version = 0
        self._drawings: dict[int, LabelDrawing] = {}

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw."""
        return self.raster is None

    def show(self, raster: np.ndarray | None, table: np.ndarray, continuous: bool) -> None:
        """Take a new raster, uint8 (h, w), its colours, uint8 (256, 4), and its meaning."""
        if raster is not self.raster or continuous != self.is_continuous:
            self.raster = raster
            self.is_continuous = continuous
            self.raster_version += 1
        self.colours = premultiplied(table)
        self.contour_colours = _contour_colours(table)
        self.version += 1

    def note_painted(self) -> None:
        """Sample the raster anew: its pixels were changed where they lie."""
        self.raster_version += 1
        self.version += 1

    def set_parts(self, parts: tuple[tuple[Where, np.ndarray], ...]) -> None:
        """Draw labels of parts of the picture, uint8 (h, w), that are finer than the others."""
        self.finer = parts
        self.raster_version += 1
        self.version += 1

    def set_style(self, style: Style) -> None:
        """Draw labels as fill, contour or both; a score map is always filled."""
        self.style = style
        self.version += 1

    def has(self, window: Window, ratio: float, part: int) -> bool:
        """Whether :meth:`images` has nothing to draw."""
        drawing = self._drawings.get(part)
        return drawing is not None and drawing.drawn_for == (window, ratio, self.version)

    def keep(self, parts: Collection[int]) -> None:
        """Forget the drawings of all other parts."""
        self._drawings = {part: kept for part, kept in self._drawings.items() if part in parts}

    def images(
        self, window: Window, ratio: float, part: int
    ) -> tuple[QImage | None, QImage | None]:
        """Return the fill and the contour image of `window`, either of them None.

        Parameters
        ----------
        window : Window
        ratio : float
            Device pixel ratio; widens contours and hatching on fine screens.
        part : int
            Whose last drawing this one replaces.
        """
        if self.raster is None:
            return None, None
        return self._drawings.setdefault(part, LabelDrawing(self)).images(window, ratio)


class LabelDrawing:
    """The drawing of one part of a view; every step is kept until its input changes.

    Attributes
    ----------
    drawn_for : tuple or None
        Window, ratio and version of the layer that the images are of.
    """

    def __init__(self, layer: LabelLayer):
        self._layer = layer
        self.drawn_for: tuple | None = None
        self._sampled_for: tuple | None = None
        self._sampled = np.zeros((0, 0), np.uint8)
        self._edges_for: tuple | None = None
        self._edges = np.zeros((0, 0), bool)
        self._border_for: tuple | None = None
        self._border_pixels = np.zeros(0, np.intp)
        self._void_for: tuple | None = None
        self._void: tuple[np.ndarray, np.ndarray] | None = None
        self._buffers: list[np.ndarray] = []
        self._images: tuple[QImage | None, QImage | None] = (None, None)

    def images(self, window: Window, ratio: float) -> tuple[QImage | None, QImage | None]:
        """As those of the layer."""
        wanted = (window, ratio, self._layer.version)
        if wanted != self.drawn_for:
            self._images = self._draw(window, ratio)
            self.drawn_for = wanted
        return self._images

    def _draw(self, window: Window, ratio: float) -> tuple[QImage | None, QImage | None]:
        layer = self._layer
        assert layer.raster is not None
        where = (window, layer.raster_version)
        if where != self._sampled_for:
            self._sampled = window.sample(layer.raster)
            for part in () if layer.is_continuous else layer.finer:
                _lay_over(self._sampled, window, *part)
            self._sampled_for = where
        labels = self._sampled
        # `mode` spares numpy a checked copy: uint8 cannot be out of a table of 256.
        argb = layer.colours.take(labels, mode="clip")
        if layer.is_continuous:
            self._buffers = [argb]
            return argb_image(argb), None
        void = self._void_masks(where, ratio)
        if void is not None:
            line, ground = void
            argb[ground] = _GROUND
            argb[line] = _LINE
        if layer.style == "fill":
            self._buffers = [argb]
            return argb_image(argb), None
        # Contours are few pixels: colouring only those is many times faster than all.
        contour = np.zeros_like(argb)
        border = self._border(where, ratio)
        contour.ravel()[border] = layer.contour_colours.take(labels.ravel()[border])
        self._buffers = [argb, contour]
        fill = argb_image(argb) if layer.style == "both" else None
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
        shown = (self._layer.colours >> 24) > 0
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
