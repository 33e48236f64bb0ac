"""Rows of switches: one bool, or several joined."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QPushButton

from segviewer.widgets.controls.segmented import SegmentedButtons
from segviewer.widgets.controls.setting_rows.row import PANEL_ROOM, SettingRow
from segviewer.widgets.controls.setting_rows.words import item_labels
from segviewer.widgets.controls.toggle_switch import ToggleSwitch

if TYPE_CHECKING:
    from segviewer.settings import Control

BUTTON_WIDTH = 29  # pixels, of the style sheet's narrowest


class ToggleRow(SettingRow):
    """bool: a switch at the right of the label."""

    def __init__(self, control: Control):
        super().__init__(control)
        self._switch = ToggleSwitch()
        self._switch.setAccessibleName(control.label)
        self._switch.clicked.connect(self._at_once)
        self._head.addWidget(self._switch)

    def value(self) -> bool:
        """The value shown."""
        return self._switch.isChecked()

    def _show(self, value: Any) -> None:
        self._switch.setChecked(bool(value))


class ToggleGroupRow(SettingRow):
    """Tuple of bools: joined buttons, one for each item, in as many lines as they need."""

    def __init__(self, control: Control):
        super().__init__(control)
        labels = item_labels(control)
        metrics = self.fontMetrics()
        wide = sum(max(BUTTON_WIDTH, metrics.horizontalAdvance(label) + 9) for label in labels)
        most = ceil(len(labels) / ceil(wide / PANEL_ROOM))
        self._switches: list[QPushButton] = []
        for start in range(0, len(labels), most):
            line = SegmentedButtons(labels[start : start + most], exclusive=False)
            line.toggled.connect(self._at_once)
            self._body.addWidget(line)
            self._switches += line.buttons()
        for label, switch in zip(labels, self._switches, strict=True):
            switch.setAccessibleName(f"{control.label}, {label}")

    def value(self) -> tuple[bool, ...]:
        """The value shown."""
        return tuple(switch.isChecked() for switch in self._switches)

    def _show(self, value: Any) -> None:
        for switch, on in zip(self._switches, value, strict=False):
            switch.setChecked(bool(on))
