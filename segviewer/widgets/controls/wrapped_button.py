"""A button whose words go on in another line where they would be cut."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy

_OTHER_LETTERS = (QEvent.Type.FontChange, QEvent.Type.StyleChange)


class WrappedButton(QPushButton):
    """A push button as narrow as its longest word, and as tall as its lines.

    Qt draws a button's lines, but breaks none.
    """

    def __init__(self) -> None:
        super().__init__()
        self._words = ""
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def set_words(self, words: str) -> None:
        """Show `words`, in as many lines as the width asks for."""
        self._words = words
        self._wrap()

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        hint, longest = super().minimumSizeHint(), 0
        for word in self._words.split():
            longest = max(longest, self._advance(word))
        return QSize(min(hint.width(), longest + self._frame()), hint.height())

    def sizeHint(self) -> QSize:  # noqa: N802
        # In one line, whatever they are broken into now: there may be room for that again.
        hint = super().sizeHint()
        return QSize(self._advance(self._words) + self._frame(), hint.height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._wrap()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() in _OTHER_LETTERS:
            self._wrap()

    def _wrap(self) -> None:
        room, lines = self.width() - self._frame(), [""]
        for word in self._words.split(" "):
            longer = f"{lines[-1]} {word}" if lines[-1] else word
            if lines[-1] and self._advance(longer) > room:
                lines.append(word)
            else:
                lines[-1] = longer
        text = "\n".join(lines) if len(lines) > 1 else self._words
        if text != self.text():
            self.setText(text)

    def _frame(self) -> int:
        """Pixels of a line that are not words."""
        drawn = self.fontMetrics().size(Qt.TextFlag.TextShowMnemonic, self.text())
        return super().sizeHint().width() - drawn.width()

    def _advance(self, words: str) -> int:
        return self.fontMetrics().size(Qt.TextFlag.TextShowMnemonic, words).width()
