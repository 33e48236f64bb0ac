"""Calm rounded chips that state a fact on the picture itself."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

Tone = Literal["info", "warning", "draft"]

GAP = 8
HEIGHT = 24
PADDING = 10
MOST_LINES = 3  # of one chip

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


def draw_chips(
    painter: QPainter, chips: list[tuple[str, str]], area: QRectF, font: QFont
) -> list[QRectF]:
    """Draw `chips` (text, tone) from the top left of `area`, wrapping where it is narrow.

    Returns the rectangle of each chip.
    """
    metrics, height = QFontMetricsF(font), chip_height(font)
    painter.setFont(font)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    x, y, below = area.left(), area.top(), 0.0
    rectangles = []
    for text, tone in chips:
        dot = 14.0 if tone in _DOT else 0.0
        room = area.width() - 2 * PADDING - dot
        if room < 24:
            break
        lines = lines_of(text, metrics, room)
        width = max(map(metrics.horizontalAdvance, lines)) + 2 * PADDING + dot
        tall = height + (len(lines) - 1) * metrics.height()
        if x > area.left() and x + width > area.right():
            x, y = area.left(), y + below + GAP
            below = 0.0
        below = max(below, tall)
        rectangle = QRectF(x, y, width, tall)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(_GROUND[tone]))
        painter.drawRoundedRect(rectangle, height / 2, height / 2)
        if dot:
            painter.setBrush(QColor(_DOT[tone]))
            painter.drawEllipse(QPointF(x + PADDING + 3, y + height / 2), 4, 4)
        painter.setPen(QPen(QColor(_TEXT[tone])))
        painter.drawText(
            rectangle.adjusted(PADDING + dot, 0, 0, 0),
            int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft),
            "\n".join(lines),
        )
        rectangles.append(rectangle)
        x += width + GAP
    return rectangles
