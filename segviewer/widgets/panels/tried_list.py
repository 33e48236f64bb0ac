"""Settings that were tried, newest first: a small picture, the numbers, what they gave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent, QPixmap
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QWidget

from segviewer.widgets.canvas.picture_layer import rgb_image
from segviewer.widgets.text.plain_text import plain_tip
from segviewer.widgets.theme.typography import tabular

THUMBNAIL = QSize(84, 56)
ROWS = 3  # that are seen without scrolling


@dataclass(frozen=True, eq=False)
class TriedRow:
    """One line.

    Attributes
    ----------
    title, figures : str
    picture : ndarray of uint8 (h, w, 3)
    tip : str
    """

    title: str
    figures: str
    picture: np.ndarray
    tip: str = ""


class TriedList(QListWidget):
    """One column of rows; the one that is set now is marked.

    Signals
    -------
    chosen(int)
        Place of the row that was clicked, or that Enter was pressed on.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setAccessibleName("Settings that were tried")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setIconSize(THUMBNAIL)
        self.setWordWrap(True)
        self.setUniformItemSizes(True)
        self.setFont(tabular(self.font()))
        self.setVerticalScrollMode(self.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._rows: tuple[TriedRow, ...] = ()
        self.itemClicked.connect(lambda item: self.chosen.emit(self.row(item)))

    def set_rows(self, rows: Sequence[TriedRow], current: int) -> None:
        """Show `rows`, of which the one at `current` is set; -1 where none is."""
        with QSignalBlocker(self):
            self.clear()
            self._rows = tuple(rows)
            for row in self._rows:
                words = "\n".join(filter(None, (row.title, row.figures)))
                item = QListWidgetItem(_icon(row.picture), words)
                item.setToolTip(plain_tip(row.tip))
                self.addItem(item)
            self.setCurrentRow(current)
        shown = min(ROWS, max(1, len(self._rows)))
        self.setFixedHeight(shown * max(self.sizeHintForRow(0), THUMBNAIL.height() + 6) + 4)

    def rows(self) -> tuple[TriedRow, ...]:
        """What is shown."""
        return self._rows

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt's name)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentRow() >= 0:
            self.chosen.emit(self.currentRow())
        else:
            super().keyPressEvent(event)


def _icon(picture: np.ndarray) -> QIcon:
    image = rgb_image(np.ascontiguousarray(picture))
    how = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    return QIcon(QPixmap.fromImage(image).scaled(THUMBNAIL, *how))
