"""How the lab “U-Net” is drawn."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from segviewer.labs.networks.u_net_drawing import TileDrawing, UDrawing
from segviewer.labs.networks.u_net_sizes import UNetShown
from segviewer.widgets.controls.step_slider import StepSlider

PACE_MS = 300  # so that 27 maps take 8 s


class UNetSizesView(QWidget):
    """The U, the tile beside it, and the way to sizes that fit."""

    edited = Signal(str, object, bool)

    def __init__(self):
        super().__init__()
        self._shown: UNetShown | None = None
        self.drawing, self.tile = UDrawing(), TileDrawing()
        self.steps = StepSlider("Play")
        self.steps.least_ms = PACE_MS
        self.steps.stepped.connect(lambda number, finished: self._go_to(number))
        self.smaller, self.larger = QPushButton(), QPushButton()
        self.smaller.clicked.connect(lambda: self._go("before"))
        self.larger.clicked.connect(lambda: self._go("after"))
        buttons = QHBoxLayout()
        buttons.setSpacing(4)
        buttons.addWidget(self.smaller)
        buttons.addWidget(self.larger)
        beside = QVBoxLayout()
        beside.setSpacing(4)
        beside.addWidget(self.tile, 1)
        beside.addLayout(buttons)
        drawn = QVBoxLayout()
        drawn.setSpacing(6)
        drawn.addWidget(self.steps)
        drawn.addWidget(self.drawing, 1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(24)
        layout.addLayout(drawn, 3)
        layout.addLayout(beside, 1)

    def show_result(self, shown: UNetShown | None) -> None:
        self._shown = shown
        self.drawing.set_sizes(None if shown is None else shown.sizes)
        self.steps.stop()
        self._go_to(len(self.drawing.layers()) - 1)
        for button, size in (
            (self.smaller, shown.before if shown else 0),
            (self.larger, shown.after if shown else 0),
        ):
            button.setText(f"{size} px fits" if size else "none")
            button.setEnabled(bool(size))
            button.setToolTip("Nearest side that goes through without a remainder")
        if shown is None:
            self.tile.set_tile(0, 0, 0, "")
            return
        words = "Padded: nothing is mirrored"
        if shown.near:
            words = f"To answer {shown.side} px, {shown.whole} px are read (overlap-tile)"
        self.tile.set_tile(shown.side, shown.near, shown.far, words)

    def _go_to(self, number: int) -> None:
        """Show the maps as far as this one; the last one shows all alike."""
        names = [layer.words for layer in self.drawing.layers()]
        self.drawing.set_current(-1 if number >= len(names) - 1 else number)
        self.steps.set_steps(names, number)

    def _go(self, which: str) -> None:
        if self._shown is not None:
            self.edited.emit("side", getattr(self._shown, which), True)
