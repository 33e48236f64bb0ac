"""Labelling and measuring without a window."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from segviewer.batch.failures import Failures
from segviewer.batch.measuring import opened_executor
from segviewer.engine.listener import Collected
from segviewer.errors import SettingsError
from segviewer.export.run_notes import Said, network_notes, picture_notes
from segviewer.imaging.reading.file_names import check_name, shown_name
from segviewer.references import Reference
from segviewer.session import THRESHOLD, InferenceSettings, Session

if TYPE_CHECKING:
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
    session: Session, images: list[str], out: Path, *, as_json: bool, writing: Writing | None = None
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

    Returns
    -------
    int
        How many pictures were not labelled, at most :data:`MOST_FAILURES`.
    """
    from segviewer.export.exporting import Writing, make_folder, write_results

    writing = writing or Writing()
    make_folder(out)
    collected, say = Collected(), Said()
    executor = opened_executor(session, collected, say)
    failures, reports, skipped = Failures(), [], 0
    of_files = Reference.checkpoint(session.checkpoint).scores
    network = "scores" if of_files else collected.results["network"].architecture
    for number, image in enumerate(
        tqdm(images, unit="picture", disable=as_json or len(images) < 2), 1
    ):
        with failures.of(image):
            check_name(image)
            if writing.is_done(out, writing.stem(image, network, number)):
                skipped += 1
                continue
            of_picture = session.changed(image=image)
            executor.run(of_picture)
            probs = executor.cache["refined"].value
            report = write_results(
                of_picture, collected, out, writing=writing, number=number, probs=probs
            )
            reports.append(report)
            if of_files:
                say(network_notes(collected.results["network"]), shown_name(image))
            say(picture_notes(collected.results["label_map"]), shown_name(image))
            if not as_json:
                shares = sorted(report["shares"].items(), key=lambda item: -item[1])[:4]
                said = ", ".join(f"{name} {share:.0%}" for name, share in shares)
                tqdm.write(f"{shown_name(image)}: {said}")
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
