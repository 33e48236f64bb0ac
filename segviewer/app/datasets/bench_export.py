"""Writing what the bench measured, off Qt's thread."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Nothing of the bench is needed before a data set is measured.
    from segviewer.app.datasets.bench_process import Opened
    from segviewer.app.datasets.bench_run import BenchRun
    from segviewer.batch.picture_row import PictureRow


def export_overlays(
    folder: Path, rows: list[PictureRow], classes: tuple[str, ...]
) -> tuple[Path, int, list[str]]:
    """Write overlays, off Qt's thread."""
    from segviewer.batch.error_overlays import write_overlays

    left_out = write_overlays(folder, rows, classes)
    return folder, len(rows) - len(left_out), left_out


def export_report(
    kind: str, path: Path, run: BenchRun, opened: Opened, rows: tuple[PictureRow, ...]
) -> None:
    """Write a report, off Qt's thread."""
    from segviewer.batch.evaluate import Evaluation, csv_rows, report_of
    from segviewer.batch.failures import Failures
    from segviewer.batch.html_report import write_html
    from segviewer.batch.picture_row import worst_first
    from segviewer.imaging.export.writing import write_csv, write_json

    order = tuple(worst_first(rows))
    done = Evaluation(run.session, opened.network, run.whole, opened.mapping, order, run.seconds)
    if kind == "html":
        write_html(path, done)
    elif kind == "csv":
        write_csv(path, csv_rows(done))
    else:
        failures = Failures()
        for row in rows:
            if row.reason:
                failures.add(row.picture, row.reason)
        write_json(path, report_of(done, failures, per_picture=True), overwrite=True)
