"""Pictures that were measured before, kept on disk so that a stopped run goes on where it was.

A row is found by a hash of all that decides it: weights, geometry, inference, CRF, meaning of the
mask's numbers, and the two files with their sizes and times. SQLite writes each whole or not at
all, also for two windows at once.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from segviewer.analysis.evaluation.calibration import NUM_BINS, Reliability
from segviewer.batch.picture_row import PictureRow
from segviewer.files.regular_files import status_of
from segviewer.resource_files import state_path
from segviewer.session import Session

FORMAT = 1  # of a row; others are measured again
MOST_ROWS = 200_000  # some 500 MB; the oldest go
_WAIT_SECONDS = 10.0  # for another process that writes


def store_path() -> Path:
    """Where rows are kept."""
    return state_path("measured.sqlite")


class RowStore:
    """Rows on disk. What cannot be read or written is as if it had never been measured.

    Parameters
    ----------
    path : Path

    Attributes
    ----------
    fault : str
        Why nothing is kept any more, as a sentence; empty while all is well.
    """

    def __init__(self, path: Path):
        self.path, self.fault = path, ""
        self._file: sqlite3.Connection | None = None
        try:
            # A person without a home has no path, which is a RuntimeError.
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._open()
        except sqlite3.DatabaseError:
            # Not a data base, or half of one: it is only a memory of what can be measured again.
            self.close()
            with contextlib.suppress(OSError):
                path.unlink()
            self._try_again()
        except (OSError, RuntimeError) as error:
            self._give_up(error)

    def _open(self) -> None:
        self._file = sqlite3.connect(self.path, timeout=_WAIT_SECONDS, isolation_level=None)
        # After a loss of power the last rows may be gone, never the file.
        self._file.execute("PRAGMA journal_mode = WAL")
        self._file.execute("PRAGMA synchronous = NORMAL")
        self._file.execute(
            "CREATE TABLE IF NOT EXISTS rows "
            "(key TEXT PRIMARY KEY, row BLOB NOT NULL, errors BLOB NOT NULL)"
        )

    def _try_again(self) -> None:
        try:
            self._open()
        except (sqlite3.Error, OSError) as error:
            self._give_up(error)

    def get(self, key: str, picture: str, target: str) -> PictureRow | None:
        """The row kept under `key`; None where there is none.

        Parameters
        ----------
        key : str
            From :func:`row_key`.
        picture, target : str
            Where its files lie now.
        """
        if self._file is None:
            return None
        try:
            query = "SELECT row, errors FROM rows WHERE key = ?"
            found = self._file.execute(query, (key,)).fetchone()
        except sqlite3.Error as error:
            self._give_up(error)
            return None
        try:
            return None if found is None else _row_of(*found).at(picture, target, key)
        except (ValueError, KeyError, TypeError, IndexError, zlib.error):
            return None

    def put(self, row: PictureRow) -> None:
        """Keep a row under its key."""
        if self._file is None:
            return
        try:
            self._file.execute(
                "INSERT OR REPLACE INTO rows VALUES (?, ?, ?)",
                (row.key, _bytes_of(row), row.errors),
            )
        except sqlite3.Error as error:
            self._give_up(error)

    def close(self) -> None:
        """Let go of the file; safe to call twice."""
        file, self._file = self._file, None
        if file is None:
            return
        with contextlib.suppress(sqlite3.Error):
            file.execute(
                "DELETE FROM rows WHERE rowid <= (SELECT max(rowid) FROM rows) - ?", (MOST_ROWS,)
            )
        with contextlib.suppress(sqlite3.Error):
            file.close()

    def _give_up(self, error: Exception) -> None:
        self.fault = f"What is measured is not kept, so that a stopped run begins again: {error}."
        self.close()


def run_key(session: Session, weights: str | os.PathLike[str] | None, mapping: Any) -> str:
    """All that a run's rows have in common.

    Parameters
    ----------
    session : Session
        What of it is measured (:func:`segviewer.batch.measuring.measured`). The device does not
        count: devices differ in the last digits only.
    weights : path-like or None
        File of the weights; None for random ones, which their name decides.
    mapping : object
        What the masks' numbers mean; its ``repr`` says it.
    """
    values = session.model_dump(mode="json")
    values["inference"].pop("device", None)
    values.pop("target_mapping")
    if not session.crf.enabled:
        values.pop("crf")
    return _hash(FORMAT, values, None if weights is None else state_of_file(weights), repr(mapping))


def row_key(run: str, picture: str | os.PathLike[str], target: str | os.PathLike[str]) -> str:
    """Of one picture in a run; empty where a file cannot be asked.

    Parameters
    ----------
    run : str
        From :func:`run_key`.
    picture, target : path-like
    """
    try:
        return _hash(run, state_of_file(picture), state_of_file(target))
    except OSError:
        return ""


def state_of_file(path: str | os.PathLike[str]) -> list[Any]:
    """Path, size and time of a file, by which it is known not to have changed.

    Raises
    ------
    OSError
    """
    state = status_of(path)
    return [os.path.abspath(path), state.st_size, state.st_mtime_ns]


def _hash(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _bytes_of(row: PictureRow) -> bytes:
    content = {
        "classes": row.num_classes,
        "cells": row.cells.tolist(),
        "held": row.held.tolist(),
        "boundary": row.boundary.tolist(),
        "entropy": row.entropy,
        "pixels": row.reliability.pixels.tolist(),
        "right": row.reliability.right.tolist(),
        "confidence": row.reliability.confidence.tolist(),
        "notes": row.notes,
    }
    return zlib.compress(json.dumps(content).encode(), 1)


def _row_of(content: bytes, errors: bytes) -> PictureRow:
    """A row as it was kept.

    Raises
    ------
    ValueError, KeyError, TypeError, IndexError, zlib.error
        If it is damaged.
    """
    values = json.loads(zlib.decompress(content))
    size = int(values["classes"])
    boundary = np.array(values["boundary"], np.int64).reshape(2, size)
    pixels = np.array(values["pixels"], np.int64)
    right = np.array(values["right"], np.int64)
    confidence = np.array(values["confidence"], float)
    if {len(part) for part in (pixels, right, confidence)} != {NUM_BINS}:
        raise ValueError("another number of bins")
    return PictureRow(
        "",
        "",
        size,
        np.array(values["cells"], np.int64).reshape(-1, 3),
        np.array(values["held"], np.int64).reshape(-1, 2),
        boundary,
        float(values["entropy"]),
        Reliability(pixels, right, confidence),
        tuple(map(str, values["notes"])),
        bytes(errors),
    )
