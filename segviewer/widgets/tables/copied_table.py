"""What tables and drawings of figures do with the keyboard: copied, they keep no other key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent, QKeySequence

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget as Mixed  # what it is mixed into
else:
    Mixed = object


class CopiedTable(Mixed):
    """Mix-in of a widget that has ``text()``; stands before Qt's class among the bases."""

    def add_copying(self, what: str) -> None:
        """Offer `what` in the context menu."""
        copying = QAction(what, self)
        copying.setToolTip("As text with tabs, for a spreadsheet (Ctrl+C)")
        copying.triggered.connect(self.copy)
        self.addAction(copying)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    if TYPE_CHECKING:

        def text(self) -> str:
            """What is copied; the table's own."""

    def copy(self) -> None:
        """Put :meth:`text` on the clipboard."""
        QGuiApplication.clipboard().setText(self.text())

    def event(self, event: QEvent) -> bool:
        # The window would otherwise copy the overlay.
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.matches(QKeySequence.StandardKey.Copy)
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt's name)
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.text() and not event.modifiers():
            # Letters belong to the window's keys, not to a search by typing.
            event.ignore()
        else:
            super().keyPressEvent(event)
