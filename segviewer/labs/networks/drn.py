"""DRN: strides out, dilation in, from a ResNet to A, B and C (Yu, Koltun, Funkhouser 2017)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from segviewer.analysis.arithmetic.drn_steps import FORMS, Unit, network_name, steps
from segviewer.analysis.evaluation.result_tables import read_table
from segviewer.labs.lab import Lab, LabContext, LabEntry, LabResult
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
        "A",
        kind="lab",
        label="Form",
        tip="ResNet → A: strides out, dilation in. A → B: the early max pooling out, two blocks "
        "of falling rate in. B → C: their shortcuts out.",
    )
    depth: Literal[18, 34, 50] = control(
        18, kind="lab", label="From ResNet", tip="B and C have eight layers more: 26, 42, 58."
    )
    side: int = control(
        224,
        kind="lab",
        label="Picture",
        unit="px",
        ge=32,
        le=1024,
        step=32,
        tip="Side of the square that goes in.",
    )
    first_block: Literal["repo", "paper"] = control(
        "repo",
        kind="lab",
        label="First dilated block of A",
        tip="repo: not dilated, as fyu/drn runs it. paper: the convolution that lost its stride "
        "keeps the rate before it, the others take the new one.",
    )
    unit: int = control(-1, kind="lab", label="Unit", hidden=True, ge=-1, le=200)


@dataclass(frozen=True)
class DRNShown:
    """What the view draws: a row of units for each of the four networks."""

    names: tuple[str, ...]
    rows: tuple[tuple[Unit, ...], ...]
    row: int
    unit: int


class DRNLab(Lab[DRNConfig, DRNShown]):
    """Four networks, unit by unit."""

    name = "drn"
    entry = LabEntry(
        title="DRN",
        sentence="From a ResNet to A, B and C, block by block: strides out, dilation in, the "
        "grid out.",
        source="DRN (Yu, Koltun, Funkhouser 2017), sections 2 and 4",
        needs="nothing",
        group="Networks",
        view="segviewer.labs.networks.drn_view:DRNView",
    )
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


def _caption(name: str, form: str, rows, row: int, unit: Unit) -> str:
    last = rows[row][-1]
    error = _error(name)
    said = [f"{name}: {WHAT_CHANGES[form]}"]
    if row:
        coarse = rows[0][-1]
        denser = (last.size / coarse.size) ** 2
        said.append(
            f"{last.size}×{last.size} cells where the ResNet has {coarse.size}×{coarse.size} "
            f"({denser:.3g} times as many), receptive field {last.field:,} px ({coarse.field:,})"
        )
    else:
        said.append(f"{last.size}×{last.size} cells, receptive field {last.field:,} px")
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
        f"jump {unit.jump} px, {side} / {unit.jump} → {unit.size} cells a side; &nbsp; each "
        "convolution adds (k − 1) · r · jump, along the longest path"
    )


LAB = DRNLab()
