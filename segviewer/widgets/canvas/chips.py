"""Calm rounded chips that state a fact on the picture itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from segviewer.widgets.language.words import translated

Tone = Literal["info", "warning", "draft"]

GAP = 8
HEIGHT = 24
PADDING = 10
MOST_LINES = 3  # of one chip
MOST_COVERED = 0.06  # of the picture
NOTES = "{} notes"  # that are folded, to be read by pointing at them

# The same on both schemes: what they lie on is the picture, not the window.
_GROUND = {"info": "#d81c1c1e", "warning": "#f0f2c14e", "draft": "#d81c1c1e"}
_TEXT = {"info": "#f4f4f5", "warning": "#2a1c00", "draft": "#f4f4f5"}
_DOT = {"warning": "#8a4b00", "draft": "#6cb2f0"}


def chip_height(font: QFont) -> float:
    """Height of a chip whose text is in `font`."""
    return max(float(HEIGHT), QFontMetricsF(font).height() + 6)


def lines_of(text: str, metrics: QFontMetricsF, room: float) -> list[str]:
    """The words of `text` in at most :data:`MOST_LINES` lines of `room` pixels.

    What a chip says stands at its end ("… · running 32"): only what does not fit into the last
    line is elided.
    """
    lines, words = [""], text.split(" ")
    for number, word in enumerate(words):
        longer = f"{lines[-1]} {word}".lstrip()
        if not lines[-1] or metrics.horizontalAdvance(longer) <= room:
            lines[-1] = longer
        elif len(lines) < MOST_LINES:
            lines.append(word)
        else:
            lines[-1] = " ".join((lines[-1], *words[number:]))
            break
    return [metrics.elidedText(line, Qt.TextElideMode.ElideRight, room) for line in lines]


@dataclass(frozen=True)
class _Placed:
    """One chip: what it says in lines, and where."""

    lines: tuple[str, ...]
    tone: str
    place: QRectF


def _placed(chips: Sequence[tuple[str, str]], area: QRectF, font: QFont) -> list[_Placed]:
    """The chips from the top left of `area`, in lines where it is narrow."""
    metrics, height = QFontMetricsF(font), chip_height(font)
    x, y, below = area.left(), area.top(), 0.0
    placed = []
    for text, tone in chips:
        dot = 14.0 if tone in _DOT else 0.0
        room = area.width() - 2 * PADDING - dot
        if room < 24:
            break
        lines = lines_of(translated(text), metrics, room)
        width = max(map(metrics.horizontalAdvance, lines)) + 2 * PADDING + dot
        tall = height + (len(lines) - 1) * metrics.height()
        if x > area.left() and x + width > area.right():
            x, y = area.left(), y + below + GAP
            below = 0.0
        below = max(below, tall)
        placed.append(_Placed(tuple(lines), tone, QRectF(x, y, width, tall)))
        x += width + GAP
    return placed


def chips_height(chips: Sequence[tuple[str, str]], width: float, font: QFont) -> float:
    """How tall `chips` are where they have `width` pixels; 0 where there is room for none."""
    placed = _placed(chips, QRectF(0, 0, width, 0), font)
    return max((one.place.bottom() for one in placed), default=0.0)


def folded_chips(
    chips: Sequence[tuple[str, str]], area: QRectF, font: QFont
) -> tuple[list[tuple[str, str]], list[str]]:
    """Chips that leave the picture to be seen, and what those said that were folded into one.

    Where all would cover more than :data:`MOST_COVERED` of `area`, the first, and whatever warns
    or says that this is a draft, stay; the others become one that counts them, at the end.
    """
    covered = sum(one.place.width() * one.place.height() for one in _placed(chips, area, font))
    kept = [chip for place, chip in enumerate(chips) if place == 0 or chip[1] != "info"]
    said = [text for place, (text, tone) in enumerate(chips) if place and tone == "info"]
    if len(said) < 2 or covered <= MOST_COVERED * area.width() * area.height():
        return list(chips), []
    return [*kept, (NOTES.format(len(said)), "info")], said


def draw_chips(
    painter: QPainter, chips: Sequence[tuple[str, str]], area: QRectF, font: QFont
) -> list[QRectF]:
    """Draw `chips` (text, tone) from the top left of `area`, wrapping where it is narrow.

    Returns the rectangle of each chip.
    """
    height = chip_height(font)
    painter.setFont(font)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    placed = _placed(chips, area, font)
    for one in placed:
        rectangle, tone = one.place, one.tone
        dot = 14.0 if tone in _DOT else 0.0
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(_GROUND[tone]))
        painter.drawRoundedRect(rectangle, height / 2, height / 2)
        if dot:
            painter.setBrush(QColor(_DOT[tone]))
            middle = QPointF(rectangle.x() + PADDING + 3, rectangle.y() + height / 2)
            painter.drawEllipse(middle, 4, 4)
        painter.setPen(QPen(QColor(_TEXT[tone])))
        painter.drawText(
            rectangle.adjusted(PADDING + dot, 0, 0, 0),
            int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft),
            "\n".join(one.lines),
        )
    return [one.place for one in placed]
