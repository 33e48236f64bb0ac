"""The rows of a settings form: one kind of row for each type of setting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from segviewer.widgets.controls.setting_rows.choice_row import ChoiceRow
from segviewer.widgets.controls.setting_rows.number_rows import NumberRow, NumbersRow
from segviewer.widgets.controls.setting_rows.row import SettingRow
from segviewer.widgets.controls.setting_rows.text_row import TextRow
from segviewer.widgets.controls.setting_rows.toggle_rows import ToggleGroupRow, ToggleRow

if TYPE_CHECKING:
    from segviewer.settings import Control

__all__ = ["SettingRow", "row_for"]


def row_for(control: Control) -> SettingRow:
    """Make the row that suits a control's type."""
    if control.type == "bool":
        return ToggleGroupRow(control) if control.length else ToggleRow(control)
    if control.type == "choice":
        return ChoiceRow(control)
    if control.type == "str":
        return TextRow(control)
    return NumbersRow(control) if control.length else NumberRow(control)
