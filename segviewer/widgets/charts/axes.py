"""Two axes and what is drawn between them.

pyqtgraph's own plot makes a menu of some forty widgets with each, for settings that nobody needs
here: half of all the widgets of a window with every lab opened, each styled with every theme.
"""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtWidgets import QGraphicsGridLayout

from segviewer.widgets.charts.plotting import pg
from segviewer.widgets.language.words import translated

BETWEEN_NUMBERS = 3  # pixels, of an axis
OPAQUE = 255


class Axis(pg.AxisItem):
    """An axis whose numbers are written as the language has them."""

    def tickStrings(self, values, scale, spacing):  # noqa: N802 (pyqtgraph's name)
        texts = super().tickStrings(values, scale, spacing)
        return [translated(text.replace("-", "−")) for text in texts]

    def generateDrawSpecs(self, p):  # noqa: N802 (pyqtgraph's name)
        """Leave out numbers that would run into those beside them, where ticks are given."""
        specs = super().generateDrawSpecs(p)
        if specs is None or self.orientation != "bottom":
            return specs
        axis, ticks, numbers = specs
        kept, end = [], -math.inf
        for number in sorted(numbers, key=lambda one: one[0].left()):
            if number[0].left() >= end + BETWEEN_NUMBERS:
                kept.append(number)
                end = number[0].right()
        return axis, ticks, kept


class WholeAxis(Axis):
    """An axis of counts, without ticks between them."""

    def tickSpacing(self, low, high, size):  # noqa: N802 (pyqtgraph's name)
        spacings = super().tickSpacing(low, high, size)
        return [(step, start) for step, start in spacings if step >= 1] or [(1, 0)]


class Axes(pg.GraphicsWidget):
    """A view of data with an axis on its left and one below.

    Parameters
    ----------
    bottom, left : pg.AxisItem
    log_x : bool
        Curves are drawn over the decimal logarithm of x.

    Attributes
    ----------
    view : pg.ViewBox
        Where data are; neither mouse nor menu moves it.
    bottom, left : pg.AxisItem
    items : list of QGraphicsItem
        What was drawn.
    """

    def __init__(self, bottom: pg.AxisItem, left: pg.AxisItem, *, log_x: bool = False):
        super().__init__()
        self.view = pg.ViewBox(parent=self, enableMouse=False, enableMenu=False)
        self.bottom, self.left, self._log_x = bottom, left, log_x
        self.items: list[Any] = []
        layout = QGraphicsGridLayout()
        layout.setContentsMargins(1, 1, 1, 1)
        layout.setSpacing(0)
        self.setLayout(layout)
        layout.addItem(self.view, 0, 1)
        layout.setRowStretchFactor(0, 1)
        layout.setColumnStretchFactor(1, 1)
        for axis, row, column in ((left, 0, 0), (bottom, 1, 1)):
            layout.addItem(axis, row, column)
            axis.linkToView(self.view)
            axis.setZValue(0.5)  # over what is drawn
        bottom.setLogMode(x=log_x, y=False)

    def add(self, item: Any, *, ignore_bounds: bool = False) -> None:
        """Draw `item`; where its bounds are not ignored the view grows to show them."""
        self.items.append(item)
        self.view.addItem(item, ignoreBounds=ignore_bounds)

    def remove(self, item: Any) -> None:
        """Draw it no more."""
        self.items.remove(item)
        self.view.removeItem(item)

    def add_curve(self, x: Any, y: Any, **look: Any) -> None:
        """Draw a line through the points `x`, `y`, as ``pg.PlotDataItem`` takes `look`."""
        curve = pg.PlotDataItem(x, y, **look)
        curve.setLogMode(self._log_x, False)
        self.add(curve)

    def show_levels(self, alpha: float) -> None:
        """Continue the ticks of the left axis through the view, as opaque as `alpha` (0 to 1)."""
        self.left.setGrid(round(OPAQUE * alpha))
