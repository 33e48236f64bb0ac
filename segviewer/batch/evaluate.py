"""``segviewer evaluate``: label maps against target masks, over a whole data set."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from segviewer.analysis.evaluation.target_fit import TargetFit, target_fit
from segviewer.batch.failures import Failures
from segviewer.batch.measuring import Measuring, sampled
from segviewer.batch.picture_row import PictureRow, Total, mean, worst_first
from segviewer.batch.row_store import RowStore, store_path
from segviewer.batch.temperature import temperature_lines
from segviewer.batch.training_pictures import seen_in_training
from segviewer.engine.results import NetworkResult
from segviewer.export.run_notes import Said, network_notes, weights_report
from segviewer.imaging.datasets.mapping import TargetMapping
from segviewer.imaging.datasets.pairing import Pairing
from segviewer.imaging.export.writing import write_csv
from segviewer.imaging.reading.file_names import shown_name
from segviewer.session import Session


@dataclass(frozen=True, eq=False)
class Evaluation:
    """All that was measured of one network on one data set, for every form of report.

    Attributes
    ----------
    session : Session
    network : NetworkResult
    found : Pairing
        All pictures that there are, of which a sample may have been measured.
    mapping : TargetMapping or str
        What the masks' numbers were taken for.
    rows : tuple of PictureRow
        Worst first.
    seconds : float
    """

    session: Session
    network: NetworkResult
    found: Pairing
    mapping: TargetMapping | str
    rows: tuple[PictureRow, ...]
    seconds: float

    @property
    def total(self) -> Total:
        """The figures over all pictures."""
        return Total(len(self.network.classes), self.rows)

    @property
    def notes(self) -> tuple[str, ...]:
        """What must be said beside its figures, but how far the masks fit."""
        pictures = [Path(row.picture) for row in self.rows]
        seen = seen_in_training(self.network.trained_on, pictures)
        notes = (*network_notes(self.network), *seen, *self.picture_notes)
        return tuple(dict.fromkeys((*notes, *self.found.sentences())))

    @property
    def picture_notes(self) -> tuple[str, ...]:
        """What must be said of some pictures, each sentence once."""
        return tuple(dict.fromkeys(note for row in self.rows for note in row.notes))

    @property
    def mapping_name(self) -> str:
        """What the masks' numbers were taken for, in a word."""
        return self.mapping.name if isinstance(self.mapping, TargetMapping) else "colours"


def run(
    session: Session,
    found: Pairing,
    *,
    as_json: bool,
    per_picture: bool = False,
    csv_file: Path | None = None,
    html_file: Path | None = None,
    overlays: Path | None = None,
    most: int = 0,
    fresh: bool = False,
    cluster: str = "",
    temperature: bool = False,
) -> int:
    """Measure label maps against target masks, accumulated over all frames.

    Parameters
    ----------
    session : Session
        Its `target_mapping` says what the masks' numbers mean; empty for the likeliest by what
        some of them hold together.
    found : Pairing
        Pictures and their masks.
    as_json : bool
        Print the report as JSON.
    per_picture : bool
        Say the figures of each picture, too, worst first.
    csv_file, html_file : Path, optional
        Where the figures of each picture, and a report to be looked at, are written.
    overlays : Path, optional
        Folder for the pictures with their errors and a legend, worst first.
    most : int
        Measure at most so many pictures, spread evenly; 0 for all.
    fresh : bool
        Measure again what was measured before.
    cluster : str
        Address of a Dask cluster that does the work; empty for this process.
    temperature : bool
        Fit the temperature of the network's softmax, too, in this process.

    Returns
    -------
    int
        How many frames could not be measured, at most :data:`MOST_FAILURES`; 1 where there was
        nothing to compare.
    """
    say, failures = Said(), Failures()
    say(found.sentences())
    store = RowStore(store_path())
    try:
        chosen = sampled(found, most)
        measuring = Measuring(session, chosen, _Forgetful(store) if fresh else store, say=say)
        rows, began = [], time.perf_counter()
        if cluster:
            from segviewer.batch.cluster.commands import measured_rows

            coming = measured_rows(measuring, cluster, say)
        else:
            coming = measuring.rows()
        bar = tqdm(
            coming,
            total=len(chosen.pairs),
            unit="frame",
            disable=as_json and not sys.stderr.isatty(),
        )
        for row in bar:
            rows.append(row)
            if row.reason:
                failures.add(row.picture, row.reason, row.details)
        seconds = time.perf_counter() - began
        # From a cluster they come in any order, and sums of fractions depend on it.
        place = {str(picture): number for number, (picture, _) in enumerate(chosen.pairs)}
        rows.sort(key=lambda row: place[row.picture])
        done = Evaluation(
            session, measuring.network, found, measuring.mapping, tuple(worst_first(rows)), seconds
        )
        if store.fault:
            say([store.fault])
        fit = target_fit(done.total.confusion)
        say([*done.notes, *fit.sentences("masks")])
        report = report_of(done, failures, per_picture=per_picture)
        if temperature and fit.compared:
            from segviewer.batch import temperature as fitting

            found_temperature = fitting.fitted_on(
                session, tuple(chosen.pairs), measuring.mapping, say, quiet=as_json
            )
            report["fitted_temperature"] = fitting.temperature_report(found_temperature)
        if csv_file is not None:
            write_csv(csv_file, csv_rows(done))
        if html_file is not None:
            from segviewer.batch.html_report import write_html

            write_html(html_file, done)
        if overlays is not None:
            from segviewer.batch.error_overlays import write_overlays

            write_overlays(overlays, done.rows, done.network.classes)
    finally:
        store.close()
    print(json.dumps(report, indent=2) if as_json else report_text(report))
    failures.say()
    if not fit.compared:
        say(["Nothing was compared: there is no figure."])
    return failures.exit_code or int(not fit.compared)


