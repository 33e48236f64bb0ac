"""Every table of the lecture, sorted and plotted, with what was measured here beside it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from segviewer.analysis.evaluation.result_tables import TABLES, ResultTable, our_rows, read_table
from segviewer.labs.lab import Lab, LabContext, LabEntry, LabResult
from segviewer.settings import Settings, control

if TYPE_CHECKING:
    Title = str
else:
    Title = Literal[tuple(TABLES)]  # what the file has, which no checker reads
UNITS = {
    "params_M": "parameters, million",
    "parameters": "parameters, million",
    "multiply_adds": "multiply-adds, milliard",
    "flops": "multiply-adds, milliard",
    "milliseconds": "ms",
    "images_per_s": "images / s",
    "miou_spread": "± mIoU, points",
    "pixel_accuracy_spread": "± accuracy, points",
}
SHORT = {
    "mean_iou": "mIoU",
    "miou": "mIoU",
    "mean IoU": "mIoU",
    "pixel_acc": "accuracy",
    "pixel_accuracy": "accuracy",
    "miou_spread": "± mIoU",
    "pixel_accuracy_spread": "± accuracy",
    "params_M": "M param.",
    "parameters": "M param.",
    "multiply_adds": "G mult-adds",
    "flops": "G mult-adds",
    "milliseconds": "ms",
    "miou_before_crf": "before CRF",
    "miou_after_crf": "after CRF",
    "images_per_s": "images/s",
}


class ResultsConfig(Settings):
    """Settings of the lab."""

    table: Title = control("PSPNet: Cityscapes test", kind="lab", label="Table")
    drawing: Literal["methods", "classes", "size"] = control(
        "methods",
        kind="lab",
        label="Drawing",
        tip="methods: the sorted column. classes: each class of the chosen row, with a tick for "
        "the best. size: the sorted column over the parameters.",
    )
    ours: bool = control(
        True,
        kind="lab",
        label="Add our measurements",
        tip="Our CamVid rows that ask the same question. Another data set and a small network: "
        "compare differences, not levels.",
    )
    column: str = control("", kind="lab", label="Sorted by", hidden=True)
    best_first: bool = control(True, kind="lab", label="Best first", hidden=True)
    row: str = control("", kind="lab", label="Row", hidden=True)


@dataclass(frozen=True)
class ResultsShown:
    """What the view draws; rows are sorted.

    Attributes
    ----------
    drawing : str
        The one that can be drawn.
    columns : tuple of str
        Of the file, for sorting by them.
    dots : tuple of (name, value, words, series)
        `series` 1 is ours.
    families : tuple of (name, sizes, values)
    """

    heads: tuple[str, ...]
    columns: tuple[str, ...]
    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    sorted_by: int
    falls: bool
    best_first: bool
    chosen: int
    drawing: str
    label: str
    dots: tuple[tuple[str, float, str, int], ...]
    bars: tuple[tuple[str, float, float, str], ...]
    families: tuple[tuple[str, tuple[float, ...], tuple[float, ...]], ...]
    size: float


class ResultsLab(Lab[ResultsConfig, ResultsShown]):
    """A table, one drawing of it, and our figures."""

    name = "results"
    entry = LabEntry(
        title="Results",
        sentence="Every table of the lecture, sorted and plotted, with our own CamVid figures "
        "beside it.",
        source="The papers named with each table; measured here",
        needs="nothing",
        group="Results",
        view="segviewer.labs.results.results_view:ResultsView",
    )
    Config = ResultsConfig

    def compute(self, context: LabContext, config: ResultsConfig) -> Iterator[LabResult]:
        table = read_table(config.table)
        entry = table.entry
        measure = config.column if config.column in table.measures else entry.measure
        falls = config.best_first != table.is_error(measure)
        order = table.order(measure, falls)
        names = [row.name + row.signs for row in table.rows]
        row = names.index(config.row) if config.row in names else table.best(measure)
        can = {"methods": True, "classes": entry.classes > 0, "size": bool(entry.size)}
        drawing = config.drawing if can[config.drawing] else "methods"
        ours = our_rows(entry) if config.ours else ()
        column = table.column(measure)
        place = table.measures.index(measure)
        dots = [
            (names[i], column[i], table.rows[i].words[place], 0)
            for i in order
            if math.isfinite(column[i])
        ]
        if _is_accuracy(measure):
            dots += [(f"here: {title}", value, f"{value:.1f}", 1) for title, value in ours]
        # The mean first: it should be seen without scrolling past 20 classes.
        across = [*range(entry.classes, len(table.measures)), *range(entry.classes)]
        shown = ResultsShown(
            ("method", *(_short(table.measures[m]) for m in across)),
            tuple(table.measures[m] for m in across),
            tuple(names[i] for i in order),
            tuple((names[i], *(table.rows[i].words[m] for m in across)) for i in order),
            1 + across.index(place),
            falls,
            config.best_first,
            order.index(row),
            drawing,
            _label(table, measure),
            tuple(dots),
            _bars(table, row, names),
            _families(table, measure),
            table.rows[row].size,
        )
        said = "" if can[config.drawing] else f"No {config.drawing} in this table. "
        yield LabResult(
            self.name,
            shown,
            caption=said + _caption(table, measure, row, names, ours),
            formula=_formula(table, row),
        )


def _short(measure: str) -> str:
    return SHORT.get(measure, measure.replace("_", " "))


def _label(table: ResultTable, measure: str) -> str:
    """Words at the axis of a measure."""
    if measure in UNITS:
        return UNITS[measure]
    if table.entry.file in ("densenet_imagenet", "resnet_depths"):
        return f"{measure}, layers" if measure.startswith("block") else f"{measure}, units"
    return f"{_short(measure)}{' error' if table.is_error(measure) else ''}, %"


def _is_accuracy(measure: str) -> bool:
    return _short(measure) in ("mIoU", "after CRF", "before CRF") or measure.startswith("block")


def _bars(table: ResultTable, row: int, names) -> tuple[tuple[str, float, float, str], ...]:
    found = []
    for place, name in enumerate(table.class_names()):
        best = table.best(name)
        values = table.column(name)
        found.append((name, table.rows[row].values[place], values[best], names[best]))
    return tuple(found)


def _families(table: ResultTable, measure: str):
    """(name, sizes, values) of the rows that belong together, by growing size."""
    grouped: dict[str, list[tuple[float, float]]] = {}
    for row, value in zip(table.rows, table.column(measure), strict=True):
        if math.isfinite(row.size) and math.isfinite(value):
            grouped.setdefault(row.family or row.name, []).append((row.size, value))
    if table.entry.family not in table.entry.names:  # a question, not a network that grows
        grouped = {
            name: [pair for point in sorted(points) for pair in (point, (point[0], math.nan))]
            for name, points in grouped.items()
        }
    else:
        grouped = {name: sorted(points) for name, points in grouped.items()}
    return tuple(
        (name, *(tuple(part) for part in zip(*points, strict=True)))
        for name, points in grouped.items()
    )


def _caption(table: ResultTable, measure: str, row: int, names, ours) -> str:
    best, column = table.best(measure), table.column(measure)
    place = table.measures.index(measure)
    said = [
        f"{len(names)} rows; {_short(measure)}: best {_inside(names[best])} with "
        f"{table.rows[best].words[place]}"
    ]
    if row != best and math.isfinite(column[row]):
        gap = abs(column[row] - column[best])
        said.append(f"{_inside(names[row])} {table.rows[row].words[place]}, {gap:.4g} behind")
    if ours:
        title, value = max(ours, key=lambda pair: pair[1])
        low = min(value for _, value in ours)
        said.append(f"here on CamVid {low:.1f} to {value:.1f} %, best {_inside(title)}")
    return "; ".join(said)


def _inside(name: str) -> str:
    """A name within a sentence: a middle dot would part it into texts of their own."""
    return name.replace(" · ", ", ")


def _formula(table: ResultTable, row: int) -> str:
    entry, said = table.entry, []
    if entry.classes:
        values = table.rows[row].values
        total, mean = sum(values[: entry.classes]), values[-1]
        if entry.classes == 20:  # VOC's background has no column
            rest = 21 * mean - total
            said.append(
                f"mIoU = (background + Σ of 20) / 21 = ({rest:.1f} + {total:.1f}) / 21 = {mean:g}: "
                f"the background follows"
            )
        else:
            said.append(
                f"mIoU = Σ / {entry.classes} = {total:.1f} / {entry.classes} = "
                f"{total / entry.classes:.1f}"
            )
    said += [f"{sign} {meaning}" for _, _, sign, meaning in entry.signs]
    said += [entry.note.rstrip(".")] if entry.note else []
    return "; &nbsp; ".join([*said, f"source: {entry.source}"])


LAB = ResultsLab()
