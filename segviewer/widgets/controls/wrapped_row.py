"""A row of controls that goes on in the next line where it is wider than its room."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class WrappedRow(QLayout):
    """Lays widgets side by side, in as many lines as they need.

    What may grow (its size policy says so) takes what is left of its line.

    Parameters
    ----------
    spacing : int
        Pixels between neighbours, and between lines.
    """

    def __init__(self, spacing: int = 8, parent: QWidget | None = None):
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(spacing)

    # What QLayout asks for

    def addItem(self, item: QLayoutItem) -> None:  # noqa: N802 (Qt's name)
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:  # noqa: N802
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # noqa: N802
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:  # noqa: N802 (Qt's name)
        return Qt.Orientation.Horizontal

    def hasHeightForWidth(self) -> bool:  # noqa: N802 (Qt's name)
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802 (Qt's name)
        lines = self._lines(width)
        heights = sum(max(_wanted(item).height() for item in line) for line in lines)
        return heights + self.spacing() * max(0, len(lines) - 1)

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        shown = self._shown()
        wide = sum(_wanted(item).width() for item in shown) + self.spacing() * (len(shown) - 1)
        return QSize(max(0, wide), max((_wanted(item).height() for item in shown), default=0))

    def minimumSize(self) -> QSize:  # noqa: N802 (Qt's name)
        size = QSize(0, 0)
        for item in self._shown():
            size = size.expandedTo(_least(item))
        return size

    def setGeometry(self, rect: QRect) -> None:  # noqa: N802 (Qt's name)
        super().setGeometry(rect)
        top = rect.top()
        for line in self._lines(rect.width()):
            tall = max(_wanted(item).height() for item in line)
            growing = [item for item in line if _grows(item)]
            gaps = self.spacing() * (len(line) - 1)
            left_over = rect.width() - gaps - sum(_width(item) for item in line)
            x = rect.left()
            for item in line:
                wide = min(_width(item), rect.width())
                if item in growing:
                    wide += max(0, left_over) // len(growing)
                high = _wanted(item).height()
                item.setGeometry(QRect(x, top + (tall - high) // 2, wide, high))
                x += wide + self.spacing()
            top += tall + self.spacing()

    # Lines

    def _shown(self) -> list[QLayoutItem]:
        return [item for item in self._items if not item.isEmpty()]

    def _lines(self, width: int) -> list[list[QLayoutItem]]:
        """The items by lines, none wider than `width` unless one item alone is."""
        lines: list[list[QLayoutItem]] = []
        room = 0
        for item in self._shown():
            wide = _width(item)
            if lines and wide + self.spacing() <= room:
                lines[-1].append(item)
                room -= wide + self.spacing()
            else:
                lines.append([item])
                room = width - wide
        return lines


def _grows(item: QLayoutItem) -> bool:
    return bool(item.expandingDirections() & Qt.Orientation.Horizontal)


def _wanted(item: QLayoutItem) -> QSize:
    return item.sizeHint().expandedTo(item.minimumSize())


def _least(item: QLayoutItem) -> QSize:
    return item.minimumSize()


def _width(item: QLayoutItem) -> int:
    """Width that an item has where it is not given more."""
    return item.minimumSize().width() if _grows(item) else _wanted(item).width()
