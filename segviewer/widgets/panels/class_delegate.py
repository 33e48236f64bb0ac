"""One row of the legend, drawn: bar behind, swatch, name, share, IoU."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QWidget

from segviewer.widgets.language.words import translated
from segviewer.widgets.panels.class_model import (
    COLOUR_ROLE,
    HIDDEN_ROLE,
    IOU_ROLE,
    SHARE_ROLE,
    share_text,
)
from segviewer.widgets.theme.theme import tokens
from segviewer.widgets.theme.typography import tabular

ROW_HEIGHT = 28
SWATCH = 14
_NUMBER = "\N{LEFT-TO-RIGHT MARK}"  # runs as it does in every language, its sign first


def row_height(widget: QWidget) -> int:
    """Height of a row in `widget`'s font, in logical pixels."""
    return max(ROW_HEIGHT, widget.fontMetrics().height() + 6)


class ClassDelegate(QStyledItemDelegate):
    """Draws one row: bar behind, swatch, name, share, IoU."""

    def sizeHint(self, option, index) -> QSize:  # noqa: N802
        return QSize(160, row_height(option.widget))

    def paint(self, painter: QPainter, option, index) -> None:
        widget = option.widget
        colours = tokens()
        row = option.rect

        def seen(box: QRectF) -> QRectF:
            """Where a box lies that is laid out from left to right."""
            if option.direction == Qt.LayoutDirection.RightToLeft:
                box.moveRight(row.left() + row.right() + 1 - box.left())
            return box

        hidden, share = index.data(HIDDEN_ROLE), index.data(SHARE_ROLE)
        iou = index.data(IOU_ROLE)
        colour = index.data(COLOUR_ROLE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(row, QColor(colours.hover))
        if share and not hidden:
            bar = QColor(colours.groove)
            bar.setAlphaF(0.55)
            width = (row.width() - 30) * min(share, 1.0)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(bar)
            bar_box = seen(QRectF(row.x() + 26, row.y() + 3, width, row.height() - 6))
            painter.drawRoundedRect(bar_box, 3, 3)
        current = index == widget.currentIndex()
        if current:
            edge = seen(QRectF(row.x(), row.y() + 4, 2, row.height() - 8))
            painter.fillRect(edge, QColor(colours.accent))
            if widget.hasFocus():
                painter.setPen(QPen(QColor(colours.accent), 1))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(QRectF(row).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        swatch = QRectF(row.x() + 8, row.center().y() - SWATCH / 2 + 0.5, SWATCH, SWATCH)
        draw_swatch(painter, seen(swatch), colour, colours, filled=not hidden)

        small = tabular(option.font)
        painter.setFont(small)
        metrics = option.fontMetrics
        right = row.right() - 6
        quiet = QColor(colours.muted)
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        if iou is not None:
            width = metrics.horizontalAdvance("0.00") + 4
            painter.setPen(quiet if iou != iou or hidden else QColor(colours.text))
            cell = seen(QRectF(right - width, row.y(), width, row.height()))
            painter.drawText(cell, middle, "–" if iou != iou else translated(f"{iou:.2f}"))
            right -= width + 10
        width = metrics.horizontalAdvance("<0.1 %") + 4
        absent = not share
        if share is not None:
            painter.setPen(quiet if hidden or absent else QColor(colours.text))
            cell = seen(QRectF(right - width, row.y(), width, row.height()))
            painter.drawText(cell, middle, f"{_NUMBER}{translated(share_text(share))}")
            right -= width + 8
        font = option.font
        if hidden:
            font.setStrikeOut(True)
        painter.setFont(font)
        painter.setPen(quiet if hidden or (share is not None and absent) else QColor(colours.text))
        left = row.x() + 32
        name = metrics.elidedText(index.data(), Qt.TextElideMode.ElideRight, right - left)
        painter.drawText(
            seen(QRectF(left, row.y(), right - left, row.height())),
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft,
            name,
        )
        painter.restore()


def draw_swatch(painter: QPainter, area: QRectF, colour: QColor, colours, filled: bool) -> None:
    """Draw a class's colour; a hidden class has only the outline."""
    area = area.adjusted(0.5, 0.5, -0.5, -0.5)
    # Near-black and near-white classes need an edge on one of the schemes.
    edge = QColor(colours.text)
    edge.setAlphaF(0.3 if filled else 0.5)
    painter.setPen(QPen(edge, 1))
    painter.setBrush(colour if filled else Qt.BrushStyle.NoBrush)
    if not filled:
        painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), 2, 2)
        painter.setPen(QPen(colour, 1))
    painter.drawRoundedRect(area, 3, 3)
