"""Rows of numbers: one, or a tuple of them with a line each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QHBoxLayout

from segviewer.widgets.controls.setting_rows.head import SymbolLabel
from segviewer.widgets.controls.setting_rows.number_field import NumberField
from segviewer.widgets.controls.setting_rows.row import SettingRow
from segviewer.widgets.controls.setting_rows.words import item_labels, same_value
from segviewer.widgets.text.plain_text import PlainLabel

if TYPE_CHECKING:
    from segviewer.settings import Control

SYMBOL_WIDTH = 24
INLINE_NUMBER_WIDTH = 68


class NumberRow(SettingRow):
    """int or float: label and number in a line, the slider below.

    A control with a symbol takes one line: symbol, slider, number; the words are in the
    tooltip.
    """

    def __init__(self, control: Control):
        super().__init__(control)
        self._number = NumberField(control, control.label, control.symbol)
        self._number.moved.connect(self._on_moved)
        self._number.let_go.connect(self._finish)
        self._number.reset_requested.connect(self.reset)
        if control.symbol or control.inline:
            if control.symbol:
                self._label.show_symbol_only(SYMBOL_WIDTH)
            # The slider needs the dot's room while there is nothing to mark.
            self._dot.setFixedWidth(12)
            policy = self._dot.sizePolicy()
            policy.setRetainSizeWhenHidden(False)
            self._dot.setSizePolicy(policy)
            # The stretch makes room for the slider, and equal numbers align the sliders.
            self._head.takeAt(self._head.count() - 1)
            self._head.addWidget(self._number.slider, 1)
            spin = self._number.spin
            spin.setFixedWidth(max(spin.width(), INLINE_NUMBER_WIDTH))
            self._head.addWidget(spin)
        else:
            self._head.addWidget(self._number.spin)
            self._body.addWidget(self._number.slider)

    def value(self) -> float | int:
        """The value shown."""
        return self._number.value()

    def _show(self, value: Any) -> None:
        self._number.set_value(value)

    def _show_mark(self) -> None:
        self._number.set_mark(self._mark)


class NumbersRow(SettingRow):
    """Tuple of numbers: a line with label, slider and number for each item."""

    def __init__(self, control: Control):
        super().__init__(control)
        labels = item_labels(control)
        if control.unit:
            unit = PlainLabel(control.unit)
            unit.setProperty("role", "muted")
            self._head.addWidget(unit)
        self._numbers = []
        self._names: list[tuple[str, SymbolLabel]] = []
        for index, label in enumerate(labels):
            number = NumberField(control, f"{control.label} {label}", control.symbol, unit="")
            number.moved.connect(self._on_moved)
            number.let_go.connect(self._finish)
            number.reset_requested.connect(lambda index=index: self._reset_item(index))
            name = SymbolLabel(label, control.symbol)
            self._names.append((label, name))
            line = QHBoxLayout()
            line.setSpacing(8)
            line.addWidget(name)
            line.addWidget(number.slider, 1)
            line.addWidget(number.spin)
            self._body.addLayout(line)
            self._numbers.append(number)
        self._align()

    def _align(self) -> None:
        """Let the sliders begin below each other, whatever size the text has."""
        width = max(self.fontMetrics().horizontalAdvance(label) for label, _ in self._names)
        for _, name in self._names:
            name.setFixedWidth(width + 2)

    def changeEvent(self, event) -> None:  # noqa: N802 (Qt's name)
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and getattr(self, "_names", None):
            self._align()

    def value(self) -> tuple:
        """The value shown."""
        return tuple(number.value() for number in self._numbers)

    def _reset_item(self, index: int) -> None:
        norm = self.norm()
        if index < len(norm) and not same_value(self._numbers[index].value(), norm[index]):
            self._numbers[index].set_value(norm[index])
            self._at_once()

    def _show(self, value: Any) -> None:
        for number, item in zip(self._numbers, value, strict=True):
            number.set_value(item)

    def _show_mark(self) -> None:
        marks = self._mark if self._mark is not None else ()
        for index, number in enumerate(self._numbers):
            number.set_mark(marks[index] if index < len(marks) else None)
