"""Which bands of a picture of many are seen: three as red, green and blue, or one as grey."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QSpinBox, QVBoxLayout, QWidget

from segviewer.widgets.controls.segmented import SegmentedButtons
from segviewer.widgets.text.plain_text import PlainLabel, plain_tip

_COLOURS = ("R", "G", "B")
_NAMES = ("red", "green", "blue")


class BandChoice(QWidget):
    """Colour or grey, and the numbers of the bands.

    Signals
    -------
    bands_chosen(tuple of int)
        Three numbers, or one; counted from 1.
    """

    bands_chosen = Signal(tuple)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._count = 0
        self.kind = SegmentedButtons(("Colour", "Grey"), exclusive=True)
        self.kind.setAccessibleName("Bands as colour or grey")
        self.kind.toggled.connect(self._on_kind)
        self.boxes = [QSpinBox() for _ in _COLOURS]
        self.total = PlainLabel()
        self.total.setProperty("role", "secondary")
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        for box, name in zip(self.boxes, _NAMES, strict=True):
            box.setKeyboardTracking(False)
            box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            box.setMinimumHeight(28)
            box.setAccessibleName(f"Band shown as {name}")
            box.setToolTip(plain_tip(f"Which band is shown as {name}"))
            box.valueChanged.connect(self._on_number)
            line.addWidget(box)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.kind)
        layout.addLayout(line)
        layout.addWidget(self.total)

    def set_bands(self, shown: tuple[int, ...], count: int) -> None:
        """Show three or one of `count` bands, without a signal; those not there are left out."""
        self._count = count
        grey = count < 3 or len(shown) == 1
        if not shown or max(shown) > count:
            shown = (1,) if grey else (1, 2, 3)
        self.kind.buttons()[0].setEnabled(count >= 3)
        self.kind.set_checked(int(grey))
        for number, box in enumerate(self.boxes):
            with QSignalBlocker(box):
                box.setRange(1, max(1, count))
                box.setPrefix(" Band " if grey else f" {_COLOURS[number]} ")
                if number < len(shown):
                    box.setValue(shown[number])
            box.setVisible(number < len(shown))
        self.total.setText(f"of {count:,} bands")

    def bands(self) -> tuple[int, ...]:
        """The bands chosen."""
        boxes = self.boxes[:1] if self.kind.buttons()[1].isChecked() else self.boxes
        return tuple(box.value() for box in boxes)

    def _on_kind(self, index: int, on: bool) -> None:
        first = self.boxes[0].value()
        others = [number for number in range(1, self._count + 1) if number != first][:2]
        self._choose((first,) if index else (first, *others))

    def _on_number(self) -> None:
        self._choose(self.bands())

    def _choose(self, bands: tuple[int, ...]) -> None:
        self.set_bands(bands, self._count)
        self.bands_chosen.emit(bands)
