"""The parts of a formula set in lines: words in the window's font, mathematics as drawings."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontInfo, QFontMetricsF, QPainter

from segviewer.widgets.text.formula_atoms import NoFormula
from segviewer.widgets.text.formula_markup import Maths, Words, read_formula
from segviewer.widgets.text.typesetter import Typesetter
from segviewer.widgets.theme.theme import Tokens
from segviewer.widgets.theme.typography import semibold

LARGER = 1.12  # letters of the mathematical font are smaller than those of a window's
LEADING = 0.3  # ems between two lines


@dataclass(frozen=True)
class _Box:
    part: Words | Maths
    space: float
    width: float
    ascent: float
    descent: float


class FormulaLayout:
    """A formula in a font and the colours of a scheme.

    Parameters
    ----------
    text : str
        As :func:`~segviewer.widgets.text.formula_markup.read_formula` reads it.
    font : QFont
    colours : Tokens
    typesetter : Typesetter
        Is asked for the pieces that it has not typeset yet.

    Attributes
    ----------
    settled : bool
        Whether it is known of every piece if it can be drawn.
    drawable : bool
        Whether every piece can; otherwise the formula is to be shown as it is written.
    """

    def __init__(self, text: str, font: QFont, colours: Tokens, typesetter: Typesetter):
        self.font, self.colours, self._typesetter = QFont(font), colours, typesetter
        self.settled = self.drawable = True
        self._em = LARGER * QFontInfo(font).pixelSize()
        self._boxes: list[_Box] = []
        try:
            parts = read_formula(text)
        except NoFormula:
            parts, self.drawable = (), False
        if not any(isinstance(part, Maths) for part in parts):
            self.drawable = False  # nothing but words
            return
        for part in parts:
            self._boxes.append(self._box(part))

    def _box(self, part: Words | Maths) -> _Box:
        metrics = QFontMetricsF(self._font_of(part))
        space = part.space * metrics.horizontalAdvance(" ") * (1.0 if part.space < 2 else 1.6)
        if isinstance(part, Words):
            width = metrics.horizontalAdvance(part.text)
            return _Box(part, space, width, metrics.ascent(), metrics.descent())
        settled, drawing = self._typesetter.drawing(part, self.colours)
        self.settled &= settled
        self.drawable &= drawing is not None or not settled
        if drawing is None:
            return _Box(part, space, 0, 0, 0)
        em = self._em
        return _Box(part, space, drawing.width * em, drawing.ascent * em, drawing.descent * em)

    def _font_of(self, part: Words | Maths) -> QFont:
        return semibold(self.font) if isinstance(part, Words) and part.bold else self.font

    @property
    def ready(self) -> bool:
        """Whether it can be painted."""
        return self.settled and self.drawable

    def _lines(self, width: float) -> list[list[_Box]]:
        """Boxes by line; no line begins with a mere comma."""
        lines: list[list[_Box]] = [[]]
        used = 0.0
        units = self._units()
        for unit in units:
            wide = sum(box.width for box in unit) + sum(box.space for box in unit[1:])
            space = unit[0].space if lines[-1] else 0.0
            if lines[-1] and used + space + wide > width:
                lines.append([])
                used = space = 0.0
            lines[-1].extend(unit)
            used += space + wide
        return lines

    def _units(self) -> list[list[_Box]]:
        """Boxes that no line break parts: words and the signs that stick to them."""
        units: list[list[_Box]] = []
        for box in self._boxes:
            sticks = isinstance(box.part, Words) and box.part.space == 0
            if units and (sticks or (isinstance(units[-1][-1].part, Words) and not box.part.space)):
                units[-1].append(box)
            else:
                units.append([box])
        return units

    def size(self, width: float) -> QSizeF:
        """What it takes at most `width` pixels wide; wider where one piece is."""
        lines = self._lines(width)
        widest = max((_width(line) for line in lines), default=0.0)
        return QSizeF(widest, sum(map(_height, lines)) + self._leading * (len(lines) - 1))

    @property
    def _leading(self) -> float:
        return LEADING * self._em

    def paint(self, painter: QPainter, area: QRectF) -> None:
        """Draw from the top left of `area`, smaller where one piece is wider than it."""
        size = self.size(area.width())
        painter.save()
        painter.translate(area.topLeft())
        if size.width() > area.width() > 0:
            share = area.width() / size.width()
            painter.scale(share, share)
        y = 0.0
        for line in self._lines(area.width()):
            baseline = y + max(box.ascent for box in line)
            x = 0.0
            for place, box in enumerate(line):
                x += box.space if place else 0.0
                self._paint_box(painter, box, x, baseline)
                x += box.width
            y += _height(line) + self._leading
        painter.restore()

    def _paint_box(self, painter: QPainter, box: _Box, x: float, baseline: float) -> None:
        if isinstance(box.part, Words):
            painter.setFont(self._font_of(box.part))
            painter.setPen(QColor(self.colours.text))
            painter.drawText(QPointF(x, baseline), box.part.text)
            return
        renderer = self._typesetter.renderer(box.part, self.colours)
        if renderer is not None:
            painter.setPen(Qt.PenStyle.NoPen)  # else a PDF gets letters with an outline
            tall = box.ascent + box.descent
            renderer.render(painter, QRectF(x, baseline - box.ascent, box.width, tall))


def _width(line: list[_Box]) -> float:
    return sum(box.width + (box.space if place else 0.0) for place, box in enumerate(line))


def _height(line: list[_Box]) -> float:
    return max(box.ascent for box in line) + max(box.descent for box in line)
