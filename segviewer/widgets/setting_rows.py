"""The rows of a settings form: one kind of row for each type of setting."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from segviewer.widgets.number_scale import NumberScale
from segviewer.widgets.segmented import SegmentedButtons
from segviewer.widgets.symbol_colours import symbol_colour
from segviewer.widgets.theme import tokens
from segviewer.widgets.toggle_switch import ToggleSwitch
from segviewer.widgets.typography import tabular
from segviewer.widgets.value_slider import ValueSlider

if TYPE_CHECKING:
    from segviewer.settings import Control

PANEL_ROOM = 248  # What a side panel of 280 pixels leaves between its margins.
SETTLE_MS = 500
SYMBOL_WIDTH = 24
INLINE_NUMBER_WIDTH = 68
_SUBSCRIPT = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def row_for(control: Control) -> SettingRow:
    """Make the row that suits a control's type."""
    if control.type == "bool":
        return ToggleGroupRow(control) if control.length else ToggleRow(control)
    if control.type == "choice":
        return ChoiceRow(control)
    if control.type == "str":
        return TextRow(control)
    return NumbersRow(control) if control.length else NumberRow(control)


class SettingRow(QWidget):
    """Head line with label, change dot and room for a field; subclasses add the rest.

    Signals
    -------
    edited(object, bool)
        New value, and whether the edit is finished.
    """

    edited = Signal(object, bool)

    def __init__(self, control: Control):
        super().__init__()
        self.control = control
        self._mark: object = None
        self._open_edit = False
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self._finish)

        self._label = _HeadLabel(control)
        self._label.reset_requested.connect(self.reset)
        self._dot = _ChangeDot()
        self._dot.clicked.connect(self.reset)
        self._head = QHBoxLayout()
        self._head.setSpacing(4)
        self._head.addWidget(self._label)
        self._head.addWidget(self._dot)
        self._head.addStretch(1)
        self._body = QVBoxLayout(self)
        self._body.setContentsMargins(0, 0, 0, 0)
        self._body.setSpacing(2)
        self._body.addLayout(self._head)
        self.set_enabled(True)

    # What subclasses say

    def value(self) -> object:
        """The value shown."""
        raise NotImplementedError

    def _show(self, value: object) -> None:
        raise NotImplementedError

    def _show_mark(self) -> None:
        """Draw the mark, where the row has a place for it."""

    # The same for every row

    def set_value(self, value: object) -> None:
        """Show `value` without a signal; an unfinished edit is given up."""
        self._settle.stop()
        self._open_edit = False
        self._show(value)
        self._tell_change()

    def shows(self, value: object) -> bool:
        """Whether the row shows this value already."""
        return _same(self.value(), value)

    def set_mark(self, value: object) -> None:
        """Remember the trained or preset value; None for none."""
        self._mark = value
        self._show_mark()
        self._tell_change()

    def norm(self) -> object:
        """What a reset goes to: the mark, or else the default."""
        return self.control.default if self._mark is None else self._mark

    def changed(self) -> bool:
        """Whether the value differs from a mark."""
        return self._mark is not None and not _same(self.value(), self._mark)

    def reset(self) -> None:
        """Go back to the norm, as one finished edit."""
        if not self.isEnabled() or _same(self.value(), self.norm()):
            return
        self.set_value(self.norm())
        self.edited.emit(self.value(), True)

    def held(self) -> bool:
        """Whether the person has hold of a slider of this row."""
        return any(slider.isSliderDown() for slider in self.findChildren(ValueSlider))

    def set_enabled(self, enabled: bool, reason: str = "") -> None:
        """Switch on or off; the tooltip says why it is off."""
        self.setEnabled(enabled)
        self.setToolTip(_tooltip(self.control, "" if enabled else reason))

    def _live(self) -> None:
        """Tell of an unfinished edit."""
        self._open_edit = True
        self._tell_change()
        self.edited.emit(self.value(), False)

    def _finish(self) -> None:
        """Tell that an edit is finished, if there is one."""
        self._settle.stop()
        if self._open_edit:
            self._open_edit = False
            self.edited.emit(self.value(), True)

    def _at_once(self) -> None:
        self._open_edit = False
        self._tell_change()
        self.edited.emit(self.value(), True)

    def _tell_change(self) -> None:
        self._dot.set_shown(self.changed(), _written(self.control, self.norm()))


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

    def _show(self, value: object) -> None:
        self._switch.setChecked(bool(value))


