"""``segviewer tune``: the CRF's numbers searched on a folder of pictures with target masks."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from segviewer.batch.frame_scores import MeanIoU, counting
from segviewer.batch.measuring import opened_executor
from segviewer.batch.picture_targets import frame_target
from segviewer.batch.training_pictures import seen_in_training
from segviewer.crf.search.tuning import Trial, Tuning, available, halves, tune
from segviewer.crf.settings.own_presets import as_json, save_preset
from segviewer.crf.settings.presets import Preset
from segviewer.crf.settings.setting_text import crf_text
from segviewer.errors import EngineError, PictureError
from segviewer.export.run_notes import Said, Say, picture_notes, weights_state
from segviewer.imaging.datasets.naming import sequence_of
from segviewer.imaging.datasets.pairing import Pairing, listed
from segviewer.imaging.reading.file_names import check_name
from segviewer.session import THRESHOLD, Session

Pair = tuple[Path, Path]
"""A picture and its target mask."""

Going = Callable[[Sequence[Pair]], Iterable[Pair]]
"""Goes through pairs, and may say how far it is."""


@dataclass(frozen=True, eq=False)
class Frame:
    """A picture at working size, its probabilities before the CRF, its target mask."""

    image: np.ndarray
    probs: np.ndarray
    target: np.ndarray


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
    sequences : tuple of str
        Of each frame, so that no two neighbours of a video come into both halves.
    """

    frames: tuple[Frame, ...]
    weights: str
    threshold: float
    notes: tuple[str, ...]
    sequences: tuple[str, ...] = ()


def read_frames(
    session: Session,
    found: Pairing,
    most: int,
    each: Going = iter,
    say: Say = lambda sentences: None,
) -> TuningSet:
    """Run the network on at most `most` pictures, spread evenly over `found`.

    Masks are brought to the size at which the network runs by taking the nearest pixel, because
    every trial is measured there. Frames in whose mask nothing can be compared are left out.

    Parameters
    ----------
    each : callable
        Goes through a list, and may report how far it is.
    say : callable
        Called with what is left out or assumed, in sentences.

    Raises
    ------
    PictureError
        If nothing can be compared in any of them, or a mask has another size.
    """
    from segviewer.analysis.evaluation.metrics import Confusion
    from segviewer.analysis.evaluation.target_fit import target_fit
    from segviewer.engine.computing.labels import target_classes
    from segviewer.engine.listener import Collected
    from segviewer.imaging.datasets.network_targets import mapping_of_masks
    from segviewer.imaging.nearest import nearest
    from segviewer.imaging.preprocessing import resize_to

    notes: dict[str, None] = {}

    def note(sentences: Iterable[str]) -> None:
        sentences = tuple(sentences)
        notes.update(dict.fromkeys(sentences))
        say(sentences)

    note(found.sentences())
    pairs: Sequence[Pair] = found.pairs
    if most and len(pairs) > most:
        pairs = [pairs[i] for i in np.linspace(0, len(pairs) - 1, most).round().astype(int)]
    halves(len(pairs))
    collected = Collected()
    session = session.with_image("").changed(crf=session.crf.changed(enabled=False))
    first = str(pairs[0][0]) if pairs else ""
    executor = opened_executor(session, collected, note, image=first)
    network = collected.results["network"]
    all_masks = Confusion(len(network.classes))
    mapping = mapping_of_masks(
        [mask for _, mask in pairs],
        target_classes(executor.cache["network"].value),
        session.target_mapping,
    )
    note(seen_in_training(network.trained_on, [picture for picture, _ in pairs]))
    frames, nothing, sequences = [], [], []
    for picture, mask in each(pairs):
        for path in (picture, mask):
            check_name(path)
        executor.run(session.changed(image=str(picture)))
        labelled = collected.results["label_map"]
        read = frame_target(executor, picture, mask, mapping)
        note([*read.notes, *picture_notes(labelled)])
        all_masks.add(read.target, labelled.label_map)
        probs = executor.cache["refined"].value
        height, width = probs.shape[1:]
        working = resize_to(collected.results["image"].levels[0], (height, width))
        frame = Frame(working, probs, nearest(read.target, height, width))
        if (frame.target < len(network.classes)).any():
            frames.append(frame)
            sequences.append(sequence_of(picture))
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
    return TuningSet(
        tuple(frames), weights_state(network), threshold, tuple(notes), tuple(sequences)
    )


