"""The text of the whole program, and what a hand hits beside it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication, QWidget

from segviewer.widgets.theme.program_sheet import set_program_sheet

LARGE_TARGETS = """
QPushButton, QToolButton, QComboBox { min-height: 40px; }
QPushButton[role="segment"] { min-width: 40px; }
"""
"""Style of controls that a hand at a lectern hits."""


def set_program_text(font: QFont, targets: str = "", sized: Sequence[QWidget] = ()) -> None:
    """Give the whole program a font, and its style sheet a supplement.

    Parameters
    ----------
    font : QFont
    targets : str
        :data:`LARGE_TARGETS`, or nothing.
    sized : sequence of QWidget
        Get a size of their own right afterwards, and need not have theirs put back before.
    """
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    sheet = app.styleSheet().replace(LARGE_TARGETS, "") + targets
    if app.font() == font and app.styleSheet() == sheet:
        return
    for widget in sized:
        widget.setStyleSheet("")
    set_program_sheet(app, sheet, font)
