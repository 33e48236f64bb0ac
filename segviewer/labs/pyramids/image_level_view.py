"""How the lab “Image-level features” is drawn."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from segviewer.labs.pyramids.image_level import ImageLevelShown
from segviewer.labs.pyramids.mean_flow import MeanFlow
from segviewer.labs.shared.one_pass import percent, signed
from segviewer.widgets.charts.part_bars import Part, PartBars
from segviewer.widgets.controls.step_slider import StepSlider
from segviewer.widgets.grids.swipe_picture import SwipePicture
from segviewer.widgets.text.plain_text import plain_entry

PARTS = ("the map", "its average", "in every cell")
PACE_MS = 2000  # so that three parts take 6 s


class ImageLevelView(QWidget):
    """Labels with and without under a line to swipe; the average's way, or the scores."""

    edited = Signal(str, object, bool)
    asked = Signal(object)

    def __init__(self):
        super().__init__()
        self._shown: ImageLevelShown | None = None
        self.swipe, self.flow = SwipePicture(), MeanFlow()
        self.variants = QComboBox()
        self.variants.setAccessibleName("Compared with")
        self.variants.setToolTip("What is right of the line")
        policy = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        self.variants.setSizeAdjustPolicy(policy)
        self.variants.activated.connect(
            lambda number: self.edited.emit("variant", number + 1, True)
        )
        self.button = QPushButton("Apply")
        self.button.setToolTip("Set the network so")
        self.button.clicked.connect(self._on_asked)
        self.steps = StepSlider("Play")
        self.steps.least_ms = PACE_MS
        self.steps.stepped.connect(lambda number, finished: self._show_parts(number))
        self.gains, self.lengths = PartBars(), PartBars()
        self.drawings = QStackedWidget()
        for parts in (((self.steps, 0), (self.flow, 1)), ((self.gains, 3), (self.lengths, 1))):
            page = QWidget()
            column = QVBoxLayout(page)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(6)
            for widget, stretch in parts:
                column.addWidget(widget, stretch)
            self.drawings.addWidget(page)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.variants, 1)
        row.addWidget(self.button)
        pictures = QVBoxLayout()
        pictures.setSpacing(6)
        pictures.addWidget(self.swipe, 1)
        pictures.addLayout(row)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(20)
        layout.addLayout(pictures, 1)
        layout.addWidget(self.drawings, 1)

    def show_result(self, shown: ImageLevelShown | None) -> None:
        self._shown = shown
        self.lengths.setVisible(shown is not None and bool(shown.lengths))
        self.steps.stop()
        for widget in (self.variants, self.button):
            widget.setVisible(shown is not None)
        if shown is None:
            self.swipe.set_pictures(())
            self.gains.set_parts(())
            return
        self.drawings.setCurrentIndex(("average", "scores").index(shown.beside))
        first, chosen = shown.tiles[0], shown.tiles[shown.chosen]
        pictures = (first, chosen) if chosen.asks else (first,)
        self.swipe.set_pictures(
            tuple(tile.picture for tile in pictures),
            (first.title, f"{chosen.title}: {percent(chosen.changed)} change")[: len(pictures)],
        )
        self.variants.clear()
        self.variants.addItems([plain_entry(tile.title) for tile in shown.tiles[1:]])
        self.variants.setCurrentIndex(shown.chosen - 1)
        self.button.setEnabled(bool(chosen.asks))
        self.flow.set_map(shown.cells, shown.average)
        self._show_parts(len(PARTS) - 1)
        self.gains.set_parts(
            [Part(name, value, words=signed(value)) for name, value in shown.gains], shown.title
        )
        self.lengths.set_parts(
            [Part(name, value, words=f"{value:.3g}") for name, value in shown.lengths],
            "length ‖x‖ before the norm",
        )

    def _show_parts(self, number: int) -> None:
        """Draw the average's way as far as this part."""
        self.flow.set_shown(number + 1)
        self.steps.set_steps(PARTS, number)

    def _on_asked(self) -> None:
        if self._shown is not None:
            self.asked.emit({"network": self._shown.tiles[self._shown.chosen].asks})
