"""A labelling to paint, and its energy cell by cell and term by term."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from segviewer.labs.graphical.cell_grid import CellGrid
from segviewer.labs.graphical.crf_energy import EnergyShown
from segviewer.widgets.charts.diverging import diverging
from segviewer.widgets.tables.figure_table import FigureTable
from segviewer.widgets.text.plain_text import plain_tip
from segviewer.widgets.theme.theme import tokens

TITLES = {
    "network": ("Network's labels", "What each pixel takes by itself: the lowest unary term"),
    "one flip down": ("Best flip", "Flip the one pixel that lowers E most"),
    "all the way down": ("Downhill", "Flip pixels as long as that lowers E"),
    "lowest": ("Lowest", "The labelling of lowest energy, by a minimum cut"),
}
STUDIO = {"crf": {"enabled": True}, "lab": {"name": "kernel", "values": ()}}


class EnergyView(QWidget):
    """Picture, labels to paint, what a flip would change, and the table of terms.

    Signals
    -------
    edited(name, value, finished)
        A setting of the lab.
    asked(changes)
        The CRF, switched on, and the lab that shows its kernels on the photograph.
    """

    edited = Signal(str, object, bool)
    asked = Signal(object)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._shown: Any = None
        self.picture = CellGrid("Picture, p(1) in %")
        self.labels = CellGrid("Labels: paint here", paintable=True)
        self.flips = CellGrid("A flip changes E by")
        self.table = FigureTable(("term", "raw, i ≠ j", "normalised"), "Terms of the energy")
        self.buttons = {}
        buttons = QGridLayout()
        buttons.setSpacing(6)
        for place, (name, (title, tip)) in enumerate(TITLES.items()):
            button = self.buttons[name] = QPushButton(title)
            button.setToolTip(plain_tip(tip))
            button.clicked.connect(lambda checked=False, name=name: self._on_button(name))
            buttons.addWidget(button, place // 3, place % 3)
        self.studio = QPushButton("CRF studio")
        self.studio.setToolTip("On the photograph: switch the CRF on and open its kernels")
        self.studio.clicked.connect(lambda: self.asked.emit(STUDIO))
        buttons.addWidget(self.studio, len(TITLES) // 3, len(TITLES) % 3)
        right = QVBoxLayout()
        right.setSpacing(6)
        right.addWidget(self.table, 1)
        right.addLayout(buttons)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        # A change has a sign and a decimal more to say than a percentage.
        for grid, share in ((self.picture, 6), (self.labels, 6), (self.flips, 7)):
            layout.addWidget(grid, share)
            grid.pointed.connect(partial(self._on_pointed, grid))
        layout.addLayout(right, 4)
        self.labels.painted.connect(lambda v, done: self.edited.emit("labels", v, done))

    def show_result(self, shown: EnergyShown | None) -> None:
        """Draw an ``EnergyShown``, or nothing."""
        self._shown = shown
        for button in self.buttons.values():
            button.setEnabled(shown is not None)
        if shown is None:
            for grid in (self.picture, self.labels, self.flips):
                grid.set_cells(np.zeros((0, 0)), _grey)
            self.table.set_rows(())
            return
        tips = _tips(shown)
        chances = [f"{100 * p:.0f}" for p in shown.chances.ravel()]
        self.picture.set_cells(shown.picture, _grey, chances, tips)
        labels = [str(v) for v in shown.labels.ravel()]
        self.labels.set_cells(shown.labels, _label_colour, labels, tips)
        reach = float(np.abs(shown.flips).max()) or 1.0
        words = [_change(v) for v in shown.flips.ravel()]
        short = [f"{v:+.0f}".replace("-", "−") for v in shown.flips.ravel()]
        self.flips.set_cells(shown.flips, lambda v: diverging(v / reach), words, tips, short)
        self.table.set_rows(shown.rows)
        current = tuple(int(v) for v in shown.labels.ravel())
        for name, button in self.buttons.items():
            button.setEnabled(shown.targets[name] != current)

    def _on_button(self, name: str) -> None:
        if self._shown is not None:
            self.edited.emit("labels", self._shown.targets[name], True)

    def _on_pointed(self, pointed: QWidget, index: int) -> None:
        for grid in (self.picture, self.labels, self.flips):
            if grid is not pointed:
                grid.set_current(index)


def _grey(value: float) -> QColor:
    return QColor(*(round(value),) * 3)


def _label_colour(value: float) -> QColor:
    return QColor(tokens().accent if value else tokens().groove)


def _tips(shown: Any) -> list[str]:
    rows = zip(
        shown.labels.ravel(),
        shown.unary.ravel(),
        shown.smoothness.ravel(),
        shown.appearance.ravel(),
        shown.flips.ravel(),
        strict=True,
    )
    return [
        f"label {label}: unary {u:.2f}, its half of the pairs {s:.2f} smoothness and {a:.2f} "
        f"appearance; a flip changes E by {_change(f)}"
        for label, u, s, a, f in rows
    ]


def _change(value: float) -> str:
    decimals = 1 if abs(value) < 99.95 else 0
    return f"{value:+.{decimals}f}".replace("-", "−")
