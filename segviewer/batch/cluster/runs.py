"""What a worker does: it opens a network once, and works through parts of tens of pictures.

A run is sent to each worker once, by a plugin that workers which join later, or are started again,
get as well. A task names the run and its pictures alone.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from distributed import WorkerPlugin

from segviewer.batch.cluster.weights import Weights, unpacked
from segviewer.batch.failures import Failures
from segviewer.batch.frame_scores import counts_of
from segviewer.batch.measuring import Measuring, opened_executor
from segviewer.batch.picture_row import PictureRow
from segviewer.batch.tune import Frame
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.engine.executor import StageExecutor
from segviewer.engine.listener import Collected
from segviewer.errors import EngineError
from segviewer.export.exporting import Writing, write_results
from segviewer.export.run_notes import picture_notes
from segviewer.files.regular_files import read_regular
from segviewer.imaging.datasets.mapping import TargetMapping
from segviewer.imaging.datasets.pairing import Pairing
from segviewer.session import THRESHOLD, Session

_MOST_BYTES = 4 << 30


@dataclass(frozen=True)
class Run:
    """What all parts of a run have together.

    Attributes
    ----------
    name : str
    session : Session
    weights : Weights
    mapping : TargetMapping or str
        What the masks' numbers were found to mean, for measuring.
    writing : Writing
        For labelling.
    frames : tuple of Frame
        For tuning.
    threshold : float
        Of a network with one class, for tuning.
    at_boundaries : bool
        Whether pixels along the outlines are counted apart, for tuning.
    """

    name: str
    session: Session = field(default_factory=Session)
    weights: Weights = field(default_factory=Weights)
    mapping: TargetMapping | str = ""
    writing: Writing = field(default_factory=Writing)
    frames: tuple[Frame, ...] = ()
    threshold: float = THRESHOLD
    at_boundaries: bool = False


@dataclass(frozen=True)
class Labelled:
    """What a picture was labelled to be, to be written where it was asked for.

    Attributes
    ----------
    image : str
    number : int
        Which of all pictures.
    report : dict
        Its figures; files are named by where they were on the worker.
    files : dict of str to bytes
        What was written, by kind: ``index``, ``overlay`` …
    notes : tuple of str
        What has to be said of it.
    failed, trace : str
        Why it was not labelled, and the traceback of a bug; empty where it was.
    """

    image: str
    number: int
    report: dict[str, Any] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    failed: str = ""
    trace: str = ""


@dataclass
class _Open:
    """A run on this worker, and what it has opened for it."""

    run: Run
    folder: str
    measuring: Measuring | None = None
    executor: StageExecutor | None = None
    collected: Collected = field(default_factory=Collected)


_runs: dict[str, _Open] = {}
# A worker may have several threads: a network is configured by one at a time.
_lock = threading.Lock()


class RunPlugin(WorkerPlugin):  # type: ignore[misc]  # Any to the checker
    """Brings a run to every worker.

    Parameters
    ----------
    run : Run
    """

    def __init__(self, run: Run):
        self.run = run
        self.name = f"segviewer {run.name}"

    def setup(self, worker: Any) -> None:
        """Note the run; nothing is opened before the first of its tasks."""
        _runs[self.run.name] = _Open(self.run, worker.local_directory)

    def teardown(self, worker: Any) -> None:
        """Let go of the run and of its network."""
        _runs.pop(self.run.name, None)


def measure_part(name: str, pairs: Sequence[tuple[str, str]]) -> list[PictureRow]:
    """Rows of some pictures.

    Parameters
    ----------
    name : str
        Of the run.
    pairs : sequence of (str, str)
        Pictures and masks.
    """
    with _lock:
        opened = _opened(name)
        if opened.measuring is None:
            run = opened.run
            session = unpacked(run.session, run.weights, opened.folder)
            # Without pictures, for what their masks mean is known already.
            opened.measuring = Measuring(session, Pairing(()))
            opened.measuring.mapping = run.mapping
        opened.measuring.found = Pairing(
            tuple((Path(picture), Path(mask)) for picture, mask in pairs)
        )
        return list(opened.measuring.rows())


def label_part(name: str, images: Sequence[tuple[int, str]]) -> list[Labelled]:
    """Label some pictures; whatever is wrong with one does not stop the others.

    Parameters
    ----------
    name : str
        Of the run.
    images : sequence of (int, str)
        Pictures with their numbers among all.
    """
    with _lock:
        opened = _opened(name)
        run = opened.run
        session = unpacked(run.session, run.weights, opened.folder)
        if opened.executor is None:
            opened.executor = opened_executor(session, opened.collected, lambda sentences: None)
        done = []
        for number, image in images:
            failures = Failures()
            with failures.of(image):
                of_picture = session.changed(image=image)
                opened.executor.run(of_picture)
                done.append(_written(opened, of_picture, number))
            for failed in failures.as_json():
                done.append(Labelled(image, number, failed=failed["why"], trace=failures.traces))
        return done


def count_part(name: str, items: Sequence[tuple[CRFSettings | None, int]]) -> list[np.ndarray]:
    """Confusion matrices of some frames, each under settings of its own.

    Parameters
    ----------
    name : str
        Of the run.
    items : sequence of (CRFSettings or None, int)
        Settings, and the number of the frame.
    """
    run = _opened(name).run
    return [
        counts_of(run.frames[number], settings, run.threshold, run.at_boundaries)
        for settings, number in items
    ]


def _written(opened: _Open, session: Session, number: int) -> Labelled:
    assert opened.executor is not None
    out = Path(opened.folder) / f"segviewer-{os.getpid()}"
    writing = replace(opened.run.writing, template="picture", on_existing="overwrite")
    report = write_results(
        session.changed(checkpoint=opened.run.session.checkpoint),
        opened.collected,
        out,
        writing=writing,
        number=number,
        probs=opened.executor.cache["refined"].value,
        unrefined=opened.executor.cache["probs"].value.probs,
    )
    files = {}
    for what in writing.save:
        path = writing.file(out, "picture", what)
        files[what] = read_regular(path, _MOST_BYTES)
        path.unlink()
    notes = picture_notes(opened.collected.results["label_map"])
    return Labelled(session.image, number, report, files, notes)


def _opened(name: str) -> _Open:
    opened = _runs.get(name)
    if opened is None:
        raise EngineError(
            "A worker does not know what it is to do.",
            f"The run {name} was not sent to it.",
            "Start the command again.",
        )
    return opened
