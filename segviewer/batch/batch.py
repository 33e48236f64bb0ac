"""Labelling and measuring without a window."""

from __future__ import annotations

import json
import platform
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm import tqdm

from segviewer import __version__
from segviewer.batch.failures import Failures
from segviewer.engine.executor import StageExecutor
from segviewer.engine.listener import Collected
from segviewer.errors import PictureError, SettingsError
from segviewer.export.run_notes import Said, Say, network_notes, picture_notes, weights_report
from segviewer.imaging.datasets.mapping import TargetMapping
from segviewer.imaging.datasets.pairing import Pairing
from segviewer.imaging.export.writing import write_csv
from segviewer.imaging.reading.file_names import check_name, shown_name
from segviewer.session import THRESHOLD, InferenceSettings, Session

if TYPE_CHECKING:
    from segviewer.analysis.evaluation.metrics import Confusion
    from segviewer.export.exporting import Writing
    from segviewer.imaging.datasets.network_targets import NetworkTarget

LIBRARIES = ("torch", "numpy", "PySide6-Essentials", "pyqtgraph", "Pillow", "pydensecrf2")


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
    network = collected.results["network"].architecture
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


def opened_executor(session: Session, collected: Collected, say: Say) -> StageExecutor:
    """An executor with the network of `session` open, after saying what must be said of it.

    What is wrong with the network or a device is wrong for every picture, so it ends the run
    here and is not said once for each.

    Parameters
    ----------
    session : Session
    collected : Collected
        Gets the results.
    say : callable
        Told what must be said, in sentences.
    """
    from segviewer.inference.network_state import config_of
    from segviewer.inference.running import choose_device

    choose_device(session.inference.device)
    executor = StageExecutor(collected.listener())
    executor.run(session.changed(image=""))
    config_of(executor.cache["network"].value, session)
    say(network_notes(collected.results["network"]))
    return executor


def evaluate(
    session: Session,
    found: Pairing,
    *,
    as_json: bool,
    per_picture: bool = False,
    csv_file: Path | None = None,
) -> int:
    """Measure label maps against target masks, accumulated over all frames.

    Parameters
    ----------
    session : Session
        Its `target_mapping` says what the masks' numbers mean; empty for the likeliest by what
        some of them hold together.
    found : Pairing
        Pictures and their masks.
    as_json : bool
        Print the report as JSON.
    per_picture : bool
        Say the figures of each picture, too, worst first.
    csv_file : Path, optional
        Where the figures of each picture are written.

    Returns
    -------
    int
        How many frames could not be measured, at most :data:`MOST_FAILURES`; 1 where there was
        nothing to compare.
    """
    from segviewer.analysis.evaluation.metrics import Confusion
    from segviewer.analysis.evaluation.target_fit import target_fit
    from segviewer.engine.computing.labels import target_classes
    from segviewer.imaging.datasets.network_targets import mapping_of_masks

    collected, say, failures = Collected(), Said(), Failures()
    say(found.sentences())
    executor = opened_executor(session, collected, say)
    network = collected.results["network"]
    mapping = mapping_of_masks(
        [mask for _, mask in found.pairs],
        target_classes(executor.cache["network"].value),
        session.target_mapping,
    )
    classes, confusion = network.classes, Confusion(len(network.classes))
    notes: dict[str, None] = {}
    rows: list[dict[str, Any]] = []
    began = time.perf_counter()
    for picture, mask in tqdm(
        found.pairs, unit="frame", disable=as_json and not sys.stderr.isatty()
    ):
        with failures.of(str(picture)):
            for path in (picture, mask):
                check_name(path)
            executor.run(session.changed(image=str(picture)))
            labelled = collected.results["label_map"]
            read = frame_target(executor, picture, mask, labelled.label_map.shape, mapping)
            alone = Confusion(len(classes))
            alone.add(read.target, labelled.label_map)
            confusion.counts += alone.counts
            confusion.held += alone.held
            rows.append(_picture_row(picture, mask, alone, classes))
            notes |= dict.fromkeys([*read.notes, *picture_notes(labelled)])
    seconds = time.perf_counter() - began
    fit = target_fit(confusion)
    sentences = fit.sentences("masks")
    say([*notes, *sentences])
    iou = {name: _number(v) for name, v in zip(classes, confusion.iou, strict=True)}
    absent = [name for name, gone in zip(classes, confusion.absent, strict=True) if gone]
    rows.sort(key=lambda row: (row["miou"] is None, row["miou"] or 0.0))
    report = {
        "miou": _number(confusion.miou),
        "miou_over_classes": fit.present,
        "pixel_accuracy": _number(confusion.pixel_accuracy),
        "iou": iou,
        "absent": absent,
        "frames": len(rows),
        "seconds": round(seconds, 2),
        "checkpoint": session.checkpoint,
        **weights_report(network),
        "notes": [*network_notes(network), *notes, *found.sentences(), *sentences],
        "targets": {
            "pairing": found.rule,
            "mapping": mapping.name if isinstance(mapping, TargetMapping) else "colours",
            "void_share": round(fit.void_share, 4),
            "outside_share": round(fit.outside_share, 4),
            "outside": {str(value): round(n / fit.pixels, 6) for value, n in fit.outside},
        },
        "without_target": [shown_name(path) for path in found.alone],
        "failed": failures.as_json(),
    }
    if per_picture:
        report["pictures"] = rows
    if csv_file is not None:
        write_csv(csv_file, [_flat_row(row) for row in rows])
    print(json.dumps(report, indent=2) if as_json else _evaluation_text(report))
    failures.say()
    if not fit.compared:
        say(["Nothing was compared: there is no figure."])
    return failures.exit_code or int(not fit.compared)


