"""What the colours of a layer mean, at the bottom right, and the value pointed at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPen

from segviewer.widgets.canvas.canvas_view import CanvasView
from segviewer.widgets.canvas.colour_key import ColourKey, draw_colour_key
from segviewer.widgets.language.words import translated
from segviewer.widgets.theme.typography import tabular

WIDTH, HEIGHT = 176, 8
PAD, EDGE, GAP = 8, 12, 8
_NUMBER = "0.00"
NARROWEST = 2 * (WIDTH + 2 * PAD)  # canvas that a bar is drawn on


@dataclass(frozen=True, eq=False)
class ColourBar:
    """One scale.

    Attributes
    ----------
    title : str
        What the values are of.
    low, high : str
        What stands at its ends.
    table : ndarray of uint8 (256, 4)
        Colours from the one to the other.
    """

    title: str
    low: str
    high: str
    table: np.ndarray


Meaning = ColourBar | ColourKey
"""What the colours of a layer mean: a scale, or each colour a word."""


def draw_meaning(
    painter: QPainter,
    view: CanvasView,
    meaning: Meaning,
    value: float | None,
    font: QFont,
    captions: float,
) -> None:
    """Draw the scale with a mark at `value`, or the words of the colours."""
    if isinstance(meaning, ColourKey):
        draw_colour_key(painter, view, meaning, font, captions)
    else:
        draw_colour_bar(painter, view, meaning, value, font, captions)


def bar_area(view: CanvasView, bar: ColourBar, font: QFont, captions: float = 0.0) -> QRectF:
    """Where the bar stands with all that belongs to it.

    It is as wide as its title with a number, and as both ends, up to half of the canvas.

    Parameters
    ----------
    view : CanvasView
    bar : ColourBar
    font : QFont
    captions : float
        Height of what the halves' captions take below it.
    """
    metrics = QFontMetricsF(tabular(font))
    line = metrics.height()
    height = 2 * line + HEIGHT + 2 * PAD
    bottom = view.height - EDGE - captions
    lines = (translated(bar.title), _NUMBER), (translated(bar.low), translated(bar.high))
    words = max(sum(map(metrics.horizontalAdvance, words)) for words in lines) + GAP + 1
    width = max(WIDTH, min(words, view.width / 2 - 2 * PAD)) + 2 * PAD
    return QRectF(view.width - EDGE - width, bottom - height, width, height)


def draw_colour_bar(
    painter: QPainter,
    view: CanvasView,
    bar: ColourBar,
    value: float | None,
    font: QFont,
    captions: float = 0.0,
) -> None:
    """Draw `bar` with a mark at `value`, 0 to 1, where there is one.

    Parameters
    ----------
    painter : QPainter
    view : CanvasView
    bar : ColourBar
    value : float or None
        Under the pointer.
    font : QFont
    captions : float
        As for :func:`bar_area`.
    """
    if view.width < NARROWEST:
        return
    area = bar_area(view, bar, font, captions)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(24, 24, 27, 215))  # as a chip, on any photograph
    painter.drawRoundedRect(area, 6, 6)
    font = tabular(font)
    painter.setFont(font)
    metrics = QFontMetricsF(font)
    line, inside = metrics.height(), area.adjusted(PAD, PAD, -PAD, -PAD)
    left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
    middle = Qt.AlignmentFlag.AlignVCenter
    painter.setPen(QColor("#f4f4f5"))
    head = QRectF(inside.left(), inside.top(), inside.width(), line)
    number = "" if value is None else f"{value:.2f}"
    room = head.width() - metrics.horizontalAdvance(number) - GAP
    title = metrics.elidedText(translated(bar.title), Qt.TextElideMode.ElideMiddle, room)
    painter.drawText(head, left | middle, title)
    painter.drawText(head, right | middle, number)
    strip = QRectF(inside.left(), head.bottom(), inside.width(), HEIGHT)
    painter.drawImage(strip, _strip(bar.table))
    ends = QRectF(inside.left(), strip.bottom(), inside.width(), line)
    painter.setPen(QColor("#c9c9ce"))
    painter.drawText(ends, left | middle, translated(bar.low))
    painter.drawText(ends, right | middle, translated(bar.high))
    if value is not None:
        x = strip.left() + min(max(value, 0.0), 1.0) * strip.width()
        for colour, width in (("#18181b", 4.0), ("#ffffff", 2.0)):
            painter.setPen(QPen(QColor(colour), width))
            painter.drawLine(QPointF(x, strip.top() - 2), QPointF(x, strip.bottom() + 2))
    painter.restore()


def _strip(table: np.ndarray) -> QImage:
    row = np.ascontiguousarray(table[None, :, :4], np.uint8)
    # A copy, because Qt does not keep the array alive.
    return QImage(row.data, 256, 1, 4 * 256, QImage.Format.Format_RGBA8888).copy()
