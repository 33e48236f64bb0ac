"""A table whose cells are written in the colours and the font of the moment."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QShowEvent

from segviewer.widgets.tables.copied_table import CopiedTable
from segviewer.widgets.theme.theme import Tokens, tokens

_REWRITTEN = (QEvent.Type.PaletteChange, QEvent.Type.FontChange)


class WrittenTable(CopiedTable):
    """Mix-in of a table with ``_write()``, which calls :meth:`_note_look`.

    It is written anew where scheme or font have become others; unseen, once somebody looks: every
    new style sheet notifies of both, and writing takes as long as all the rest.
    """

    _written: tuple[str, str] | None = None  # in which look

    def _write(self) -> None:
        raise NotImplementedError

    def _look(self) -> tuple[str, str]:
        return tokens().scheme, self.font().toString()

    def _note_look(self) -> Tokens:
        """The colours to write in."""
        self._written = self._look()
        return tokens()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 (Qt's name)
        super().changeEvent(event)
        if event.type() in _REWRITTEN and self.isVisible():
            self._write_in_look()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        super().showEvent(event)
        self._write_in_look()

    def _write_in_look(self) -> None:
        if self._written not in (None, self._look()):
            self._write()