class _Forgetful:
    """A store that keeps what is measured and knows nothing of before."""

    def __init__(self, store: RowStore):
        self._store = store

    def get(self, key: str, picture: str, target: str) -> PictureRow | None:
        return None

    def put(self, row: PictureRow) -> None:
        self._store.put(row)


def report_of(done: Evaluation, failures: Failures, *, per_picture: bool) -> dict[str, Any]:
    """The figures as plain values.

    Parameters
    ----------
    done : Evaluation
    failures : Failures
        Of its pictures.
    per_picture : bool
        With the figures of each.
    """
    total, classes, found = done.total, done.network.classes, done.found
    confusion, fit = total.confusion, target_fit(total.confusion)
    report = {
        "miou": _number(confusion.miou),
        "miou_over_classes": fit.present,
        "pixel_accuracy": _number(confusion.pixel_accuracy),
        "boundary_iou": _number(mean(total.boundary_iou)),
        "iou": _by_class(classes, confusion.iou),
        "boundary_iou_by_class": _by_class(classes, total.boundary_iou),
        "absent": [n for n, gone in zip(classes, confusion.absent, strict=True) if gone],
        "confusion": {"classes": list(classes), "counts": confusion.counts.tolist()},
        "calibration": _calibration(total),
        "frames": total.pictures,
        "measured_before": sum(row.known for row in done.rows),
        "seconds": round(done.seconds, 2),
        "checkpoint": done.session.checkpoint,
        **weights_report(done.network),
        "notes": [*done.notes, *fit.sentences("masks")],
        "targets": _targets(done, fit),
        "without_target": [shown_name(path) for path in found.alone],
        "failed": failures.as_json(),
    }
    if per_picture:
        report["pictures"] = [picture_values(row, classes) for row in done.rows if not row.reason]
    return report


def _targets(done: Evaluation, fit: TargetFit) -> dict[str, Any]:
    return {
        "pairing": done.found.rule,
        "mapping": done.mapping_name,
        "void_share": round(fit.void_share, 4),
        "outside_share": round(fit.outside_share, 4),
        "outside": {str(value): round(n / fit.pixels, 6) for value, n in fit.outside},
    }


def _calibration(total: Total) -> dict[str, Any]:
    found = total.reliability
    return {
        "expected_calibration_error": _number(found.error),
        "measured_at": "the size at which the network ran",
        "pixels": found.pixels.tolist(),
        "accuracy": [_number(value) for value in found.accuracy],
        "confidence": [_number(value) for value in found.mean_confidence],
    }


def _by_class(classes: Sequence[str], values: np.ndarray) -> dict[str, float | None]:
    return {name: _number(value) for name, value in zip(classes, values, strict=True)}


def picture_values(row: PictureRow, classes: Sequence[str]) -> dict[str, Any]:
    """The figures of one picture as plain values."""
    iou = {n: v for n, v in _by_class(classes, row.iou).items() if v is not None}
    return {
        "picture": row.picture,
        "target": row.target,
        "miou": _number(row.miou),
        "pixel_accuracy": _number(row.accuracy),
        "boundary_iou": _number(row.mean_boundary_iou),
        "entropy": _number(row.entropy),
        "worst_class": classes[row.worst_class] if row.worst_class >= 0 else None,
        "iou": iou,
    }


def csv_rows(done: Evaluation) -> list[dict[str, Any]]:
    """A line for each picture, worst first; those that failed with their reason."""
    classes, lines = done.network.classes, []
    for row in done.rows:
        values = picture_values(row, classes)
        iou = values.pop("iou")
        failed = {"failed": row.reason} if row.reason else {}
        lines.append(values | {f"IoU {name}": value for name, value in iou.items()} | failed)
    return lines


def report_text(report: dict[str, Any]) -> str:
    """The figures for reading."""
    present, classes = report["miou_over_classes"], len(report["iou"])
    width = max(len(name) for name in (*report["iou"], "boundary IoU"))
    lines = [
        f"{name:<{width}}  {_said(value)}"
        + ("   absent from the targets" if name in report["absent"] else "")
        for name, value in report["iou"].items()
    ]
    error = report["calibration"]["expected_calibration_error"]
    known = report["measured_before"]
    if "fitted_temperature" in report:
        lines += temperature_lines(report["fitted_temperature"])
    lines += [
        f"{_said(row['miou'])}  {row['picture']}"
        + (f"   worst: {row['worst_class']}" if row["worst_class"] else "")
        for row in report.get("pictures", ())
    ]
    lines += [
        f"{'mIoU':<{width}}  {_said(report['miou'])}   "
        f"(over {present} of {classes} classes, those in the targets; void ignored)",
        f"{'accuracy':<{width}}  {_said(report['pixel_accuracy'])}",
        f"{'boundary IoU':<{width}}  {_said(report['boundary_iou'])}   "
        "(in a band of 2 % of the diagonal)",
        f"{'calibration':<{width}}  {_said(error)}   (expected calibration error, 15 bins, "
        "at the size at which the network ran)",
        f"{report['frames']} frames in {report['seconds']:.1f} s"
        + (f", {known} of them measured before" if known else ""),
    ]
    return "\n".join(lines)


def _said(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _number(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 4)
