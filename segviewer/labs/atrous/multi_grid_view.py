"""How the lab “Multi-grid” is drawn."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from segviewer.labs.atrous.multi_grid import NUMBERS, WORDS, GridTile, MultiGridShown
from segviewer.labs.atrous.tap_growth import TapGrowth
from segviewer.labs.shared.one_pass import percent
from segviewer.widgets.charts.plot import Curve, Plot
from segviewer.widgets.controls.step_slider import StepSlider
from segviewer.widgets.grids.swipe_picture import SwipePicture

PACE_MS = 1500  # so that four rows take 6 s


class MultiGridView(QWidget):
    """Two label maps under a line to swipe, and the taps as they spread, or the paper's figures."""

    edited = Signal(str, object, bool)
    asked = Signal(object)

    def __init__(self):
        super().__init__()
        self._shown: MultiGridShown | None = None
        self.swipe, self.taps = SwipePicture(), TapGrowth()
        self.button = QPushButton()
        self.button.setToolTip("Apply to network")
        self.button.clicked.connect(self._on_asked)
        self.steps = StepSlider("Play")
        self.steps.least_ms = PACE_MS
        self.steps.stepped.connect(lambda number, finished: self._show_rows(number))
        self.miou = Plot("last block", "mIoU, %", x_ticks=NUMBERS)
        growth = QWidget()
        column = QVBoxLayout(growth)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.steps)
        column.addWidget(self.taps, 1)
        self.drawings = QStackedWidget()
        self.drawings.addWidget(growth)
        self.drawings.addWidget(self.miou)
        pictures = QVBoxLayout()
        pictures.setSpacing(6)
        pictures.addWidget(self.swipe, 1)
        pictures.addWidget(self.button)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        layout.addLayout(pictures, 1)
        layout.addWidget(self.drawings, 1)

    def show_result(self, shown: MultiGridShown | None) -> None:
        self._shown = shown
        self.button.setVisible(shown is not None)
        self.steps.stop()
        if shown is None:
            self.swipe.set_pictures(())
            self.taps.set_levels((), (), ())
            self.steps.set_steps((), 0)
            self.miou.set_curves(())
            return
        self.drawings.setCurrentIndex(("taps", "mIoU").index(shown.beside))
        first, second = _compared(shown)
        self.swipe.set_pictures((first.picture, second.picture), (_words(first), _words(second)))
        asks = shown.tiles[shown.chosen].asks
        self.button.setText(f"Set multi-grid {WORDS[shown.chosen]}" if asks else "Already applied")
        self.button.setEnabled(bool(asks))
        names = ["output"]
        for number in range(len(shown.rates), 0, -1):
            names.append(f"unit {number}: r {shown.rates[number - 1]}")
        self.taps.set_levels(shown.grid, shown.levels, names)
        self._show_rows(len(names) - 1)
        words = WORDS[shown.chosen]
        marked = dict.fromkeys((WORDS[0], words))
        self.miou.set_curves(
            [
                Curve(
                    NUMBERS,
                    shown.miou[one],
                    one if one in marked else "",
                    points=one in marked,
                    dashed=one not in marked,
                )
                for one in (*marked, *(one for one in WORDS if one not in marked))
            ]
        )

    def _show_rows(self, number: int) -> None:
        """Draw the taps as far as this row."""
        shown = self._shown
        if shown is None:
            return
        self.taps.set_shown(number + 1)
        names = ["1 cell"]
        for level in shown.levels[1:]:
            names.append(f"{int((level > 0).sum())} of {len(level)} cells")
        self.steps.set_steps(names, number)

    def _on_asked(self) -> None:
        if self._shown is not None:
            self.asked.emit({"network": self._shown.tiles[self._shown.chosen].asks})


def _compared(shown: MultiGridShown) -> tuple[GridTile, GridTile]:
    """The network as it is and the chosen grid; where that is the same, 1, 1, 1 and that."""
    now = next((tile for tile in shown.tiles if not tile.asks), shown.tiles[0])
    chosen = shown.tiles[shown.chosen]
    return (shown.tiles[0], chosen) if chosen is now else (now, chosen)


def _words(tile: GridTile) -> str:
    if not tile.asks:
        return f"{tile.words}: as it is"
    change = "" if tile.changed is None else f": {percent(tile.changed)} change"
    return tile.words + change
