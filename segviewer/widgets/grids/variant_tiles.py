"""The network as it is and some ways to set it otherwise, as pictures; one can be applied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from segviewer.widgets.grids.picture_tiles import PictureTiles, Tile


@dataclass(frozen=True, eq=False)
class Variant:
    """One way to set the network.

    Attributes
    ----------
    title, figures : str
        Above and below its picture.
    picture : ndarray of uint8 (h, w, 3) or None
        None while it is not there yet.
    action : str
        What the button says while this one is chosen.
    asks : dict
        Network settings that make it so; empty for the network as it is.
    """

    title: str
    picture: np.ndarray | None
    figures: str = ""
    action: str = ""
    asks: dict[str, Any] = field(default_factory=dict)


class VariantTiles(QWidget):
    """Pictures, and a button that sets the network as the chosen one.

    Signals
    -------
    chosen(int)
        Number of the picture that was clicked or reached with the arrow keys.
    asked(dict)
        ``{"network": {field: value}}``: what the button is to set.
    """

    chosen = Signal(int)
    asked = Signal(object)

    def __init__(self, name: str, nothing_chosen: str, parent: QWidget | None = None):
        super().__init__(parent)
        self._variants: tuple[Variant, ...] = ()
        self._current, self._nothing_chosen = 0, nothing_chosen
        self.tiles = PictureTiles()
        self.tiles.setAccessibleName(name)
        self.tiles.chosen.connect(lambda number: self.chosen.emit(int(number)))
        self.button = QPushButton()
        self.button.setToolTip("Apply to network")
        self.button.clicked.connect(self._on_clicked)
        below = QHBoxLayout()
        below.addWidget(self.button)
        below.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.tiles, 1)
        layout.addLayout(below)
        self.set_variants((), 0)

    def set_variants(self, variants: Sequence[Variant], current: int) -> None:
        """Show these, of which number `current` is chosen."""
        self._variants, self._current = tuple(variants), current
        self.tiles.set_tiles(
            [
                Tile(str(number), variant.title, variant.figures, variant.picture)
                for number, variant in enumerate(self._variants)
            ],
            str(current),
        )
        self.button.setVisible(bool(self._variants))
        asks = self._variants[current].asks if self._variants else {}
        self.button.setEnabled(bool(asks))
        self.button.setText(self._variants[current].action if asks else self._nothing_chosen)

    def _on_clicked(self) -> None:
        if self._variants:
            self.asked.emit({"network": self._variants[self._current].asks})
