"""Where a picture lies in a view: zoom and centre, without any Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

MAXIMUM_ZOOM = 64.0

Where = tuple[float, float, float, float]
"""Top, bottom, left and right of a part of the picture, 0 to 1."""


@dataclass(frozen=True)
class ViewTransform:
    """Zoom and the picture point in the middle of the view.

    Attributes
    ----------
    zoom : float
        Device pixels for each picture pixel: 1 is one to one on any screen.
    x, y : float
        Picture coordinates in the middle of the view, in picture pixels.
    """

    zoom: float
    x: float
    y: float

    @classmethod
    def fitting(cls, picture: tuple[int, int], view: tuple[int, int]) -> ViewTransform:
        """Show the whole of a `picture` (width, height) in a `view` (width, height)."""
        zoom = min(view[0] / picture[0], view[1] / picture[1])
        return cls(min(max(zoom, 1e-6), MAXIMUM_ZOOM), picture[0] / 2, picture[1] / 2)

    def origin(self, view: tuple[int, int]) -> tuple[int, int]:
        """Device pixel of the picture's top-left corner.

        Whole pixels, so that a one-to-one picture is not blurred and every layer agrees.
        """
        return round(view[0] / 2 - self.x * self.zoom), round(view[1] / 2 - self.y * self.zoom)

    def to_picture(self, point: tuple[float, float], view: tuple[int, int]) -> tuple[float, float]:
        """Picture coordinates of a device `point` of the view."""
        left, top = self.origin(view)
        return (point[0] - left) / self.zoom, (point[1] - top) / self.zoom

    def zoomed(
        self, factor: float, point: tuple[float, float], view: tuple[int, int], smallest: float
    ) -> ViewTransform:
        """Zoom by `factor`, keeping what lies under the device `point` there."""
        zoom = min(max(self.zoom * factor, smallest), MAXIMUM_ZOOM)
        x, y = self.to_picture(point, view)
        return ViewTransform(
            zoom, x - (point[0] - view[0] / 2) / zoom, y - (point[1] - view[1] / 2) / zoom
        )

    def panned(self, dx: float, dy: float) -> ViewTransform:
        """Move the picture by (dx, dy) device pixels."""
        return replace(self, x=self.x - dx / self.zoom, y=self.y - dy / self.zoom)

    def held_inside(self, picture: tuple[int, int]) -> ViewTransform:
        """Keep the middle of the view on the picture, so that it cannot get lost."""
        return replace(
            self, x=min(max(self.x, 0.0), picture[0]), y=min(max(self.y, 0.0), picture[1])
        )


@dataclass(frozen=True)
class Window:
    """The part of a view that the picture covers, in device pixels, and how to sample it.

    Attributes
    ----------
    left, top, width, height : int
        The covered rectangle of the view.
    u, v : int
        Device distance from the picture's corner to the rectangle's corner.
    picture : tuple of int
        Picture width and height.
    zoom : float
        Device pixels for each picture pixel.
    """

    left: int
    top: int
    width: int
    height: int
    u: int
    v: int
    picture: tuple[int, int]
    zoom: float

    @classmethod
    def of(
        cls, transform: ViewTransform, picture: tuple[int, int], view: tuple[int, int]
    ) -> Window | None:
        """Find the covered part of a `view`, or None where the picture lies outside it."""
        ox, oy = transform.origin(view)
        right = min(view[0], ox + round(_extent(picture[0], transform.zoom)))
        bottom = min(view[1], oy + round(_extent(picture[1], transform.zoom)))
        left, top = max(0, ox), max(0, oy)
        if right <= left or bottom <= top:
            return None
        return cls(
            left, top, right - left, bottom - top, left - ox, top - oy, picture, transform.zoom
        )

    @property
    def extent(self) -> tuple[float, float]:
        """Width and height of the whole picture in device pixels."""
        return _extent(self.picture[0], self.zoom), _extent(self.picture[1], self.zoom)

    def coarser(self, step: int) -> Window:
        """The window that has a pixel for each `step` × `step` of these.

        Its rectangle begins at (0, 0), up to ``step - 1`` of these pixels before this one's.
        """
        u, v = self.u // step, self.v // step
        return Window(
            0,
            0,
            -(-(self.u + self.width) // step) - u,
            -(-(self.v + self.height) // step) - v,
            u,
            v,
            self.picture,
            self.zoom / step,
        )

    def rows_of(self, first: int, last: int) -> Window:
        """The window of the rows from `first` to before `last`, counted from its own top."""
        return replace(self, top=self.top + first, height=last - first, v=self.v + first)

    def columns(self, count: int) -> np.ndarray:
        """Column of a raster `count` wide that each device column shows, int (width,)."""
        return _nearest(self.u, self.width, self.extent[0], count)

    def rows(self, count: int) -> np.ndarray:
        """Row of a raster `count` high that each device row shows, int (height,)."""
        return _nearest(self.v, self.height, self.extent[1], count)

    def part(
        self, where: tuple[float, float, float, float], size: tuple[int, int]
    ) -> Window | None:
        """The window of a picture of `size` (width, height) that lies over a part of this one.

        Parameters
        ----------
        where : (float, float, float, float)
            Top, bottom, left and right of the part, 0 to 1.
        size : (int, int)
        """
        (wide, tall), (top, bottom, left, right) = self.extent, where
        x, y = round(left * wide), round(top * tall)
        first, last = max(self.u, x), min(self.u + self.width, round(right * wide))
        above, below = max(self.v, y), min(self.v + self.height, round(bottom * tall))
        if first >= last or above >= below:
            return None
        return Window(
            self.left + first - self.u,
            self.top + above - self.v,
            last - first,
            below - above,
            first - x,
            above - y,
            size,
            wide * (right - left) / size[0],
        )

    def sample(self, raster: np.ndarray) -> np.ndarray:
        """Nearest neighbour of a `raster` (h, w) or (h, w, c) that covers the picture.

        Returns an array (height, width[, c]) of device pixels.
        """
        rows, columns = self.rows(raster.shape[0]), self.columns(raster.shape[1])
        # Rows first: they are whole runs of memory, and leave fewer columns to gather.
        return raster.take(rows, axis=0).take(columns, axis=1)


def _extent(length: int, zoom: float) -> float:
    # At least one device pixel, so that a very thin picture stays visible.
    return max(1.0, length * zoom)


def _nearest(start: int, length: int, extent: float, count: int) -> np.ndarray:
    centres = np.arange(start, start + length) + 0.5
    return np.clip((centres * (count / extent)).astype(np.intp), 0, count - 1)
