"""How the lab “Dusk” is drawn."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from segviewer_template.dusk import Dusk


class DuskView(QLabel):
    """The mean as a number."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)

    def show_result(self, shown: Dusk | None) -> None:
        """Draw what was found; None while there is nothing."""
        self.setText("" if shown is None else f"{shown.grey:.1f}")
