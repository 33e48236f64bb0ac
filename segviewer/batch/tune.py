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

from segviewer.batch.batch import frame_target, opened_executor
from segviewer.batch.pairing import listed, pairing_of
from segviewer.crf.search.tuning import Trial, Tuning, available, halves, tune
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.crf.settings.own_presets import as_json, save_preset
from segviewer.crf.settings.presets import Preset
from segviewer.crf.settings.setting_text import crf_text
from segviewer.errors import EngineError, PictureError
from segviewer.export.run_notes import Said, Say, picture_notes, weights_state
from segviewer.imaging.reading.file_names import check_name
from segviewer.session import THRESHOLD, Session

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


@dataclass(frozen=True, eq=False)
class TuningSet:
    """Frames to tune on, and what must be said beside any figure of them.

    Attributes
    ----------
    frames : tuple of Frame
    weights : str
        ``trained``, ``partly random`` or ``random``.
    threshold : float
        Of a network with one class.
    notes : tuple of str
    """

    frames: tuple[Frame, ...]
    weights: str
    threshold: float
    notes: tuple[str, ...]


def read_frames(
    session: Session,
    images: Path,
    targets: Path,
    most: int,
    each: Callable[[Sequence], Iterable] = iter,
    say: Say = lambda sentences: None,
) -> TuningSet:
    """Run the network on at most `most` pictures, spread evenly over the folder.

    Masks are brought to the size at which the network runs by taking the nearest pixel, because
    every trial is measured there. Frames in whose mask nothing can be compared are left out.

    Parameters
    ----------
    each : callable
        Goes through a list, and may tell how far it is.
    say : callable
        Told what is left out or assumed, in sentences.

    Raises
    ------
    PictureError
        If nothing can be compared in any of them, or a mask has another size.
    """
    from segviewer.analysis.evaluation.metrics import Confusion
    from segviewer.analysis.evaluation.target_fit import target_fit
    from segviewer.engine.listener import Collected
    from segviewer.imaging.nearest import nearest
    from segviewer.imaging.preprocessing import resize_long_side

    notes: dict[str, None] = {}

    def note(sentences: Iterable[str]) -> None:
        sentences = tuple(sentences)
        notes.update(dict.fromkeys(sentences))
        say(sentences)

    found = pairing_of(images, targets)
    note(found.sentences())
    pairs: Sequence = found.pairs
    if most and len(pairs) > most:
        pairs = [pairs[i] for i in np.linspace(0, len(pairs) - 1, most).round().astype(int)]
    halves(len(pairs))
    collected = Collected()
    session = session.changed(crf=session.crf.changed(enabled=False))
    executor = opened_executor(session, collected, note)
    network = collected.results["network"]
    all_masks = Confusion(len(network.classes))
    frames, nothing = [], []
    for picture, mask in each(pairs):
        for path in (picture, mask):
            check_name(path)
        executor.run(session.changed(image=str(picture)))
        labelled = collected.results["label_map"]
        read = frame_target(executor, picture, mask, labelled.label_map.shape)
        note([*read.notes, *picture_notes(labelled)])
        all_masks.add(read.target, labelled.label_map)
        probs = executor.cache["refined"].value
        height, width = probs.shape[1:]
        working = resize_long_side(collected.results["image"].levels[0], max(height, width))
        frame = Frame(working, probs, nearest(read.target, height, width))
        if (frame.target < len(network.classes)).any():
            frames.append(frame)
        else:
            nothing.append(mask)
    sentences = target_fit(all_masks).sentences("masks")
    if not frames:
        raise PictureError(
            "There is nothing to tune on.",
            " ".join(sentences) or "No mask holds a label of the network.",
            "Give masks with the labels of the network's classes.",
        )
    note(sentences)
    if nothing:
        note(
            [
                f"{len(nothing)} of {len(pairs)} masks hold nothing to compare and are left out: "
                f"{listed(nothing)}."
            ]
        )
    halves(len(frames))
    threshold = session.inference.threshold if network.trained["num_classes"] == 1 else THRESHOLD
    return TuningSet(tuple(frames), weights_state(network), threshold, tuple(notes))


