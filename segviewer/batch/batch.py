"""Labelling and measuring without a window."""

from __future__ import annotations

import json
import platform
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from segviewer import __version__
from segviewer.batch.failures import Failures
from segviewer.batch.pairing import pairing_of
from segviewer.engine.executor import StageExecutor
from segviewer.engine.listener import Collected
from segviewer.errors import PictureError, SettingsError
from segviewer.export.run_notes import Said, Say, network_notes, picture_notes, weights_state
from segviewer.imaging.reading.file_names import check_name, shown_name
from segviewer.imaging.reading.targets import NetworkTarget
from segviewer.session import THRESHOLD, InferenceSettings, Session

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


def label(session: Session, images: list[str], out: Path, *, as_json: bool) -> int:
    """Write index PNG, overlay and figures of each picture into `out`.

    Whatever is wrong with one picture is said at the end and does not stop the others.

    Returns
    -------
    int
        How many pictures were not labelled, at most :data:`MOST_FAILURES`.
    """
    from segviewer.export.exporting import make_folder, write_results

    make_folder(out)
    collected, say = Collected(), Said()
    executor = opened_executor(session, collected, say)
    failures, reports = Failures(), []
    for image in tqdm(images, unit="picture", disable=as_json or len(images) < 2):
        with failures.of(image):
            check_name(image)
            executor.run(session.changed(image=image))
            report = write_results(session.changed(image=image), collected, out)
            reports.append(report)
            say(picture_notes(collected.results["label_map"]), shown_name(image))
            if not as_json:
                shares = sorted(report["shares"].items(), key=lambda item: -item[1])[:4]
                said = ", ".join(f"{name} {share:.0%}" for name, share in shares)
                tqdm.write(f"{report['overlay']}: {said}")
    if as_json:
        print(json.dumps(reports, indent=2))
    failures.say()
    return failures.exit_code


def opened_executor(session: Session, collected: Collected, say: Say) -> StageExecutor:
    """An executor with the network of `session` open, after saying what must be said of it.

    What is wrong with the network or a device is wrong for every picture, so it ends the run
    here and is not said once for each.
    """
    from segviewer.inference.network_state import config_of
    from segviewer.inference.running import choose_device

    choose_device(session.inference.device)
    executor = StageExecutor(collected.listener())
    executor.run(session.changed(image=""))
    config_of(executor.cache["network"].value, session)
    say(network_notes(collected.results["network"]))
    return executor


def evaluate(session: Session, images: Path, targets: Path, *, as_json: bool) -> int:
    """Measure label maps against target masks, accumulated over all frames.

    Returns
    -------
    int
        How many frames could not be measured, at most :data:`MOST_FAILURES`; 1 where there was
        nothing to compare.
    """
    from segviewer.analysis.evaluation.metrics import Confusion
    from segviewer.analysis.evaluation.target_fit import target_fit

    found = pairing_of(images, targets)
    collected, say, failures = Collected(), Said(), Failures()
    say(found.sentences())
    executor = opened_executor(session, collected, say)
    network = collected.results["network"]
    classes, confusion = network.classes, Confusion(len(network.classes))
    notes: dict[str, None] = {}
    measured, began = 0, time.perf_counter()
    for picture, mask in tqdm(
        found.pairs, unit="frame", disable=as_json and not sys.stderr.isatty()
    ):
        with failures.of(str(picture)):
            for path in (picture, mask):
                check_name(path)
            executor.run(session.changed(image=str(picture)))
            labelled = collected.results["label_map"]
            read = frame_target(executor, picture, mask, labelled.label_map.shape)
            confusion.add(read.target, labelled.label_map)
            measured += 1
            notes |= dict.fromkeys([*read.notes, *picture_notes(labelled)])
    seconds = time.perf_counter() - began
    fit = target_fit(confusion)
    sentences = fit.sentences("masks")
    say([*notes, *sentences])
    iou = {name: _number(v) for name, v in zip(classes, confusion.iou, strict=True)}
    absent = [name for name, gone in zip(classes, confusion.absent, strict=True) if gone]
    report = {
        "miou": _number(confusion.miou),
        "miou_over_classes": fit.present,
        "pixel_accuracy": _number(confusion.pixel_accuracy),
        "iou": iou,
        "absent": absent,
        "frames": measured,
        "seconds": round(seconds, 2),
        "checkpoint": session.checkpoint,
        "weights": weights_state(network),
        "notes": [*network_notes(network), *notes, *found.sentences(), *sentences],
        "targets": {
            "void_share": round(fit.void_share, 4),
            "outside_share": round(fit.outside_share, 4),
            "outside": {str(value): round(n / fit.pixels, 6) for value, n in fit.outside},
        },
        "without_target": [shown_name(path) for path in found.alone],
        "failed": failures.as_json(),
    }
    print(json.dumps(report, indent=2) if as_json else _evaluation_text(report))
    failures.say()
    if not fit.compared:
        say(["Nothing was compared: there is no figure."])
    return failures.exit_code or int(not fit.compared)


def frame_target(
    executor: StageExecutor, picture: Path, mask: Path, size: tuple[int, int]
) -> NetworkTarget:
    """The target mask of a picture of `size`, for the network that `executor` has open.

    Raises
    ------
    PictureError
        If it cannot be read, or has another size.
    """
    from segviewer.imaging.reading.targets import read_network_target

    opened = executor.cache["network"].value
    read = read_network_target(mask, opened.card.label_set, opened.config.num_classes == 1)
    if read.target.shape != size:
        raise PictureError(
            f"{mask.name} has another size than {picture.name}.",
            f"{read.target.shape[1]}×{read.target.shape[0]} against {size[1]}×{size[0]} pixels.",
            "Use masks at the pictures' own size.",
        )
    return read


def _evaluation_text(report: dict[str, Any]) -> str:
    def said(value: float | None) -> str:
        return "–" if value is None else f"{value:.3f}"

    present, classes = report["miou_over_classes"], len(report["iou"])
    width = max(len(name) for name in (*report["iou"], "accuracy"))
    lines = [
        f"{name:<{width}}  {said(value)}"
        + ("   absent from the targets" if name in report["absent"] else "")
        for name, value in report["iou"].items()
    ]
    lines += [
        f"{'mIoU':<{width}}  {said(report['miou'])}   "
        f"(over {present} of {classes} classes, those in the targets; void ignored)",
        f"{'accuracy':<{width}}  {said(report['pixel_accuracy'])}",
        f"{report['frames']} frames in {report['seconds']:.1f} s",
    ]
    return "\n".join(lines)


def _number(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 4)


def information() -> dict[str, Any]:
    """Versions, devices and bundled weights."""
    from segviewer.checkpoints.published.catalogue import bundled_checkpoints
    from segviewer.inference.running import device_names

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
