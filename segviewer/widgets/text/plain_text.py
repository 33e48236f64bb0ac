"""Text from files, paths and servers is shown as the text it is.

Qt guesses: a label or a tip whose text looks like HTML is laid out as HTML, and an ``<img>`` in it
opens a file. A card, a lesson, a class name or a path must not be able to do that, so every label
here says what it holds, and every tip goes through :func:`plain_tip`.
"""

from __future__ import annotations

import re

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import Qt as GuiQt
from PySide6.QtWidgets import QLabel, QTextBrowser, QWidget

LABEL_LETTERS = 20_000  # more than a screen shows
WORD_WIDTH = 240  # pixels that one word may ask for where lines are broken
MENU_LETTERS = 100  # of a name in a menu, which would else be wider than the screen


class PlainLabel(QLabel):
    """A label that shows its text letter by letter.

    A file's text may be a megabyte, or one word without an end: neither holds up the window nor
    widens it.
    """

    def __init__(self, text: str = "", parent: QWidget | None = None):
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)

    def setText(self, text: str) -> None:  # noqa: N802 (Qt's name)
        super().setText(text if len(text) <= LABEL_LETTERS else f"{text[:LABEL_LETTERS]} …")

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        hint = super().minimumSizeHint()
        if self.wordWrap():
            hint.setWidth(min(hint.width(), WORD_WIDTH))
        return hint


class RichLabel(QLabel):
    """A label for markup that this program wrote itself, with all else in it escaped."""

    def __init__(self, text: str = "", parent: QWidget | None = None):
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setText(text)


class ClosedPage(QTextBrowser):
    """A page of the program's own markup that follows no link by itself and opens no file."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setOpenLinks(False)
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.setStyleSheet("QTextBrowser { background: transparent; border: none; }")

    def loadResource(self, kind: int, name: object) -> object:  # noqa: N802 (Qt's name)
        """Nothing, whatever is asked for."""
        return None


def plain_tip(text: str) -> str:
    """`text` so that a tip shows it letter by letter, in its own lines."""
    if not GuiQt.mightBeRichText(text):
        return text
    return GuiQt.convertFromPlainText(text, Qt.WhiteSpaceMode.WhiteSpacePre)


def plain_entry(text: str) -> str:
    """`text` as the one line of a menu's entry or a button, without keys or accelerators in it."""
    line = re.sub(r"[\x00-\x1f\x7f\u2028\u2029]+", " ", text)
    if len(line) > MENU_LETTERS:
        half = MENU_LETTERS // 2
        line = f"{line[:half]}…{line[-half:]}"
    return line.replace("&", "&&")


def plain_title(text: str) -> str:
    """`text` as a window's title, in which Qt reads ``[*]`` as “changed”."""
    return re.sub(r"[\x00-\x1f\x7f]+", " ", text).replace("[*]", "[*][*]")
