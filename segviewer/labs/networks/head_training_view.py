"""How the lab “Training a head” is drawn."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from segviewer.labs.networks.head_training import HeadTrainingShown, RunCurves
from segviewer.widgets.charts.plot import Curve, Plot
from segviewer.widgets.grids.picture_tiles import PictureTiles, Tile
from segviewer.widgets.text.plain_text import PlainLabel


class HeadTrainingView(QWidget):
    """Loss and mIoU over the iterations, and the labels as they are now."""

    wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.loss = Plot("iteration", "loss", whole_x=True)
        self.loss.setAccessibleName("Loss by iteration")
        self.miou = Plot("iteration", "mIoU, %", whole_x=True)
        self.miou.setAccessibleName("mIoU by iteration")
        self.tiles = PictureTiles()
        self.tiles.setAccessibleName("Labels of the head, and those it is measured by")
        self.hint = PlainLabel("No head is trained yet. Switch “Train” on: it takes a minute.")
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.hint.setWordWrap(True)
        self.keep_button = QPushButton("Save this head…")
        self.keep_button.setToolTip(
            "As a checkpoint with its card, which opens as any other; pause the training first"
        )
        self.keep_button.clicked.connect(lambda: self.wanted.emit("save_head"))
        labels = QVBoxLayout()
        labels.setContentsMargins(0, 0, 0, 0)
        labels.addWidget(self.tiles, 1)
        labels.addWidget(self.keep_button, 0, Qt.AlignmentFlag.AlignRight)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        layout.addWidget(self.loss, 1)
        layout.addWidget(self.miou, 1)
        layout.addLayout(labels, 2)
        layout.addWidget(self.hint, 4)

    def show_result(self, shown: HeadTrainingShown | None) -> None:
        for plot in (self.loss, self.miou):
            plot.setVisible(shown is not None)  # empty axes say nothing
        self.tiles.setVisible(shown is not None)
        self.keep_button.setVisible(shown is not None)
        self.keep_button.setEnabled(shown is not None and shown.kept is not None)
        self.hint.setVisible(shown is None)
        if shown is None:
            for plot in (self.loss, self.miou):
                plot.set_curves(())
            self.tiles.set_tiles((), "")
            return
        runs = [(shown.run, "this run", False)]
        if shown.before is not None:
            runs.append((shown.before, "the run before", True))
        current = len(shown.run.loss)
        self.loss.set_curves(
            [
                Curve(range(1, len(run.loss) + 1), run.loss, name, dashed=dashed)
                for run, name, dashed in runs
                if run.loss
            ],
            current,
        )
        self.miou.set_curves(
            [_miou_curve(run, name, dashed) for run, name, dashed in runs if run.miou], current
        )
        now = f"after {current} of {shown.total} iterations"
        self.tiles.set_tiles(
            [
                Tile("0", now, shown.figures, shown.learned),
                Tile("1", shown.wanted_title, "", shown.wanted),
            ],
            "0",
        )


def _miou_curve(run: RunCurves, name: str, dashed: bool) -> Curve:
    x, y = zip(*run.miou, strict=True)
    return Curve(x, [100 * value for value in y], name, dashed=dashed, points=not dashed)
