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
from segviewer.errors import PictureError, SegviewerError, SettingsError
from segviewer.listener import Collected
from segviewer.pipeline import Pipeline
from segviewer.session import InferenceSettings, Session

LIBRARIES = ("torch", "numpy", "PySide6-Essentials", "pyqtgraph", "Pillow", "pydensecrf2")


def session_of(
    checkpoint: str,
    crf: str | None,
    long_side: int,
    multi_scale: bool,
    flip: bool,
    device: str,
    geometry: list[str],
) -> Session:
    """Build the session that the command line describes.

    Raises
    ------
    SettingsError
        For a CRF or geometry that cannot be read.
    """
    from segviewer.crf.own_presets import load_presets
    from segviewer.crf.setting_text import parse_crf

    session = Session(
        checkpoint=checkpoint,
        inference=InferenceSettings(
            long_side=long_side, multi_scale=multi_scale, flip=flip, device=device
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
            f"--set {text} cannot be read.", "A value is a number, true, false, or a list.",
            "Write for example --set atrous_rates=12,24,36 or --set image_pooling=false.",
        ) from None  # fmt: skip
    return name, tuple(items) if len(items) > 1 else items[0]


def label(session: Session, images: list[str], out: Path, *, as_json: bool) -> int:
    """Write index PNG, overlay and figures of each picture into `out`.

    A picture that cannot be opened is named at the end and does not stop the others.

    Returns
    -------
    int
        0 if every picture was labelled, else 1.
    """
    from segviewer.app.exporting import write_results

    collected = Collected()
    pipeline = Pipeline(collected.listener())
    failures, reports = [], []
    for image in tqdm(images, unit="picture", disable=as_json or len(images) < 2):
        try:
            pipeline.run(session.changed(image=image))
            report = write_results(session.changed(image=image), collected, out)
        except SegviewerError as error:
            if not isinstance(error, PictureError):
                raise
            failures.append((image, error))
            continue
        reports.append(report)
        if not as_json:
            shares = sorted(report["shares"].items(), key=lambda item: -item[1])[:4]
            said = ", ".join(f"{name} {share:.0%}" for name, share in shares)
            tqdm.write(f"{report['overlay']}: {said}")
    if as_json:
        print(json.dumps(reports, indent=2))
    for image, error in failures:
        print(f"{image}: {error.what} {error.why} {error.next_step}", file=sys.stderr)
    return 1 if failures else 0


def pairs_of(images: Path, targets: Path) -> list[tuple[Path, Path]]:
    """Pair pictures and target masks by file name without extension.

    Raises
    ------
    PictureError
        If a folder is missing or nothing pairs up.
    """
    from segviewer.imaging.routing import image_paths

    for folder in (images, targets):
        if not folder.is_dir():
            raise PictureError(
                f"{folder} is not a folder.", "It does not exist or is a file.",
                "Name a folder of pictures and one of target masks.",
            )  # fmt: skip
    masks = {path.stem: path for path in image_paths(targets)}
    pairs = [(path, masks[path.stem]) for path in image_paths(images) if path.stem in masks]
    if not pairs:
        raise PictureError(
            "No picture has a target mask.",
            f"No file of {images} shares its name with one of {targets}.",
            "Give picture and mask the same name, apart from the extension.",
        )
    return pairs


def evaluate(session: Session, images: Path, targets: Path, *, as_json: bool) -> int:
    """Measure label maps against target masks, accumulated over all frames."""
    from segviewer.analysis.metrics import Confusion
    from segviewer.imaging.labels import label_set
    from segviewer.imaging.targets import read_target

    pairs = pairs_of(images, targets)
    collected = Collected()
    pipeline = Pipeline(collected.listener())
    confusion = classes = None
    began = time.perf_counter()
    for picture, mask in tqdm(pairs, unit="frame", disable=as_json and not sys.stderr.isatty()):
        pipeline.run(session.changed(image=str(picture)))
        if confusion is None:
            network = pipeline.cache["network"].value
            classes = network.card.classes
            void = label_set(network.card.label_set).void if network.card.label_set else (255,)
            confusion = Confusion(len(classes))
        target = read_target(mask, void=void)
        label_map = collected.results["label_map"].label_map
        if target.shape != label_map.shape:
            raise PictureError(
                f"{mask.name} has another size than {picture.name}.",
                f"{target.shape[1]}×{target.shape[0]} against "
                f"{label_map.shape[1]}×{label_map.shape[0]} pixels.",
                "Evaluate with masks at the pictures' own size.",
            )
        confusion.add(target, label_map)
    seconds = time.perf_counter() - began
    iou = {name: _number(v) for name, v in zip(classes, confusion.iou, strict=True)}
    absent = [name for name, gone in zip(classes, confusion.absent, strict=True) if gone]
    report = {
        "miou": _number(confusion.miou),
        "pixel_accuracy": _number(confusion.pixel_accuracy),
        "iou": iou,
        "absent": absent,
        "frames": len(pairs),
        "seconds": round(seconds, 2),
        "checkpoint": session.checkpoint,
    }
    if as_json:
        print(json.dumps(report, indent=2))
        return 0
    width = max(len(name) for name in classes)
    for name, value in iou.items():
        said = "absent from the targets" if name in absent else f"{value:.3f}"
        print(f"{name:<{width}}  {said}")
    print(f"{'mIoU':<{width}}  {report['miou']:.3f}   (void ignored, absent classes left out)")
    print(f"{'accuracy':<{width}}  {report['pixel_accuracy']:.3f}")
    print(f"{len(pairs)} frames in {seconds:.1f} s")
    return 0


def _number(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 4)


def information() -> dict[str, Any]:
    """Versions, devices and bundled weights."""
    from segviewer.checkpoints.catalogue import bundled_checkpoints
    from segviewer.inference import device_names

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
