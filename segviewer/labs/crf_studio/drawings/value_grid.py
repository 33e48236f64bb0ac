"""Gains over two settings, one cell each: blue is better, orange worse; a click goes there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from segviewer.widgets.charts.diverging import diverging, text_on
from segviewer.widgets.theme.painted_widget import PaintedWidget
from segviewer.widgets.theme.symbol_colours import symbol_colour
from segviewer.widgets.theme.theme import Tokens, tokens
from segviewer.widgets.theme.typography import semibold, tabular


@dataclass(frozen=True)
class GridAxis:
    """One axis: what it is called, its symbol for the colour, its values, where we are now."""

    label: str
    symbol: str
    values: tuple[float, ...]
    now: float

    def place(self, value: float) -> float:
        """Where a value lies between the cells' middles, 0 … S - 1."""
        return float(np.interp(value, self.values, range(len(self.values))))


class ValueGrid(PaintedWidget):
    """Rows from the lowest value at the bottom, as on any plot.

    Signals
    -------
    picked(float, float)
        The column's and the row's value of a cell that was clicked, or chosen with Enter.
    """

    picked = Signal(float, float)
    USUAL = QSize(520, 220)
    LEAST = QSize(240, 110)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent, hover=True, keys=True)
        self._gains = np.zeros((0, 0))
        self._known = np.zeros((0, 0), bool)
        self._columns = self._rows = GridAxis("", "", (), 0)
        self._measure = ""
        self._cell: tuple[int, int] | None = None

    def set_grid(
        self, gains: np.ndarray, known: np.ndarray, columns: GridAxis, rows: GridAxis, measure: str
    ) -> None:
        """Show gains (rows, columns); where not `known` they are a guess and drawn paler.

        `measure` is what they are gains of.
        """
        self._gains, self._known = np.asarray(gains, float), np.asarray(known, bool)
        self._columns, self._rows, self._measure = columns, rows, measure
        if self._cell is not None and self._cell[0] >= len(gains):
            self._cell = None
        self.say(f"{measure} over {columns.label} and {rows.label}")

    def best(self) -> tuple[int, int] | None:
        """Row and column of the largest known gain."""
        if not self._known.any():
            return None
        gains = np.where(self._known, self._gains, -np.inf)
        row, column = np.unravel_index(gains.argmax(), gains.shape)
        return int(row), int(column)

    def scale(self) -> float:
        """The gain, or loss, from which on the colours stay as they are: one for both.

        The largest gain, or the median of all where that is more: a setting that ruins
        everything would else hide what the others gain.
        """
        known = self._gains[self._known]
        if not known.size:
            return 1.0
        return max(float(known.max()), float(np.median(np.abs(known)))) or 1.0

    def area_of(self, row: int, column: int) -> QRectF:
        """Where a cell stands."""
        plot = self._plot()
        count = max(1, self._gains.shape[0])
        width, height = plot.width() / max(1, self._gains.shape[1]), plot.height() / count
        return QRectF(
            plot.left() + column * width, plot.bottom() - (row + 1) * height, width, height
        )

    def reading(self, row: int, column: int) -> str:
        """What the tooltip says of a cell."""
        where = ", ".join(
            f"{axis.symbol or axis.label} {axis.values[place]:g}"
            for axis, place in ((self._columns, column), (self._rows, row))
        )
        if not self._known[row, column]:
            return f"{where}: not computed yet"
        return f"{where}: {self._measure} {_signed(self._gains[row, column], 4)}"

    def _plot(self) -> QRectF:
        metrics = self.fontMetrics()
        line = metrics.height() + 4
        words = max((metrics.horizontalAdvance(_short(v)) for v in self._rows.values), default=0)
        room = QRectF(self.rect()).adjusted(words + 12 + line, 4, -8, -2 * line - 2)
        return room if room.width() > 8 and room.height() > 8 else QRectF(self.rect())

    def _cell_at(self, position: QPointF) -> tuple[int, int] | None:
        plot = self._plot()
        if not self._gains.size or not plot.contains(position):
            return None
        rows, columns = self._gains.shape
        column = int((position.x() - plot.left()) / plot.width() * columns)
        row = int((plot.bottom() - position.y()) / plot.height() * rows)
        return min(row, rows - 1), min(column, columns - 1)

    def _pick(self, cell: tuple[int, int]) -> None:
        self._cell = cell
        self.update()
        self.picked.emit(self._columns.values[cell[1]], self._rows.values[cell[0]])

    # Qt

    def mousePressEvent(self, event) -> None:  # noqa: N802
        cell = self._cell_at(event.position())
        if cell is not None and event.button() == Qt.MouseButton.LeftButton:
            self._pick(cell)

    def tip_at(self, position: QPointF) -> str:
        cell = self._cell_at(position)
        return self.reading(*cell) if cell is not None else ""

    def shape_at(self, position: QPointF) -> Qt.CursorShape:
        inside = self._cell_at(position) is not None
        return Qt.CursorShape.PointingHandCursor if inside else Qt.CursorShape.ArrowCursor

    def text(self) -> str:
        """The gains, columns parted by tabs; empty where none is known."""
        rows = [["", *map(_short, self._columns.values)]]
        for value, gains, known in zip(self._rows.values, self._gains, self._known, strict=True):
            cells = (f"{g:.6g}" if k else "" for g, k in zip(gains, known, strict=True))
            rows.append([_short(value), *cells])
        return "\n".join("\t".join(row) for row in rows)

    def keyPressEvent(self, event) -> None:  # noqa: N802
        moves = {
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (1, 0),
            Qt.Key.Key_Down: (-1, 0),
        }
        if event.key() in moves and self._gains.size:
            rows, columns = self._gains.shape
            row, column = self._cell or self.best() or (0, 0)
            row, column = row + moves[event.key()][0], column + moves[event.key()][1]
            self._cell = min(max(row, 0), rows - 1), min(max(column, 0), columns - 1)
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._cell is not None:
            self._pick(self._cell)
        else:
            super().keyPressEvent(event)

    def paint(self, painter: QPainter, colours: Tokens) -> None:
        if not self._gains.size:
            return
        scale, best = self.scale(), self.best()
        for row in range(self._gains.shape[0]):
            for column in range(self._gains.shape[1]):
                self._paint_cell(painter, row, column, scale, (row, column) == best)
        self._paint_axes(painter)
        self._paint_now(painter)

    def _paint_cell(self, painter, row: int, column: int, scale: float, best: bool) -> None:
        area, gain = self.area_of(row, column), self._gains[row, column]
        known = self._known[row, column]
        strength = float(np.clip(gain / scale, -1, 1)) * (1 if known else 0.35)
        ground = diverging(strength, more_is_good=True)
        painter.fillRect(area.adjusted(0.5, 0.5, -0.5, -0.5), ground)
        if best:
            painter.setFont(semibold(tabular(self.font())))
        text = _signed(gain * 100, 1 if abs(gain) >= 0.01 else 2)
        metrics = painter.fontMetrics()
        fits = metrics.horizontalAdvance(text) + 4 < area.width() and area.height() > 13
        if known and fits:
            painter.setPen(text_on(ground))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)
        painter.setFont(tabular(self.font()))
        if best or (row, column) == self._cell:
            tone = tokens().text if best else tokens().accent
            painter.setPen(QPen(QColor(tone), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(area.adjusted(1.5, 1.5, -1.5, -1.5))

    def _paint_axes(self, painter: QPainter) -> None:
        colours, plot, metrics = tokens(), self._plot(), painter.fontMetrics()
        line = metrics.height() + 4
        painter.setPen(QColor(colours.muted))
        centre = Qt.AlignmentFlag.AlignCenter
        for column, value in enumerate(self._columns.values):
            area = self.area_of(0, column)
            if metrics.horizontalAdvance(_short(value)) < area.width() or column % 2 == 0:
                wide = metrics.horizontalAdvance(_short(value)) + 8
                words = QRectF(area.center().x() - wide / 2, plot.bottom() + 1, wide, line)
                painter.drawText(words, centre, _short(value))
        every = 1 if self.area_of(0, 0).height() >= metrics.height() - 3 else 2
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for row, value in enumerate(self._rows.values[::every]):
            area = self.area_of(row * every, 0)
            words = QRectF(line - 4, area.center().y() - line / 2, plot.left() - 2 - line, line)
            painter.drawText(words, right, _short(value))
        painter.setFont(semibold(self.font()))
        painter.setPen(_axis_colour(self._columns))
        words = QRectF(plot.left(), plot.bottom() + line, plot.width(), line)
        painter.drawText(words, centre, self._columns.label)
        painter.save()
        painter.translate(0, plot.center().y())
        painter.rotate(-90)
        painter.setPen(_axis_colour(self._rows))
        half = plot.height() / 2 + line / 2
        label = self._rows.label
        if painter.fontMetrics().horizontalAdvance(label) > 2 * half:
            label = self._rows.symbol or label
        painter.drawText(QRectF(-half, 0, 2 * half, line), centre, label)
        painter.restore()

    def _paint_now(self, painter: QPainter) -> None:
        """A ring where the settings are now."""
        first = self.area_of(0, 0)
        x = first.center().x() + self._columns.place(self._columns.now) * first.width()
        y = first.center().y() - self._rows.place(self._rows.now) * first.height()
        radius = min(9.0, 0.4 * min(first.width(), first.height()) + 2)
        for tone, wide in ((tokens().panel, 4), (tokens().text, 2)):
            painter.setPen(QPen(QColor(tone), wide))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QPointF(x, y), radius, radius)


def _axis_colour(axis: GridAxis) -> QColor:
    return QColor(symbol_colour(axis.symbol, tokens().dark) or tokens().text)


def _short(value: float) -> str:
    return f"{value:.3g}"


def _signed(value: float, decimals: int) -> str:
    return f"{value:+.{decimals}f}".replace("-", "−")
