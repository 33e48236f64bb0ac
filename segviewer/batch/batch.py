"""Labelling and measuring without a window."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from segviewer.batch.failures import Failures
from segviewer.batch.measuring import opened_executor
from segviewer.engine.listener import Collected
from segviewer.errors import SettingsError
from segviewer.export.run_notes import Said, Say, picture_notes
from segviewer.imaging.reading.file_names import check_name, shown_name
from segviewer.session import THRESHOLD, InferenceSettings, Session

if TYPE_CHECKING:
    from segviewer.engine.executor import StageExecutor
    from segviewer.export.exporting import Writing


def session_of(
    checkpoint: str,
    crf: str | None,
    long_side: int,
    multi_scale: bool,
    flip: bool,
    device: str,
    geometry: list[str],
    threshold: float = THRESHOLD,
) -> Session:
    """Build the session that the command line describes.

    Parameters
    ----------
    checkpoint : str
        Reference.
    crf : str or None
        As the command line has it; None: switched off.
    long_side : int
        Pixels; 0: the checkpoint's own.
    multi_scale, flip : bool
    device : str
    geometry : list of str
        ``NAME=VALUE``.
    threshold : float
        Where the foreground of a network with one class begins.

    Raises
    ------
    SettingsError
        For a CRF or geometry that cannot be read.
    """
    from segviewer.crf.settings.own_presets import load_presets
    from segviewer.crf.settings.setting_text import parse_crf

    session = Session(
        checkpoint=checkpoint,
        inference=InferenceSettings(
            long_side=long_side,
            multi_scale=multi_scale,
            flip=flip,
            device=device,
            threshold=threshold,
        ),
        network=tuple(sorted(_geometry(item) for item in geometry)),
    )
    if crf is None:
        return session
    own, problems = load_presets()
    for problem in problems:
        print(f"segviewer: {problem}", file=sys.stderr)
    return session.changed(crf=parse_crf(crf, own))


def _geometry(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    try:
        items = [json.loads(item) for item in value.split(",")]
    except json.JSONDecodeError:
        raise SettingsError(
            f"--set {text} cannot be read.",
            "A value is a number, true, false, or a list.",
            "Write for example --set atrous_rates=12,24,36 or --set image_pooling=false.",
        ) from None
    return name, tuple(items) if len(items) > 1 else items[0]


def label(
    session: Session,
    images: list[str],
    out: Path,
    *,
    as_json: bool,
    writing: Writing | None = None,
    cluster: str = "",
) -> int:
    """Write label map, overlay and figures of each picture into `out`.

    Whatever is wrong with one picture is said at the end and does not stop the others.

    Parameters
    ----------
    session : Session
    images : list of str
        Files and ``sample:NAME``.
    out : Path
    as_json : bool
        Print the figures as JSON.
    writing : Writing, optional
        What is written, and under which name; :class:`segviewer.export.exporting.Writing`.
    cluster : str
        Address of a Dask cluster that does the work; empty for this process.

    Returns
    -------
    int
        How many pictures were not labelled, at most :data:`MOST_FAILURES`.
    """
    from segviewer.batch.huge import is_labelled
    from segviewer.export.exporting import Writing, make_folder

    writing = writing or Writing()
    make_folder(out)
    collected, say = Collected(), Said()
    executor = opened_executor(session, collected, say)
    failures, reports, skipped = Failures(), [], 0
    network = collected.results["network"].architecture

    def stem(number: int, image: str) -> str:
        return writing.stem(image, network, number)

    bar = tqdm(total=len(images), unit="picture", disable=as_json or len(images) < 2)

    def left() -> Iterator[tuple[int, str]]:
        """Pictures that are not there yet, with their numbers."""
        nonlocal skipped
        for number, image in enumerate(images, 1):
            there = True
            with failures.of(image):
                check_name(image)
                there = writing.is_done(out, stem(number, image)) or is_labelled(
                    out, writing, image, network, number
                )
                skipped += there
            if there:
                bar.update()
            else:
                yield number, image

    if cluster:
        done = _on_cluster(session, left(), out, writing, stem, failures, say, cluster)
    else:
        done = _here(session, left(), out, writing, executor, collected, failures, as_json)
    with bar:
        for image, report, notes in done:
            bar.update()
            if report is None:
                continue
            reports.append(report)
            say(notes, shown_name(image))
            if not as_json:
                tqdm.write(f"{shown_name(image)}: {_largest_shares(report)}")
    if as_json:
        print(json.dumps(reports, indent=2))
    failures.say()
    if len(images) > 1:
        failed = len(images) - len(reports) - skipped
        there = f", {skipped} skipped since they are there" if skipped else ""
        wrong = f", {failed} failed" if failed else ""
        print(
            f"segviewer: {len(reports)} of {len(images)} pictures labelled{there}{wrong}.",
            file=sys.stderr,
        )
    return failures.exit_code


Done = tuple[str, dict[str, Any] | None, Iterable[str]]
"""A picture, its figures (None where it failed), and what has to be said of it."""


def _here(
    session: Session,
    left: Iterable[tuple[int, str]],
    out: Path,
    writing: Writing,
    executor: StageExecutor,
    collected: Collected,
    failures: Failures,
    quiet: bool,
) -> Iterator[Done]:
    from segviewer.batch.huge import is_huge, label_huge
    from segviewer.export.exporting import write_results

    for number, image in left:
        report: dict[str, Any] | None = None
        notes: tuple[str, ...] = ()
        with failures.of(image):
            of_picture = session.changed(image=image)
            if is_huge(image, session):
                described = collected.results["network"]
                report = label_huge(
                    of_picture, executor, described, out, writing, number, quiet=quiet
                )
                yield image, report, report["notes"]
                continue
            executor.run(of_picture)
            probs = executor.cache["refined"].value
            report = write_results(
                of_picture, collected, out, writing=writing, number=number, probs=probs
            )
            notes = picture_notes(collected.results["label_map"])
        yield image, report, notes


def _on_cluster(
    session: Session,
    left: Iterable[tuple[int, str]],
    out: Path,
    writing: Writing,
    stem: Callable[[int, str], str],
    failures: Failures,
    say: Say,
    address: str,
) -> Iterator[Done]:
    from segviewer.batch.cluster import commands

    for one in commands.labelled(session, left, writing, address, say):
        if one.failed:
            failures.add(one.image, one.failed, one.trace)
        report = None
        with failures.of(one.image):
            if not one.failed:
                report = commands.written(one, out, writing, stem(one.number, one.image))
        yield one.image, report, one.notes


def _largest_shares(report: dict[str, Any]) -> str:
    shares = sorted(report["shares"].items(), key=lambda item: -item[1])[:4]
    return ", ".join(f"{name} {share:.0%}" for name, share in shares)
