"""The taps of a filter with holes over an enlarged photograph, at the pointer, and their sum."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QWidget

from segviewer.widgets.charts.diverging import diverging, text_on
from segviewer.widgets.theme.fitted_words import fitting_font
from segviewer.widgets.theme.painted_widget import PaintedWidget
from segviewer.widgets.theme.symbol_colours import symbol_colour
from segviewer.widgets.theme.theme import Tokens
from segviewer.widgets.theme.typography import semibold, tabular

GAP = 16
TAP = 0.8  # of the distance between two taps, of an enlarged one
SMALLEST_WORD = 26  # pixels of a cell that has room for its number


class PointedTaps(PaintedWidget):
    """The photograph in grey with a square on every tap; beside it the products and their sum.

    The pointer, or the arrow keys, move the filter; without either it stands in the middle.
    """

    USUAL = QSize(520, 300)
    LEAST = QSize(200, 120)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent, hover=True, keys=True)
        self._picture = np.zeros((0, 0))
        self._kernel = np.zeros((0, 0))
        self._rate = 1
        self._at = (0, 0)
        self._image = QImage()

    def set_filter(self, picture: np.ndarray, kernel: np.ndarray, rate: int) -> None:
        """Show a filter on a picture.

        Parameters
        ----------
        picture : ndarray of float (h, w)
            Brightness, mean 0; empty for nothing.
        kernel : ndarray of float (k, k)
        rate : int
            Pixels from one tap to the next.
        """
        if picture.shape != self._picture.shape:
            self._at = picture.shape[0] // 2, picture.shape[1] // 2
        self._picture, self._kernel, self._rate = picture, kernel, rate
        span = float(np.abs(picture).max()) if picture.size else 0.0
        levels = 127.5 + 127.5 * picture / (span or 1.0)
        shades = np.ascontiguousarray(np.clip(np.rint(levels), 0, 255).astype(np.uint8))
        height, width = shades.shape
        self._image = QImage(shades.data, width, height, width, QImage.Format.Format_Grayscale8)
        self._image = self._image.copy()  # with pixels of its own
        self._say()

    def at(self) -> tuple[int, int]:
        """Row and column of the filter's middle."""
        return self._at

    def taps(self) -> list[tuple[int, int, float, float]]:
        """(row, column, weight, product) of each tap; a product outside the picture is 0."""
        half = len(self._kernel) // 2
        height, width = self._picture.shape
        found = []
        for (i, j), weight in np.ndenumerate(self._kernel):
            row = self._at[0] + (i - half) * self._rate
            column = self._at[1] + (j - half) * self._rate
            inside = 0 <= row < height and 0 <= column < width
            value = float(self._picture[row, column]) if inside else 0.0
            found.append((row, column, float(weight), float(weight) * value))
        return found

    def response(self) -> float:
        """Sum of the products: the response at the filter's middle."""
        return sum(product for *_, product in self.taps())

    def area(self) -> QRectF:
        """Where the photograph is drawn."""
        height, width = self._picture.shape
        line = self.fontMetrics().height() + 4
        across = 0.5 * self.width() - GAP
        scale = max(1e-3, min(across / width, (self.height() - line) / height))
        return QRectF(0, line, width * scale, height * scale)

    def _say(self) -> None:
        if not self._picture.size:
            self.say("")
            return
        row, column = self._at
        sum_words = f"{self.response():.3f}".replace("-", "−")
        self.say(f"row {row}, column {column}: y = Σ x w = {sum_words}")

    def _move(self, row: int, column: int) -> None:
        height, width = self._picture.shape
        at = min(max(row, 0), height - 1), min(max(column, 0), width - 1)
        if at != self._at:
            self._at = at
            self._say()

    # Qt

    def mouseMoveEvent(self, event) -> None:  # noqa: N802 (Qt's name)
        super().mouseMoveEvent(event)
        if self._picture.size and self.area().contains(event.position()):
            area, at = self.area(), event.position()
            scale = area.width() / self._picture.shape[1]
            self._move(int((at.y() - area.top()) / scale), int((at.x() - area.left()) / scale))

    def keyPressEvent(self, event) -> None:  # noqa: N802
        steps = {
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
        }
        if event.key() in steps and self._picture.size:
            down, right = steps[event.key()]
            self._move(self._at[0] + down, self._at[1] + right)
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.update()

    def paint(self, painter: QPainter, colours: Tokens) -> None:
        if not self._picture.size:
            return
        area, taps = self.area(), self.taps()
        painter.setPen(QColor(colours.text))
        painter.drawText(QPointF(0, painter.fontMetrics().ascent()), "taps at the pointer")
        painter.drawImage(area, self._image)
        most = float(np.abs(self._kernel).max()) or 1.0
        scale = area.width() / self._picture.shape[1]
        side = max(4.0, min(0.8 * self._rate * scale, 12.0))
        painter.setClipRect(area)
        for row, column, weight, _ in taps:
            middle = QPointF(area.left() + (column + 0.5) * scale, area.top() + (row + 0.5) * scale)
            square = QRectF(middle.x() - side / 2, middle.y() - side / 2, side, side)
            painter.fillRect(square, diverging(weight / most))
            painter.setPen(QPen(QColor(symbol_colour("r", True) or ""), 1.2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(square)
        painter.setClipping(False)
        self._paint_products(painter, colours, area, [product for *_, product in taps])

    def _paint_products(self, painter, colours: Tokens, area: QRectF, products) -> None:
        """What the filter sees, enlarged, with each tap's product on it, and their sum below."""
        count = len(self._kernel)
        left, line = area.right() + GAP, painter.fontMetrics().height() + 4
        # The sum below has a line of its own.
        cell = min((self.width() - left) / count, (self.height() - 2.2 * line) / count)
        if cell < 2:
            return
        painter.setPen(QColor(colours.text))
        most = max(max(map(abs, products)), 1e-9)
        # So many tens that the largest has two digits: letters are as large as cells allow.
        power = min(max(math.floor(math.log10(99.5 / most)), 0), 6)
        head = f"x · w × {10**power:,}" if power else "x · w"
        painter.drawText(QPointF(left, painter.fontMetrics().ascent()), head)
        span = count * self._rate  # pixels, half a rate more on each side than the taps
        seen = QRectF(self._at[1] + 0.5 - span / 2, self._at[0] + 0.5 - span / 2, span, span)
        inside = seen.intersected(QRectF(self._image.rect()))
        scale = count * cell / span
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(
            QRectF(
                left + (inside.left() - seen.left()) * scale,
                line + (inside.top() - seen.top()) * scale,
                inside.width() * scale,
                inside.height() * scale,
            ),
            self._image,
            inside,
        )
        words = [f"{round(10**power * value)}".replace("-", "−") for value in products]
        room = QRectF(0, 0, cell - 1, cell)
        longest = max(words, key=painter.fontMetrics().horizontalAdvance)
        font = fitting_font(tabular(self.font()), room, longest) if cell >= SMALLEST_WORD else None
        for index, product in enumerate(products):
            i, j = divmod(index, count)
            side = max(2.0, TAP * cell)
            rest = (cell - side) / 2
            box = QRectF(left + j * cell + rest, line + i * cell + rest, side, side)
            shade = diverging(product / most)
            painter.fillRect(box, shade)
            if font is not None:
                painter.setFont(font)
                painter.setPen(text_on(shade))
                whole = QRectF(left + j * cell, line + i * cell, cell, cell)
                painter.drawText(whole, Qt.AlignmentFlag.AlignCenter, words[index])
        painter.setFont(semibold(self.font()))
        painter.setPen(QColor(colours.text))
        said = f"Σ = {self.response():.3f}".replace("-", "−")
        painter.drawText(QPointF(left, line + count * cell + 0.9 * line), said)
