"""What the cells of a table show, whose model keeps and copies them as they are."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QStyledItemDelegate

from segviewer.widgets.language.words import translated


class ShownCells(QStyledItemDelegate):
    """Draws texts and numbers of a model as the language now shown has them."""

    def displayText(self, value: Any, locale: QLocale | QLocale.Language) -> str:  # noqa: N802 (Qt's name)
        return translated(super().displayText(value, locale))
