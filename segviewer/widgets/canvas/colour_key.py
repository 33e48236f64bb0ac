"""What each colour of a layer means where its colours are no scale, at the bottom right."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from segviewer.widgets.canvas.canvas_view import CanvasView
from segviewer.widgets.language.words import translated

PAD, EDGE, SWATCH, GAP = 8, 12, 12, 8
MOST = 0.5  # of the canvas's width, beyond which a key is not drawn


@dataclass(frozen=True)
class ColourKey:
    """Words for a few colours.

    Attributes
    ----------
    title : str
        What they are of.
    entries : tuple of (str, (int, int, int))
        What a colour means, and the colour.
    """

    title: str
    entries: tuple[tuple[str, tuple[int, int, int]], ...]


def key_area(view: CanvasView, key: ColourKey, font: QFont, captions: float = 0.0) -> QRectF:
    """Where the key stands with all that belongs to it.

    Parameters
    ----------
    view : CanvasView
    key : ColourKey
    font : QFont
    captions : float
        Height of what the halves' captions take below it.
    """
    metrics = QFontMetricsF(font)
    words = [metrics.horizontalAdvance(translated(word)) for word, _ in key.entries]
    inside = max(metrics.horizontalAdvance(translated(key.title)), SWATCH + GAP + max(words))
    width, height = inside + 2 * PAD, (len(words) + 1) * metrics.height() + 2 * PAD
    bottom = view.height - EDGE - captions
    return QRectF(view.width - EDGE - width, bottom - height, width, height)


def draw_colour_key(
    painter: QPainter, view: CanvasView, key: ColourKey, font: QFont, captions: float = 0.0
) -> None:
    """Draw `key`, where the canvas is wide enough for it.

    Parameters
    ----------
    painter : QPainter
    view : CanvasView
    key : ColourKey
    font : QFont
    captions : float
        Height of what the halves' captions take below it.
    """
    area = key_area(view, key, font, captions)
    if area.width() > MOST * view.width:
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(font)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(24, 24, 27, 215))  # as a chip, on any photograph
    painter.drawRoundedRect(area, 6, 6)
    line, inside = QFontMetricsF(font).height(), area.adjusted(PAD, PAD, -PAD, -PAD)
    where = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    row = QRectF(inside.left(), inside.top(), inside.width(), line)
    painter.setPen(QColor("#f4f4f5"))
    painter.drawText(row, where, translated(key.title))
    for word, colour in key.entries:
        row.translate(0, line)
        swatch = QRectF(row.left(), row.center().y() - SWATCH / 2, SWATCH, SWATCH)
        painter.fillRect(swatch, QColor(*colour))
        painter.drawText(row.adjusted(SWATCH + GAP, 0, 0, 0), where, translated(word))
    painter.restore()
