"""A form drawn from the settings' own field metadata: no code for a new setting."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from segviewer.widgets.controls.setting_rows import SettingRow, row_for
from segviewer.widgets.text.plain_text import PlainLabel

if TYPE_CHECKING:
    from segviewer.settings import Control


class SettingsForm(QWidget):
    """One row for each control, narrow enough for a side panel of 280 pixels.

    Parameters
    ----------
    controls : tuple of Control
        What to draw, in this order; hidden ones are skipped.
    values : mapping
        Value by control name; a missing one shows its default.

    Signals
    -------
    edited(str, object, bool)
        Name, new value, and whether the edit is finished. While a slider is dragged or a
        number typed it is not; exactly one finished signal ends each drag.
    """

    edited = Signal(str, object, bool)

    def __init__(
        self,
        controls: tuple[Control, ...],
        values: Mapping[str, object],
        parent: QWidget | None = None,
    ):
        super().__init__(parent)
        self._reason = PlainLabel()
        self._reason.setProperty("role", "reason")
        self._reason.setWordWrap(True)
        self._reason.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._reason)
        self._rows: dict[str, SettingRow] = {}
        for control in controls:
            if control.hidden:
                continue
            row = row_for(control)
            value = values.get(control.name, control.default)
            row.set_value(value if control.fits(value) else control.default)
            row.edited.connect(partial(self._on_row_edited, control.name))
            if control.head:
                head = PlainLabel(control.head)
                head.setProperty("role", "muted")
                layout.addWidget(head)
            layout.addWidget(row)
            self._rows[control.name] = row

    def names(self) -> tuple[str, ...]:
        """Names of the drawn controls, in order."""
        return tuple(self._rows)

    def row(self, name: str) -> SettingRow:
        """The row of one control."""
        return self._rows[name]

    def values(self) -> dict[str, object]:
        """What the form shows now, by control name."""
        return {name: row.value() for name, row in self._rows.items()}

    def set_values(self, values: Mapping[str, object]) -> None:
        """Show other values without a signal; names the form does not draw are passed over.

        A row that is being dragged keeps what the person is doing, and one that already
        shows the value is left alone, so that an echo does not disturb typing. A value that
        the control does not have is passed over: a file asked for it, and whoever runs it
        refuses it with a reason.
        """
        for name, value in values.items():
            row = self._rows.get(name)
            if row is None or row.held() or not row.control.fits(value):
                continue
            if not row.shows(value):
                row.set_value(value)

    def set_marks(self, marks: Mapping[str, object]) -> None:
        """Mark the trained or preset values.

        Each gets a tick on its slider, and a dot where the value differs. Names left out
        lose their mark.
        """
        for name, row in self._rows.items():
            row.set_mark(marks.get(name))

    def set_enabled(self, enabled: bool, reason: str = "") -> None:
        """Switch the whole form on or off and say why it is off."""
        self._reason.setText(reason)
        self._reason.setVisible(bool(reason) and not enabled)
        for row in self._rows.values():
            row.set_enabled(enabled, reason)

    def set_idle(self, names: Collection[str]) -> None:
        """Put away the rows of these controls, which do nothing at the moment."""
        for name, row in self._rows.items():
            row.setVisible(name not in names)

    def _on_row_edited(self, name: str, value: object, finished: bool) -> None:
        self.edited.emit(name, value, finished)
