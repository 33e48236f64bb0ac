"""Sentences, each folded to one line until it is clicked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from segviewer.widgets.text.plain_text import PlainLabel, plain_tip

TIP = "Click to read all of it, and again to fold it"


class FoldedNote(PlainLabel):
    """One sentence: a line that ends in an ellipsis, or all of it."""

    def __init__(self, text: str, parent: QWidget | None = None):
        super().__init__("", parent)
        self.said, self.is_open = text, False
        self.setProperty("role", "secondary")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(text)
        self.setToolTip(plain_tip(TIP))
        self._lay_out()

    def set_open(self, on: bool) -> None:
        """Show all of it, or one line."""
        self.is_open = on
        self.setWordWrap(on)
        self._lay_out()

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        return QSize(0, super().minimumSizeHint().height())

    def _lay_out(self) -> None:
        line = " ".join(self.said.split())
        if not self.is_open:
            line = self.fontMetrics().elidedText(line, Qt.TextElideMode.ElideRight, self.width())
        if line != self.text():
            self.setText(line)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        if event.button() == Qt.MouseButton.LeftButton:
            self.set_open(not self.is_open)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.set_open(not self.is_open)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._lay_out()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._lay_out()


class FoldedNotes(QWidget):
    """Notes below one another; gone where there are none."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self.hide()

    def set_notes(self, notes: Sequence[str]) -> None:
        """Show these, folded."""
        for note in self.notes():
            self._column.removeWidget(note)
            note.deleteLater()
        for text in notes:
            self._column.addWidget(FoldedNote(text))
        self.setVisible(bool(notes))

    def notes(self) -> list[FoldedNote]:
        """Those that are shown."""
        items = (self._column.itemAt(index) for index in range(self._column.count()))
        widgets = (item.widget() for item in items if item is not None)
        return [widget for widget in widgets if isinstance(widget, FoldedNote)]
