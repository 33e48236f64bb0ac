"""A row with a text, or several with commas between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QLineEdit

from segviewer.widgets.controls.setting_rows.row import SettingRow

if TYPE_CHECKING:
    from segviewer.settings import Control


class TextRow(SettingRow):
    """str: a text field."""

    def __init__(self, control: Control):
        super().__init__(control)
        self._field = QLineEdit()
        self._field.setAccessibleName(control.label)
        self._field.textEdited.connect(self._live)
        self._field.editingFinished.connect(self._finish)
        self._body.addWidget(self._field)

    def value(self) -> Any:
        """The value shown; a tuple of texts is written with commas."""
        text = self._field.text()
        if self.control.length:
            return tuple(part.strip() for part in text.split(","))
        return text

    def _show(self, value: Any) -> None:
        self._field.setText(", ".join(value) if self.control.length else str(value))
