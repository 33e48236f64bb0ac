"""What it costs that two classes meet: one cell for each pair, to be read and to be dragged.

The costs are the same both ways, so half of the square is enough; a column's name stands where
the column begins, in the half that is free.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from segviewer.widgets.charts.diverging import diverging, text_on
from segviewer.widgets.text.plain_text import plain_tip
from segviewer.widgets.theme.fitted_words import draw_fitted
from segviewer.widgets.theme.painted_widget import PaintedWidget
from segviewer.widgets.theme.theme import Tokens, tokens

HIGHEST = 10.0
STEP, FINE = 0.5, 0.1  # of a click or key, of a drag
PIXELS_PER_STEP = 4  # of a drag
TALLEST, WIDEST = 30, 56  # a cell
SWATCH = 8
MOST_CELLS_APART = 40  # classes


class CostTriangle(PaintedWidget):
    """Cells (row, column) with row > column.

    A drag upwards makes a pair dearer, a click by `STEP`, a click with the right button cheaper.
    Arrow keys go from cell to cell, + and - change it, 1 puts it back.

    Signals
    -------
    cost_changed(int, int, float)
        The two classes, the smaller number first, and the new cost; once a drag has ended.
    """

    cost_changed = Signal(int, int, float)
    USUAL = QSize(520, 220)
    LEAST = QSize(240, 100)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent, hover=True, keys=True)
        self._costs = np.zeros((0, 0))
        self._names: tuple[str, ...] = ()
        self._colours: tuple[tuple[int, int, int], ...] = ()
        self._tip: Callable[[int, int], str] = lambda i, j: ""
        self._cell: tuple[int, int] | None = None
        self._dragged: tuple[float, float] | None = None  # y at the press, cost at the press
        self.setAccessibleName("Cost of two classes meeting")

    def set_costs(
        self,
        costs: np.ndarray,
        names: Sequence[str],
        colours: Sequence[tuple[int, int, int]],
        tip: Callable[[int, int], str],
    ) -> None:
        """Show a symmetric matrix (K, K); `tip` says more of a pair (column, row)."""
        self._names, self._colours, self._tip = tuple(names), tuple(colours), tip
        # What is being dragged is the person's.
        if self._dragged is None or len(costs) != len(self._costs):
            self._costs = np.array(costs, float)
            self._dragged = None
        if self._cell is not None and self._cell[0] >= len(costs):
            self._cell = None
        self.update()

    def cost(self, row: int, column: int) -> float:
        """What the cell shows."""
        return float(self._costs[row, column])

    def current(self) -> tuple[int, int] | None:
        """Row and column of the cell that keys change."""
        return self._cell

    def area_of(self, row: int, column: int) -> QRectF:
        """Where a cell stands; row and column may be equal, for a column's name."""
        width, height, left, top = self._geometry()
        return QRectF(left + column * width, top + (row - 1) * height, width, height)

    def _geometry(self) -> tuple[float, float, float, float]:
        count = max(2, len(self._names))
        metrics = self.fontMetrics()
        widest = max((metrics.horizontalAdvance(name) for name in self._names), default=0)
        words = min(widest + SWATCH + 14, 0.4 * self.width())
        # The names of rows stand on the left, that of the last column on the right.
        line = metrics.height() + 2
        height = min(TALLEST, (self.height() - line) / (count - 1))
        width = min(WIDEST, (self.width() - 2 * words) / (count - 1))
        return max(2.0, width), max(2.0, height), words, line

    def _cell_at(self, position: QPointF) -> tuple[int, int] | None:
        width, height, left, top = self._geometry()
        column = math.floor((position.x() - left) / width)
        row = math.floor((position.y() - top) / height) + 1
        return (row, column) if 0 <= column < row < len(self._names) else None

    def _set(self, cost: float) -> None:
        assert self._cell is not None
        row, column = self._cell
        self._costs[row, column] = self._costs[column, row] = round(min(HIGHEST, max(0.0, cost)), 3)
        self.update()

    def _announce(self) -> None:
        assert self._cell is not None
        row, column = self._cell
        self.cost_changed.emit(column, row, self.cost(row, column))

    # Qt

    def mousePressEvent(self, event) -> None:  # noqa: N802
        cell = self._cell_at(event.position())
        if cell is None:
            return
        self._cell = cell
        if event.button() == Qt.MouseButton.LeftButton:
            self._dragged = (event.position().y(), self.cost(*cell))
        elif event.button() == Qt.MouseButton.RightButton:
            self._set(self.cost(*cell) - STEP)
            self._announce()
        self.update()

    def mouseMoveEvent(self, event) -> None:  # noqa: N802
        if self._dragged is not None and self._cell is not None:
            start, cost = self._dragged
            steps = round((start - event.position().y()) / PIXELS_PER_STEP)
            self._set(round(cost + steps * FINE, 3))
            QToolTip.showText(
                event.globalPosition().toPoint(), plain_tip(_said(self.cost(*self._cell))), self
            )
            return
        super().mouseMoveEvent(event)

    def tip_at(self, position: QPointF) -> str:
        cell = self._cell_at(position)
        return self._pair_text(cell) if cell is not None else ""

    def shape_at(self, position: QPointF) -> Qt.CursorShape:
        cell = self._cell_at(position)
        return Qt.CursorShape.SizeVerCursor if cell is not None else Qt.CursorShape.ArrowCursor

    def text(self) -> str:
        """The whole square, columns parted by tabs."""
        rows = [["", *self._names]]
        rows += [
            [name, *(f"{cost:.3g}" for cost in costs)]
            for name, costs in zip(self._names, self._costs, strict=True)
        ]
        return "\n".join("\t".join(row) for row in rows)

    def mouseReleaseEvent(self, event) -> None:  # noqa: N802
        if event.button() != Qt.MouseButton.LeftButton or self._dragged is None:
            return
        (start, before), self._dragged = self._dragged, None
        if abs(event.position().y() - start) < PIXELS_PER_STEP:
            self._set(before + STEP)
        if self._cell is not None and self.cost(*self._cell) != before:
            self._announce()

    def contextMenuEvent(self, event) -> None:  # noqa: N802
        event.accept()  # the right button makes a pair cheaper

    def keyPressEvent(self, event) -> None:  # noqa: N802
        moves = {
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
        }
        if event.key() in moves and len(self._names) > 1:
            row, column = self._cell or (1, 0)
            if self._cell is not None:
                row, column = row + moves[event.key()][0], column + moves[event.key()][1]
            if 0 <= column < row < len(self._names):
                self._cell = (row, column)
                self.update()
            return
        cost = {"+": STEP, "-": -STEP, "−": -STEP}.get(event.text())
        if self._cell is None or (cost is None and event.text() != "1"):
            super().keyPressEvent(event)
            return
        before = self.cost(*self._cell)
        self._set(1.0 if cost is None else before + cost)
        if self.cost(*self._cell) != before:
            self._announce()

    def _pair_text(self, cell: tuple[int, int]) -> str:
        row, column = cell
        said = f"{self._names[column]} beside {self._names[row]}: {_said(self.cost(row, column))}"
        more = self._tip(column, row)
        return f"{said}\n{more}" if more else said

    def event(self, event: QEvent) -> bool:
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.text() in ("+", "-", "−", "1")
        ):
            # These change a cost here; the window would zoom.
            event.accept()
            return True
        return super().event(event)

    def paint(self, painter: QPainter, colours: Tokens) -> None:
        if len(self._names) < 2:
            return
        width, height, left, _ = self._geometry()
        line = painter.fontMetrics().height()
        grounds = {cost: diverging(_strength(cost)) for cost in np.unique(self._costs).tolist()}
        write = height >= line - 2 and width >= painter.fontMetrics().horizontalAdvance("0.5")
        if len(self._names) <= MOST_CELLS_APART:
            for row in range(1, len(self._names)):
                for column in range(row):
                    self._paint_cell(painter, row, column, grounds, write)
        else:
            self._paint_all(painter, grounds)
        if self._cell is not None:
            painter.setPen(QPen(QColor(colours.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.area_of(*self._cell).adjusted(0.5, 0.5, -0.5, -0.5))
        if height < line - 2:
            return  # too many for words; the tooltip has them
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        start = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        for index in range(len(self._names)):
            if index:
                area = self.area_of(index, 0)
                words = QRectF(0, area.top(), left - SWATCH - 10, area.height())
                self._paint_name(painter, index, words, right, area.left() - SWATCH - 5)
            if index < len(self._names) - 1:
                area = self.area_of(max(1, index), index)
                top = area.top() if index else area.top() - line - 2
                room = self.width() - area.left() - SWATCH - 9
                words = QRectF(
                    area.left() + SWATCH + 9, top, room, area.height() if index else line
                )
                self._paint_name(painter, index, words, start, area.left() + 4)

    def _paint_name(self, painter, index: int, words: QRectF, how, swatch: float) -> None:
        colours = tokens()
        chosen = self._cell is not None and index in self._cell
        painter.setPen(QColor(colours.text if chosen else colours.muted))
        draw_fitted(painter, words, how, self._names[index])
        if index < len(self._colours):
            square = QRectF(swatch, words.center().y() - SWATCH / 2, SWATCH, SWATCH)
            painter.fillRect(square, QColor(*self._colours[index]))

    def _paint_cell(self, painter, row: int, column: int, grounds: dict, write: bool) -> None:
        cost = self.cost(row, column)
        inside = self.area_of(row, column).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.fillRect(inside, grounds[cost])
        if not write:
            return
        painter.setPen(text_on(grounds[cost]) if cost != 1 else QColor(tokens().muted))
        painter.drawText(inside, Qt.AlignmentFlag.AlignCenter, f"{cost:.3g}")

    def _paint_all(self, painter: QPainter, grounds: dict) -> None:
        """All cells as one picture: of many classes there are too many to paint one by one."""
        costs, place = np.unique(self._costs, return_inverse=True)
        colours = np.array([grounds[cost].rgba() for cost in costs.tolist()], np.uint32)
        pixels = np.tril(colours[place.reshape(self._costs.shape)], -1)[1:, :-1]
        data = np.ascontiguousarray(pixels)
        size = len(data)
        image = QImage(data.data, size, size, 4 * size, QImage.Format.Format_ARGB32)
        first, last = self.area_of(1, 0), self.area_of(size, size - 1)
        painter.drawImage(first.united(last), image)


def _strength(cost: float) -> float:
    """-1 for no cost, 0 for Potts, 1 for the highest: equal steps of the logarithm."""
    if cost <= 0:
        return -1.0
    return max(-1.0, math.log(cost) / math.log(HIGHEST))


def _said(cost: float) -> str:
    return f"costs {cost:.3g}" + (", as in Potts" if cost == 1 else "")
