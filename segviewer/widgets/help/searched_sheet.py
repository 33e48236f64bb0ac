"""A sheet of a list, a field that searches it, and a page for what is chosen."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QListWidget, QVBoxLayout, QWidget

from segviewer.widgets.text.plain_text import ClosedPage, PlainLabel

NAME = Qt.ItemDataRole.UserRole  # what a row of the list stands for
ROW = 28  # pixels of a row, at least
_MOVING = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class SearchedSheet(QDialog):
    """Search field and list on the left, the page on the right; the arrows always move the list.

    Parameters
    ----------
    title : str
    searched, listed, paged : str
        What a screen reader calls the field, the list and the page.
    hint : str
        In the empty field.
    page : ClosedPage
    list_width : int
        Pixels.
    size : QSize
        Of the sheet, where the screen has the room.
    """

    def __init__(
        self,
        title: str,
        searched: str,
        listed: str,
        paged: str,
        *,
        hint: str,
        page: ClosedPage,
        list_width: int,
        size: QSize,
        parent: QWidget | None = None,
    ):
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.search = QLineEdit()
        self.search.setPlaceholderText(hint)
        self.search.setAccessibleName(searched)
        self.search.setClearButtonEnabled(True)
        self.list = QListWidget()
        self.list.setAccessibleName(listed)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.said = PlainLabel()
        self.said.setWordWrap(True)
        self.said.setProperty("role", "muted")
        self.page = page
        self.page.setAccessibleName(paged)
        self.page.document().setDocumentMargin(0)
        self._lay_out(list_width)
        room = (parent or self).screen().availableGeometry().size()
        self.resize(size.boundedTo(room * 0.95))
        # Last: what they call needs all of it.
        self.search.textChanged.connect(self.filter)
        self.page.anchorClicked.connect(self.follow)
        self.list.currentItemChanged.connect(lambda now, before: self.show_current())

    def _lay_out(self, list_width: int) -> None:
        left = QWidget()
        left.setFixedWidth(list_width)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for widget in (self.search, self.said):
            column.addWidget(widget)
        column.addWidget(self.list, 1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(24)
        layout.addWidget(left)
        layout.addWidget(self.page, 1)

    # What one that inherits does

    def filter(self, wanted: str) -> None:
        """Leave what has these words in the list."""
        raise NotImplementedError

    def show_current(self) -> None:
        """Show what is chosen in the list."""
        raise NotImplementedError

    def follow(self, url: QUrl) -> None:
        """Go where a link of the page leads."""
        raise NotImplementedError

    def enter(self) -> None:
        """Enter was pressed."""
        self.page.setFocus()

    def listed(self) -> list[str]:
        """Names of the rows that the search leaves, in order."""
        items = (self.list.item(row) for row in range(self.list.count()))
        return [item.data(NAME) for item in items if not item.isHidden()]

    def show_row(self, name: str) -> None:
        """Go to one row; the whole list is shown again."""
        self.search.clear()
        for row in range(self.list.count()):
            if self.list.item(row).data(NAME) == name:
                self.list.setCurrentRow(row)
                self.list.scrollToItem(self.list.item(row), QListWidget.ScrollHint.PositionAtCenter)

    # Qt

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        return QSize(560, 300)

    def showEvent(self, event) -> None:  # noqa: N802
        super().showEvent(event)
        self.search.setFocus()
        self.search.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        # From the search field the arrows move through the list, as in a launcher.
        if event.key() in _MOVING and self.search.hasFocus():
            self.list.keyPressEvent(event)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.enter()
        else:
            super().keyPressEvent(event)
