"""What a target is painted with: the class, the brush's size, the eraser, and the way out."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from segviewer.widgets.controls.number_scale import NumberScale
from segviewer.widgets.controls.value_slider import ValueSlider
from segviewer.widgets.panels.class_delegate import SWATCH, draw_swatch
from segviewer.widgets.text.plain_text import PlainLabel, plain_tip
from segviewer.widgets.theme.painted_widget import PaintedWidget
from segviewer.widgets.theme.theme import Tokens
from segviewer.widgets.theme.typography import tabular

STEP = 1.25  # a key's, or a notch's of the wheel
HINT = (
    "Choose the class in the list above or with 1–9. Left paints, right wipes out, Ctrl+drag pans."
)


class BrushBar(QWidget):
    """Class, size, eraser, save and done.

    Signals
    -------
    resized(float)
        Diameter that was chosen, in pixels of the photograph.
    eraser_toggled(bool)
    save_requested()
    done_requested()
    """

    resized = Signal(float)
    eraser_toggled = Signal(bool)
    save_requested = Signal()
    done_requested = Signal()

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._diameter = 1.0
        self._scale = _scale(1000)
        self._swatch = _Swatch()
        self._name = PlainLabel()
        self._slider = ValueSlider()
        self._slider.setAccessibleName("Brush size")
        self._slider.setToolTip(plain_tip("Diameter of the brush (+ and -, or Shift+wheel)"))
        self._size = PlainLabel()
        self._size.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._size.setFont(tabular(self.font()))
        self._size.setMinimumWidth(self._size.fontMetrics().horizontalAdvance("1000 px"))
        self._eraser = QPushButton("Eraser")
        self._eraser.setCheckable(True)
        self._eraser.setToolTip(plain_tip("Wipe out what was painted (R, or the right button)"))
        self._save = QPushButton("Save mask…")
        self._save.setToolTip(plain_tip("A copy where you like, as a PNG of label numbers"))
        self._done = QPushButton("Done")
        self._done.setToolTip(plain_tip("Put the brush away; the mask stays the target (M or Esc)"))
        hint = PlainLabel(HINT)
        hint.setWordWrap(True)
        hint.setProperty("role", "secondary")
        chosen = QHBoxLayout()
        chosen.addWidget(self._swatch)
        chosen.addWidget(self._name, 1)
        chosen.addWidget(self._eraser)
        size = QHBoxLayout()
        size.addWidget(PlainLabel("Size"))
        size.addWidget(self._slider, 1)
        size.addWidget(self._size)
        buttons = QHBoxLayout()
        buttons.addWidget(self._save)
        buttons.addStretch(1)
        buttons.addWidget(self._done)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for line in (chosen, size):
            line.setSpacing(8)
            layout.addLayout(line)
        layout.addWidget(hint)
        layout.addLayout(buttons)
        self._slider.moved.connect(lambda position: self._choose(self._scale.value(position)))
        self._eraser.toggled.connect(self._on_eraser_toggled)
        self._save.clicked.connect(self.save_requested)
        self._done.clicked.connect(self.done_requested)

    def set_class(self, name: str, colour: tuple[int, int, int]) -> None:
        """Say what is painted."""
        self._name.setText(name)
        self._name.setAccessibleDescription(f"The brush paints {name}")
        self._swatch.set_colour(QColor(*colour))

    def set_largest(self, diameter: float) -> None:
        """Let the slider end at so many pixels."""
        self._scale = _scale(max(2.0, diameter))
        self.set_diameter(self._diameter)

    def set_diameter(self, diameter: float) -> None:
        """Show a size, without a signal."""
        self._diameter = self._scale.rounded(diameter)
        self._slider.set_position(self._scale.position(self._diameter))
        self._size.setText(f"{self._diameter:.0f} px")
        self._slider.setAccessibleDescription(self._size.text())

    def diameter(self) -> float:
        """Of the brush, in pixels of the photograph."""
        return self._diameter

    def step(self, by: int) -> None:
        """Make the brush larger by some steps, or smaller."""
        larger = self._diameter * STEP**by
        # Small ones go pixel by pixel.
        self._choose(math.ceil(larger) if by > 0 else math.floor(larger))

    def erases(self) -> bool:
        """Whether the brush wipes out."""
        return self._eraser.isChecked()

    def toggle_eraser(self) -> None:
        """Take the eraser, or the brush again."""
        self._eraser.toggle()

    def _choose(self, diameter: float) -> None:
        before = self._diameter
        self.set_diameter(diameter)
        if self._diameter != before:
            self.resized.emit(self._diameter)

    def _on_eraser_toggled(self, on: bool) -> None:
        self._name.setEnabled(not on)
        self._swatch.set_filled(not on)
        self.eraser_toggled.emit(on)


def _scale(largest: float) -> NumberScale:
    return NumberScale(1.0, largest, True, True, 0, 1.0, largest)


class _Swatch(PaintedWidget):
    """The class's colour, as in the legend."""

    def __init__(self) -> None:
        super().__init__()
        self._colour, self._filled = QColor(), True
        self.setFixedSize(QSize(SWATCH + 2, SWATCH + 2))

    def set_colour(self, colour: QColor) -> None:
        self._colour = colour
        self.update()

    def set_filled(self, filled: bool) -> None:
        self._filled = filled
        self.update()

    def paint(self, painter: QPainter, colours: Tokens) -> None:
        area = QRectF(1, 1, SWATCH, SWATCH)
        draw_swatch(painter, area, self._colour, colours, filled=self._filled)
