"""How the lab “DRN” is drawn."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from segviewer.analysis.arithmetic.drn_steps import FORMS, Unit
from segviewer.labs.networks.drn import DRNShown
from segviewer.labs.networks.unit_rows import UnitRows
from segviewer.widgets.charts.plot import Curve, Plot


class DRNView(QWidget):
    """Four networks as boxes, and how their fields grow."""

    edited = Signal(str, object, bool)

    def __init__(self):
        super().__init__()
        self._shown: DRNShown | None = None
        self.rows, self.plot = UnitRows(), Plot("unit", "receptive field, px", whole_x=True)
        self.rows.chosen.connect(self._on_chosen)
        self.plot.clicked.connect(lambda x, y: self._on_chosen(None, round(x) - 1))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        layout.addWidget(self.rows, 5)
        layout.addWidget(self.plot, 2)

    def show_result(self, shown: DRNShown | None) -> None:
        self._shown = shown
        if shown is None:
            self.rows.set_rows((), (), (0, 0))
            self.plot.set_curves(())
            return
        boxes = [[_box(unit) for unit in units] for units in shown.rows]
        self.rows.set_rows(shown.names, boxes, (shown.row, shown.unit))
        curves: list[Curve] = []
        drawn: dict[tuple[int, ...], list[str]] = {}
        for name, units in zip(shown.names, shown.rows, strict=True):
            drawn.setdefault(tuple(unit.field for unit in units), []).append(name)
        for fields, names in drawn.items():  # B's and C's are the same
            here = shown.names[shown.row] in names
            said = " and ".join(name.removeprefix("DRN-") for name in names)
            numbers = range(1, len(fields) + 1)
            curves.append(Curve(numbers, fields, said, points=here, dashed=not here))
        self.plot.set_curves(curves, current=shown.unit + 1)

    def _on_chosen(self, row: int | None, unit: int) -> None:
        if self._shown is None:
            return
        row = self._shown.row if row is None else row
        if row != self._shown.row:  # not finished: both are one step to undo
            self.edited.emit("form", FORMS[row], False)
        last = len(self._shown.rows[row]) - 1
        self.edited.emit("unit", min(max(unit, 0), last), True)


def _box(unit: Unit):
    from segviewer.labs.networks.unit_rows import UnitBox

    tone, upper = "", unit.name.removesuffix(" 1")
    if unit.kind == "max pooling":
        tone, upper = "pool", "pool"
    elif unit.stride > 1:
        tone, upper = "stride", f"/{unit.stride}"
    elif unit.rate > 1:
        tone, upper = "rate", f"r {unit.rate}"
    inner = ", ".join(
        f"{k}×{k}{f' /{s}' if s > 1 else ''}{f' rate {r}' if r > 1 else ''}"
        for k, s, r in unit.convolutions
    )
    bare = unit.kind == "block" and not unit.shortcut
    tip = (
        f"{unit.name}, {unit.kind}: {inner}; {'no shortcut; ' if bare else ''}"
        f"{unit.size}×{unit.size} cells, field {unit.field:,} px"
    )
    arc = unit.kind == "block" and unit.shortcut
    return UnitBox(upper, str(unit.size), tip, tone, bare, arc)
