"""Words drawn whole in the room that there is: in several lines, or smaller, before any is cut."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from segviewer.widgets.theme.typography import resized

SMALLEST = 0.4  # of the painter's font
STEP = 0.97
SLACK = 1.0  # pixels


def fitting_font(font: QFont, area: QRectF, text: str, flags: int = 0) -> QFont | None:
    """The largest font, `font` or smaller, in which `text` fits; None where it does not fit."""
    share = 1.0
    while share >= SMALLEST:
        tried = resized(font, share) if share < 1.0 else font
        # Heights are asked of all; of one line the ascent and descent may lie in the margin.
        needed = QFontMetricsF(tried).boundingRect(area, flags, text)
        if needed.width() <= area.width() + SLACK and needed.height() <= area.height() + SLACK:
            return tried
        share *= STEP
    return None


def wrapped_height(font: QFont, text: str, width: float) -> float:
    """Pixels that `text` needs in lines of `width`; inf where one of its words is wider."""
    metrics = QFontMetricsF(font)
    if any(metrics.horizontalAdvance(word) > width + SLACK for word in text.split()):
        return math.inf
    area = QRectF(0, 0, width, 1e6)
    return metrics.boundingRect(area, int(Qt.TextFlag.TextWordWrap.value), text).height()


def draw_fitted(painter: QPainter, area: QRectF, align: Qt.AlignmentFlag, text: str) -> None:
    """Draw `text` within `area`: in one line, else in several, else smaller, else shortened.

    Parameters
    ----------
    painter : QPainter
        Its font is the largest that is taken, and is left as it is.
    """
    font = painter.font()
    wrapped = align | Qt.TextFlag.TextWordWrap
    one_line = QFontMetricsF(font).horizontalAdvance(text) <= area.width() + SLACK
    flags = align if one_line else wrapped
    found = fitting_font(font, area, text, int(flags.value))
    if found is not None:
        painter.setFont(found)
        painter.drawText(area, flags, text)
    else:
        painter.setFont(resized(font, SMALLEST))
        metrics = QFontMetricsF(painter.font())
        short = metrics.elidedText(text, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, align, short)
    painter.setFont(font)
