"""The commands on a cluster: what is handed out, and what becomes of the answers."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segviewer.batch.cluster.connection import connected
from segviewer.batch.cluster.streaming import streamed
from segviewer.batch.cluster.weights import weights_of
from segviewer.batch.measuring import Measuring
from segviewer.batch.picture_row import PictureRow
from segviewer.export.exporting import REPORTED, Writing
from segviewer.export.run_notes import Say
from segviewer.files.atomic_write import write_atomically
from segviewer.imaging.export.writing import write_json
from segviewer.session import Session

if TYPE_CHECKING:
    import numpy as np

    from segviewer.batch.cluster.runs import Labelled
    from segviewer.batch.frame_scores import Counting
    from segviewer.batch.tune import Frame
    from segviewer.crf.settings.crf_settings import CRFSettings

FRAMES = 2
"""Frames of a trial in a task: each takes the CRF some tenths of a second."""


def measured_rows(measuring: Measuring, address: str, say: Say) -> Iterator[PictureRow]:
    """The rows of `measuring`, those that are not known from a cluster, as they come.

    They are kept as they come, so that a run that was stopped goes on.

    Parameters
    ----------
    measuring : Measuring
        Which looks up and keeps; its network names the classes.
    address : str
        As in :func:`segviewer.batch.cluster.connection.connected`.
    say : callable
    """
    missing: list[tuple[str, str]] = []
    for picture, mask in measuring.found.pairs:
        known = measuring.known(picture, mask)
        if known is not None:
            yield known
        else:
            missing.append((str(picture), str(mask)))
    if not missing:
        return
    with _run(measuring.session, address, say, mapping=measuring.mapping) as (client, name):
        from segviewer.batch.cluster.runs import measure_part

        for row in streamed(client, name, measure_part, missing):
            yield measuring.keep(row)


def labelled(
    session: Session, images: Iterable[tuple[int, str]], writing: Writing, address: str, say: Say
) -> Iterator[Labelled]:
    """What a cluster labelled, as it comes.

    Parameters
    ----------
    session : Session
    images : iterable of (int, str)
        Pictures with their numbers among all; read as they are needed.
    writing : Writing
        What is saved of each.
    address : str
        As in :func:`segviewer.batch.cluster.connection.connected`.
    say : callable
    """
    with _run(session, address, say, writing=writing) as (client, name):
        from segviewer.batch.cluster.runs import label_part

        yield from streamed(client, name, label_part, images)


@contextmanager
def counted_frames(
    frames: tuple[Frame, ...], threshold: float, at_boundaries: bool, address: str, say: Say
) -> Iterator[Counting]:
    """What counts frames on a cluster; each worker gets all of them once.

    Parameters
    ----------
    frames : tuple of Frame
    threshold : float
        Of a network with one class.
    at_boundaries : bool
        As in :func:`segviewer.batch.frame_scores.counts_of`.
    address : str
        As in :func:`segviewer.batch.cluster.connection.connected`.
    say : callable
    """
    values = {"frames": frames, "threshold": threshold, "at_boundaries": at_boundaries}
    with _sent(address, say, **values) as (client, name):
        from segviewer.batch.cluster.runs import count_part

        def counted(settings: CRFSettings | None, numbers: Sequence[int]) -> Iterator[np.ndarray]:
            # Of a trial, each worker should have some.
            items = [(settings, number) for number in numbers]
            yield from streamed(client, name, count_part, items, part=FRAMES)

        yield counted


def written(one: Labelled, out: Path, writing: Writing, stem: str) -> dict[str, Any]:
    """Write what a worker sent, as :func:`segviewer.export.exporting.write_results` would here.

    Parameters
    ----------
    one : Labelled
    out : Path
    writing : Writing
    stem : str
        Name without ending.

    Returns
    -------
    dict
        The figures, as written to the JSON file.

    Raises
    ------
    ExportError
        If the folder cannot be written.
    """
    files = {what: writing.file(out, stem, what) for what in (*writing.save, "figures")}
    for what, content in one.files.items():
        write_atomically(files[what], content)
    report = {**one.report, **{REPORTED[what]: str(files[what]) for what in one.files}}
    write_json(files["figures"], report, overwrite=writing.on_existing != "number")
    return report


@contextmanager
def _run(session: Session, address: str, say: Say, **more: Any) -> Iterator[tuple[Any, str]]:
    """A client and the name of a run that every worker knows, with its weights."""
    with _sent(address, say, session=session, weights=weights_of(session), **more) as sent:
        yield sent


@contextmanager
def _sent(address: str, say: Say, **values: Any) -> Iterator[tuple[Any, str]]:
    """A client and the name of a run of these values, which every worker gets once."""
    with connected(address, say) as client:
        from segviewer.batch.cluster.runs import Run, RunPlugin

        name = uuid.uuid4().hex
        plugin = RunPlugin(Run(name, **values))
        client.register_plugin(plugin)
        try:
            yield client, name
        finally:
            client.unregister_worker_plugin(plugin.name)
