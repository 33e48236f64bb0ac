"""``segviewer tune``: the CRF's numbers searched on a folder of pictures with target masks."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from segviewer.app.batch import pairs_of
from segviewer.crf.own_presets import as_json, save_preset
from segviewer.crf.presets import Preset
from segviewer.crf.setting_text import crf_text
from segviewer.crf.settings import CRFSettings
from segviewer.crf.tuning import Trial, Tuning, available, halves, tune
from segviewer.errors import EngineError, PictureError
from segviewer.session import Session

TARGET_FOLDERS = ("labels", "targets", "masks")
"""Names of the folder of masks beside ``images``."""


@dataclass(frozen=True, eq=False)
class Frame:
    """A picture at working size, its probabilities before the CRF, its target mask."""

    image: np.ndarray
    probs: np.ndarray
    target: np.ndarray


def folders_of(folder: Path, targets: Path | None) -> tuple[Path, Path]:
    """The folder of pictures and the one of masks.

    ``FOLDER/images`` with ``FOLDER/labels`` (or targets, masks); or `folder` itself where
    `targets` is given.

    Raises
    ------
    PictureError
        If there is no such pair.
    """
    if targets is not None:
        return folder, targets
    for name in TARGET_FOLDERS:
        if (folder / "images").is_dir() and (folder / name).is_dir():
            return folder / "images", folder / name
    raise PictureError(
        f"{folder} has no pictures with target masks.",
        f"It needs a folder images and beside it one of {', '.join(TARGET_FOLDERS)}.",
        "Name the folder above them, or the pictures' folder and --targets DIR.",
    )


def read_frames(
    session: Session,
    images: Path,
    targets: Path,
    most: int,
    each: Callable[[list], Iterable] = iter,
) -> tuple[Frame, ...]:
    """Run the network on at most `most` pictures, spread evenly over the folder.

    Masks are brought to the size at which the network runs by taking the nearest pixel, because
    every trial is measured there.

    Parameters
    ----------
    each : callable
        Goes through a list, and may tell how far it is.
    """
    from segviewer.imaging.labels import label_set
    from segviewer.imaging.nearest import nearest
    from segviewer.imaging.preprocessing import resize_long_side
    from segviewer.imaging.targets import read_target
    from segviewer.listener import Collected
    from segviewer.pipeline import Pipeline

    pairs = pairs_of(images, targets)
    if most and len(pairs) > most:
        pairs = [pairs[i] for i in np.linspace(0, len(pairs) - 1, most).round().astype(int)]
    halves(len(pairs))
    collected = Collected()
    pipeline = Pipeline(collected.listener())
    session = session.changed(crf=session.crf.changed(enabled=False))
    frames = []
    for picture, mask in each(pairs):
        pipeline.run(session.changed(image=str(picture)))
        card = pipeline.cache["network"].value.card
        void = label_set(card.label_set).void if card.label_set else (255,)
        full = read_target(mask, void=void)
        image = collected.results["image"].levels[0]
        if full.shape != image.shape[:2]:
            raise PictureError(
                f"{mask.name} has another size than {picture.name}.",
                f"{full.shape[1]}×{full.shape[0]} against {image.shape[1]}×{image.shape[0]} "
                "pixels.",
                "Tune with masks at the pictures' own size.",
            )
        probs = pipeline.cache["refined"].value
        height, width = probs.shape[1:]
        working = resize_long_side(image, max(height, width))
        frames.append(Frame(working, probs, nearest(full, height, width)))
    return tuple(frames)


class MeanIoU:
    """Mean IoU of some frames, counted over all of them together."""

    def __init__(self, frames: Sequence[Frame]):
        self._frames = frames

    def __call__(self, settings: CRFSettings | None, numbers: Sequence[int]) -> float:
        from segviewer.analysis.metrics import Confusion
        from segviewer.inference import label_map_of
        from segviewer.refinement import refine

        confusion = Confusion(len(self._frames[0].probs))
        for number in numbers:
            frame = self._frames[number]
            probs = frame.probs
            if settings is not None:
                *_, probs = refine(frame.image, frame.probs, settings)
            confusion.add(frame.target, label_map_of(probs))
        return confusion.miou


def search(
    session: Session, folder: Path, targets: Path | None, *, num_trials: int, most: int, seed: int,
    told: Callable[[Trial], None], each: Callable[[list], Iterable] = iter,
) -> Tuning:  # fmt: skip
    """Run the network on the pictures of a folder, then search; see :func:`tune`.

    Raises
    ------
    SegviewerError
        Without Optuna, for a folder without pairs, and for pairs that do not fit.
    """
    missing = available()
    if missing:
        # Before the network runs on every picture.
        raise EngineError("The CRF cannot be tuned.", missing, "Everything else works without it.")
    frames = read_frames(session, *folders_of(folder, targets), most, each)
    return tune(MeanIoU(frames), len(frames), num_trials, session.crf, seed, told=told)


def run(
    session: Session, folder: Path, targets: Path | None, *, num_trials: int, most: int,
    seed: int, title: str, as_json_text: bool,
) -> int:  # fmt: skip
    """Search, print the history and the best as a preset, and save it where it has a title."""
    best = -np.inf

    def told(trial: Trial) -> None:
        nonlocal best
        mark = "*" if trial.score > best else " "
        best = max(best, trial.score)
        if not as_json_text:
            print(f"{trial.number:4d} {mark} mIoU {trial.score:.4f}  {crf_text(trial.settings)}")

    found = search(
        session, folder, targets, num_trials=num_trials, most=most, seed=seed, told=told,
        each=lambda pairs: tqdm(pairs, unit="frame", disable=not sys.stderr.isatty()),
    )  # fmt: skip
    source = source_of(found)
    preset = Preset("tuned", title or "Tuned", source, found.best.settings)
    if title:
        preset = save_preset(title, found.best.settings, source)
    if as_json_text:
        print(json.dumps(report(found, preset), indent=2, ensure_ascii=False))
        return 0
    print(f"\n{source}")
    if found.after[1] <= found.before[1]:
        print("On the half held out the CRF does not help: leave it off, or tune on more frames.")
    if title:
        print(f"Saved: segviewer label … --crf {preset.name}")
    else:
        print(f"--crf {crf_text(found.best.settings)}")
    print(json.dumps(as_json(preset), indent=2, ensure_ascii=False))
    return 0


def source_of(found: Tuning) -> str:
    """A sentence that says what the numbers are worth."""
    on, out = len(found.tuned_on), len(found.held_out)
    return (
        f"mIoU at working size: {found.before[0]:.4f} → {found.after[0]:.4f} on {on} frames "
        f"tuned on, {found.before[1]:.4f} → {found.after[1]:.4f} on {out} held out; "
        f"{len(found.trials)} trials."
    )


def report(found: Tuning, preset: Preset) -> dict[str, Any]:
    """The same as plain values."""
    names = ("tuned_on", "held_out")
    return {
        "preset": as_json(preset),
        "crf": crf_text(preset.settings),
        "miou_before": dict(zip(names, found.before, strict=True)),
        "miou_after": dict(zip(names, found.after, strict=True)),
        "frames": {"tuned_on": len(found.tuned_on), "held_out": len(found.held_out)},
        "trials": [
            {"number": trial.number, "miou": trial.score, "crf": crf_text(trial.settings)}
            for trial in found.trials
        ],
    }
