"""What is wanted of each of many pictures, written one after the other; no Qt, nothing printed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from segviewer.batch.failures import Failures
from segviewer.batch.huge import is_huge, is_labelled, label_huge
from segviewer.batch.measuring import check_own_scores, opened_executor
from segviewer.engine.listener import Collected
from segviewer.errors import CheckpointError
from segviewer.export.exporting import Writing, write_results
from segviewer.export.run_notes import network_notes, picture_notes
from segviewer.files.writing_faults import make_folder
from segviewer.imaging.reading.file_names import check_name, shown_name
from segviewer.references import Reference
from segviewer.session import Session


@dataclass(frozen=True)
class Written:
    """One picture of the run.

    Attributes
    ----------
    image : str
    outcome : {"written", "skipped", "failed"}
    report : dict
        Of :func:`segviewer.export.exporting.write_results`; empty unless it was written.
    """

    image: str
    outcome: Literal["written", "skipped", "failed"]
    report: dict[str, Any]


def written(
    session: Session,
    images: Sequence[str],
    out: Path,
    writing: Writing,
    failures: Failures,
    say: Callable[..., None],
    quiet: bool = True,
) -> Iterator[Written]:
    """Write what `writing` says of each picture into `out`.

    Parameters
    ----------
    session : Session
    images : sequence of str
        References.
    out : Path
    writing : Writing
    failures : Failures
        Gets what is wrong with a picture, which does not stop the others.
    say : callable
        Called with what must be said: sentences, and the name of the picture that they are about.
    quiet : bool
        Draw no bar for the windows of a huge picture.

    Yields
    ------
    Written
        For every picture.
    """
    check_own_scores(session, images)
    make_folder(out)
    collected = Collected()
    executor = opened_executor(session, collected, say)
    of_files = Reference.checkpoint(session.checkpoint).scores
    network = "scores" if of_files else collected.results["network"].architecture
    for number, image in enumerate(images, 1):
        outcome = Written(image, "failed", {})
        with failures.of(image):
            check_name(image)
            stem = writing.stem(image, network, number)
            if writing.is_done(out, stem) or is_labelled(out, writing, image, network, number):
                yield Written(image, "skipped", {})
                continue
            of_picture = session.changed(image=image)
            if not of_files and is_huge(image, session):
                described = collected.results["network"]
                report = label_huge(
                    of_picture, executor, described, out, writing, number, quiet=quiet
                )
                yield Written(image, "written", report)
                say(report["notes"], shown_name(image))
                continue
            try:
                executor.run(of_picture)
            except CheckpointError as error:
                if not of_files:
                    raise
                # Each picture has scores of its own, so that these are no matter of the others.
                failures.add(image, error.sentence)
                yield outcome
                continue
            report = write_results(
                of_picture,
                collected,
                out,
                writing=writing,
                number=number,
                probs=executor.cache["refined"].value,
                unrefined=executor.cache["probs"].value.probs,
            )
            outcome = Written(image, "written", report)
            if of_files:
                say(network_notes(collected.results["network"]), shown_name(image))
            read, labelled = collected.results["image"], collected.results["label_map"]
            say(picture_notes(labelled, read), shown_name(image))
        yield outcome
