"""Networks below each other, one box for each unit: strides, rates and shortcuts at a glance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from segviewer.widgets.charts.plot import SERIES
from segviewer.widgets.theme.fitted_words import draw_fitted
from segviewer.widgets.theme.painted_widget import PaintedWidget
from segviewer.widgets.theme.symbol_colours import symbol_colour
from segviewer.widgets.theme.theme import Tokens, tokens
from segviewer.widgets.theme.typography import resized, semibold, tabular

GAP = 3
ARC = 14  # pixels above the boxes, for their shortcuts
BREAK = 0.22  # of an arc that is missing where a unit has no shortcut
LEGEND = (
    ("stride", "stride"),
    ("pool", "pooling"),
    ("rate", "rate for stride"),
    ("arc", "shortcut"),
    ("broken", "no shortcut"),
)
SIGN, SIGN_GAP = 20, 14  # pixels of a sign of the legend, and behind its words
SMALLEST_FONT = 0.72  # of the usual size, before words in boxes are left out


@dataclass(frozen=True)
class UnitBox:
    """One unit.

    Attributes
    ----------
    upper, lower : str
        What is special about it, and the side of its map.
    tip : str
    tone : str
        ``stride``, ``rate``, ``pool`` or empty.
    bare : bool
        A block without a shortcut: its arc is broken, the outline dashed.
    arc : bool
        A block with a shortcut, drawn as an arc over it.
    """

    upper: str
    lower: str
    tip: str
    tone: str = ""
    bare: bool = False
    arc: bool = False


class UnitRows(PaintedWidget):
    """Rows of boxes; one box is chosen.

    Signals
    -------
    chosen(int, int)
        Row and box that was clicked or reached with the arrow keys.
    """

    chosen = Signal(int, int)
    USUAL = QSize(700, 220)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent, hover=True, keys=True)
        self._names: tuple[str, ...] = ()
        self._rows: tuple[tuple[UnitBox, ...], ...] = ()
        self._current = (0, 0)
        self.setMinimumSize(240, 100)

    def set_rows(
        self, names: Sequence[str], rows: Sequence[Sequence[UnitBox]], current: tuple[int, int]
    ) -> None:
        """Show a row of boxes for each name."""
        self._names, self._rows = tuple(names), tuple(tuple(row) for row in rows)
        self._current = current
        row, column = current
        if row < len(self._rows) and column < len(self._rows[row]):
            self.setAccessibleName(f"{self._names[row]}, {self._rows[row][column].tip}")
        self.update()

    def rows(self) -> tuple[tuple[UnitBox, ...], ...]:
        """What is drawn."""
        return self._rows

    def area_of(self, row: int, column: int) -> QRectF:
        """Where a box stands."""
        tall = (self.height() - self._legend_height()) / max(1, len(self._rows))
        left = self._name_width()
        count = max((len(boxes) for boxes in self._rows), default=1)
        wide = (self.width() - left) / count
        top = min(ARC, 0.3 * tall)
        return QRectF(left + column * wide, row * tall + top, wide - GAP, tall - top - 3)

    def _legend_height(self) -> float:
        """Of the line below the rows; none where there is no room for it."""
        line = self.fontMetrics().height() + 4
        return line * len(self._legend_lines()) if self.height() > 10 * line else 0

    def _legend_lines(self) -> list[list[tuple[str, str]]]:
        """Signs and words of the legend, in as many lines as its width needs."""
        lines: list[list[tuple[str, str]]] = [[]]
        x = 0.0
        for sign in LEGEND:
            wide = self._sign_width(sign[1])
            if lines[-1] and x + wide > self.width() + SIGN_GAP:
                lines.append([])
                x = 0.0
            lines[-1].append(sign)
            x += wide
        return lines

    def _sign_width(self, words: str) -> float:
        """Pixels from the beginning of a sign of the legend to the next one."""
        return SIGN + 6 + self.fontMetrics().horizontalAdvance(words) + SIGN_GAP

    def _name_width(self) -> float:
        metrics = self.fontMetrics()
        # Names are written in half-bold, which is a little wider.
        longest = max((metrics.horizontalAdvance(n) for n in self._names), default=0)
        return min(longest * 1.1 + 12, self.width() * 0.3)

    def _at(self, position: QPointF) -> tuple[int, int] | None:
        for row, boxes in enumerate(self._rows):
            for column in range(len(boxes)):
                if self.area_of(row, column).contains(position):
                    return row, column
        return None

    # Qt

    def mousePressEvent(self, event) -> None:  # noqa: N802
        found = self._at(event.position())
        if found is not None and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(*found)

    def tip_at(self, position: QPointF) -> str:
        found = self._at(position)
        return self._rows[found[0]][found[1]].tip if found else ""

    def keyPressEvent(self, event) -> None:  # noqa: N802
        moves = {
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
        }
        if event.key() not in moves or not self._rows:
            super().keyPressEvent(event)
            return
        down, across = moves[event.key()]
        row = min(max(self._current[0] + down, 0), len(self._rows) - 1)
        column = min(max(self._current[1] + across, 0), len(self._rows[row]) - 1)
        if (row, column) != self._current:
            self.chosen.emit(row, column)

    def paint(self, painter: QPainter, colours: Tokens) -> None:
        if not self._rows:
            return
        tones = {
            "": QColor(colours.muted),
            "stride": QColor(SERIES[1][0 if colours.dark else 1]),
            "pool": QColor(SERIES[3][0 if colours.dark else 1]),
            "rate": QColor(symbol_colour("r", colours.dark)),
        }
        font = self._box_font()
        for row, (name, boxes) in enumerate(zip(self._names, self._rows, strict=True)):
            here = row == self._current[0]
            painter.setFont(semibold(self.font()) if here else self.font())
            painter.setPen(QColor(colours.text if here else colours.muted))
            first = self.area_of(row, 0)
            words = QRectF(0, first.top(), first.left() - 8, first.height())
            side = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            draw_fitted(painter, words, side, name)
            for column, box in enumerate(boxes):
                self._paint_box(painter, row, column, box, tones[box.tone], font)
                if box.arc or box.bare:
                    top = QRectF(self.area_of(row, column))
                    rise = (
                        top.top()
                        - 3
                        - row * (self.height() - self._legend_height()) / len(self._rows)
                    )
                    top.setRect(top.left() + 1, top.top() - rise, top.width() - 2, 2 * rise)
                    _paint_arc(painter, top, colours, box.bare)
        if self._legend_height():
            self._paint_legend(painter, colours, tones)

    def _paint_legend(self, painter: QPainter, colours: Tokens, tones: dict[str, QColor]) -> None:
        """What colours and arcs mean."""
        painter.setFont(self.font())
        line = self.fontMetrics().height() + 4
        y = self.height() - self._legend_height()
        for signs in self._legend_lines():
            x = 0.0
            for kind, words in signs:
                sign = QRectF(x, y + 3, SIGN, line - 6)
                if kind in tones:
                    fill = QColor(tones[kind])
                    fill.setAlphaF(0.28)
                    painter.fillRect(sign, fill)
                    painter.setPen(QPen(tones[kind], 1))
                    painter.drawRect(sign)
                else:
                    _paint_arc(painter, sign.adjusted(0, 2, 0, line - 8), colours, kind == "broken")
                painter.setPen(QColor(colours.muted))
                wide = self._sign_width(words)
                box = QRectF(x + SIGN + 6, y, wide - SIGN - 6, line)
                painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, words)
                x += wide
            y += line

    def _box_font(self):
        """Smaller where boxes are narrow; None where words would not be readable."""
        font = tabular(self.font())
        room = self.area_of(0, 0)
        metrics = self.fontMetrics()
        words = [w for row in self._rows for box in row for w in (box.upper, box.lower)]
        wide = max((metrics.horizontalAdvance(w) for w in words), default=1) + 4
        factor = min(1.0, room.width() / max(1, wide), room.height() / (2 * metrics.height() + 2))
        return resized(font, factor) if factor >= SMALLEST_FONT else None

    def _paint_box(self, painter, row: int, column: int, box: UnitBox, tone, font) -> None:
        colours, area = tokens(), self.area_of(row, column)
        fill = QColor(tone)
        fill.setAlphaF(0.28 if box.tone else 0.10)
        painter.fillRect(area, fill)
        line = Qt.PenStyle.DashLine if box.bare else Qt.PenStyle.SolidLine
        current = (row, column) == self._current
        painter.setPen(QPen(QColor(colours.accent) if current else tone, 2 if current else 1, line))
        painter.drawRect(area)
        if font is None:
            return
        painter.setFont(font)
        painter.setPen(QColor(colours.text))
        half = QRectF(area.left(), area.top(), area.width(), area.height() / 2)
        painter.drawText(half, Qt.AlignmentFlag.AlignCenter, box.upper)
        painter.drawText(
            half.translated(0, area.height() / 2), Qt.AlignmentFlag.AlignCenter, box.lower
        )


def _paint_arc(painter: QPainter, area: QRectF, colours: Tokens, broken: bool) -> None:
    """The upper half of an ellipse; a broken one has a gap at its top, with a cross in it."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    half = 180 * 16  # in Qt's sixteenths of a degree
    if not broken:
        painter.setPen(QPen(QColor(colours.muted), 1.5))
        painter.drawArc(area, 0, half)
        return
    tone = QColor(symbol_colour("θ1", colours.dark) or "")
    painter.setPen(QPen(tone, 1.8))
    part = round(half * (0.5 - BREAK))
    painter.drawArc(area, 0, part)
    painter.drawArc(area, half - part, part)
    middle, arm = QPointF(area.center().x(), area.top() + 1), 3.0
    for across in (-arm, arm):
        painter.drawLine(middle + QPointF(-across, -arm), middle + QPointF(across, arm))
