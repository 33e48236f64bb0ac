"""Where the taps of one unit fall: as a map of one level, and as all levels along a line.

Both light up what leads to a tap while the pointer is over it.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from segviewer.analysis.gridding.rate_sequence import ancestors
from segviewer.analysis.gridding.tap_grid import TapGrid
from segviewer.imaging.overlay import colour_scale
from segviewer.widgets.theme.fitted_words import SMALLEST, fitting_font
from segviewer.widgets.theme.symbol_colours import symbol_colour
from segviewer.widgets.theme.theme import tokens
from segviewer.widgets.theme.typography import resized

SMALLEST_CELL = 2.0  # pixels; of a field with smaller ones the middle is shown
GRID_CELL, NUMBER_CELL = 7.0, 22.0  # pixels from which cells are parted, and numbered
WIDEST_HOVER = 4096  # cells of a field that is followed under the pointer
MANY_EDGES = 900
MANY_CELLS = 400


def colours_of(counts: np.ndarray, neighbour: np.ndarray | None = None) -> np.ndarray:
    """uint8 (…, 3): how many paths by lightness, and holes in the grey around pictures.

    Cells that only the neighbouring output reads, where `neighbour` has its counts, are purple.
    """
    top = float(counts.max()) or 1.0
    part = np.log1p(counts) / np.log1p(top)
    shades = colour_scale("probability")[np.rint(60 + 195 * part).astype(int), :3]
    hole = QColor(tokens().surround)
    shades[counts == 0] = hole.red(), hole.green(), hole.blue()
    if neighbour is not None:
        other = QColor(symbol_colour("σβ", tokens().dark) or "")
        alone = (counts == 0) & (neighbour > 0)
        shades[alone] = other.red(), other.green(), other.blue()
    return np.ascontiguousarray(shades)


class _Drawing(QWidget):
    """A widget whose unlit drawing is kept, so that the pointer costs only what it lights."""

    def __init__(self):
        super().__init__()
        self._grid: TapGrid | None = None
        self._kept: QPixmap | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def set_grid(self, grid: TapGrid | None) -> None:
        """Show this, or nothing."""
        self._grid, self._kept = grid, None
        self.update()

    def paintEvent(self, event) -> None:  # noqa: N802 (Qt's name)
        if self._grid is None:
            return
        ratio = self.devicePixelRatioF()
        if self._kept is None or self._kept.size() != self.size() * ratio:
            self._kept = QPixmap(self.size() * ratio)
            self._kept.setDevicePixelRatio(ratio)
            self._kept.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._kept)
            painter.setFont(self.font())
            self._draw(painter)
            painter.end()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._kept)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._light(painter)

    def changeEvent(self, event) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self._kept = None
            self.update()

    @property
    def _shown(self) -> TapGrid:
        """What is drawn; asked for only while there is something."""
        assert self._grid is not None
        return self._grid

    def _draw(self, painter: QPainter) -> None:
        raise NotImplementedError

    def _light(self, painter: QPainter) -> None:
        raise NotImplementedError


class TapMap(_Drawing):
    """Paths to each cell of the field at one level: lighter for more, grey for none.

    Signals
    -------
    pointed(object)
        (row, column) of the cell under the pointer, from the unit, or None.
    """

    pointed = Signal(object)

    def __init__(self):
        super().__init__()
        self._cell: tuple[int, int] | None = None
        self._lit: list[tuple[np.ndarray, np.ndarray]] = []
        self._both = False
        self.setMouseTracking(True)
        self.setMinimumSize(96, 96)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(280, 280)

    def set_both(self, on: bool) -> None:
        """Whether the cells that the next output reads are drawn as well, in purple."""
        self._both, self._kept = on, None
        self.update()

    def set_grid(self, grid: TapGrid | None) -> None:
        """Show the map of its level, or nothing."""
        super().set_grid(grid)
        self._point(None)

    def reading(self) -> str:
        """The cell under the pointer in words, or what the map shows."""
        grid = self._grid
        if grid is None:
            return ""
        if self._cell is None:
            shown, side = self._shown_side(), grid.sides[grid.level]
            middle = f"the middle {shown} × {shown} of " if shown < side else ""
            return f"{middle}{side} × {side} cells"
        row, column = self._cell
        line = grid.lines[grid.level]
        half = len(line) // 2
        paths = line[row + half] * line[column + half]
        words = "a hole" if not paths else "1 path" if paths == 1 else f"{paths:,.0f} paths"
        return f"row {row:+d}, column {column:+d}: {words}".replace("-", "−")

    def cell_centre(self, row: int, column: int) -> QPointF:
        """Middle of a cell, in the widget's pixels."""
        area, cell = self._area()
        half = self._shown_side() // 2
        return QPointF(
            area.left() + (column + half + 0.5) * cell, area.top() + (row + half + 0.5) * cell
        )

    def _shown_side(self) -> int:
        line = self._shown.lines[self._shown.level]
        fits = int(min(self.width(), self.height() - self._words()) / SMALLEST_CELL)
        return min(len(line), max(1, fits - 1 + fits % 2))  # odd, about the unit

    def _words(self) -> int:
        return self.fontMetrics().height() + 4

    def _area(self) -> tuple[QRectF, float]:
        side = max(1, min(self.width(), self.height() - self._words()))
        area = QRectF((self.width() - side) / 2, 0, side, side)
        return area, side / self._shown_side()

    def _cell_at(self, position: QPointF) -> tuple[int, int] | None:
        if self._grid is None:
            return None
        area, cell = self._area()
        shown = self._shown_side()
        column = int((position.x() - area.left()) // cell)
        row = int((position.y() - area.top()) // cell)
        if not (0 <= column < shown and 0 <= row < shown):
            return None
        return row - shown // 2, column - shown // 2

    def _point(self, cell: tuple[int, int] | None) -> None:
        if cell == self._cell:
            return
        self._cell, self._lit = cell, []
        grid = self._grid
        near = grid is not None and grid.sides[grid.level] <= WIDEST_HOVER
        if cell is not None and grid is not None and near:
            rows, columns = (
                [
                    np.flatnonzero(line) - len(line) // 2
                    for line in ancestors(grid.rates, grid.kernel, grid.level, at)
                ]
                for at in cell
            )
            self._lit = list(zip(rows, columns, strict=True))
        self.pointed.emit(cell)
        self.update()

    def mouseMoveEvent(self, event) -> None:  # noqa: N802
        self._point(self._cell_at(event.position()))

    def leaveEvent(self, event) -> None:  # noqa: N802
        super().leaveEvent(event)
        self._point(None)

    def _draw(self, painter: QPainter) -> None:
        grid, shown = self._shown, self._shown_side()
        line = grid.lines[grid.level]
        cut = (len(line) - shown) // 2
        beside = np.concatenate([[0], line[:-1]])[cut : cut + shown]
        line = line[cut : cut + shown]
        # The output to the right reads the same cells, all one further.
        neighbour = np.outer(line, beside) if self._both else None
        colours = colours_of(np.outer(line, line), neighbour)
        image = QImage(colours.data, shown, shown, 3 * shown, QImage.Format.Format_RGB888)
        area, cell = self._area()
        painter.drawImage(area, image)
        if cell >= GRID_CELL:
            painter.setPen(QPen(QColor(tokens().panel), 1))
            left, top, right, bottom = area.left(), area.top(), area.right(), area.bottom()
            steps = [step * cell for step in range(shown + 1)]
            painter.drawLines([QLineF(left + at, top, left + at, bottom) for at in steps])
            painter.drawLines([QLineF(left, top + at, right, top + at) for at in steps])
        if cell >= NUMBER_CELL:
            self._write_numbers(painter, line, colours, cell)

    def _write_numbers(self, painter: QPainter, line, colours, cell: float) -> None:
        longest = f"{max(line) ** 2:.0f}"
        room = QRectF(0, 0, cell - 2, cell)
        painter.setFont(fitting_font(self.font(), room, longest) or resized(self.font(), SMALLEST))
        half = len(line) // 2
        for row in range(len(line)):
            for column in range(len(line)):
                paths = line[row] * line[column]
                text = f"{paths:.0f}"
                if paths and painter.fontMetrics().horizontalAdvance(text) < cell - 2:
                    light = colours[row, column] @ (0.299, 0.587, 0.114) > 130
                    painter.setPen(QColor("#101012" if light else "#f4f4f5"))
                    centre = self.cell_centre(row - half, column - half)
                    box = QRectF(centre.x() - cell / 2, centre.y() - cell / 2, cell, cell)
                    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
        painter.setFont(self.font())

    def _light(self, painter: QPainter) -> None:
        """The pointed cell, who reads it directly, and the levels above fainter."""
        area, cell = self._area()
        painter.setPen(QColor(tokens().text if self._cell else tokens().muted))
        words = QRectF(0, area.bottom(), self.width(), self._words())
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, self.reading())
        if self._cell is None:
            return
        accent, size, unit = QColor(tokens().accent), max(5.0, cell), self.cell_centre(0, 0)
        for level, (rows, columns) in enumerate(self._lit[:-1]):
            if len(rows) * len(columns) > MANY_CELLS:
                continue
            direct = level == len(self._lit) - 2
            accent.setAlphaF(1.0 if direct else 0.35)
            painter.setPen(QPen(accent, 2 if direct else 1.5))
            side = size * (1.0 if direct else 0.55)
            painter.drawRects(
                [
                    QRectF(centre.x() - side / 2, centre.y() - side / 2, side, side)
                    for centre in (
                        QPointF(unit.x() + column * cell, unit.y() + row * cell)
                        for row in rows.tolist()
                        for column in columns.tolist()
                    )
                ]
            )
        centre = self.cell_centre(*self._cell)
        painter.setPen(QPen(QColor("#ffffff"), 4))
        painter.drawEllipse(centre, size * 0.6, size * 0.6)
        painter.setPen(QPen(QColor("#101012"), 2))
        painter.drawEllipse(centre, size * 0.6, size * 0.6)


class LevelChart(_Drawing):
    """All levels of a line, the unit on top: dots where it is touched, and the paths between."""

    def __init__(self):
        super().__init__()
        self._lit: list[np.ndarray] = []
        self.setMinimumSize(120, 96)

    def set_grid(self, grid: TapGrid | None) -> None:
        """Show its levels, or nothing."""
        super().set_grid(grid)
        self.point(None)

    def point(self, cell: tuple[int, int] | None) -> None:
        """Light what leads to the column of a cell (row, column) of the map's level."""
        grid = self._grid
        self._lit = []
        if grid is not None and cell and grid.sides[grid.level] <= WIDEST_HOVER:
            line = grid.lines[grid.level]
            # A row that nothing reads makes a hole of every column.
            if not line[cell[0] + len(line) // 2]:
                self.update()
                return
            found = ancestors(grid.rates, grid.kernel, grid.level, cell[1])
            self._lit = [np.flatnonzero(line) - len(line) // 2 for line in found]
        self.update()

    def lit(self) -> list[list[int]]:
        """Lit cells of each level, from the unit down."""
        return [places.tolist() for places in self._lit]

    def _edges(self, levels: list[np.ndarray]) -> list[tuple[int, int, int]]:
        """(level, place, place below) of every step of a path through these places."""
        kernel = self._shown.kernel
        assert isinstance(kernel, int)  # grids of unequal kernels are drawn as maps alone
        reach = kernel // 2
        steps = tuple(reversed(self._shown.rates))
        found = []
        for level, (above, below) in enumerate(zip(levels, levels[1:], strict=False)):
            allowed = set(below.tolist())
            for place in above.tolist():
                for tap in range(-reach, reach + 1):
                    to = place + tap * steps[level]
                    if to in allowed:
                        found.append((level, place, to))
            if len(found) > MANY_EDGES:
                return []
        return found

    def _scale(self) -> tuple[float, float, float]:
        """Left of the drawing, width of a cell and height of a level, in pixels."""
        metrics, grid = self.fontMetrics(), self._shown
        names = (self._name(level) for level in range(len(grid.lines)))
        left = max(map(metrics.horizontalAdvance, names)) + 12
        cell = max(1.0, self.width() - left - 8) / len(grid.lines[-1])
        return left, cell, (self.height() - metrics.height()) / max(1, len(grid.lines) - 1)

    def _place(self, level: int, at: int) -> QPointF:
        left, cell, tall = self._scale()
        half = len(self._shown.lines[-1]) // 2
        return QPointF(
            left + (at + half + 0.5) * cell, self.fontMetrics().height() / 2 + level * tall
        )

    def _radius(self) -> float:
        _, cell, tall = self._scale()
        return min(5.0, max(1.0, cell * 0.42), max(1.5, tall * 0.3))

    def _lines(self, levels: list[np.ndarray]) -> list[QLineF]:
        left, cell, tall = self._scale()
        left += (len(self._shown.lines[-1]) // 2 + 0.5) * cell
        top = self.fontMetrics().height() / 2
        return [
            QLineF(left + a * cell, top + n * tall, left + b * cell, top + (n + 1) * tall)
            for n, a, b in self._edges(levels)
        ]

    def _draw(self, painter: QPainter) -> None:
        grid, colours = self._shown, tokens()
        metrics, (left, cell, tall) = self.fontMetrics(), self._scale()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours.border), 1))
        levels = [np.flatnonzero(line) - len(line) // 2 for line in grid.lines]
        painter.drawLines(self._lines(levels))
        radius = self._radius()
        step = max(1, int(1.0 / cell)) if cell < 1 else 1  # no two dots on one pixel
        every = 1 if tall >= metrics.height() else int(np.ceil(metrics.height() / max(1, tall)))
        for level, line in enumerate(grid.lines):
            shades, first = colours_of(line).tolist(), self._place(level, -(len(line) // 2))
            painter.setPen(Qt.PenStyle.NoPen)
            for at in range(0, len(line), step):
                if line[at] or cell >= 4:
                    painter.setBrush(QColor(*shades[at]))
                    size = radius if line[at] else radius * 0.6
                    painter.drawEllipse(QPointF(first.x() + at * cell, first.y()), size, size)
            if level % every == 0:
                chosen = level == grid.level
                painter.setPen(QColor(colours.text if chosen else colours.muted))
                box = QRectF(0, first.y() - metrics.height() / 2, left - 8, metrics.height())
                align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                painter.drawText(box, align, self._name(level))

    def _light(self, painter: QPainter) -> None:
        if not self._lit:
            return
        accent = QColor(tokens().accent)
        painter.setPen(QPen(accent, 1.5))
        painter.drawLines(self._lines(self._lit))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(accent)
        radius, (_, cell, _) = self._radius(), self._scale()
        for level, places in enumerate(self._lit):
            unit = self._place(level, 0)
            for at in places.tolist():
                painter.drawEllipse(QPointF(unit.x() + at * cell, unit.y()), radius, radius)

    def _name(self, level: int) -> str:
        rates = self._shown.rates
        return "unit" if not level else f"r{_low(len(rates) - level + 1)} = {rates[-level]}"


def _low(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
