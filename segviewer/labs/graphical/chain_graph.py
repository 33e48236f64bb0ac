"""Three variables, in a row or closed to a ring, with tables whose cells are dragged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QToolTip, QWidget

from segviewer.widgets.text.plain_text import plain_tip
from segviewer.widgets.theme.fitted_words import draw_fitted
from segviewer.widgets.theme.painted_widget import PaintedWidget
from segviewer.widgets.theme.theme import Tokens, tokens
from segviewer.widgets.theme.typography import semibold, tabular

PIXELS_PER_STEP = 3  # of a drag
STEPS_PER_KEY = 5
RADIUS = 24  # pixels of a node, and more where its text is larger
ARC = 34  # pixels below the circles, of a link from the first to the last
CELL = QSize(112, 52)
TALLEST = 1.2  # times as tall as wide, on a stage
STEPS = {"factor": 0.1, "chance": 0.01}
HIGHEST = {"factor": 10.0, "chance": 1.0}


@dataclass(frozen=True)
class GraphTable:
    """One table of the graph.

    Attributes
    ----------
    title : str
    kind : {"factor", "chance"}
        Entries from 0 to 10, or probabilities.
    rows, columns : tuple of str
        Heads; a table of one variable has one row without a head.
    values : tuple of tuple of float
    own : tuple of int
        Columns that can be changed; the others follow from them.
    """

    title: str
    kind: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    own: tuple[int, ...]


class ChainGraph(PaintedWidget):
    """Circles for variables, filled as far as they are probably 1; squares or arrows between.

    Signals
    -------
    changed(int, int, int, float, bool)
        Table, row, column, its new value, and whether the hand has let go.
    """

    changed = Signal(int, int, int, float, bool)
    USUAL = QSize(620, 220)
    LEAST = QSize(240, 120)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent, hover=True, keys=True)
        self._names: tuple[str, ...] = ()
        self._ones: tuple[float, ...] = ()
        self._tables: tuple[GraphTable, ...] = ()
        self._arrows = False
        self._lit: frozenset[tuple[int, int, int]] = frozenset()
        self._cell: tuple[int, int, int] | None = None
        self._dragged: tuple[float, float, bool] | None = None  # where, from which value, moved

    def set_graph(
        self,
        names: Sequence[str],
        ones: Sequence[float],
        tables: Sequence[GraphTable],
        arrows: bool,
        lit: Sequence[tuple[int, int, int]] = (),
    ) -> None:
        """Show variables with their probability of 1.

        Tables stand below the squares between two variables, or with `arrows` the first below
        the first variable and the others below the arrows. As many tables as variables without
        arrows close the ring: the last one stands between the first variable and the last.
        Cells in `lit` (table, row, column) are framed.
        """
        self._names, self._ones = tuple(names), tuple(ones)
        self._tables, self._arrows, self._lit = tuple(tables), arrows, frozenset(lit)
        if self._cell is not None and not self._has(self._cell):
            self._cell = self._dragged = None
        said = ", ".join(f"P({n} = 1) {p:.3g}" for n, p in zip(names, ones, strict=True))
        if self._cell is not None:
            table, row, column = self._cell
            said += f"; {self._tables[table].title} {self._words(*self._cell)}"
        self.say(said)

    def tables(self) -> tuple[GraphTable, ...]:
        """What is shown."""
        return self._tables

    def ones(self) -> tuple[float, ...]:
        """Probabilities of 1 that the circles show."""
        return self._ones

    def node_at(self, index: int) -> QPointF:
        """Middle of a variable's circle."""
        count = max(1, len(self._names))
        share = self.width() / count
        return QPointF(share * (index + 0.5), self._radius() + 4)

    @property
    def closed(self) -> bool:
        """Whether the first variable and the last have a table of their own."""
        return not self._arrows and 0 < len(self._names) == len(self._tables)

    def _top(self) -> float:
        """Where the tables begin, with two lines of words."""
        return 2 * self._radius() + 12 + ARC * self.closed

    def area_of(self, table: int, row: int, column: int) -> QRectF:
        """Where a cell stands."""
        found = self._tables[table]
        place = self._middle(table)
        line = self.fontMetrics().height() + 2
        wide, tall = self._cell_size()
        head = self._head_width(found)
        left = place - len(found.columns) * wide / 2 + head / 2
        top = self._top() + 2 * line
        left = min(max(left, head), self.width() - len(found.columns) * wide)
        return QRectF(left + column * wide, top + row * tall, wide, tall)

    def _head_width(self, table: GraphTable) -> float:
        metrics = self.fontMetrics()
        return max((metrics.horizontalAdvance(r) for r in table.rows), default=0) + 8

    def _cell_size(self) -> tuple[float, float]:
        line = self.fontMetrics().height() + 2
        room = self.height() - self._top() - 2 * line - 2
        across = self.width() / max(1, len(self._names)) - 72
        widest = max(CELL.width(), self.fontMetrics().horizontalAdvance("A = 0") + 16)
        wide = max(20.0, min(widest, across / 2))
        tallest = max(CELL.height(), self.fontMetrics().height() + 4, TALLEST * wide)
        return wide, max(10.0, min(tallest, room / 2))

    def _middle(self, table: int) -> float:
        """Horizontal place of a table."""
        if self._arrows:
            # Their own third each, below the variable that they are the chances of.
            return self.node_at(table).x()
        if self.closed:
            # A third each: the one that closes the ring between the two others.
            return self.node_at((0, 2, 1)[table]).x()
        return (self.node_at(table).x() + self.node_at(table + 1).x()) / 2

    def _has(self, cell: tuple[int, int, int]) -> bool:
        table, row, column = cell
        return (
            0 <= table < len(self._tables)
            and 0 <= row < len(self._tables[table].values)
            and 0 <= column < len(self._tables[table].columns)
        )

    def _cell_at(self, position: QPointF) -> tuple[int, int, int] | None:
        for table, found in enumerate(self._tables):
            for row in range(len(found.values)):
                for column in found.own:
                    if self.area_of(table, row, column).contains(position):
                        return table, row, column
        return None

    def _value(self, cell: tuple[int, int, int]) -> float:
        table, row, column = cell
        return self._tables[table].values[row][column]

    def _words(self, table: int, row: int, column: int) -> str:
        found = self._tables[table]
        names = [n for n in (found.rows[row] if found.rows else "", found.columns[column]) if n]
        return f"{', '.join(names)}: {found.values[row][column]:.3g}"

    def _emit(self, cell: tuple[int, int, int], value: float, finished: bool) -> None:
        kind = self._tables[cell[0]].kind
        value = round(min(HIGHEST[kind], max(0.0, value)), 3)
        self.changed.emit(*cell, value, finished)

    # Qt

    def mousePressEvent(self, event) -> None:  # noqa: N802
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self._cell = self._cell_at(event.position())
        if self._cell is not None:
            self._dragged = (event.position().y(), self._value(self._cell), False)
        self.update()

    def mouseMoveEvent(self, event) -> None:  # noqa: N802
        if self._dragged is None:
            super().mouseMoveEvent(event)
            return
        assert self._cell is not None  # the one that is dragged
        start, value, _ = self._dragged
        steps = round((start - event.position().y()) / PIXELS_PER_STEP)
        self._dragged = (start, value, True)
        kind = self._tables[self._cell[0]].kind
        wanted = value + steps * STEPS[kind]
        QToolTip.showText(
            event.globalPosition().toPoint(), plain_tip(self._words(*self._cell)), self
        )
        self._emit(self._cell, wanted, False)

    def tip_at(self, position: QPointF) -> str:
        cell = self._cell_at(position)
        if cell is None:
            return ""
        words = f"{self._tables[cell[0]].title} {self._words(*cell)}\n"
        return words + "Drag up or down; + and − change it, too."

    def shape_at(self, position: QPointF) -> Qt.CursorShape:
        cell = self._cell_at(position)
        return Qt.CursorShape.SizeVerCursor if cell else Qt.CursorShape.ArrowCursor

    def mouseReleaseEvent(self, event) -> None:  # noqa: N802
        if event.button() != Qt.MouseButton.LeftButton or self._dragged is None:
            return
        (start, value, moved), self._dragged = self._dragged, None
        if moved and self._cell is not None:
            steps = round((start - event.position().y()) / PIXELS_PER_STEP)
            self._emit(self._cell, value + steps * STEPS[self._tables[self._cell[0]].kind], True)

    def keyPressEvent(self, event) -> None:  # noqa: N802
        cells = [
            (t, r, c)
            for t, table in enumerate(self._tables)
            for r in range(len(table.values))
            for c in table.own
        ]
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(event.key())
        lift = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(event.key())
        lift = {"+": 1, "-": -1, "−": -1}.get(event.text(), lift)
        if step is not None and cells:
            place = cells.index(self._cell) + step if self._cell in cells else 0
            self._cell = cells[min(max(place, 0), len(cells) - 1)]
            self.update()
        elif lift is not None and self._cell is not None and self._cell in cells:
            change = STEPS_PER_KEY * STEPS[self._tables[self._cell[0]].kind]
            self._emit(self._cell, self._value(self._cell) + lift * change, True)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.text() in ("+", "-", "−")
        ):
            event.accept()  # these change a cell here; the window would zoom
            return True
        return super().event(event)

    def paint(self, painter: QPainter, colours: Tokens) -> None:
        for index in range(len(self._names) - 1):
            self._paint_link(painter, index)
        if self.closed:
            self._paint_arc(painter)
        for index in range(len(self._names)):
            self._paint_node(painter, index)
        for index in range(len(self._tables)):
            self._paint_table(painter, index)

    def _paint_link(self, painter: QPainter, index: int) -> None:
        colours = tokens()
        start, end = self.node_at(index), self.node_at(index + 1)
        pen = QPen(QColor(colours.muted), 2)
        painter.setPen(pen)
        painter.drawLine(
            QPointF(start.x() + self._radius(), start.y()),
            QPointF(end.x() - self._radius(), end.y()),
        )
        painter.setBrush(QColor(colours.muted))
        if self._arrows:
            tip = QPointF(end.x() - self._radius(), end.y())
            painter.drawPolygon(QPolygonF([tip, tip + QPointF(-10, -5), tip + QPointF(-10, 5)]))
            return
        middle = (start + end) / 2
        self._paint_factor(painter, index, middle)

    def _paint_factor(self, painter: QPainter, table: int, middle: QPointF) -> None:
        """The square of a factor, and the line to its table."""
        below = QPointF(self._middle(table), self._top() - 2)
        painter.drawLine(QPointF(middle.x(), middle.y() + 8), below)
        painter.fillRect(QRectF(middle.x() - 8, middle.y() - 8, 16, 16), QColor(tokens().muted))

    def _paint_arc(self, painter: QPainter) -> None:
        """The link from the first variable to the last, below those between."""
        start, end = self.node_at(0), self.node_at(len(self._names) - 1)
        low = start.y() + self._radius() + 16
        path = QPainterPath(start + QPointF(0, self._radius()))
        path.cubicTo(
            QPointF(start.x(), low + 4), QPointF(start.x() + 30, low), QPointF(start.x() + 90, low)
        )
        path.lineTo(QPointF(end.x() - 90, low))
        path.cubicTo(
            QPointF(end.x() - 30, low), QPointF(end.x(), low + 4), end + QPointF(0, self._radius())
        )
        painter.setPen(QPen(QColor(tokens().muted), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(path)
        self._paint_factor(painter, len(self._tables) - 1, QPointF((start.x() + end.x()) / 2, low))

    def _paint_node(self, painter: QPainter, index: int) -> None:
        colours, middle, share = tokens(), self.node_at(index), self._ones[index]
        circle = QRectF(
            middle.x() - self._radius(),
            middle.y() - self._radius(),
            2 * self._radius(),
            2 * self._radius(),
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.raised))
        painter.drawEllipse(circle)
        tone = QColor(colours.accent)
        tone.setAlphaF(0.55)
        painter.save()
        painter.setClipRect(circle.adjusted(0, (1 - share) * circle.height(), 0, 0))
        painter.setBrush(tone)
        painter.drawEllipse(circle)
        painter.restore()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(colours.muted), 1.5))
        painter.drawEllipse(circle)
        painter.setPen(QColor(colours.text))
        painter.setFont(semibold(tabular(self.font())))
        upper, lower = (
            circle.adjusted(0, 4, 0, -self._radius()),
            circle.adjusted(0, self._radius() - 4, 0, -4),
        )
        centre = Qt.AlignmentFlag.AlignCenter
        draw_fitted(painter, upper, centre, self._names[index])
        painter.setFont(tabular(self.font()))
        draw_fitted(painter, lower, centre, f"{share:.2f}")

    def _radius(self) -> int:
        return max(RADIUS, self.fontMetrics().height() + 6)

    def _paint_table(self, painter: QPainter, index: int) -> None:
        colours, table = tokens(), self._tables[index]
        first = self.area_of(index, 0, 0)
        line = painter.fontMetrics().height() + 2
        wide = first.width() * len(table.columns)
        painter.setFont(self.font())
        painter.setPen(QColor(colours.text))
        centre = Qt.AlignmentFlag.AlignCenter
        title = QRectF(first.left() - 40, first.top() - 2 * line, wide + 80, line)
        painter.drawText(title, centre, table.title)
        painter.setPen(QColor(colours.muted))
        for column, words in enumerate(table.columns):
            area = self.area_of(index, 0, column)
            above = QRectF(area.left(), area.top() - line, area.width(), line)
            draw_fitted(painter, above, centre, words)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for row, words in enumerate(table.rows):
            area = self.area_of(index, row, 0)
            painter.setPen(QColor(colours.muted))
            named = self._head_width(table)
            head = QRectF(area.left() - named - 6, area.top(), named, area.height())
            draw_fitted(painter, head, right, words)
        for row in range(len(table.values)):
            for column in range(len(table.columns)):
                self._paint_cell(painter, (index, row, column))

    def _paint_cell(self, painter: QPainter, cell: tuple[int, int, int]) -> None:
        colours, area = tokens(), self.area_of(*cell).adjusted(1, 1, -1, -1)
        table, value = self._tables[cell[0]], self._value(cell)
        own = cell[2] in table.own
        painter.fillRect(area, QColor(colours.raised if own else colours.panel))
        top = max((v for row in table.values for v in row), default=1) or 1
        full = 1.0 if table.kind == "chance" else top
        tone = QColor(colours.accent)
        tone.setAlphaF(0.45 if own else 0.2)
        painter.fillRect(
            QRectF(area.left(), area.top(), area.width() * value / full, area.height()), tone
        )
        if cell in self._lit or cell == self._cell:
            shade = colours.accent if cell == self._cell and self.hasFocus() else colours.text
            painter.setPen(QPen(QColor(shade), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(area.adjusted(1, 1, -1, -1))
        painter.setPen(QColor(colours.text if own else colours.muted))
        painter.setFont(tabular(self.font()))
        draw_fitted(painter, area, Qt.AlignmentFlag.AlignCenter, f"{value:.3g}")
