"""A network drawn as blocks from left to right, to scale, to be pointed at and clicked."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from math import log2

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from segviewer.analysis.networks.network_card import CardStage
from segviewer.widgets.diagrams.stage_words import rate_text, stage_text, stride_text
from segviewer.widgets.language.words import translated
from segviewer.widgets.text.plain_text import plain_tip
from segviewer.widgets.theme.symbol_colours import symbol_colour
from segviewer.widgets.theme.theme import tokens
from segviewer.widgets.theme.typography import section_head, tabular

# In heights of a line of text, so that the drawing grows with the font.
BLOCKS = 7.5  # height of the blocks' band
THINNEST, NARROWEST, PER_DOUBLING = 0.4, 0.5, 0.28
GAP, STACK_GAP, EDGE = 1.0, 0.35, 0.75
HATCH = 6.0  # pixels between the lines of a block with holes


class NetworkDiagram(QWidget):
    """Stages of a network: height is the map's side (square root), width its channels (log).

    Stages of the same column stand above each other. Blocks with atrous convolutions are
    hatched and carry their rates.

    Signals
    -------
    stage_clicked(str)
        Key of a stage, by mouse or by Enter.
    current_moved(QRectF)
        The keyboard went to another stage; where it is drawn.
    """

    stage_clicked = Signal(str)
    current_moved = Signal(QRectF)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._stages: tuple[CardStage, ...] = ()
        self._picture = (1, 1)
        self._selected = ""
        self._current = self._hovered = -1
        self._blocks: list[QRectF] = []
        self._slots: list[QRectF] = []
        self._columns: list[tuple[QRectF, list[int]]] = []
        self._width = 0.0
        self.setAccessibleName("Network diagram")
        self.setFont(tabular(self.font()))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.MinimumExpanding, QSizePolicy.Policy.Fixed)

    def set_stages(self, stages: Sequence[CardStage], height: int, width: int) -> None:
        """Draw `stages` of a network that sees a picture of (height, width)."""
        stages = tuple(stages)
        if (stages, (height, width)) == (self._stages, self._picture):
            return
        before = self.current()
        self._stages, self._picture = stages, (max(1, height), max(1, width))
        self._current = next((i for i, s in enumerate(stages) if s.key == before), -1)
        self._hovered = -1
        self._lay_out()

    def stages(self) -> tuple[CardStage, ...]:
        """The stages drawn."""
        return self._stages

    def set_selected(self, key: str) -> None:
        """Highlight the stage with that key; none for an unknown one."""
        if key != self._selected:
            self._selected = key
            self.update()

    def selected(self) -> str:
        """Key of the highlighted stage."""
        return self._selected

    def current(self) -> str:
        """Key of the stage that the keyboard is at; empty before the first key."""
        return self._stages[self._current].key if self._current >= 0 else ""

    def block(self, key: str) -> QRectF:
        """Where the block of a stage is drawn."""
        return self._blocks[[stage.key for stage in self._stages].index(key)]

    # Layout

    def _line(self) -> float:
        return QFontMetricsF(self.font()).height()

    def _side(self, stage: CardStage) -> float:
        """Square root of the map's side as a share of the picture's."""
        share = max(stage.height, 1) / self._picture[0], max(stage.width, 1) / self._picture[1]
        return (share[0] * share[1]) ** 0.25

    def _lay_out(self) -> None:
        line, metrics = self._line(), QFontMetricsF(self.font())
        columns = [list(group) for _, group in groupby(self._stages, lambda s: s.column)]
        # One scale for all: the tallest column fills the band.
        free = [BLOCKS - STACK_GAP * (len(column) - 1) for column in columns]
        scales = [f / sum(map(self._side, c)) for f, c in zip(free, columns, strict=True)]
        scale = min([*scales, BLOCKS]) * line
        self._blocks, self._slots, self._columns = [], [], []
        top, x, number = self._band_top(), EDGE * line, 0
        for column in columns:
            widths = [
                (NARROWEST + PER_DOUBLING * log2(max(2, stage.channels))) * line for stage in column
            ]
            heights = [max(THINNEST * line, scale * self._side(stage)) for stage in column]
            beside = [self._beside(stage) if len(column) > 1 else "" for stage in column]
            aside = max(metrics.horizontalAdvance(text) for text in beside)
            below = max(metrics.horizontalAdvance(text) for text in self._below(column))
            inner = max(widths) + (aside + 0.4 * line if aside else 0)
            room = max(inner, below)
            left = x + (room - inner) / 2
            # A thin block still needs a line of text beside it.
            slots = [max(height, line) if aside else height for height in heights]
            total = sum(slots) + STACK_GAP * line * (len(slots) - 1)
            y = top + (BLOCKS * line - total) / 2
            for width, height, slot in zip(widths, heights, slots, strict=True):
                self._blocks.append(QRectF(left, y + (slot - height) / 2, width, height))
                self._slots.append(QRectF(left, y, inner, slot))
                y += slot + STACK_GAP * line
            numbers = list(range(number, number + len(column)))
            self._columns.append((QRectF(x, top, room, BLOCKS * line), numbers))
            number += len(column)
            x += room + GAP * line
        self._width = x + (EDGE - GAP) * line
        self.updateGeometry()
        self.update()

    def _band_top(self) -> float:
        return self._line() * 1.9

    def _overflow(self) -> float:
        """Lines by which the tallest column is higher than the band."""
        if not self._slots:
            return 0.0
        bottom = max(slot.bottom() for slot in self._slots)
        return max(0.0, bottom - self._band_top() - BLOCKS * self._line())

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        height = self._band_top() + BLOCKS * self._line() + self._overflow() + 4.6 * self._line()
        return QSize(round(self._width), round(height))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        return self.sizeHint()

    @staticmethod
    def _beside(stage: CardStage) -> str:
        """One line beside a block of a column of several."""
        return " · ".join(filter(None, (stage.title, rate_text(stage))))

    @staticmethod
    def _below(column: Sequence[CardStage]) -> list[str]:
        """Lines under a column; the size of its largest map."""
        largest = max(column, key=lambda stage: stage.height * stage.width)
        size = f"{largest.width}×{largest.height}"
        alone = len(column) == 1
        return [
            largest.title if alone else translated(f"{len(column)} side by side"),
            f"{size}×{largest.channels}",
            translated(stride_text(largest)),
            rate_text(largest) if alone else "",
        ]

    # Painting

    def paintEvent(self, event) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self.font())
        colours = tokens()
        self._draw_flow(painter)
        self._draw_parts(painter)
        for number in range(len(self._stages)):
            self._draw_block(painter, number)
        line = self._line()
        for area, numbers in self._columns:
            column = [self._stages[number] for number in numbers]
            y = self._band_top() + BLOCKS * line + self._overflow() + 0.3 * line
            for place, text in enumerate(self._below(column)):
                colour = colours.text if place == 0 else colours.muted
                if place == 3:
                    colour = self._rate_colour()
                painter.setPen(QColor(colour))
                row = QRectF(area.left(), y, area.width(), line)
                painter.drawText(row, Qt.AlignmentFlag.AlignCenter, text)
                y += line

    def _draw_flow(self, painter: QPainter) -> None:
        """A thin line through the middle of all columns: the way the picture goes."""
        if not self._columns:
            return
        line = self._line()
        y, x = self._band_top() + BLOCKS * line / 2, 0.0
        painter.setPen(QPen(QColor(tokens().groove), 1.5))
        for area, numbers in self._columns:
            if len(numbers) == 1:
                continue
            # It splits before blocks side by side, and goes on behind their words.
            blocks = [self._blocks[number] for number in numbers]
            spine = blocks[0].left() - 0.5 * line
            painter.drawLine(QLineF(x, y, spine, y))
            painter.drawLine(QLineF(spine, blocks[0].center().y(), spine, blocks[-1].center().y()))
            for block in blocks:
                middle = block.center().y()
                painter.drawLine(QLineF(spine, middle, block.left(), middle))
            x = area.right() + 0.2 * line
        painter.drawLine(QLineF(x, y, self._width, y))

    def _draw_parts(self, painter: QPainter) -> None:
        """Name of each part of the network over its stages."""
        colours, line = tokens(), self._line()
        painter.save()
        painter.setFont(section_head(self.font()))
        start = 0
        for part, group in groupby(self._columns, lambda column: self._stages[column[1][0]].part):
            areas = [area for area, _ in group]
            left, right = areas[0].left(), areas[-1].right()
            own = [
                self._stages[n] for _, ns in self._columns[start : start + len(areas)] for n in ns
            ]
            start += len(areas)
            if len(own) == 1 and own[0].title.startswith(part):
                continue  # its name stands below it
            text = QFontMetricsF(painter.font()).elidedText(
                part, Qt.TextElideMode.ElideRight, right - left + GAP * line
            )
            painter.setPen(QColor(colours.muted))
            painter.drawText(QPointF(left, 1.0 * line), text)
            painter.setPen(QPen(QColor(colours.border), 1))
            painter.drawLine(QLineF(left, 1.35 * line, right, 1.35 * line))
        painter.restore()

    def _rate_colour(self) -> str:
        colours = tokens()
        return symbol_colour("r", colours.dark) or colours.text

    def _draw_block(self, painter: QPainter, number: int) -> None:
        colours, stage, area = tokens(), self._stages[number], self._blocks[number]
        chosen = stage.key == self._selected
        edge = QColor(colours.accent if chosen else colours.muted)
        ground = QColor(colours.hover if number == self._hovered else colours.raised)
        painter.setPen(QPen(edge, 2.5 if chosen else 1))
        painter.setBrush(ground)
        painter.drawRoundedRect(area, 2, 2)
        if chosen:
            tint = QColor(colours.accent)
            tint.setAlphaF(0.28)
            painter.setBrush(tint)
            painter.drawRoundedRect(area, 2, 2)
        if stage.atrous:
            self._hatch(painter, area)
        if number == self._current and self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colours.text), 1, Qt.PenStyle.DotLine))
            painter.drawRoundedRect(area.adjusted(-3.5, -3.5, 3.5, 3.5), 4, 4)
        slot = self._slots[number]
        if slot.width() > area.width() + 1:
            self._draw_beside(painter, stage, slot, area.right() + 0.4 * self._line())

    def _draw_beside(self, painter: QPainter, stage: CardStage, slot: QRectF, x: float) -> None:
        colours = tokens()
        text_area = QRectF(x, slot.center().y() - self._line() / 2, slot.right(), self._line())
        painter.setPen(QColor(self._rate_colour() if stage.atrous else colours.text))
        painter.drawText(text_area, Qt.AlignmentFlag.AlignVCenter, self._beside(stage))

    def _hatch(self, painter: QPainter, area: QRectF) -> None:
        painter.save()
        painter.setClipRect(area.adjusted(1, 1, -1, -1))
        painter.setPen(QPen(QColor(self._rate_colour()), 1.4))
        x = area.left() - area.height()
        while x < area.right():
            painter.drawLine(QLineF(x, area.bottom(), x + area.height(), area.top()))
            x += HATCH
        painter.restore()

    # Mouse and keys

    def _at(self, position: QPointF) -> int:
        """Number of the stage under the pointer; a thin block is caught in its whole slot."""
        for number, slot in enumerate(self._slots):
            target = slot.united(self._blocks[number]).adjusted(-4, -4, 4, 4)
            if target.contains(position):
                return number
        # The words under a block belong to it.
        for area, numbers in self._columns:
            below = QRectF(area.left(), area.bottom(), area.width(), self.height())
            if len(numbers) == 1 and below.contains(position):
                return numbers[0]
        return -1

    def mouseMoveEvent(self, event) -> None:  # noqa: N802
        hovered = self._at(event.position())
        if hovered != self._hovered:
            self._hovered = hovered
            hand = Qt.CursorShape.PointingHandCursor
            self.setCursor(hand if hovered >= 0 else Qt.CursorShape.ArrowCursor)
            self.update()

    def leaveEvent(self, event) -> None:  # noqa: N802
        self._hovered = -1
        self.update()

    def mousePressEvent(self, event) -> None:  # noqa: N802
        number = self._at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and number >= 0:
            self._current = number
            self.update()
            self.stage_clicked.emit(self._stages[number].key)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        key, keys = event.key(), Qt.Key
        moves: dict[int, tuple[int, int]] = {
            keys.Key_Left: (-1, 0),
            keys.Key_Right: (1, 0),
            keys.Key_Up: (0, -1),
            keys.Key_Down: (0, 1),
            keys.Key_Home: (-(10**6), 0),
            keys.Key_End: (10**6, 0),
        }
        if (
            key in moves
            and self._stages
            and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        ):
            self._move(*moves[key])
        elif (
            key in (keys.Key_Return, keys.Key_Enter)
            and self._current >= 0
            and not (event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        ):
            self.stage_clicked.emit(self.current())
        else:
            super().keyPressEvent(event)

    def _move(self, columns: int, rows: int) -> None:
        if self._current < 0:
            self._go(0)
            return
        place = next(i for i, (_, own) in enumerate(self._columns) if self._current in own)
        own = self._columns[place][1]
        if rows:
            self._go(own[min(max(own.index(self._current) + rows, 0), len(own) - 1)])
            return
        other = self._columns[min(max(place + columns, 0), len(self._columns) - 1)][1]
        if other is not own:
            # From a column of several to the next: about as high up as before.
            height = self._blocks[self._current].center().y()
            self._go(min(other, key=lambda n: abs(self._blocks[n].center().y() - height)))

    def _go(self, number: int) -> None:
        self._current = number
        self.setAccessibleDescription(stage_text(self._stages[number]).replace("\n", "; "))
        self.current_moved.emit(self._columns_area(number))
        self.update()

    def _columns_area(self, number: int) -> QRectF:
        area = next(area for area, own in self._columns if number in own)
        return QRectF(area.left(), 0, area.width(), self.height())

    def focusInEvent(self, event) -> None:  # noqa: N802
        super().focusInEvent(event)
        if self._current < 0 and self._stages and event.reason() != Qt.FocusReason.MouseFocusReason:
            keys = [stage.key for stage in self._stages]
            self._go(keys.index(self._selected) if self._selected in keys else 0)
        self.update()

    def focusOutEvent(self, event) -> None:  # noqa: N802
        super().focusOutEvent(event)
        self.update()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            number = self._at(QPointF(event.pos()))
            text = stage_text(self._stages[number]) if number >= 0 else ""
            QToolTip.showText(event.globalPos(), plain_tip(translated(text)), self)
            return True
        return super().event(event)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.LanguageChange):
            self._lay_out()
