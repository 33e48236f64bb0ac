"""The curves of a training run: the loss, and mIoU on the pictures that were held out."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from segviewer.training.pace import clock
from segviewer.training.training_log import TrainingLog
from segviewer.widgets.charts.plot import Curve, Plot
from segviewer.widgets.text.plain_text import PlainLabel

HEIGHT = 170


class TrainingCurves(QWidget):
    """Two plots over the iterations, side by side, and a line on them."""

    def __init__(self, log: TrainingLog, parent: QWidget | None = None):
        super().__init__(parent)
        self.plots: list[Plot] = []
        row = QHBoxLayout()
        row.setSpacing(16)
        for points, label, scale, marked in (
            (log.loss, "loss", 1.0, False),
            (log.miou, "mIoU on val, %", 100.0, True),
        ):
            if not points:
                continue
            plot = Plot("iteration", label, whole_x=True)
            plot.setAccessibleName(f"Training: {label} by iteration")
            plot.setFixedHeight(HEIGHT)
            x, y = ([point[axis] for point in points] for axis in (0, 1))
            plot.set_curves([Curve(x, [scale * value for value in y], points=marked)])
            self.plots.append(plot)
            row.addWidget(plot, 1)
        self.said = PlainLabel(said_of(log))
        self.said.setProperty("role", "muted")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.said)
        layout.addLayout(row)


def said_of(log: TrainingLog) -> str:
    """How long it was, and how far it came, from the log beside the file."""
    parts = []
    last = max([point[0] for point in (*log.loss[-1:], *log.miou[-1:])])
    took = f" in {clock(log.seconds)}" if log.seconds else ""
    parts.append(f"Training log: {last:,} iterations{took}")
    if log.miou:
        best = max(log.miou, key=lambda point: point[1])
        parts.append(f"val mIoU {log.miou[-1][1]:.3f}, best {best[1]:.3f} at {best[0]:,}")
    return "; ".join(parts)
