"""DRN: strides out, dilation in, from a ResNet to A, B and C (Yu, Koltun, Funkhouser 2017)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from segviewer.analysis.arithmetic.drn_steps import FORMS, Unit, network_name, steps
from segviewer.analysis.evaluation.result_tables import read_table
from segviewer.lab_list import LabContext, LabResult
from segviewer.labs.lab import Lab
from segviewer.settings import Settings, control

WHAT_CHANGES = {
    "ResNet": "five strides of 2",
    "A": "the strides of layers 3 and 4 became rates 2 and 4",
    "B": "residual levels in place of the early max pooling, and two blocks of falling rate "
    "(2, 1) at the end",
    "C": "as B, without the shortcuts of the last two blocks, which carry the grid past them",
}


class DRNConfig(Settings):
    """Settings of the lab."""

    form: Literal["ResNet", "A", "B", "C"] = control(
        "A", kind="lab", label="Form",
        tip="ResNet → A: strides out, dilation in. A → B: the early max pooling out, two blocks "
        "of falling rate in. B → C: their shortcuts out.",
    )  # fmt: skip
    depth: Literal[18, 34, 50] = control(
        18, kind="lab", label="From ResNet", tip="B and C have eight layers more: 26, 42, 58."
    )
    side: int = control(
        224, kind="lab", label="Picture", unit="px", ge=32, le=1024, step=32,
        tip="Side of the square that goes in.",
    )  # fmt: skip
    first_block: Literal["repo", "paper"] = control(
        "repo", kind="lab", label="First dilated block of A",
        tip="repo: not dilated, as fyu/drn runs it. paper: the convolution that lost its stride "
        "keeps the rate before it, the others take the new one.",
    )  # fmt: skip
    unit: int = control(-1, kind="lab", label="Unit", hidden=True, ge=-1, le=200)


@dataclass(frozen=True)
class DRNShown:
    """What the view draws: a row of units for each of the four networks."""

    names: tuple[str, ...]
    rows: tuple[tuple[Unit, ...], ...]
    row: int
    unit: int


class DRNLab(Lab):
    """Four networks, unit by unit."""

    name = "drn"
    Config = DRNConfig

    def compute(self, context: LabContext, config: DRNConfig) -> Iterator[LabResult]:
        paper = config.first_block == "paper"
        rows = tuple(steps(form, config.depth, config.side, paper) for form in FORMS)
        names = tuple(network_name(form, config.depth) for form in FORMS)
        row = FORMS.index(config.form)
        units = rows[row]
        # The last unit stands for the network until one is chosen.
        unit = len(units) - 1 if config.unit < 0 else min(config.unit, len(units) - 1)
        yield LabResult(
            self.name,
            DRNShown(names, rows, row, unit),
            caption=_caption(names[row], config.form, rows, row, units[unit]),
            formula=_formula(units, unit, config.side),
        )

    def make_view(self):
        return _make_view()


def _caption(name: str, form: str, rows, row: int, unit: Unit) -> str:
    last = rows[row][-1]
    error = _error(name)
    said = [f"{name}: {WHAT_CHANGES[form]}"]
    if row:
        coarse = rows[0][-1]
        denser = (last.size / coarse.size) ** 2
        said.append(
            f"{last.size}×{last.size} places where the ResNet has {coarse.size}×{coarse.size} "
            f"({denser:.3g} times as many), receptive field {last.field:,} px ({coarse.field:,})"
        )
    else:
        said.append(f"{last.size}×{last.size} places, receptive field {last.field:,} px")
    if error:
        said.append(f"ImageNet top-1 error {error} %")
    if unit is not last:
        said.append(f"{unit.name}: {unit.size}×{unit.size}, field {unit.field:,} px")
    return "; ".join(said)


def _error(name: str) -> str:
    """Top-1 error of one crop as printed, or nothing."""
    table = read_table("DRN: ImageNet")
    place = table.measures.index("top1_1crop")
    return next((row.words[place] for row in table.rows if row.name == name), "")


def _formula(units: tuple[Unit, ...], number: int, side: int) -> str:
    unit = units[number]
    jump = units[number - 1].jump if number else 1
    before = units[number - 1].field if number else 1
    terms = []
    for kernel, stride, rate in unit.convolutions:
        if kernel > 1:
            terms.append(f"({kernel} − 1)·{rate}·{jump}")
        jump *= stride
    return (
        f"{unit.name}: field {before:,} + {' + '.join(terms)} = <b>{unit.field:,}</b> px; &nbsp; "
        f"jump {unit.jump} px, {side} / {unit.jump} → {unit.size} places a side; &nbsp; each "
        "convolution adds (k − 1) · r · jump, along the longest path"
    )


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
        f"{unit.size}×{unit.size} places, field {unit.field:,} px"
    )
    return UnitBox(upper, str(unit.size), tip, tone, bare)


def _make_view():
    from PySide6.QtCore import Signal
    from PySide6.QtWidgets import QHBoxLayout, QWidget

    from segviewer.labs.networks.unit_rows import UnitRows
    from segviewer.widgets.charts.plot import Curve, Plot

    class View(QWidget):
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
            curves, drawn = [], {}
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

    return View()


LAB = DRNLab()
