"""One lab of the gallery: a picture, and below it its name, a sentence and where it is from."""

from __future__ import annotations

import re

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QImage,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPen,
)
from PySide6.QtWidgets import QAbstractButton, QWidget

from segviewer.labs.lab import LabEntry
from segviewer.widgets.language.words import translated
from segviewer.widgets.theme.theme import tokens
from segviewer.widgets.theme.typography import resized, semibold

PICTURE = QSize(240, 135)  # on a card, in logical pixels
INSET = 12  # of the words on a card
RADIUS = 6
NEEDS = {
    "nothing": "Needs nothing",
    "image": "Needs a photograph",
    "network": "Needs a photograph and a network",
    "probs": "Needs a photograph and a network",
}
# A number stays with what it counts: no line begins with the 4 of "figure 4".
_NUMBERED = re.compile(r"\b(figures?|sections?|equations?|tables?|chapters?|algorithm) ")
_WRAP = Qt.TextFlag.TextWordWrap
_OPENS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)

_MEASURED = (QEvent.Type.FontChange, QEvent.Type.StyleChange, QEvent.Type.LanguageChange)


class LabCard(QAbstractButton):
    """A picture, and below it the words about one lab."""

    opened = Signal(str)

    def __init__(self, name: str, entry: LabEntry, parent: QWidget):
        super().__init__(parent)
        self.name, self.entry = name, entry
        self.needs = NEEDS[entry.needs]
        self.searched = " ".join((entry.title, entry.sentence, entry.source, entry.group))
        self.searched = self.searched.casefold()
        self._picture: QImage | None = None
        self._height: int | None = None
        self._open = self._current = False
        self.setText(entry.title)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._name_aloud()

    def set_picture(self, picture: QImage) -> None:
        self._picture = picture
        self.update()

    def set_open(self, is_open: bool) -> None:
        self._open = is_open
        self._name_aloud()
        self.update()

    def set_current(self, current: bool) -> None:
        self._current = current
        # Tab goes to one card of all; the arrows go from card to card.
        focus = Qt.FocusPolicy.StrongFocus if current else Qt.FocusPolicy.ClickFocus
        self.setFocusPolicy(focus)
        self.update()

    def _name_aloud(self) -> None:
        self.setAccessibleName(self.entry.title + (", open now" if self._open else ""))
        about = f"{self.entry.sentence}\n{self.entry.source}.\n{self.needs}."
        self.setAccessibleDescription(about)

    # Words: (text, font, colour, space above)

    def _words(self) -> list[tuple[str, QFont, str, int]]:
        colours, small = tokens(), resized(self.font(), 0.92)
        return [
            (translated(self.entry.title), semibold(self.font()), colours.text, 8),
            (translated(self.entry.sentence), self.font(), colours.text, 3),
            (_NUMBERED.sub("\\1\N{NO-BREAK SPACE}", self.entry.source), small, colours.muted, 6),
        ]

    def _tall(self, text: str, font: QFont) -> int:
        room = QRect(0, 0, PICTURE.width() - 2 * INSET, 10_000)
        return QFontMetrics(font).boundingRect(room, _WRAP, text).height()

    def height_needed(self) -> int:
        """Picture and all words, without cutting any."""
        if self._height is None:
            self._height = self._measured_height()
        return self._height

    def _measured_height(self) -> int:
        words = sum(self._tall(text, font) + above for text, font, _, above in self._words())
        needs = self._tall(translated(self.needs), resized(self.font(), 0.92)) + 6
        return PICTURE.height() + words + needs + 10

    def changeEvent(self, event) -> None:  # noqa: N802 (Qt's name)
        if event.type() in _MEASURED:
            self._height = None
            self.updateGeometry()
        super().changeEvent(event)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(PICTURE.width(), self.height_needed())

    def mouseDoubleClickEvent(self, event) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton:
            self.opened.emit(self.name)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in _OPENS:
            self.opened.emit(self.name)
        else:
            event.ignore()  # a button would take the arrows for itself

    def paintEvent(self, event) -> None:  # noqa: N802
        colours = tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        body = QPainterPath()
        body.addRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS, RADIUS)
        painter.fillPath(body, QColor(colours.hover if self.underMouse() else colours.raised))
        painter.save()
        painter.setClipPath(body)
        place = QRectF(QPointF(0, 0), QSize(PICTURE))
        if self._picture is None:
            painter.fillRect(place, QColor(colours.surround))
        else:
            painter.drawImage(place, self._picture)
        painter.restore()
        self._draw_words(painter)
        if self._open:
            _draw_chip(painter, QPoint(8, 8), "Open now", resized(self.font(), 0.92))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._current:
            painter.setPen(QPen(QColor(colours.accent), 2))
        else:
            edge = colours.muted if self.underMouse() else colours.border
            painter.setPen(QPen(QColor(edge), 1))
        painter.drawPath(body)

    def _draw_words(self, painter: QPainter) -> None:
        colours, y = tokens(), PICTURE.height()
        for text, font, colour, above in self._words():
            tall = self._tall(text, font)
            painter.setFont(font)
            painter.setPen(QColor(colour))
            painter.drawText(
                QRect(INSET, y + above, PICTURE.width() - 2 * INSET, tall), _WRAP, text
            )
            y += above + tall
        small = resized(self.font(), 0.92)
        painter.setFont(small)
        needs = translated(self.needs)
        tall = self._tall(needs, small)
        place = QRect(INSET, self.height() - tall - 9, PICTURE.width() - 2 * INSET, tall)
        painter.setPen(QColor(colours.muted))
        painter.drawText(place, _WRAP, needs)


def _draw_chip(painter: QPainter, place: QPoint, text: str, font: QFont) -> None:
    text = translated(text)
    colours, metrics = tokens(), QFontMetrics(font)
    size = QSize(metrics.horizontalAdvance(text) + 16, metrics.height() + 6)
    chip = QRectF(QPointF(place), size)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colours.accent))
    painter.drawRoundedRect(chip, 4, 4)
    painter.setFont(font)
    painter.setPen(QColor(colours.on_accent))
    painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, text)