class ToggleGroupRow(SettingRow):
    """Tuple of bools: joined buttons, one for each item."""

    def __init__(self, control: Control):
        super().__init__(control)
        self._buttons = SegmentedButtons(_item_labels(control), exclusive=False)
        for label, button in zip(_item_labels(control), self._buttons.buttons(), strict=True):
            button.setAccessibleName(f"{control.label} {label}")
        self._buttons.toggled.connect(self._at_once)
        self._body.addWidget(self._buttons)

    def value(self) -> tuple[bool, ...]:
        """The value shown."""
        return tuple(button.isChecked() for button in self._buttons.buttons())

    def _show(self, value: object) -> None:
        for index, on in enumerate(value):
            self._buttons.set_checked(index, bool(on))


class ChoiceRow(SettingRow):
    """choice: joined buttons for up to four short ones, else a combo box."""

    def __init__(self, control: Control):
        super().__init__(control)
        texts = [_choice_text(choice) for choice in control.choices]
        metrics = self.fontMetrics()
        wide = sum(metrics.horizontalAdvance(text) + 12 for text in texts)
        self._buttons: SegmentedButtons | None = None
        self._combo: QComboBox | None = None
        if len(texts) <= 4 and wide <= PANEL_ROOM:
            self._buttons = SegmentedButtons(texts, exclusive=True)
            for text, button in zip(texts, self._buttons.buttons(), strict=True):
                button.setAccessibleName(f"{control.label} {text}")
            self._buttons.toggled.connect(self._at_once)
            if control.inline:
                self._head.takeAt(self._head.count() - 1)
                self._head.addWidget(self._buttons, 1)
            else:
                self._body.addWidget(self._buttons)
        else:
            self._combo = _QuietCombo()
            self._combo.addItems(texts)
            self._combo.setAccessibleName(control.label)
            self._combo.activated.connect(self._at_once)
            self._body.addWidget(self._combo)

    def value(self) -> object:
        """The value shown."""
        if self._combo is not None:
            return self.control.choices[max(0, self._combo.currentIndex())]
        for choice, button in zip(self.control.choices, self._buttons.buttons(), strict=True):
            if button.isChecked():
                return choice
        return self.control.default

    def _show(self, value: object) -> None:
        index = self.control.choices.index(value)
        if self._combo is not None:
            self._combo.setCurrentIndex(index)
        else:
            self._buttons.set_checked(index)


class TextRow(SettingRow):
    """str: a text field."""

    def __init__(self, control: Control):
        super().__init__(control)
        self._field = QLineEdit()
        self._field.setAccessibleName(control.label)
        self._field.textEdited.connect(self._live)
        self._field.editingFinished.connect(self._finish)
        self._body.addWidget(self._field)

    def value(self) -> object:
        """The value shown; a tuple of texts is written with commas."""
        text = self._field.text()
        if self.control.length:
            return tuple(part.strip() for part in text.split(","))
        return text

    def _show(self, value: object) -> None:
        self._field.setText(", ".join(value) if self.control.length else str(value))


class NumberRow(SettingRow):
    """int or float: label and number in a line, the slider below.

    A control with a symbol takes one line: symbol, slider, number; the words are in the
    tooltip.
    """

    def __init__(self, control: Control):
        super().__init__(control)
        self._number = _NumberField(control, control.label, control.symbol)
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

    def _on_moved(self, dragging: bool) -> None:
        self._live()
        # Keys and typing have no release: the edit ends when they pause.
        if not dragging:
            self._settle.start()

    def _show(self, value: object) -> None:
        self._number.set_value(value)

    def _show_mark(self) -> None:
        self._number.set_mark(self._mark)


