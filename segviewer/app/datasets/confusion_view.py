"""The confusion matrix as a grid to read and to point into."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from segviewer.widgets.text.plain_text import plain_tip
from segviewer.widgets.theme.theme import tokens
from segviewer.widgets.theme.typography import tabular

MODES = ("counts", "rows", "columns")
_CELL = 30
_LEAST = 8
_MOST_HEAD = 128
_RIGHT, _WRONG = ("#6cb2f0", "#0b5cad"), ("#e6823c", "#a84300")  # on dark, on light


class ConfusionView(QWidget):
    """Target classes in rows, what they are taken for in columns.

    Signals
    -------
    cell_chosen(int, int)
        Target and predicted class; -1, -1 when the chosen one was clicked again.
    """

    cell_chosen = Signal(int, int)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setAccessibleName("Confusion matrix")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setFont(tabular(self.font()))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._counts = np.zeros((0, 0), np.int64)
        self._classes: tuple[str, ...] = ()
        self._there = np.zeros(0, np.int64)
        self._mode, self._chosen = "rows", (-1, -1)

    def set_matrix(self, counts: np.ndarray, classes: tuple[str, ...]) -> None:
        """Show counts (K, K); classes that occur nowhere are left out."""
        self._counts, self._classes = counts, classes
        self._there = np.flatnonzero(counts.sum(0) + counts.sum(1))
        self.updateGeometry()
        self.update()

    def set_mode(self, mode: str) -> None:
        """Show pixels, or shares of each row or column."""
        self._mode = mode
        self.update()

    def set_chosen(self, target: int, predicted: int) -> None:
        """Mark a cell; -1 for none."""
        self._chosen = (target, predicted)
        self.update()

    def shares(self) -> np.ndarray:
        """What the shading says: shares of rows or columns; of counts, those of rows."""
        axis = 0 if self._mode == "columns" else 1
        total = self._counts.sum(axis, keepdims=True)
        return np.divide(self._counts, total, out=np.zeros(self._counts.shape), where=total > 0)

    def text_of(self, target: int, predicted: int) -> str:
        """What stands in a cell."""
        count = int(self._counts[target, predicted])
        if self._mode == "counts":
            return _short(count)
        share = self.shares()[target, predicted]
        return "" if not count else "<1" if share < 0.005 else f"{share * 100:.0f}"

    def cell_area(self, target: int, predicted: int) -> QRectF:
        """Where a cell is drawn."""
        left, top, side_x, side_y = self._layout()
        row = int(np.searchsorted(self._there, target))
        column = int(np.searchsorted(self._there, predicted))
        return QRectF(left + column * side_x, top + row * side_y, side_x, side_y)

    def _layout(self) -> tuple[float, float, float, float]:
        metrics = self.fontMetrics()
        names = [self._classes[label] for label in self._there]
        widest = max((metrics.horizontalAdvance(name) for name in names), default=0)
        left = min(widest, _MOST_HEAD) + 16
        count = max(1, len(names))
        width = max(_LEAST, min(2 * _CELL, (self.width() - left - 8) / count))
        top = metrics.height() + 8.0
        if width < widest + 8:
            # Heads are slanted, the last one beyond its cell.
            top = min(widest, _MOST_HEAD) * 0.72 + metrics.height() + 8
            last = 0.72 * min(metrics.horizontalAdvance(names[-1]) if names else 0, _MOST_HEAD)
            over = max(0.0, last + metrics.height() / 2 - width / 2)
            width = max(_LEAST, min(2 * _CELL, (self.width() - left - 8 - over) / count))
        height = max(_LEAST, min(_CELL, (self.height() - top - 8) / count))
        return left, top, width, height

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        count = max(4, len(self._there))
        return QSize(count * _CELL + 120, count * 20 + 96)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        count = max(4, len(self._there))
        return QSize(count * _LEAST + 120, count * _LEAST + 80)

    def paintEvent(self, event) -> None:  # noqa: N802
        if not len(self._there):
            return
        colours = tokens()
        painter = QPainter(self)
        painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = self.fontMetrics()
        left, top, width, height = self._layout()
        shares, light = self.shares(), not colours.dark
        slanted = top > metrics.height() + 12
        painter.setPen(QColor(colours.muted))
        for place, label in enumerate(self._there):
            name = metrics.elidedText(self._classes[label], Qt.TextElideMode.ElideRight, _MOST_HEAD)
            if height >= metrics.height() * 0.8:
                row = QRectF(0, top + place * height, left - 8, height)
                painter.drawText(
                    row, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, name
                )
            if not slanted:
                head = QRectF(left + place * width, 0, width, top - 4)
                painter.drawText(
                    head, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignBottom, name
                )
            elif width >= 10:
                painter.save()
                painter.translate(left + (place + 0.5) * width, top - 4)
                painter.rotate(-45)
                painter.drawText(QPointF(0, 0), name)
                painter.restore()
        for down, target in enumerate(self._there.tolist()):
            for across, predicted in enumerate(self._there.tolist()):
                cell = QRectF(left + across * width, top + down * height, width, height)
                inside = cell.adjusted(0.5, 0.5, -0.5, -0.5)
                share = shares[target, predicted]
                base = QColor((_RIGHT if target == predicted else _WRONG)[light])
                # Few per cent are many pixels: wrong ones are shaded by the root.
                base.setAlphaF(0.55 * (share if target == predicted else share**0.5))
                painter.fillRect(inside, QColor(colours.raised))
                painter.fillRect(inside, base)
                text = self.text_of(target, predicted)
                if (
                    text
                    and metrics.horizontalAdvance(text) < width - 2
                    and height >= metrics.height() * 0.8
                ):
                    painter.setPen(QColor(colours.text))
                    painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, text)
        if self._chosen[0] in self._there and self._chosen[1] in self._there:
            painter.setPen(QPen(QColor(colours.text), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.cell_area(*self._chosen))

    def cell_at(self, position: QPointF) -> tuple[int, int] | None:
        """Target and predicted class under a position."""
        left, top, width, height = self._layout()
        column, row = (position.x() - left) // width, (position.y() - top) // height
        count = len(self._there)
        if not (0 <= row < count and 0 <= column < count):
            return None
        return int(self._there[int(row)]), int(self._there[int(column)])

    def mousePressEvent(self, event) -> None:  # noqa: N802
        cell = self.cell_at(event.position())
        if cell is not None and event.button() == Qt.MouseButton.LeftButton:
            self._choose(*cell)

    def keyPressEvent(self, event) -> None:  # noqa: N802
        steps = {
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
        }
        step = steps.get(event.key())
        if step is None or not len(self._there):
            event.ignore()
            return
        last = len(self._there) - 1
        places = [
            min(max(int(np.searchsorted(self._there, label)) + by, 0), last) if label >= 0 else 0
            for label, by in zip(self._chosen, step, strict=True)
        ]
        self._choose(*(int(self._there[place]) for place in places))

    def _choose(self, target: int, predicted: int) -> None:
        again = (target, predicted) == self._chosen
        self._chosen = (-1, -1) if again else (target, predicted)
        self.update()
        self.cell_chosen.emit(*self._chosen)

    def sentence(self, target: int, predicted: int) -> str:
        """A cell in words."""
        count = int(self._counts[target, predicted])
        of_row = count / max(1, int(self._counts[target].sum()))
        of_column = count / max(1, int(self._counts[:, predicted].sum()))
        name, taken = self._classes[target], self._classes[predicted]
        return (
            f"{name} taken for {taken}: {count:,} pixels\n"
            f"{of_row:.1%} of the pixels that are {name}\n"
            f"{of_column:.1%} of the pixels labelled {taken}"
        ).replace("%", " %")

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            cell = self.cell_at(QPointF(event.pos()))
            if cell is not None:
                QToolTip.showText(event.globalPos(), plain_tip(self.sentence(*cell)), self)
            return True
        return super().event(event)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()


def _short(count: int) -> str:
    """A count in four signs."""
    if count < 1000:
        return str(count) if count else ""
    for unit, name in ((10**9, "G"), (10**6, "M"), (10**3, "k")):
        if count >= unit:
            value = count / unit
            return f"{value:.1f}{name}" if value < 10 else f"{value:.0f}{name}"
    return str(count)
