"""The text of the whole program, and what a hand hits beside it."""

from __future__ import annotations

from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication

LARGE_TARGETS = """
QPushButton, QToolButton, QComboBox { min-height: 40px; }
QPushButton[role="segment"] { min-width: 40px; }
"""
"""Style of controls that a hand at a lectern hits."""


def set_program_text(font: QFont, targets: str = "") -> None:
    """Give the whole program a font, and its style sheet a supplement.

    Parameters
    ----------
    font : QFont
    targets : str
        :data:`LARGE_TARGETS`, or nothing.
    """
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    sheet = app.styleSheet().replace(LARGE_TARGETS, "") + targets
    if app.font() == font and app.styleSheet() == sheet:
        return
    app.setFont(font)
    # A widget under a style sheet takes the font only when the sheet is set again.
    app.setStyleSheet(sheet)