def search(
    session: Session,
    found: Pairing,
    *,
    num_trials: int,
    most: int,
    seed: int,
    reported: Callable[[Trial], None],
    each: Going = iter,
    say: Say = lambda sentences: None,
    cluster: str = "",
    storage: Path | None = None,
) -> tuple[Tuning, TuningSet]:
    """Run the network on the pictures of a folder, then search; see :func:`tune`.

    Parameters
    ----------
    session : Session
    folder : Path
    targets : Path or None
        Folder of masks, where it is another.
    num_trials, seed : int
        As in :func:`tune`.
    most : int
        Pictures; 0: all.
    reported : callable
        Gets each trial.
    each, say : callable
        As in :func:`read_frames`.
    cluster : str
        Address of a Dask cluster on which trials are measured; empty for this process.
    storage : Path, optional
        As in :func:`segviewer.crf.search.tuning.tune`.

    Raises
    ------
    SegviewerError
        Without Optuna, for a folder without pairs, and for pairs that do not fit.
    """
    missing = available()
    if missing:
        # Before the network runs on every picture.
        raise EngineError("The CRF cannot be tuned.", missing, "Everything else works without it.")
    read = read_frames(session, found, most, each, say)
    with counting(read, cluster, say) as counted:
        tuned = tune(
            MeanIoU(len(read.frames[0].probs), counted),
            len(read.frames),
            num_trials,
            session.crf,
            seed,
            reported=reported,
            sequences=read.sequences,
            storage=storage,
            name=_study_name(session, read),
        )
    return tuned, read


def _study_name(session: Session, read: TuningSet) -> str:
    """What a trial's measure depends on, but its own numbers."""
    digest = hashlib.sha256(session.crf.model_dump_json().encode())
    digest.update(repr((read.threshold, read.sequences)).encode("utf-8", "replace"))
    for frame in read.frames:
        for values in (frame.image, frame.probs, frame.target):
            digest.update(np.ascontiguousarray(values).data)
    return f"segviewer {digest.hexdigest()[:24]}"


def run(
    session: Session,
    found: Pairing,
    *,
    num_trials: int,
    most: int,
    seed: int,
    title: str,
    as_json_text: bool,
    cluster: str = "",
    storage: Path | None = None,
) -> int:
    """Search, print the history and the best as a preset, and save it where it has a title.

    Parameters
    ----------
    session : Session
    folder : Path
    targets : Path or None
    num_trials, most, seed : int
        As in :func:`search`.
    title : str
        Of the preset; empty: it is not saved.
    as_json_text : bool
        Print figures as JSON.
    cluster, storage
        As in :func:`search`.
    """
    best = -np.inf

    def reported(trial: Trial) -> None:
        nonlocal best
        mark = "*" if trial.score > best else " "
        best = max(best, trial.score)
        if not as_json_text:
            print(f"{trial.number:4d} {mark} mIoU {trial.score:.4f}  {crf_text(trial.settings)}")

    tuned, read = search(
        session,
        found,
        num_trials=num_trials,
        most=most,
        seed=seed,
        reported=reported,
        each=lambda pairs: tqdm(pairs, unit="frame", disable=not sys.stderr.isatty()),
        say=Said(),
        cluster=cluster,
        storage=storage,
    )
    source = source_of(tuned, read.weights)
    preset = Preset("tuned", title or "Tuned", source, tuned.best.settings)
    if title:
        preset = save_preset(title, tuned.best.settings, source)
    if as_json_text:
        print(json.dumps(report(tuned, preset, read), indent=2, ensure_ascii=False))
        return 0
    print(f"\n{source}")
    if tuned.after[1] <= tuned.before[1]:
        print("On the half held out the CRF does not help: leave it off, or tune on more frames.")
    if title:
        print(f"Saved: segviewer label … --crf {preset.name}")
    else:
        print(f"--crf {crf_text(tuned.best.settings)}")
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
    """The same as plain values.

    Parameters
    ----------
    found : Tuning
    preset : Preset
        The best, as it is saved.
    read : TuningSet
    """
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
