"""What lies under the cursor: place, colour, and the three likeliest classes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QSizePolicy, QWidget

from segviewer.widgets.language.words import translated
from segviewer.widgets.panels.class_delegate import draw_swatch
from segviewer.widgets.theme.theme import tokens
from segviewer.widgets.theme.typography import tabular

SWATCH = 12
GAP = 16
LONGEST_NAME = 104
SLOTS = 3
MASK = "mask:"


class PixelReadout(QWidget):
    """Columns of fixed width, so that nothing jumps while the cursor moves.

    `set_picture_size` and `set_classes` decide the widths.
    """

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setAccessibleName("Pixel under the cursor")
        self.setFont(tabular(self.font()))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self._digits = 4
        self._name_width = 64
        self._pixel: tuple[int, int] | None = None
        self._rgb: tuple[int, int, int] | None = None
        self._top: list[tuple[str, QColor, float]] = []
        self._mask: tuple[str, QColor] | None = None

    def set_picture_size(self, width: int, height: int) -> None:
        """Make room for coordinates of a picture of this size."""
        self._digits = max(3, len(str(max(width, height))))
        self.updateGeometry()

    def set_classes(self, names: Sequence[str]) -> None:
        """Make room for the longest of these names, up to a limit."""
        metrics = self.fontMetrics()
        widths = [metrics.horizontalAdvance(name) for name in names]
        self._name_width = min(LONGEST_NAME, max(widths, default=48) + 2)
        self.updateGeometry()
        self.update()

    def set_pixel(
        self,
        x: int,
        y: int,
        rgb: tuple[int, int, int] | None = None,
        top: Sequence[tuple[str, tuple[int, int, int], float]] = (),
        mask: tuple[str, tuple[int, int, int]] | None = None,
    ) -> None:
        """Show one pixel.

        Parameters
        ----------
        x, y : int
            Picture pixel.
        rgb : tuple of int, optional
            Its colour, 0 to 255.
        top : sequence of (name, colour, probability)
            Likeliest classes first; up to three are shown.
        mask : (name, colour), optional
            What the target mask says there.
        """
        if (mask is None) != (self._mask is None):
            self.updateGeometry()
        self._mask = None if mask is None else (mask[0], QColor(*mask[1]))
        self._pixel, self._rgb = (x, y), rgb
        self._top = [(name, QColor(*colour), p) for name, colour, p in top[:SLOTS]]
        self._show_words()

    def clear(self) -> None:
        """Nothing is under the cursor."""
        self._pixel, self._rgb, self._top = None, None, []
        self._show_words()

    def text(self) -> str:
        """What the readout says, for screen readers and copying."""
        if self._pixel is None:
            return ""
        parts = ["x {} y {}".format(*self._pixel)]
        if self._rgb is not None:
            parts.append("rgb {} {} {}".format(*self._rgb))
        if self._mask is not None:
            parts.append(f"{translated(MASK)} {self._mask[0]}")
        parts += [f"{name} {_probability(p)}" for name, _, p in self._top]
        return " · ".join(parts)

    def _show_words(self) -> None:
        self.setAccessibleDescription(self.text())
        self.update()

    def _widths(self) -> tuple[int, int, int]:
        metrics = QFontMetrics(self.font())
        place = 2 * metrics.horizontalAdvance("x " + "0" * self._digits) + 10
        colour = SWATCH + 6 + metrics.horizontalAdvance("000 000 000")
        slot = SWATCH + 6 + self._name_width + 8 + metrics.horizontalAdvance(">0.99")
        return place, colour, slot

    def _mask_width(self) -> int:
        words = QFontMetrics(self.font()).horizontalAdvance(translated(MASK))
        return words + 6 + SWATCH + 6 + self._name_width

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        place, colour, slot = self._widths()
        mask = self._mask_width() + GAP if self._mask is not None else 0
        return QSize(place + colour + mask + SLOTS * slot + (SLOTS + 1) * GAP + 8, 28)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        # On a narrow window the least likely classes go first.
        place, colour, slot = self._widths()
        return QSize(place + colour + slot + 2 * GAP + 8, 28)

    def paintEvent(self, event) -> None:  # noqa: N802
        if self._pixel is None:
            return
        colours = tokens()
        painter = QPainter(self)
        painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics = self.fontMetrics()
        text, muted = QColor(colours.text), QColor(colours.muted)
        place, colour, slot = self._widths()
        height = self.height()
        left, middle = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignVCenter
        right = Qt.AlignmentFlag.AlignRight

        x = 4.0
        half = (place + 10) / 2
        for letter, value in zip("xy", self._pixel, strict=True):
            painter.setPen(muted)
            painter.drawText(QRectF(x, 0, half, height), left | middle, letter)
            painter.setPen(text)
            width = metrics.horizontalAdvance(letter + " " + "0" * self._digits)
            painter.drawText(QRectF(x, 0, width, height), right | middle, str(value))
            x += half
        x += GAP - 10

        top = (height - SWATCH) / 2
        if self._rgb is not None:
            draw_swatch(painter, QRectF(x, top, SWATCH, SWATCH), QColor(*self._rgb), colours, True)
            painter.setPen(text)
            cell = x + SWATCH + 6
            number = metrics.horizontalAdvance("000")
            step = metrics.horizontalAdvance("000 ")
            for value in self._rgb:
                painter.drawText(QRectF(cell, 0, number, height), right | middle, str(value))
                cell += step
        x += colour + GAP

        if self._mask is not None:
            name, class_colour = self._mask
            said = metrics.horizontalAdvance(translated(MASK)) + 6
            painter.setPen(muted)
            painter.drawText(QRectF(x, 0, said, height), left | middle, translated(MASK))
            cell = x + said
            draw_swatch(painter, QRectF(cell, top, SWATCH, SWATCH), class_colour, colours, True)
            painter.setPen(text)
            name = metrics.elidedText(name, Qt.TextElideMode.ElideRight, self._name_width)
            area = QRectF(cell + SWATCH + 6, 0, self._name_width, height)
            painter.drawText(area, left | middle, name)
            x += self._mask_width() + GAP

        for index, (name, class_colour, probability) in enumerate(self._top):
            if x + slot > self.width():
                break
            draw_swatch(painter, QRectF(x, top, SWATCH, SWATCH), class_colour, colours, True)
            painter.setPen(text if index == 0 else muted)
            name = metrics.elidedText(name, Qt.TextElideMode.ElideRight, self._name_width)
            cell = x + SWATCH + 6
            painter.drawText(QRectF(cell, 0, self._name_width, height), left | middle, name)
            painter.drawText(
                QRectF(cell, 0, slot - SWATCH - 6, height),
                right | middle,
                _probability(probability),
            )
            x += slot + GAP


def _probability(value: float) -> str:
    # 1.00 and 0.00 would claim a certainty that the network does not have.
    if 0.995 <= value < 1:
        return ">0.99"
    if 0 < value < 0.005:
        return "<0.01"
    return f"{value:.2f}"
