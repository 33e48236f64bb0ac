"""Where everything on the canvas lies: panes, divider, picture; a position and its pixel.

One frozen value, made from what the canvas knows at the moment, so that drawing, gestures and the
lens ask the same questions in one place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from PySide6.QtCore import QPointF, QRect

from segviewer.widgets.canvas.view_transform import ViewTransform, Window

Comparison = Literal["overlay", "side", "swipe", "difference", "photo"]
COMPARISONS = get_args(Comparison)

GUTTER = 2
HANDLE_RADIUS = 16
HANDLE_REACH = 6  # of the divider's line, to both sides


@dataclass(frozen=True)
class CanvasView:
    """A canvas at one moment.

    Attributes
    ----------
    width, height : int
        Of the canvas, in logical pixels.
    ratio : float
        Device pixels for each logical pixel.
    comparison : Comparison
    divider : float
        Where the swipe divider stands, as a fraction of the width.
    transform : ViewTransform
    picture : tuple of int or None
        Width and height of the picture; None without one.
    """

    width: int
    height: int
    ratio: float
    comparison: Comparison
    divider: float
    transform: ViewTransform
    picture: tuple[int, int] | None

    @property
    def panes(self) -> list[QRect]:
        """Panes in logical pixels: the one compared with first where there are two."""
        if self.comparison != "side":
            return [QRect(0, 0, self.width, self.height)]
        width = (self.width - GUTTER) // 2
        second = QRect(width + GUTTER, 0, width, self.height)
        return [QRect(0, 0, width, self.height), second]

    @property
    def pane_size(self) -> tuple[int, int]:
        """Width and height of a pane in device pixels, at least one."""
        pane = self.panes[0]
        return max(1, round(pane.width() * self.ratio)), max(1, round(pane.height() * self.ratio))

    @property
    def window(self) -> Window | None:
        """The part of a pane that the picture covers; None where it lies outside."""
        if self.picture is None:
            return None
        return Window.of(self.transform, self.picture, self.pane_size)

    @property
    def in_view(self) -> tuple[float, float, float, float] | None:
        """Top, bottom, left and right of what is seen of the picture, 0 to 1; None for nothing."""
        window = self.window
        if window is None:
            return None
        width, height = window.extent
        top, left = window.v / height, window.u / width
        return top, top + window.height / height, left, left + window.width / width

    @property
    def divider_x(self) -> float:
        """Column of the swipe divider, in logical pixels."""
        return round(self.divider * self.width)

    def pane_at(self, position: QPointF) -> QRect:
        """The pane that a widget position belongs to."""
        panes = self.panes
        return panes[-1] if position.x() >= panes[-1].left() else panes[0]

    def device_point(self, position: QPointF) -> tuple[float, float]:
        """A widget position in device pixels of its pane."""
        pane = self.pane_at(position)
        return (position.x() - pane.x()) * self.ratio, (position.y() - pane.y()) * self.ratio

    def picture_pixel(self, position: QPointF) -> tuple[int, int]:
        """Picture pixel under a widget position, (-1, -1) outside the picture."""
        if self.picture is None:
            return -1, -1
        x, y = self.transform.to_picture(self.device_point(position), self.pane_size)
        width, height = self.picture
        if 0 <= x < width and 0 <= y < height:
            return int(x), int(y)
        return -1, -1

    def position_of(self, x: float, y: float) -> QPointF:
        """Widget position of a picture point, in the pane with the overlay."""
        left, top = self.transform.origin(self.pane_size)
        zoom, pane = self.transform.zoom, self.panes[-1]
        return QPointF(
            pane.x() + (left + x * zoom) / self.ratio, pane.y() + (top + y * zoom) / self.ratio
        )

    def on_divider(self, position: QPointF) -> bool:
        """Whether a press at this widget position takes hold of the swipe divider."""
        if self.comparison != "swipe" or self.picture is None:
            return False
        dx = position.x() - self.divider_x
        dy = position.y() - self.height / 2
        return abs(dx) <= HANDLE_REACH or dx * dx + dy * dy <= HANDLE_RADIUS**2
