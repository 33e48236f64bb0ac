"""The U of a U-Net with the side of every map, and the tile that it reads and answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QWidget

from segviewer.widgets.charts.plot import SERIES
from segviewer.widgets.text.plain_text import plain_tip
from segviewer.widgets.theme.fitted_words import draw_fitted
from segviewer.widgets.theme.painted_widget import PaintedWidget
from segviewer.widgets.theme.theme import Tokens, tokens
from segviewer.widgets.theme.typography import semibold, tabular

SHIFT = 0.035  # of the width by which each level stands further in


@dataclass(frozen=True)
class Layer:
    """A map on the way through the U: of which step, which of its sizes, and what made it."""

    step: int
    place: int
    words: str


class UDrawing(PaintedWidget):
    """Steps as boxes with a cell for each map, filled as far as its side is of the picture's.

    It draws a :class:`segviewer.analysis.arithmetic.u_net_sizes.Sizes`, as far as the map
    that :meth:`set_current` names: what comes later is only outlined.
    """

    USUAL = QSize(720, 230)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent, hover=True)
        self._sizes: Any = None
        self._current = -1
        self.setMinimumSize(240, 100)

    def set_sizes(self, sizes: Any) -> None:
        """Draw these, or nothing."""
        self._sizes = sizes
        if sizes is not None:
            said = [" → ".join(map(str, step.sizes)) for step in (*sizes.down, *sizes.up)]
            self.setAccessibleName("Sides of the maps: " + "; ".join(said))
        self.update()

    def layers(self) -> tuple[Layer, ...]:
        """Every map in the order in which it is computed."""
        if self._sizes is None:
            return ()
        found = []
        for number, step in enumerate((*self._sizes.down, *self._sizes.up)):
            rising = number >= len(self._sizes.down)
            came = "up, joined" if rising else "pooled" if number else "picture"
            for place, (size, how) in enumerate(zip(step.sizes, (came, "3×3", "3×3"), strict=True)):
                found.append(Layer(number, place, f"{how}: {size} px"))
        return tuple(found)

    def set_current(self, number: int) -> None:
        """Draw as far as this map of :meth:`layers`; -1 draws all, and marks none."""
        self._current = number
        self.update()

    def boxes(self) -> list[tuple[QRectF, Any, bool]]:
        """Where each step stands: (area, step, on the way up)."""
        if self._sizes is None:
            return []
        down, up = self._sizes.down, self._sizes.up
        levels = max(1, len(down))
        depth = max((step.level for step in down), default=0)
        tall, wide = self.height() / levels, self.width() - 1
        # Three numbers in a box.
        digits = QFontMetricsF(semibold(tabular(self.font()))).horizontalAdvance("8888")
        box = min(max(190.0, 3 * digits + 12), wide * 0.34)
        found = []
        for step in (*down, *up):
            rising = any(step is other for other in up)
            inward = SHIFT * wide * step.level
            left = wide - box - inward if rising else inward
            if step.level == depth and len(down) > 1 and not rising and up:
                left = (wide - box) / 2
            area = QRectF(left, step.level * tall + 2, box, max(8.0, tall - 14))
            found.append((area, step, rising))
        return found

    def reading(self, position: QPointF) -> str:
        """What the tooltip says of the step under a position."""
        for area, step, rising in self.boxes():
            if area.contains(position):
                way = "up" if rising else "down"
                said = f"level {step.level}, way {way}: {' → '.join(map(str, step.sizes))}"
                said += f", {step.channels} channels"
                if rising and step.cut > 0:
                    said += f"; the skip of {step.skip} is cropped to {step.sizes[0]}"
                elif rising and step.cut < 0:
                    said += f"; what comes up is padded by {-step.cut} to {step.skip}"
                return said
        return ""

    # Qt

    def tip_at(self, position: QPointF) -> str:
        return self.reading(position)

    def paint(self, painter: QPainter, colours: Tokens) -> None:
        boxes = self.boxes()
        if not boxes:
            return
        self._paint_ways(painter, boxes)
        widest = max(max(step.sizes) for _, step, _ in boxes) or 1
        layers = self.layers()
        now = layers[self._current] if 0 <= self._current < len(layers) else None
        for number, (area, step, rising) in enumerate(boxes):
            for place in range(len(step.sizes)):
                ahead = now is not None and (number, place) > (now.step, now.place)
                at = now is not None and (number, place) == (now.step, now.place)
                self._paint_map(painter, area, step, place, rising, widest, ahead, at)

    def cell(self, area: QRectF, place: int) -> QRectF:
        """Where one of the three maps of a box stands."""
        third = area.width() / 3
        return QRectF(area.left() + place * third, area.top(), third, area.height())

    def _paint_map(
        self,
        painter: QPainter,
        area: QRectF,
        step: Any,
        place: int,
        rising: bool,
        widest: int,
        ahead: bool,
        current: bool,
    ) -> None:
        colours = tokens()
        tone = QColor(SERIES[1 if rising else 0][0 if colours.dark else 1])
        cell = self.cell(area, place)
        painter.fillRect(cell, QColor(colours.raised))
        if not ahead:
            full = QRectF(cell)  # as tall as its side is of the picture's
            full.setTop(cell.bottom() - cell.height() * step.sizes[place] / widest)
            fill = QColor(tone)
            fill.setAlphaF(0.75 if current else 0.3)
            painter.fillRect(full, fill)
        tone.setAlphaF(0.4 if ahead else 1.0)
        painter.setPen(QPen(tone, 1))
        painter.drawRect(cell)
        if ahead:
            return
        painter.setFont(semibold(tabular(self.font())))
        painter.setPen(QColor(colours.text))
        draw_fitted(painter, cell, Qt.AlignmentFlag.AlignCenter, str(step.sizes[place]))

    def _paint_ways(self, painter, boxes) -> None:
        colours = tokens()
        down = {step.level: area for area, step, rising in boxes if not rising}
        up = {step.level: (area, step) for area, step, rising in boxes if rising}
        painter.setFont(tabular(self.font()))
        painter.setPen(QPen(QColor(colours.muted), 1.2))
        levels = sorted(down)
        for level in levels[:-1]:
            a, b = down[level], down[level + 1]
            at = max(a.left(), b.left()) + 14
            at = min(at, a.right() - 4) if b.left() < a.right() else a.right() - 14
            _arrow(painter, QPointF(at, a.bottom()), QPointF(max(at, b.left() + 14), b.top()))
        for level, (area, step) in up.items():
            below = up[level + 1][0] if level + 1 in up else down[levels[-1]]
            at = min(area.right(), below.right()) - 14
            start = QPointF(at, below.top())
            _arrow(painter, start, QPointF(max(at, area.left() + 14), area.bottom()))
            skip = down[level]
            y = skip.center().y()
            _arrow(painter, QPointF(skip.right(), y), QPointF(area.left(), y))
            if step.cut > 0:
                words = f"crop {step.skip} to {step.sizes[0]}"
            elif step.cut < 0:
                words = f"pad {-step.cut}"
            else:
                words = "copy"
            room = QRectF(
                skip.right(),
                y - painter.fontMetrics().height() - 1,
                area.left() - skip.right(),
                painter.fontMetrics().height(),
            )
            draw_fitted(painter, room, Qt.AlignmentFlag.AlignCenter, words)


class TileDrawing(PaintedWidget):
    """A square picture, and what has to be mirrored around it to have all of it answered."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.side, self.near, self.far, self.words = 0, 0, 0, ""
        self.setMinimumSize(120, 100)

    def set_tile(self, side: int, near: int, far: int, words: str) -> None:
        """A picture of `side` with `near` pixels before and `far` behind it."""
        self.side, self.near, self.far, self.words = side, near, far, words
        self.setToolTip(plain_tip(words))
        self.say(words)

    def paint(self, painter: QPainter, colours: Tokens) -> None:
        if not self.side:
            return
        line = painter.fontMetrics().height()
        whole = self.side + self.near + self.far
        length = max(8.0, min(self.width() - 8, self.height() - 2 * line - 8))
        left = (self.width() - length) / 2
        outer = QRectF(left, 2, length, length)
        scale = length / whole
        inner = QRectF(
            left + self.near * scale, 2 + self.near * scale, self.side * scale, self.side * scale
        )
        blue, orange = (QColor(SERIES[i][0 if colours.dark else 1]) for i in (0, 1))
        margin = QColor(blue)
        margin.setAlphaF(0.22)
        painter.fillRect(outer, margin)
        painter.fillRect(inner, QColor(colours.surround))
        painter.setPen(QPen(blue, 1.2))
        painter.drawRect(outer)
        painter.setPen(QPen(orange, 1.6))
        painter.drawRect(inner)
        centre = Qt.AlignmentFlag.AlignCenter
        painter.setPen(QColor(colours.text))
        painter.drawText(inner, centre, f"{self.side}")
        if self.near * scale >= line:
            above = QRectF(outer.left(), outer.top(), length, self.near * scale)
            painter.drawText(above, centre, f"{self.near} mirrored")
            below = QRectF(outer.left(), inner.bottom(), length, self.far * scale)
            painter.drawText(below, centre, f"{self.far}")
        painter.setPen(QColor(colours.muted))
        room = QRectF(0, outer.bottom() + 2, self.width(), 2 * line + 2)
        painter.drawText(room, Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap, self.words)


def _arrow(painter: QPainter, start: QPointF, end: QPointF) -> None:
    painter.drawLine(start, end)
    way = end - start
    length = (way.x() ** 2 + way.y() ** 2) ** 0.5
    if length < 4:
        return
    along, across = way / length * 5, QPointF(-way.y(), way.x()) / length * 3
    painter.drawLine(end, end - along + across)
    painter.drawLine(end, end - along - across)
