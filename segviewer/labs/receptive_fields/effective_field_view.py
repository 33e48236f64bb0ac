"""An effective field along a line with its Gaussian, and its sizes beside the theory's."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from segviewer.labs.receptive_fields.effective_field import Shown
from segviewer.widgets.charts.plot import Curve, Plot
from segviewer.widgets.charts.size_bars import SizeBars, SizeRow
from segviewer.widgets.controls.step_slider import StepSlider


class FieldProfile(QWidget):
    """Profile, sizes, and a slider over the layers.

    It draws a :class:`segviewer.labs.receptive_fields.effective_field.Shown`.

    Signals
    -------
    edited(str, object, bool)
        ``layer`` and its label.
    """

    edited = Signal(str, object, bool)

    def __init__(self):
        super().__init__()
        self._labels: tuple[str, ...] = ()
        self.plot = Plot("", "gradient / largest")
        self.bars = SizeBars()
        self.steps = StepSlider()
        self.steps.stepped.connect(
            lambda index, finished: self.edited.emit("layer", self._labels[index], finished)
        )
        left = QVBoxLayout()
        left.setSpacing(2)
        left.addWidget(self.plot, 1)
        left.addWidget(self.steps)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        layout.addLayout(left, 3)
        layout.addWidget(self.bars, 2)

    def show_result(self, shown: Shown | None) -> None:
        """Draw a field, or nothing."""
        if shown is None:
            self._labels = ()
            self.plot.set_curves(())
            self.bars.set_rows(())
            self.steps.set_steps((), 0)
            return
        self._labels = shown.labels
        self.plot.set_labels(f"pixels from the unit, {shown.line}", "gradient / largest")
        now, before = shown.now, shown.before
        curves = [Curve(now.offsets, now.values), Curve(now.offsets, now.fitted, dashed=True)]
        if before is not None:
            curves.append(Curve(before.offsets, before.values, "before"))
        self.plot.set_curves(curves, current=0)
        self.bars.set_rows(_rows(shown))
        self.steps.set_steps(shown.labels, shown.chosen)


def _rows(shown: Any) -> list[SizeRow]:
    names = ("√ pixels above 4.55 %", f"box of {shown.share:.2%} of the mass", "±2σ")
    before = shown.before.sizes if shown.before else (None,) * 3
    rows = []
    for name, length, then in zip(names, shown.now.sizes, before, strict=True):
        words = "none" if length is None else f"{length:,.1f} px"
        if length is not None and shown.theoretical:
            words += f" · {length / shown.theoretical:.1%}"
        if then is not None:
            words += f" · before {then:,.1f} px"
        rows.append(SizeRow(name, length, words, then))
    if shown.whole:
        rows.append(SizeRow("theory", None, "the whole picture, by global pooling"))
    if shown.theoretical:
        name = "theory without it" if shown.whole else "theory"
        rows.append(SizeRow(name, shown.theoretical, f"{shown.theoretical:,} px", dashed=True))
    if shown.before is not None:
        rows.append(SizeRow("before:", None, shown.before.said))
    return rows