def _picture_row(
    picture: Path, mask: Path, confusion: Confusion, classes: tuple[str, ...]
) -> dict[str, Any]:
    """The figures of one picture."""
    iou = {
        name: _number(value)
        for name, value in zip(classes, confusion.iou, strict=True)
        if not np.isnan(value)
    }
    worst = min(iou, key=lambda name: iou[name] or 0.0) if iou else None
    return {
        "picture": str(picture),
        "target": str(mask),
        "miou": _number(confusion.miou),
        "pixel_accuracy": _number(confusion.pixel_accuracy),
        "worst_class": worst,
        "iou": iou,
    }


def _flat_row(row: dict[str, Any]) -> dict[str, Any]:
    flat = {name: value for name, value in row.items() if name != "iou"}
    return flat | {f"IoU {name}": value for name, value in row["iou"].items()}


def frame_target(
    executor: StageExecutor,
    picture: Path,
    mask: Path,
    size: tuple[int, ...],
    mapping: str | TargetMapping = "",
) -> NetworkTarget:
    """The target mask of a picture of `size`, for the network that `executor` has open.

    Parameters
    ----------
    executor : StageExecutor
    picture, mask : Path
    size : (int, int)
        Height and width of the picture.
    mapping : str or TargetMapping
        As in :func:`segviewer.imaging.datasets.network_targets.read_network_target`.

    Raises
    ------
    PictureError
        If it cannot be read, or has another size.
    """
    from segviewer.engine.computing.labels import target_classes
    from segviewer.imaging.datasets.network_targets import read_network_target

    classes = target_classes(executor.cache["network"].value)
    read = read_network_target(mask, classes, mapping)
    if read.target.shape != size:
        raise PictureError(
            f"{mask.name} has another size than {picture.name}.",
            f"{read.target.shape[1]}×{read.target.shape[0]} against {size[1]}×{size[0]} pixels.",
            "Use masks at the pictures' own size.",
        )
    return read


def _evaluation_text(report: dict[str, Any]) -> str:
    present, classes = report["miou_over_classes"], len(report["iou"])
    width = max(len(name) for name in (*report["iou"], "accuracy"))
    lines = [
        f"{name:<{width}}  {_said(value)}"
        + ("   absent from the targets" if name in report["absent"] else "")
        for name, value in report["iou"].items()
    ]
    lines += [
        f"{_said(row['miou'])}  {row['picture']}"
        + (f"   worst: {row['worst_class']}" if row["worst_class"] else "")
        for row in report.get("pictures", ())
    ]
    lines += [
        f"{'mIoU':<{width}}  {_said(report['miou'])}   "
        f"(over {present} of {classes} classes, those in the targets; void ignored)",
        f"{'accuracy':<{width}}  {_said(report['pixel_accuracy'])}",
        f"{report['frames']} frames in {report['seconds']:.1f} s",
    ]
    return "\n".join(lines)


def _said(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _number(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 4)


def information() -> dict[str, Any]:
    """Versions, devices and bundled weights."""
    from segviewer.checkpoints.published.catalogue import bundled_checkpoints
    from segviewer.inference.running import device_names

    versions: dict[str, str | None]
    versions = {"segviewer": __version__, "python": platform.python_version()}
    for name in LIBRARIES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = None
    weights = [
        {"name": name, "title": card.title, "trained_on": card.trained_on, "results": card.results}
        for name, card in bundled_checkpoints()
    ]
    return {"versions": versions, "devices": list(device_names()), "bundled": weights}


def information_text(report: dict[str, Any]) -> str:
    """The same for reading."""
    lines = [f"{name:<20} {v or 'not installed'}" for name, v in report["versions"].items()]
    lines.append(f"{'devices':<20} {', '.join(report['devices'])}")
    lines.append("bundled weights")
    for entry in report["bundled"]:
        test = entry["results"].get("test", {}).get("miou")
        said = f", test mIoU {test:.3f}" if test is not None else ""
        lines.append(f"  {entry['name']}: {entry['title']}, {entry['trained_on']}{said}")
    return "\n".join(lines)
