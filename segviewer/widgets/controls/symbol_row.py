"""The numbers of a formula in one line: each symbol in its colour, and a field to type in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from segviewer.widgets.controls.number_scale import NumberScale
from segviewer.widgets.controls.setting_rows.head import SymbolLabel
from segviewer.widgets.controls.setting_rows.number_field import QuietSpin
from segviewer.widgets.text.plain_text import plain_tip

if TYPE_CHECKING:
    from segviewer.settings import Control


class SymbolRow(QWidget):
    """As narrow as the numbers allow; the arrow keys and the wheel step in a field.

    Parameters
    ----------
    controls : sequence of Control
        Each has a symbol and is a number.

    Signals
    -------
    edited(str, object, bool)
        Name, value, and True: a typed number is a finished change.
    """

    edited = Signal(str, object, bool)

    def __init__(self, controls: Sequence[Control], parent: QWidget | None = None):
        super().__init__(parent)
        self.fields: dict[str, QuietSpin] = {}
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for control in controls:
            symbol, field = SymbolLabel(control.symbol, control.symbol), _field(control)
            for widget in (symbol, field):
                widget.setToolTip(plain_tip(f"{control.label}\n{control.tip}"))
            field.valueChanged.connect(
                lambda value, control=control: self._on_changed(control, value)
            )
            if self.fields:
                layout.addSpacing(8)
            layout.addWidget(symbol)
            layout.addWidget(field)
            self.fields[control.name] = field
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show the values of the controls; others are passed over."""
        for name, field in self.fields.items():
            with QSignalBlocker(field):
                field.setValue(values[name])

    def _on_changed(self, control: Control, value: float) -> None:
        self.edited.emit(control.name, round(value) if control.type == "int" else value, True)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        return self.sizeHint()


def _field(control: Control) -> QuietSpin:
    field, scale = QuietSpin(), NumberScale.of(control)
    field.setAccessibleName(control.label)
    field.setDecimals(scale.decimals)
    field.setRange(scale.minimum, scale.maximum)
    field.setSingleStep(scale.step)
    field.setKeyboardTracking(False)  # a number that is being typed is none yet
    field.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    field.fit_width()
    return field
