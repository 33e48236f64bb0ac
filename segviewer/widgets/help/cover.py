"""What lies over a result until a question about it is answered."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from segviewer.widgets.text.plain_text import PlainLabel


class Cover(QWidget):
    """Covers a widget whole, whatever size it takes, and keeps pointer and keys from it.

    Parameters
    ----------
    covered : QWidget
        Its parent, which it follows.
    text : str
        What it says in its middle; "" leaves it plain.
    """

    def __init__(self, covered: QWidget, text: str = ""):
        super().__init__(covered)
        self.setAccessibleName(text or "Covered until the question is answered")
        # A window's own colour, not that of whatever lies below.
        self.setAutoFillBackground(True)
        self.words: QLabel = PlainLabel(text)
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.words.setWordWrap(True)
        self.words.setProperty("role", "secondary")
        layout = QVBoxLayout(self)
        layout.addWidget(self.words)
        covered.installEventFilter(self)
        self.hide()

    def set_on(self, on: bool) -> None:
        """Cover, or show again."""
        if on:
            self._follow()
            self.raise_()
        self.setVisible(on)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if self.isVisible() and event.type() in (QEvent.Type.Resize, QEvent.Type.ChildAdded):
            self._follow()
            self.raise_()
        return False

    def _follow(self) -> None:
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())