class MeanIoU:
    """Mean IoU of some frames, counted over all of them together."""

    def __init__(self, frames: Sequence[Frame], threshold: float = THRESHOLD):
        self._frames, self._threshold = frames, threshold

    def __call__(self, settings: CRFSettings | None, numbers: Sequence[int]) -> float:
        from segviewer.analysis.evaluation.metrics import Confusion
        from segviewer.crf.engines.refinement import refine
        from segviewer.inference.running import label_map_of

        confusion = Confusion(len(self._frames[0].probs))
        for number in numbers:
            frame = self._frames[number]
            probs = frame.probs
            if settings is not None:
                *_, probs = refine(frame.image, frame.probs, settings)
            confusion.add(frame.target, label_map_of(probs, self._threshold))
        return confusion.miou


def search(
    session: Session,
    folder: Path,
    targets: Path | None,
    *,
    num_trials: int,
    most: int,
    seed: int,
    told: Callable[[Trial], None],
    each: Callable[[Sequence], Iterable] = iter,
    say: Say = lambda sentences: None,
) -> tuple[Tuning, TuningSet]:
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
    read = read_frames(session, *folders_of(folder, targets), most, each, say)
    score = MeanIoU(read.frames, read.threshold)
    return tune(score, len(read.frames), num_trials, session.crf, seed, told=told), read


def run(
    session: Session,
    folder: Path,
    targets: Path | None,
    *,
    num_trials: int,
    most: int,
    seed: int,
    title: str,
    as_json_text: bool,
) -> int:
    """Search, print the history and the best as a preset, and save it where it has a title."""
    best = -np.inf

    def told(trial: Trial) -> None:
        nonlocal best
        mark = "*" if trial.score > best else " "
        best = max(best, trial.score)
        if not as_json_text:
            print(f"{trial.number:4d} {mark} mIoU {trial.score:.4f}  {crf_text(trial.settings)}")

    found, read = search(
        session,
        folder,
        targets,
        num_trials=num_trials,
        most=most,
        seed=seed,
        told=told,
        each=lambda pairs: tqdm(pairs, unit="frame", disable=not sys.stderr.isatty()),
        say=Said(),
    )
    source = source_of(found, read.weights)
    preset = Preset("tuned", title or "Tuned", source, found.best.settings)
    if title:
        preset = save_preset(title, found.best.settings, source)
    if as_json_text:
        print(json.dumps(report(found, preset, read), indent=2, ensure_ascii=False))
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


def source_of(found: Tuning, weights: str = "trained") -> str:
    """A sentence that says what the numbers are worth."""
    on, out = len(found.tuned_on), len(found.held_out)
    return (
        f"mIoU at working size: {found.before[0]:.4f} → {found.after[0]:.4f} on {on} frames "
        f"tuned on, {found.before[1]:.4f} → {found.after[1]:.4f} on {out} held out; "
        f"{len(found.trials)} trials."
        + ("" if weights == "trained" else f" The network's weights were {weights}.")
    )


def report(found: Tuning, preset: Preset, read: TuningSet) -> dict[str, Any]:
    """The same as plain values."""
    names = ("tuned_on", "held_out")
    return {
        "preset": as_json(preset),
        "crf": crf_text(preset.settings),
        "weights": read.weights,
        "notes": list(read.notes),
        "miou_before": dict(zip(names, found.before, strict=True)),
        "miou_after": dict(zip(names, found.after, strict=True)),
        "frames": {"tuned_on": len(found.tuned_on), "held_out": len(found.held_out)},
        "trials": [
            {"number": trial.number, "miou": trial.score, "crf": crf_text(trial.settings)}
            for trial in found.trials
        ],
    }
