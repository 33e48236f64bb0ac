"""A small picture as large cells with a word in each; labels are painted with the pointer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from segviewer.widgets.charts.diverging import text_on
from segviewer.widgets.theme.fitted_words import draw_fitted, fitting_font
from segviewer.widgets.theme.painted_widget import PaintedWidget
from segviewer.widgets.theme.theme import Tokens
from segviewer.widgets.theme.typography import tabular

LARGEST = 48  # pixels of a cell, or so many of its letters' heights
LETTERS = 2.6
BETWEEN = 0.97  # of a cell, that its word takes at most


class CellGrid(PaintedWidget):
    """Cells of a square or oblong picture.

    Parameters
    ----------
    title : str
        Written above.
    paintable : bool
        Whether values 0 and 1 can be painted.

    Signals
    -------
    painted(tuple, bool)
        All values row by row after a stroke or a key, and whether the hand has let go.
    pointed(int)
        Number of the cell under the pointer or chosen by keys, -1 when it leaves.
    """

    painted = Signal(object, bool)
    pointed = Signal(int)
    USUAL = QSize(220, 220)
    LEAST = QSize(72, 90)

    def __init__(self, title: str, paintable: bool = False, parent: QWidget | None = None):
        super().__init__(parent, hover=True, keys=True)
        self._title, self._paintable = title, paintable
        self._values = np.zeros((0, 0))
        self._colour: Callable[[float], QColor] = lambda value: QColor()
        self._words: tuple[str, ...] = ()
        self._short: tuple[str, ...] = ()
        self._tips: tuple[str, ...] = ()
        self._current = -1
        self._brush: float | None = None  # what the stroke paints

    def set_cells(
        self,
        values: np.ndarray,
        colour: Callable[[float], QColor],
        words: Sequence[str] = (),
        tips: Sequence[str] = (),
        short: Sequence[str] = (),
    ) -> None:
        """Show `values` (h, w) in colours, a word in each cell; a stroke keeps what it painted.

        Where cells are too narrow for `words`, those of `short` stand in them.
        """
        values = np.asarray(values, float)
        if self._brush is None or values.shape != self._values.shape:
            self._values, self._brush = values.copy(), None
            self._words, self._short = tuple(words), tuple(short)
        self._colour, self._tips = colour, tuple(tips)
        self._current = min(self._current, values.size - 1)
        self._say()

    def values(self) -> np.ndarray:
        """What is shown (h, w)."""
        return self._values

    def words(self) -> tuple[str, ...]:
        """What is written into the cells."""
        return self._words

    def set_current(self, index: int) -> None:
        """Frame a cell, without a signal."""
        self._current = index if index < self._values.size else -1
        self._say()

    def area_of(self, index: int) -> QRectF:
        """Where a cell stands."""
        side, top = self._side()
        row, column = divmod(index, max(1, self._values.shape[1]))
        return QRectF(column * side, top + row * side, side, side)

    def _side(self) -> tuple[float, float]:
        top = self.fontMetrics().height() + 5.0
        rows, columns = (max(1, n) for n in self._values.shape)
        largest = max(LARGEST, LETTERS * self.fontMetrics().height())
        side = min(largest, self.width() / columns, (self.height() - top) / rows)
        return max(2.0, side), top

    def _index_at(self, position: QPointF) -> int:
        side, top = self._side()
        row, column = (position.y() - top) // side, position.x() // side
        rows, columns = self._values.shape
        inside = 0 <= row < rows and 0 <= column < columns
        return int(row * columns + column) if inside else -1

    def _say(self) -> None:
        said = self._title
        if 0 <= self._current < self._values.size:
            row, column = divmod(self._current, self._values.shape[1])
            word = self._words[self._current] if self._words else ""
            said += f": row {row}, column {column}: {word}"
            if self._tips:
                said += f"; {self._tips[self._current]}"
        self.say(said)

    def _paint_at(self, index: int) -> bool:
        """Give a cell the brush's label; False where it has it."""
        place = divmod(index, self._values.shape[1])
        if self._values[place] == self._brush:
            return False
        self._values[place] = self._brush
        words = list(self._words)
        if words:
            words[index] = f"{self._brush:g}"
            self._words = tuple(words)
        self._say()
        return True

    def _emit(self, finished: bool) -> None:
        self.painted.emit(tuple(int(v) for v in self._values.ravel()), finished)

    def _point(self, index: int) -> None:
        if index != self._current:
            self.set_current(index)
            self.pointed.emit(index)

    # Qt

    def mousePressEvent(self, event) -> None:  # noqa: N802
        index = self._index_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and self._paintable and index >= 0:
            self._brush = 1 - self._values.ravel()[index]
            self._paint_at(index)
            self._emit(False)

    def mouseMoveEvent(self, event) -> None:  # noqa: N802
        index = self._index_at(event.position())
        self._point(index)
        super().mouseMoveEvent(event)
        if self._brush is not None and index >= 0 and self._paint_at(index):
            self._emit(False)

    def tip_at(self, position: QPointF) -> str:
        index = self._index_at(position)
        return self._tips[index] if self._tips and index >= 0 else ""

    def shape_at(self, position: QPointF) -> Qt.CursorShape:
        inside = self._paintable and self._index_at(position) >= 0
        return Qt.CursorShape.CrossCursor if inside else Qt.CursorShape.ArrowCursor

    def mouseReleaseEvent(self, event) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton and self._brush is not None:
            self._brush = None
            self._emit(True)

    def leaveEvent(self, event) -> None:  # noqa: N802
        if not self.hasFocus():
            self._point(-1)

    def keyPressEvent(self, event) -> None:  # noqa: N802
        rows, columns = self._values.shape
        steps = {
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
        }
        if event.key() in steps and self._values.size:
            down, right = steps[event.key()]
            row, column = divmod(max(self._current, 0), columns)
            if self._current >= 0:
                row, column = row + down, column + right
            self._point(min(max(row, 0), rows - 1) * columns + min(max(column, 0), columns - 1))
        elif event.key() == Qt.Key.Key_Space and self._paintable and self._current >= 0:
            self._brush = 1 - self._values.ravel()[self._current]
            self._paint_at(self._current)
            self._brush = None
            self._emit(True)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        space = (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() == Qt.Key.Key_Space
        )
        if space and self._paintable:
            event.accept()  # it paints here; the window would peek at the photograph
            return True
        return super().event(event)

    def paint(self, painter: QPainter, colours: Tokens) -> None:
        painter.setPen(QColor(colours.text))
        head = QRectF(0, 0, self.width(), painter.fontMetrics().height())
        draw_fitted(painter, head, Qt.AlignmentFlag.AlignLeft, self._title)
        side, _ = self._side()
        # Apart from the next cell's.
        room, written = QRectF(0, 0, BETWEEN * side, side), self._words
        font = fitting_font(tabular(self.font()), room, max(written, key=len, default=""))
        if self._short and (font is None or font != tabular(self.font())):
            written = self._short
            font = fitting_font(tabular(self.font()), room, max(written, key=len))
        painter.setFont(font or self.font())
        for index, value in enumerate(self._values.ravel()):
            area = self.area_of(index)
            ground = self._colour(float(value))
            painter.fillRect(area.adjusted(0.5, 0.5, -0.5, -0.5), ground)
            word = written[index] if written else ""
            if word and font is not None:
                painter.setPen(text_on(ground))
                painter.drawText(area, Qt.AlignmentFlag.AlignCenter, word)
        if 0 <= self._current < self._values.size:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for tone, wide in ((colours.panel, 4), (colours.text, 2)):
                painter.setPen(QPen(QColor(tone), wide))
                painter.drawRect(self.area_of(self._current).adjusted(1, 1, -1, -1))
