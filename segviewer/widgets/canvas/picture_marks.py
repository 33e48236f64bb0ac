"""Rectangles and ellipses on the photograph, each in its symbol's colour."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from segviewer.imaging.mark import Mark
from segviewer.widgets.language.words import translated
from segviewer.widgets.theme.symbol_colours import symbol_colour

LINE = 2.0
CHIPS = 44  # pixels at the top of a pane that belong to the chips


def draw_marks(painter: QPainter, marks: tuple[Mark, ...], picture: QRectF, pane: QRectF) -> None:
    """Draw `marks`.

    Parameters
    ----------
    picture : QRectF
        Where the whole photograph lies.
    pane : QRectF
        Nothing is drawn outside; the words of a mark whose corner lies outside are moved in.
    """
    painter.save()
    painter.setClipRect(pane)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for mark in marks:
        left = picture.x() + mark.left * picture.width()
        top = picture.y() + mark.top * picture.height()
        right = picture.x() + mark.right * picture.width()
        bottom = picture.y() + mark.bottom * picture.height()
        area = QRectF(QPointF(left, top), QPointF(right, bottom))
        # On a photograph, which is any colour, the brighter one is seen better.
        colour = QColor(symbol_colour(mark.tone, dark=True) or "#f4f4f5")
        line = Qt.PenStyle.DashLine if mark.dashed else Qt.PenStyle.SolidLine
        for pen in (QPen(QColor(0, 0, 0, 150), LINE + 2, line), QPen(colour, LINE, line)):
            painter.setPen(pen)
            if mark.oval:
                painter.drawEllipse(area)
            else:
                painter.drawRect(area)
        if mark.text:
            _write(painter, mark.text, area, pane, colour)
    painter.restore()


def _write(painter: QPainter, text: str, area: QRectF, pane: QRectF, colour: QColor) -> None:
    text = translated(text)
    metrics = painter.fontMetrics()
    width, height = metrics.horizontalAdvance(text) + 8, metrics.height() + 2
    x = min(max(area.left(), pane.left() + 2), pane.right() - width - 2)
    y = area.top() - height - 2
    if y < pane.top() + CHIPS:
        y = min(area.bottom(), pane.bottom()) - height - 4
    y = min(max(y, pane.top() + 2), pane.bottom() - height - 2)
    plate = QRectF(x, y, width, height)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 190))
    painter.drawRoundedRect(plate, 3, 3)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(colour)
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)
