"""A sheet of all keys, in columns, closed by any of the usual ways."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from segviewer.widgets.theme import tokens
from segviewer.widgets.typography import section_head

COLUMNS = 2


class KeySheet(QDialog):
    """Lists keys by section.

    Parameters
    ----------
    keys : sequence of (section, key, action)
        In the order to show; alternatives in a key are separated by " · ", keys pressed
        together by "+".
    """

    def __init__(self, keys: Sequence[tuple[str, str, str]], parent: QWidget | None = None):
        super().__init__(parent)
        self.setWindowTitle("Keys")
        self.setAccessibleName("Keys")
        sections = [
            (name, [(key, action) for _, key, action in rows])
            for name, rows in groupby(keys, key=lambda row: row[0])
        ]
        # One width for every section, so that the actions stand in one line.
        self._key_width = max((_Keys(key).sizeHint().width() for _, key, _ in keys), default=0)
        columns: list[QVBoxLayout] = []
        heights = [0] * COLUMNS
        layout = QHBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 24)
        layout.setSpacing(40)
        for _ in range(COLUMNS):
            column = QVBoxLayout()
            column.setSpacing(16)
            layout.addLayout(column)
            columns.append(column)
        for name, rows in sections:
            shortest = heights.index(min(heights))
            heights[shortest] += len(rows) + 2
            columns[shortest].addLayout(self._section(name, rows))
        for column in columns:
            column.addStretch()

    def _section(self, name: str, rows: list[tuple[str, str]]) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        grid.setColumnMinimumWidth(0, self._key_width)
        head = QLabel(name)
        head.setProperty("role", "muted")
        head.setFont(section_head(self.font()))
        grid.addWidget(head, 0, 0, 1, 2)
        for line, (key, action) in enumerate(rows, start=1):
            grid.addWidget(_Keys(key), line, 0, Qt.AlignmentFlag.AlignRight)
            grid.addWidget(QLabel(action), line, 1)
        return grid

    def keyPressEvent(self, event) -> None:  # noqa: N802 (Qt's name)
        # The key that opened the sheet closes it too.
        if event.text() == "?":
            self.close()
            return
        super().keyPressEvent(event)


class _Keys(QWidget):
    """Draws keys as caps."""

    def __init__(self, text: str):
        super().__init__()
        self.setAccessibleName(text)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        # (text, is a cap): "Ctrl+Z" is two caps, " · " and " " stand between.
        self._parts: list[tuple[str, bool]] = []
        for number, choice in enumerate(text.split(" · ")):
            if number:
                self._parts.append(("/", False))
            # A lone "+" and the one in "Ctrl++" are keys, not joints.
            caps = choice.replace("++", "+plus").split("+") if choice != "+" else ["plus"]
            self._parts += [("+" if cap == "plus" else cap, True) for cap in caps]

    def _width(self, text: str, cap: bool) -> int:
        width = self.fontMetrics().horizontalAdvance(text)
        return max(24, width + 14) if cap else width

    def sizeHint(self) -> QSize:  # noqa: N802
        widths = [self._width(*part) for part in self._parts]
        return QSize(sum(widths) + 4 * (len(widths) - 1) + 1, 28)

    def paintEvent(self, event) -> None:  # noqa: N802
        colours = tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        x = 0.0
        for text, cap in self._parts:
            width = self._width(text, cap)
            area = QRectF(x + 0.5, 2.5, width, 22)
            if cap:
                painter.setPen(QPen(QColor(colours.border), 1))
                painter.setBrush(QColor(colours.raised))
                painter.drawRoundedRect(area, 4, 4)
            painter.setPen(QColor(colours.text if cap else colours.muted))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)
            x += width + 4
