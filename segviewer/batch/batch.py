"""Labelling and measuring without a window."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from segviewer.batch.failures import Failures
from segviewer.errors import SettingsError
from segviewer.export.run_notes import Said
from segviewer.imaging.reading.file_names import check_name, shown_name
from segviewer.references import Reference
from segviewer.session import THRESHOLD, InferenceSettings, Session

if TYPE_CHECKING:
    from segviewer.batch.each_picture import Written
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
    from segviewer.batch.each_picture import written
    from segviewer.export.exporting import Writing

    writing, say = writing or Writing(), Said()

    failures, reports, skipped = Failures(), [], 0
    quiet = as_json or len(images) < 2
    if cluster:
        run = _on_cluster(session, images, out, writing, failures, say, cluster)
    else:
        run = written(session, images, out, writing, failures, say, quiet=as_json)
    for one in tqdm(run, total=len(images), unit="picture", disable=quiet):
        skipped += one.outcome == "skipped"
        if one.outcome == "written":
            reports.append(one.report)
            if not as_json:
                tqdm.write(f"{shown_name(one.image)}: {_largest_shares(one.report)}")
                tqdm.write(f"  {where_written(one.report)}")
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


def _on_cluster(
    session: Session,
    images: Sequence[str],
    out: Path,
    writing: Writing,
    failures: Failures,
    say: Said,
    address: str,
) -> Iterator[Written]:
    """As :func:`segviewer.batch.each_picture.written`, in the order in which answers come."""
    from segviewer.batch.cluster import commands
    from segviewer.batch.each_picture import Written
    from segviewer.batch.measuring import opened_executor
    from segviewer.engine.listener import Collected
    from segviewer.files.writing_faults import make_folder

    if Reference.checkpoint(session.checkpoint).scores:
        raise SettingsError(
            "Scores from files are not handed to a cluster.",
            "A cluster shares the work of a network, and here none runs.",
            "Leave --dask out.",
        )
    if "script" in writing.save:
        raise SettingsError(
            "A pydensecrf script is not written on a cluster.",
            "It stands beside an array of its own, and a worker sends single files.",
            "Leave script out of --save, or leave --dask out.",
        )
    make_folder(out)
    collected = Collected()
    opened_executor(session, collected, say)  # says here what is to be said of the network
    network = collected.results["network"].architecture
    without: list[Written] = []

    def left() -> Iterator[tuple[int, str]]:
        """Pictures that are not there yet, with their numbers."""
        for number, image in enumerate(images, 1):
            there = None
            with failures.of(image):
                check_name(image)
                there = writing.is_done(out, writing.stem(image, network, number))
            if there is False:
                yield number, image
            else:
                without.append(Written(image, "skipped" if there else "failed", {}))

    for one in commands.labelled(session, left(), writing, address, say):
        if one.failed:
            failures.add(one.image, one.failed, one.trace)
        report = None
        with failures.of(one.image):
            if not one.failed:
                stem = writing.stem(one.image, network, one.number)
                report = commands.written(one, out, writing, stem)
        yield Written(one.image, "failed" if report is None else "written", report or {})
        say(one.notes, shown_name(one.image))
    yield from without


def where_written(report: dict[str, Any]) -> str:
    """The files of a picture, and that they were numbered since others were there."""
    from segviewer.export.exporting import REPORTED

    paths = [Path(report[key]) for key in REPORTED.values() if key in report]
    if not paths:
        return "written"
    folder, names = paths[0].parent, ", ".join(shown_name(path) for path in paths)
    numbered = report.get("numbered")
    behind = "; numbered, since there were files of that name" if numbered else ""
    return f"written to {folder}: {names}{behind}"


def _largest_shares(report: dict[str, Any]) -> str:
    shares = sorted(report["shares"].items(), key=lambda item: -item[1])[:4]
    return ", ".join(f"{name} {share:.0%}" for name, share in shares)
