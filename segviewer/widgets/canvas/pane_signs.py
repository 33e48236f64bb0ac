"""What is written over the panes: crosshair, swipe divider, captions, chips."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF

from segviewer.widgets.canvas.canvas_view import HANDLE_RADIUS, CanvasView
from segviewer.widgets.canvas.chips import chips_height, draw_chips, folded_chips
from segviewer.widgets.canvas.pane_renderer import SWIPE_LINE

SHORTEST_CAPTION = 72
NARROWEST_CAPTIONED = 320  # canvas, in logical pixels

Chips = list[tuple[str, str]]


def draw_crosshair(painter: QPainter, view: CanvasView, cursor: QPointF, full: bool) -> None:
    """Mark the place under the pointer in the other pane too; `full`: over whole panes."""
    if view.picture_pixel(cursor) == (-1, -1):
        return
    here = view.pane_at(cursor)
    for pane in view.panes:
        if pane == here and not full:
            continue
        at = cursor - QPointF(here.topLeft()) + QPointF(pane.topLeft())
        at = QPointF(int(at.x()) + 0.5, int(at.y()) + 0.5)
        painter.save()
        painter.setClipRect(pane)
        for colour, width in (("#a0000000", 3), ("#f4f4f5", 1)):
            painter.setPen(QPen(QColor(colour), width))
            if full:
                painter.drawLine(QPointF(pane.left(), at.y()), QPointF(pane.right(), at.y()))
                painter.drawLine(QPointF(at.x(), pane.top()), QPointF(at.x(), pane.bottom()))
            else:
                painter.drawLine(at - QPointF(9, 0), at + QPointF(9, 0))
                painter.drawLine(at - QPointF(0, 9), at + QPointF(0, 9))
        painter.restore()


def draw_brush(painter: QPainter, view: CanvasView, cursor: QPointF, diameter: float) -> None:
    """Draw what a brush of `diameter` pixels of the photograph would cover."""
    radius = max(1.5, diameter / 2 * view.transform.zoom / view.ratio)
    painter.save()
    painter.setClipRect(view.pane_at(cursor))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in (("#a0000000", 3), ("#f4f4f5", 1.25)):
        painter.setPen(QPen(QColor(colour), width))
        painter.drawEllipse(cursor, radius, radius)
    painter.restore()


def draw_divider(painter: QPainter, view: CanvasView) -> None:
    """Draw the swipe divider and its handle."""
    x, middle = view.divider_x, view.height / 2
    painter.save()
    painter.fillRect(QRectF(x - 2, 0, 4, view.height), QColor("#60000000"))
    painter.fillRect(QRectF(x - 1, 0, 2, view.height), SWIPE_LINE)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor("#60000000"), 1))
    painter.setBrush(SWIPE_LINE)
    painter.drawEllipse(QPointF(x, middle), HANDLE_RADIUS, HANDLE_RADIUS)
    pen = QPen(QColor("#3a3a3d"), 1.75)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for side in (-1, 1):
        tip = QPointF(x + 9 * side, middle)
        arm = QPointF(-4 * side, -4.5)
        painter.drawPolyline(QPolygonF([tip + arm, tip, tip + QPointF(arm.x(), 4.5)]))
    painter.restore()


def _captions_height(view: CanvasView, captions: tuple[str, str], font: QFont) -> float:
    """What the captions of the halves take of the height above the lower edge's margin."""
    if view.comparison not in ("side", "swipe"):
        return 0.0
    room: float = min(pane.width() for pane in view.panes) - 24
    if view.comparison == "swipe":
        room = view.width - view.divider_x - 32
    return max(chips_height([(text, "info")], room, font) for text in captions) + 8


def draw_captions(
    painter: QPainter, view: CanvasView, captions: tuple[str, str], font: QFont
) -> float:
    """Say at the bottom what the halves of ``side`` and ``swipe`` show; how tall that is."""
    bottom = view.height - 12
    if view.comparison == "side" and view.width >= NARROWEST_CAPTIONED:
        for pane, text in zip(view.panes, captions, strict=True):
            _draw_caption(painter, text, pane.left() + 12, bottom, pane.width() - 24, font)
    elif view.comparison == "swipe":
        x = view.divider_x
        lengths = [QFontMetricsF(font).horizontalAdvance(text) + 21 for text in captions]
        room = min(x - 32, lengths[0])
        if room >= min(SHORTEST_CAPTION, lengths[0]):
            _draw_caption(painter, captions[0], x - 16 - room, bottom, room, font)
        room = view.width - x - 32
        if room >= min(SHORTEST_CAPTION, lengths[1]):
            _draw_caption(painter, captions[1], x + 16, bottom, room, font)
    return _captions_height(view, captions, font)


def _draw_caption(
    painter: QPainter, text: str, x: float, bottom: float, width: float, font: QFont
) -> None:
    painter.save()
    tall = chips_height([(text, "info")], width, font)  # in lines where the half is narrow
    draw_chips(painter, [(text, "info")], QRectF(x, bottom - tall, width, tall), font)
    painter.restore()


def draw_facts(
    painter: QPainter, view: CanvasView, chips: Chips, left: Chips | None, font: QFont
) -> list[tuple[QRectF, list[str]]]:
    """Draw the chips at the top left, or those of each half of ``side`` and ``swipe``.

    Parameters
    ----------
    painter : QPainter
    view : CanvasView
    chips : list of (str, str)
        Text and tone.
    left : list of (str, str) or None
        Of the left half, where the halves say different things.
    font : QFont

    Returns
    -------
    list of (QRectF, list of str)
        Chips that stand for several, and what these say.
    """
    area = QRectF(0, 0, view.width, view.height)
    halves = [(area, chips)]
    if left is not None and view.comparison in ("side", "swipe"):
        first, second = QRectF(area), QRectF(area)
        if view.comparison == "side":
            one, other = view.panes
            first.setRight(one.right())
            second.setLeft(other.left())
        else:
            first.setRight(view.divider_x)
            second.setLeft(view.divider_x)
        halves = [(first, left), (second, chips)]
    painter.save()
    folded = []
    for half, said in halves:
        room = half.adjusted(12, 12, -12, -12)
        shown, more = folded_chips(said, room, font)
        places = draw_chips(painter, shown, room, font)
        if more and len(places) == len(shown):
            folded.append((places[-1], more))
    painter.restore()
    return folded
