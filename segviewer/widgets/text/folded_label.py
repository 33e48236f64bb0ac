"""Words of which the first sentence shows, and the rest when it is asked for."""

from __future__ import annotations

import re

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from segviewer.widgets.text.plain_text import PlainLabel

MORE, LESS = "more\u00a0▾", "less\u00a0▴"
SHORTEST = 24  # letters that are worth a fold
_END = re.compile(r"(?<!\be\.g)(?<!\bi\.e)(?<!\bal)(?<!\bvs)[.!?]”?\s+(?=[A-Z“(\d])")


def first_sentence(text: str) -> tuple[str, str]:
    """The first sentence of `text` and what follows it, which may be nothing."""
    found = _END.search(text)
    if found is None or len(text) - found.end() < SHORTEST:
        return text, ""
    return text[: found.end()].rstrip(), text[found.end() :]


class FoldedLabel(PlainLabel):
    """A label that a click, Return or Space unfolds and folds; it stays as it was chosen.

    Attributes
    ----------
    unfolded : bool
        Whether all of it shows.
    """

    def __init__(self, text: str = "", parent: QWidget | None = None):
        self._text = ""
        self.unfolded = False
        super().__init__(text, parent)

    def setText(self, text: str) -> None:  # noqa: N802 (Qt's name)
        self._text = text
        self._show()

    def text(self) -> str:
        """All of it, whatever shows."""
        return self._text

    @property
    def has_more(self) -> bool:
        """Whether there is anything to unfold."""
        return bool(first_sentence(self._text)[1])

    def set_unfolded(self, unfolded: bool) -> None:
        """Show all of it, or the first sentence."""
        self.unfolded = unfolded
        self._show()

    def _show(self) -> None:
        sentence, rest = first_sentence(self._text)
        if rest:
            shown = f"{self._text}  {LESS}" if self.unfolded else f"{sentence}  {MORE}"
        else:
            shown = self._text
        super().setText(shown)
        self.setAccessibleName(self._text)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if rest else Qt.FocusPolicy.NoFocus)
        if rest:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        else:
            self.unsetCursor()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        super().mouseReleaseEvent(event)
        if (
            event.button() == Qt.MouseButton.LeftButton
            and self.has_more
            and not self.selectedText()
        ):
            self.set_unfolded(not self.unfolded)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if self.has_more and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.set_unfolded(not self.unfolded)
        else:
            super().keyPressEvent(event)
