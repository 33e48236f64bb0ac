"""One number as a slider and a spin box that agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent, QValidator
from PySide6.QtWidgets import QDoubleSpinBox, QSizePolicy

from segviewer.widgets.controls.number_scale import NumberScale
from segviewer.widgets.controls.value_slider import ValueSlider
from segviewer.widgets.text.plain_text import plain_tip
from segviewer.widgets.theme.symbol_colours import symbol_colour
from segviewer.widgets.theme.theme import tokens
from segviewer.widgets.theme.typography import tabular

if TYPE_CHECKING:
    from segviewer.settings import Control


class NumberField(QObject):
    """A slider and a spin box that show one number; the row lays them out."""

    moved = Signal(bool)
    let_go = Signal()
    reset_requested = Signal()

    def __init__(self, control: Control, name: str, symbol: str, unit: str | None = None):
        super().__init__()
        self._scale = NumberScale.of(control)
        self._value: float | int = self._scale.rounded(self._scale.minimum)
        self.slider = SymbolSlider(symbol)
        self.slider.setAccessibleName(name)
        span = self._scale.reach - self._scale.minimum
        if self._scale.integer and not self._scale.log and span <= 1000:
            self.slider.set_steps(round(span))
            self.slider.setSingleStep(1)
        else:
            self.slider.set_steps(ValueSlider.STEPS)
        self.slider.moved.connect(self._on_slider_moved)
        self.slider.let_go.connect(self.let_go)
        self.slider.reset_requested.connect(self.reset_requested)
        self.spin = QuietSpin()
        self.spin.setAccessibleName(name)
        self.spin.setDecimals(self._scale.decimals)
        self.spin.setRange(self._scale.minimum, self._scale.maximum)
        self.spin.setSingleStep(self._scale.step)
        unit = control.unit if unit is None else unit
        self.spin.setSuffix(f" {unit}" if unit else "")
        if control.zero_text:
            self.spin.setSpecialValueText(control.zero_text)
        self.spin.fit_width()
        self.spin.valueChanged.connect(self._on_spin_changed)
        self.spin.editingFinished.connect(self.let_go)
        if self._scale.reach < self._scale.maximum:
            self.spin.setToolTip(plain_tip(f"Up to {self._scale.maximum:g} can be typed"))

    def value(self) -> float | int:
        return self._value

    def set_value(self, value: Any) -> None:
        self._value = int(value) if self._scale.integer else float(value)
        self.slider.set_position(self._scale.position(self._value))
        self._show_in_spin()

    def set_mark(self, value: Any) -> None:
        self.slider.set_mark(None if value is None else self._scale.position(value))

    def _show_in_spin(self) -> None:
        with QSignalBlocker(self.spin):
            self.spin.setValue(self._value)
        # The slider counts steps of its scale, which say nothing to who cannot see the number.
        self.slider.setAccessibleDescription(self.spin.text())

    def _on_slider_moved(self, position: float) -> None:
        value = self._scale.value(position)
        dragging = self.slider.isSliderDown()
        if value == self._value:
            if not dragging:
                self._step_by_key(position)
            return
        self._value = value
        self._show_in_spin()
        if not dragging:
            self.slider.set_position(self._scale.position(value))
        self.moved.emit(dragging)

    def _step_by_key(self, position: float) -> None:
        # On a scale finer than its numbers an arrow key would round back to where it was.
        up = position > self._scale.position(self._value)
        smallest = 10.0**-self._scale.decimals
        value = self._scale.rounded(self._value + (smallest if up else -smallest))
        if value != self._value:
            self.set_value(value)
            self.moved.emit(False)

    def _on_spin_changed(self, value: float) -> None:
        value = int(round(value)) if self._scale.integer else float(value)
        # Enter sends the number once more.
        if value == self._value:
            return
        self._value = value
        self.slider.set_position(self._scale.position(self._value))
        self.slider.setAccessibleDescription(self.spin.text())
        self.moved.emit(False)


class QuietSpin(QDoubleSpinBox):
    """A spin box without arrows that the wheel changes only when it has the focus."""

    def __init__(self) -> None:
        self._fitted = False
        self._before = 0.0  # when it got the focus: what Esc goes back to
        super().__init__()
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("role", "value")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFont(tabular(self.font()))

    def fit_width(self) -> None:
        """Be as wide as the longest number with its unit."""
        longest = max((self.textFromValue(v) for v in (self.minimum(), self.maximum())), key=len)
        metrics = self.fontMetrics()
        text = metrics.horizontalAdvance(longest + self.suffix())
        text = max(text, metrics.horizontalAdvance(self.specialValueText()))
        self.setFixedWidth(max(48, text + 18))
        self._fitted = True

    # A decimal comma is read as well as a point, whichever the language writes.

    def validate(self, text: str, at: int) -> tuple[QValidator.State, str, int]:
        return super().validate(self._as_written(text), at)

    def valueFromText(self, text: str) -> float:  # noqa: N802 (Qt's name)
        return super().valueFromText(self._as_written(text))

    def _as_written(self, text: str) -> str:
        decimal = self.locale().decimalPoint()
        number, unit = text.removesuffix(self.suffix()), self.suffix()
        typed = number.replace("," if decimal == "." else ".", decimal)
        return f"{typed}{unit}" if text.endswith(unit) else typed

    # Another language has other words for a unit, or for the least value.

    def setSuffix(self, suffix: str) -> None:  # noqa: N802 (Qt's name)
        super().setSuffix(suffix)
        self._refit()

    def setSpecialValueText(self, text: str) -> None:  # noqa: N802
        super().setSpecialValueText(text)
        self._refit()

    def changeEvent(self, event) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._refit()

    def _refit(self) -> None:
        if self._fitted:
            self.fit_width()

    def focusInEvent(self, event) -> None:  # noqa: N802
        self._before = self.value()
        super().focusInEvent(event)

    def event(self, event: QEvent) -> bool:
        # Esc would otherwise be taken by the window, to stop what runs.
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and event.key() == Qt.Key.Key_Escape
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() == Qt.Key.Key_Escape:
            self.setValue(self._before)
            self.clearFocus()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
            self.clearFocus()  # the keys are the picture's again
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event) -> None:  # noqa: N802 (Qt's name)
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class SymbolSlider(ValueSlider):
    """A slider in its symbol's colour, in either scheme."""

    def __init__(self, symbol: str):
        super().__init__()
        self._symbol = symbol
        self._dress()

    def changeEvent(self, event) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._dress()

    def _dress(self) -> None:
        self.set_colour(symbol_colour(self._symbol, tokens().dark))