class NumbersRow(SettingRow):
    """Tuple of numbers: a line with label, slider and number for each item."""

    def __init__(self, control: Control):
        super().__init__(control)
        labels = _item_labels(control)
        width = max(self.fontMetrics().horizontalAdvance(label) for label in labels)
        if control.unit:
            unit = QLabel(control.unit)
            unit.setProperty("role", "muted")
            self._head.addWidget(unit)
        self._numbers = []
        for index, label in enumerate(labels):
            number = _NumberField(control, f"{control.label} {label}", control.symbol, unit="")
            number.moved.connect(self._on_moved)
            number.let_go.connect(self._finish)
            number.reset_requested.connect(lambda index=index: self._reset_item(index))
            name = _SymbolLabel(label, control.symbol)
            name.setFixedWidth(width + 2)
            line = QHBoxLayout()
            line.setSpacing(8)
            line.addWidget(name)
            line.addWidget(number.slider, 1)
            line.addWidget(number.spin)
            self._body.addLayout(line)
            self._numbers.append(number)

    def value(self) -> tuple:
        """The value shown."""
        return tuple(number.value() for number in self._numbers)

    def _on_moved(self, dragging: bool) -> None:
        self._live()
        if not dragging:
            self._settle.start()

    def _reset_item(self, index: int) -> None:
        norm = self.norm()
        if index < len(norm) and not _same(self._numbers[index].value(), norm[index]):
            self._numbers[index].set_value(norm[index])
            self._at_once()

    def _show(self, value: object) -> None:
        for number, item in zip(self._numbers, value, strict=True):
            number.set_value(item)

    def _show_mark(self) -> None:
        marks = self._mark if self._mark is not None else ()
        for index, number in enumerate(self._numbers):
            number.set_mark(marks[index] if index < len(marks) else None)


class _NumberField(QObject):
    """A slider and a spin box that show one number; the row lays them out."""

    moved = Signal(bool)
    let_go = Signal()
    reset_requested = Signal()

    def __init__(self, control: Control, name: str, symbol: str, unit: str | None = None):
        super().__init__()
        self._scale = NumberScale.of(control)
        self._value: float | int = self._scale.rounded(self._scale.minimum)
        self.slider = _SymbolSlider(symbol)
        self.slider.setAccessibleName(name)
        span = self._scale.maximum - self._scale.minimum
        if self._scale.integer and not self._scale.log and span <= 1000:
            self.slider.set_steps(round(span))
            self.slider.setSingleStep(1)
        else:
            self.slider.set_steps(ValueSlider.STEPS)
        self.slider.moved.connect(self._on_slider_moved)
        self.slider.let_go.connect(self.let_go)
        self.slider.reset_requested.connect(self.reset_requested)
        self.spin = _QuietSpin()
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

    def value(self) -> float | int:
        return self._value

    def set_value(self, value: object) -> None:
        self._value = int(value) if self._scale.integer else float(value)
        self.slider.set_position(self._scale.position(self._value))
        self._show_in_spin()

    def set_mark(self, value: object) -> None:
        self.slider.set_mark(None if value is None else self._scale.position(value))

    def _show_in_spin(self) -> None:
        blocked = self.spin.blockSignals(True)
        self.spin.setValue(self._value)
        self.spin.blockSignals(blocked)

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
        # Enter tells the number once more.
        if value == self._value:
            return
        self._value = value
        self.slider.set_position(self._scale.position(self._value))
        self.moved.emit(False)


class _QuietSpin(QDoubleSpinBox):
    """A spin box without arrows that the wheel changes only when it has the focus."""

    def __init__(self) -> None:
        self._fitted = False
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

    def changeEvent(self, event) -> None:  # noqa: N802 (Qt's name)
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and self._fitted:
            self.fit_width()

    def wheelEvent(self, event) -> None:  # noqa: N802 (Qt's name)
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class _QuietCombo(QComboBox):
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


class _SymbolSlider(ValueSlider):
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


