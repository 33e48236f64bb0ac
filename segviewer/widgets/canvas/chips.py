"""Calm rounded chips that state a fact on the picture itself."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from segviewer.widgets.language.words import translated

Tone = Literal["info", "warning", "draft"]

GAP = 8
HEIGHT = 24
PADDING = 10

# The same on both schemes: what they lie on is the picture, not the window.
_GROUND = {"info": "#d81c1c1e", "warning": "#f0f2c14e", "draft": "#d81c1c1e"}
_TEXT = {"info": "#f4f4f5", "warning": "#2a1c00", "draft": "#f4f4f5"}
_DOT = {"warning": "#8a4b00", "draft": "#6cb2f0"}


def chip_height(font: QFont) -> float:
    """Height of a chip whose text is in `font`."""
    return max(float(HEIGHT), QFontMetricsF(font).height() + 6)


def draw_chips(
    painter: QPainter, chips: list[tuple[str, str]], area: QRectF, font: QFont
) -> list[QRectF]:
    """Draw `chips` (text, tone) from the top left of `area`, wrapping where it is narrow.

    Returns the rectangle of each chip.
    """
    metrics, height = QFontMetricsF(font), chip_height(font)
    painter.setFont(font)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    x, y = area.left(), area.top()
    rectangles = []
    for text, tone in chips:
        dot = 14.0 if tone in _DOT else 0.0
        room = area.width() - 2 * PADDING - dot
        if room < 24:
            break
        text = metrics.elidedText(translated(text), Qt.TextElideMode.ElideRight, room)
        width = metrics.horizontalAdvance(text) + 2 * PADDING + dot
        if x > area.left() and x + width > area.right():
            x, y = area.left(), y + height + GAP
        rectangle = QRectF(x, y, width, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(_GROUND[tone]))
        painter.drawRoundedRect(rectangle, height / 2, height / 2)
        if dot:
            painter.setBrush(QColor(_DOT[tone]))
            painter.drawEllipse(QPointF(x + PADDING + 3, rectangle.center().y()), 4, 4)
        painter.setPen(QPen(QColor(_TEXT[tone])))
        painter.drawText(
            rectangle.adjusted(PADDING + dot, 0, 0, 0),
            int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft),
            text,
        )
        rectangles.append(rectangle)
        x += width + GAP
    return rectangles
