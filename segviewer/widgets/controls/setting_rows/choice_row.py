"""A row with one of several choices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox

from segviewer.widgets.controls.segmented import SegmentedButtons
from segviewer.widgets.controls.setting_rows.row import PANEL_ROOM, SettingRow
from segviewer.widgets.controls.setting_rows.words import choice_text

if TYPE_CHECKING:
    from segviewer.settings import Control


class ChoiceRow(SettingRow):
    """choice: joined buttons for up to four short ones, else a combo box."""

    def __init__(self, control: Control):
        super().__init__(control)
        texts = [choice_text(choice) for choice in control.choices]
        metrics = self.fontMetrics()
        wide = sum(metrics.horizontalAdvance(text) + 12 for text in texts)
        self._buttons: SegmentedButtons | None = None
        self._combo: QComboBox | None = None
        if len(texts) <= 4 and wide <= PANEL_ROOM:
            self._buttons = SegmentedButtons(texts, exclusive=True)
            for text, button in zip(texts, self._buttons.buttons(), strict=True):
                button.setAccessibleName(f"{control.label}, {text}")
            self._buttons.toggled.connect(self._at_once)
            if control.inline:
                self._head.takeAt(self._head.count() - 1)
                self._head.addWidget(self._buttons, 1)
            else:
                self._body.addWidget(self._buttons)
        else:
            self._combo = QuietCombo()
            self._combo.addItems(texts)
            self._combo.setAccessibleName(control.label)
            self._combo.activated.connect(self._at_once)
            self._body.addWidget(self._combo)

    def value(self) -> Any:
        """The value shown."""
        if self._combo is not None:
            return self.control.choices[max(0, self._combo.currentIndex())]
        assert self._buttons is not None
        for choice, button in zip(self.control.choices, self._buttons.buttons(), strict=True):
            if button.isChecked():
                return choice
        return self.control.default

    def _show(self, value: Any) -> None:
        index = self.control.choices.index(value)
        if self._combo is not None:
            self._combo.setCurrentIndex(index)
        elif self._buttons is not None:
            self._buttons.set_checked(index)


class QuietCombo(QComboBox):
    """A combo box that the wheel changes only when it has the focus."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)

    def wheelEvent(self, event) -> None:  # noqa: N802
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()