class _SymbolLabel(QLabel):
    """A short text in its symbol's colour."""

    def __init__(self, text: str, symbol: str):
        super().__init__()
        self._text, self._symbol = text, symbol
        self.setTextFormat(Qt.TextFormat.RichText)
        self._dress()

    def changeEvent(self, event) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.EnabledChange):
            self._dress()

    def _dress(self) -> None:
        colours = tokens()
        colour = symbol_colour(self._symbol, colours.dark) or colours.muted
        if not self.isEnabled():
            colour = colours.disabled
        self.setText(f'<span style="color:{colour}">{escape(self._text)}</span>')


class _HeadLabel(QLabel):
    """Symbol in its colour, then the words; a double click resets."""

    reset_requested = Signal()

    def __init__(self, control: Control):
        super().__init__()
        self._control = control
        self._words = True
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setMinimumHeight(28)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._dress()

    def show_symbol_only(self, width: int) -> None:
        """Leave out the words, and keep `width` so that sliders below each other align."""
        self._words = False
        self._least = width
        self.setFixedWidth(max(width, self.fontMetrics().horizontalAdvance("σα") + 2))
        self.setAccessibleName(self._control.label)
        self._dress()

    def mouseDoubleClickEvent(self, event) -> None:  # noqa: N802
        self.reset_requested.emit()

    def changeEvent(self, event) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.EnabledChange):
            self._dress()
        if event.type() == QEvent.Type.FontChange and not self._words:
            self.show_symbol_only(self._least)

    def _dress(self) -> None:
        colours = tokens()
        label = escape(self._control.label)
        symbol = self._control.symbol
        if not symbol:
            self.setText(label)
            return
        colour = symbol_colour(symbol, colours.dark) or colours.muted
        if not self.isEnabled():
            colour = colours.disabled
        words = f"&nbsp; {label}" if self._words else ""
        self.setText(
            f'<span style="color:{colour}; font-weight:600">{escape(symbol)}</span>{words}'
        )


class _ChangeDot(QToolButton):
    """A small dot beside a changed setting; a click takes it back."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(20, 28)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("Reset")
        policy = self.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.setSizePolicy(policy)
        self.hide()

    def set_shown(self, shown: bool, norm: str) -> None:
        """Show or hide the dot; `norm` is what a click goes back to."""
        self.setVisible(shown)
        self.setToolTip(f"Changed. Click to go back to {norm}.")

    def paintEvent(self, event) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens().accent))
        radius = 4 if self.underMouse() or self.hasFocus() else 3
        painter.drawEllipse(self.rect().toRectF().center(), radius, radius)


def _item_labels(control: Control) -> tuple[str, ...]:
    if len(control.item_labels) == control.length:
        return control.item_labels
    stem = control.symbol if len(control.symbol) == 1 else ""
    numbers = (str(i + 1) for i in range(control.length))
    return tuple(stem + n.translate(_SUBSCRIPT) if stem else n for n in numbers)


def _choice_text(choice: object) -> str:
    return str(choice).replace("_", " ") if isinstance(choice, str) else str(choice)


def _written(control: Control, value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(_written(control, item) for item in value)
    if isinstance(value, bool):
        return "on" if value else "off"
    text = f"{value:g}" if isinstance(value, float) else _choice_text(value)
    return f"{text} {control.unit}".strip()


def _same(first: object, second: object) -> bool:
    if isinstance(first, (tuple, list)) and isinstance(second, (tuple, list)):
        return len(first) == len(second) and all(map(_same, first, second))
    if isinstance(first, float) or isinstance(second, float):
        return abs(float(first) - float(second)) <= 1e-9 * max(1.0, abs(float(first)))
    return first == second


def _tooltip(control: Control, reason: str) -> str:
    head = f"<b>{escape(control.label)}</b>"
    if control.symbol:
        head += f" &nbsp;{escape(control.symbol)}"
    lines = [head]
    if control.minimum is not None and control.maximum is not None:
        span = f"{control.minimum:g} to {control.maximum:g} {control.unit}".strip()
        lines.append(escape(span))
    elif control.unit:
        lines.append(f"in {escape(control.unit)}")
    if control.tip:
        lines.append(escape(control.tip))
    if reason:
        lines.append(f"<i>{escape(reason)}</i>")
    return f'<div style="max-width:320px">{"<br>".join(lines)}</div>'
