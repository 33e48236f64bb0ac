"""A unit's rectangle, gradient, taps and spectrum side by side, and the rates that move them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSpinBox, QVBoxLayout, QWidget

from segviewer.labs.gridding.linked_gridding import Four
from segviewer.labs.receptive_fields.receptive_field_view import FieldNest
from segviewer.widgets.controls.step_slider import StepSlider
from segviewer.widgets.grids.map_tiles import MapTiles
from segviewer.widgets.grids.tap_grid import TapMap
from segviewer.widgets.text.plain_text import PlainLabel, plain_tip
from segviewer.widgets.theme.typography import tabular


class RateBoxes(QWidget):
    """A spin box for each rate of a network.

    Signals
    -------
    changed(str, object)
        Name of the setting and its new values.
    """

    changed = Signal(str, object)

    def __init__(self):
        super().__init__()
        self._fields: tuple[Any, ...] = ()
        self.boxes: dict[str, list[QSpinBox]] = {}
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(6)

    def set_fields(self, fields: Sequence[Any]) -> None:
        """Show these; boxes that stay keep the focus."""
        fields = tuple(fields)
        if _shapes(fields) != _shapes(self._fields):
            self._rebuild(fields)
        self._fields = fields
        for field in fields:
            for box, value in zip(self.boxes[field.name], field.values, strict=True):
                with QSignalBlocker(box):
                    box.setValue(value)

    def _rebuild(self, fields: tuple[Any, ...]) -> None:
        while self._layout.count():
            item = self._layout.takeAt(0)
            widget = None if item is None else item.widget()
            if widget is not None:
                widget.hide()  # at once: until it is deleted it would stand under the others
                widget.deleteLater()
        self.boxes = {}
        for field in fields:
            self._layout.addWidget(PlainLabel(field.label))
            self.boxes[field.name] = [self._box(field, n) for n in range(len(field.values))]
            self._layout.addSpacing(10)
        if not fields:
            words = PlainLabel("This network has no rates to change.")
            words.setProperty("role", "secondary")
            self._layout.addWidget(words)
        self._layout.addStretch(1)

    def _box(self, field: Any, index: int) -> QSpinBox:
        box = QSpinBox()
        box.setRange(field.least, field.most)
        box.setFont(tabular(box.font()))
        # A typed 12 is not first a 1.
        box.setKeyboardTracking(False)
        label = field.item_labels[index] if index < len(field.item_labels) else str(index + 1)
        box.setAccessibleName(f"{field.label}, {label}")
        box.setToolTip(plain_tip(f"{field.label} {label}: {field.least} to {field.most}"))
        box.valueChanged.connect(lambda value: self._on_changed(field.name))
        self._layout.addWidget(box)
        return box

    def _on_changed(self, name: str) -> None:
        self.changed.emit(name, tuple(box.value() for box in self.boxes[name]))


class FourViews(QWidget):
    """It draws a :class:`segviewer.labs.gridding.linked_gridding.Four`.

    Signals
    -------
    edited(str, object, bool)
        ``layer`` and its label.
    asked(object)
        A rate of the network.
    """

    edited = Signal(str, object, bool)
    asked = Signal(object)

    def __init__(self):
        super().__init__()
        self._labels: tuple[str, ...] = ()
        self.rates = RateBoxes()
        self.nest, self.field, self.taps, self.spectrum = (
            FieldNest(),
            MapTiles(),
            TapMap(),
            MapTiles(),
        )
        self.steps = StepSlider("Play")
        self.rates.changed.connect(lambda name, v: self.asked.emit({"network": {name: v}}))
        self.steps.stepped.connect(
            lambda index, done: self.edited.emit("layer", self._labels[index], done)
        )
        four = QHBoxLayout()
        four.setSpacing(16)
        for widget, head in (
            (self.nest, "what it could see"),
            (self.field, "what moves it"),
            (self.taps, "where its taps fall"),
            (self.spectrum, "the grid of its layer"),
        ):
            one = QVBoxLayout()
            one.setSpacing(2)
            words = PlainLabel(head)
            words.setAlignment(Qt.AlignmentFlag.AlignCenter)
            one.addWidget(words)
            one.addWidget(widget, 1)
            four.addLayout(one, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.rates)
        layout.addLayout(four, 1)
        layout.addWidget(self.steps)

    def show_result(self, shown: Four | None) -> None:
        """Draw all four, or nothing."""
        self._labels = () if shown is None else shown.labels
        self.steps.set_steps(self._labels, 0 if shown is None else shown.chosen)
        self.nest.shown = None if shown is None else shown.theory
        self.nest.update()
        self.taps.set_grid(None if shown is None else shown.taps)
        if shown is None:
            self.rates.set_fields(())
            self.field.set_tiles(())
            self.spectrum.set_tiles(())
            return
        self.rates.set_fields(shown.fields)
        self.field.set_tiles(() if shown.field is None else (shown.field,), 1, shown.field_words)
        self.spectrum.set_tiles(
            () if shown.spectrum is None else (shown.spectrum,),
            1,
            shown.spectrum_words,
            shown.rings,
        )


def _shapes(fields: tuple[Any, ...]) -> list[tuple]:
    return [(field.name, field.label, len(field.values)) for field in fields]
