"""The log of a training run: JSON lines beside its checkpoint, written and read without torch.

The first line says what was trained on what; then ``{"iteration": 40, "loss": 1.2, "rate": 1e-3,
"seconds": 31.5}`` for the loss since the line before, and ``{"iteration": 400, "miou": 0.61,
"pixel_accuracy": 0.88}`` for each measurement on val.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segviewer.files.atomic_write import write_atomically
from segviewer.files.regular_files import is_regular, read_regular

SUFFIX = ".log.jsonl"
MOST_BYTES = 16 << 20
MOST_POINTS = 400  # of a curve that is drawn


@dataclass(frozen=True)
class TrainingLog:
    """The curves of a run.

    Attributes
    ----------
    loss : tuple of (int, float)
        Iteration and mean loss since the point before.
    miou : tuple of (int, float)
        Iteration and mIoU on val, 0 to 1.
    seconds : float
        Of training; 0 where it is not said.
    """

    loss: tuple[tuple[int, float], ...] = ()
    miou: tuple[tuple[int, float], ...] = ()
    seconds: float = 0.0


def log_beside(checkpoint: Path) -> Path:
    """Where the log of a checkpoint lies."""
    return checkpoint.with_suffix(SUFFIX)


def write_log(file: Path, lines: Sequence[Mapping[str, Any]]) -> None:
    """Write all lines of a log, atomically.

    Raises
    ------
    ExportError
        If the folder cannot be written.
    """
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    write_atomically(file, text.encode())


def read_log(file: Path) -> TrainingLog | None:
    """The curves in a log; None where there is none, or the file is something else.

    Parameters
    ----------
    file : Path
    """
    if not is_regular(file):
        return None
    try:
        text = read_regular(file, MOST_BYTES).decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    loss, miou, seconds = [], [], 0.0
    for line in text.splitlines():
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if not isinstance(entry, dict) or not _is_number(entry.get("iteration")):
            continue
        iteration = int(entry["iteration"])
        if _is_number(entry.get("loss")):
            loss.append((iteration, float(entry["loss"])))
        if _is_number(entry.get("miou")):
            miou.append((iteration, float(entry["miou"])))
        if _is_number(entry.get("seconds")):
            seconds = max(seconds, float(entry["seconds"]))
    if not loss and not miou:
        return None
    return TrainingLog(_thinned(loss), tuple(miou[-MOST_POINTS:]), seconds)


def _is_number(value: object) -> bool:
    return type(value) in (int, float) and math.isfinite(value)  # type: ignore[arg-type]


def _thinned(points: list[tuple[int, float]]) -> tuple[tuple[int, float], ...]:
    """At most :data:`MOST_POINTS`, each the mean of those that it stands for."""
    size = math.ceil(len(points) / MOST_POINTS) or 1
    parts = [points[start : start + size] for start in range(0, len(points), size)]
    return tuple((part[-1][0], sum(loss for _, loss in part) / len(part)) for part in parts)
