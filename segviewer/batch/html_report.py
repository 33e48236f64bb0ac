"""A report to be looked at in a browser: one file, without network and without scripts."""

from __future__ import annotations

import base64
import io
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from segviewer import __version__
from segviewer.analysis.evaluation.target_fit import share_text, target_fit
from segviewer.batch.error_overlays import confusion_text
from segviewer.batch.error_picture import error_picture
from segviewer.batch.picture_row import PictureRow, mean, spreads
from segviewer.crf.settings.setting_text import crf_text
from segviewer.errors import SegviewerError
from segviewer.files.atomic_write import write_atomically
from segviewer.imaging.reading.file_names import shown_name
from segviewer.resource_files import resource_path

if TYPE_CHECKING:
    from segviewer.batch.evaluate import Evaluation

WORST = 10
_SIDE = 320
_MOST_ROWS = 1000  # of the table; a browser takes seconds for more, and the CSV has all
_MOST_CONFUSIONS = 12


def write_html(path: Path, done: Evaluation) -> None:
    """Write the report of an evaluation, whole or not at all.

    Raises
    ------
    ExportError
        If it cannot be written.
    """
    write_atomically(path, html_text(done).encode("utf-8", "replace"))


def html_text(done: Evaluation) -> str:
    """The report; every name in it is escaped."""
    from jinja2 import Environment

    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = resource_path("report.html").read_text(encoding="utf-8")
    return environment.from_string(template).render(**_values(done))


def _values(done: Evaluation) -> dict[str, Any]:
    network, total, classes = done.network, done.total, done.network.classes
    fit = target_fit(total.confusion)
    measured = [row for row in done.rows if not row.reason]
    session = done.session
    return {
        "title": network.title,
        "version": __version__,
        "when": datetime.now().astimezone().strftime("%Y-%m-%d %H:%M"),
        "facts": [
            ("Network", network.title),
            ("Checkpoint", session.checkpoint),
            ("Trained on", network.trained_on or "unknown"),
            ("Geometry", ", ".join(f"{n} = {v}" for n, v in session.network) or "as trained"),
            ("CRF", crf_text(session.crf) if session.crf.enabled else "off"),
            ("Pictures", f"{total.pictures:,} of {len(done.found.pairs):,} measured"),
            ("Masks", f"{done.mapping_name}; {share_text(fit.void_share)} void"),
        ],
        "figures": [
            ("mIoU", _number(total.confusion.miou)),
            ("accuracy", _number(total.confusion.pixel_accuracy)),
            ("boundary IoU", _number(mean(total.boundary_iou))),
            ("calibration error, where the network ran", _number(total.reliability.error)),
        ],
        "notes": [*done.notes, *fit.sentences("masks")],
        "worst": [_shown(row, classes, picture=True) for row in measured[:WORST]],
        "rows": [_shown(row, classes) for row in done.rows[:_MOST_ROWS]],
        "left_out": max(0, len(done.rows) - _MOST_ROWS),
        "classes": _by_class(done, measured),
        "matrix": _matrix(total.confusion.counts, classes),
        "confusions": _confusions(total.confusion.counts, classes),
        "reliability": _bars(done),
    }


def _shown(row: PictureRow, classes: tuple[str, ...], picture: bool = False) -> dict[str, str]:
    """Name, figures, worst class and greatest confusion of a picture, and itself as a data URI."""
    image = ""
    if picture:
        try:
            image = _data_uri(error_picture(row.picture, row.errors, _SIDE))
        except SegviewerError:
            image = ""  # it went since it was measured
    return {
        "name": shown_name(row.picture),
        "miou": _number(row.miou),
        "accuracy": _number(row.accuracy),
        "boundary": _number(row.mean_boundary_iou),
        "entropy": _number(row.entropy),
        "worst": classes[row.worst_class] if row.worst_class >= 0 else "–",
        "confused": confusion_text(row, classes),
        "image": image,
        "reason": row.reason,
    }


def _by_class(done: Evaluation, measured: list[PictureRow]) -> list[dict[str, Any]]:
    total, classes = done.total, done.network.classes
    quartiles = spreads(measured, len(classes))
    return [
        {
            "name": name,
            "iou": _number(total.confusion.iou[label]),
            "boundary": _number(total.boundary_iou[label]),
            "whole": float(np.nan_to_num(total.confusion.iou[label])),
            "spread": quartiles[label],
        }
        for label, name in enumerate(classes)
    ]


def _matrix(counts: np.ndarray, classes: tuple[str, ...]) -> dict[str, Any]:
    """Shares of each target class's pixels, of the classes that occur."""
    there = np.flatnonzero(counts.sum(0) + counts.sum(1))
    rows = counts[np.ix_(there, there)]
    total = rows.sum(1, keepdims=True)
    shares = np.divide(rows, total, out=np.zeros(rows.shape), where=total > 0)
    return {
        "names": [classes[label] for label in there],
        "rows": [
            (classes[label], [(share, f"{share:.0%}" if share >= 0.005 else "") for share in line])
            for label, line in zip(there, shares.tolist(), strict=True)
        ],
    }


def _confusions(counts: np.ndarray, classes: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """The confusions of most pixels, and their share of all compared ones."""
    wrong = counts.copy()
    np.fill_diagonal(wrong, 0)
    order = np.argsort(wrong, axis=None)[::-1][:_MOST_CONFUSIONS]
    found = []
    for target, predicted in zip(*np.unravel_index(order, wrong.shape), strict=True):
        if wrong[target, predicted]:
            share = share_text(wrong[target, predicted] / counts.sum())
            found.append((classes[target], classes[predicted], share))
    return found


def _bars(done: Evaluation) -> list[dict[str, float]]:
    """Bins of the reliability diagram in a square of 100."""
    found = done.total.reliability
    count = len(found.pixels)
    total = max(1, int(found.pixels.sum()))
    return [
        {
            "x": 100 * place / count,
            "width": 100 / count,
            "height": 100 * float(np.nan_to_num(accuracy)),
            "share": pixels / total,
        }
        for place, (accuracy, pixels) in enumerate(
            zip(found.accuracy.tolist(), found.pixels.tolist(), strict=True)
        )
        if pixels
    ]


def _data_uri(image: np.ndarray) -> str:
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(image)).save(file, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()


def _number(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.3f}"
