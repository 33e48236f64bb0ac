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

from segviewer.batch.frame_scores import FrameScore, counting
from segviewer.batch.measuring import check_own_scores, opened_executor
from segviewer.batch.picture_targets import frame_target
from segviewer.batch.training_pictures import seen_in_training
from segviewer.batch.tuning_measure import MEAN, TuningMeasure, measure_named, said_of
from segviewer.crf.search.tuning import Trial, Tuning, available, halves, tune
from segviewer.crf.settings.own_presets import as_json, save_preset
from segviewer.crf.settings.presets import Preset
from segviewer.crf.settings.setting_text import crf_text
from segviewer.errors import EngineError, PictureError, SettingsError
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
    measure : TuningMeasure
        What is made large.
    """

    frames: tuple[Frame, ...]
    weights: str
    threshold: float
    notes: tuple[str, ...]
    sequences: tuple[str, ...] = ()
    measure: TuningMeasure = TuningMeasure()


def read_frames(
    session: Session,
    found: Pairing,
    most: int,
    each: Going = iter,
    say: Say = lambda sentences: None,
    by: str = MEAN,
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
    by : str
        As in :func:`segviewer.batch.tuning_measure.measure_named`.

    Raises
    ------
    PictureError
        If nothing can be compared in any of them, or a mask has another size.
    SettingsError
        If there is no class of the name in `by`, or the half that is searched on has none.
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
    check_own_scores(session, [str(picture) for picture, _ in pairs])
    collected = Collected()
    session = session.with_image("").changed(crf=session.crf.changed(enabled=False))
    first = str(pairs[0][0]) if pairs else ""
    executor = opened_executor(session, collected, note, image=first)
    network = collected.results["network"]
    measure = measure_named(by, network.classes)
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
    _check_class(measure, frames, sequences)
    threshold = session.inference.threshold if network.trained["num_classes"] == 1 else THRESHOLD
    weights = weights_state(network)
    return TuningSet(tuple(frames), weights, threshold, tuple(notes), tuple(sequences), measure)


def _check_class(measure: TuningMeasure, frames: Sequence[Frame], sequences: Sequence[str]) -> None:
    """Refuse a class that the half which is searched on does not have."""
    tuned_on, _ = halves(len(frames), sequences)
    if measure.label is None:
        return
    if not any((frames[number].target == measure.label).any() for number in tuned_on):
        raise SettingsError(
            f"There is no {measure.title} to search by.",
            f"None of the {len(tuned_on)} masks that are searched on holds the class.",
            "Take more pictures, or search by another class or by mIoU.",
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
    by: str = MEAN,
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
    by : str
        As in :func:`segviewer.batch.tuning_measure.measure_named`.

    Raises
    ------
    SegviewerError
        Without Optuna, for a folder without pairs, and for pairs that do not fit.
    """
    missing = available()
    if missing:
        # Before the network runs on every picture.
        raise EngineError("The CRF cannot be tuned.", missing, "Everything else works without it.")
    read = read_frames(session, found, most, each, say, by)
    with counting(read, cluster, say, read.measure.at_boundaries) as counted:
        tuned = tune(
            FrameScore(read.measure, counted),
            len(read.frames),
            num_trials,
            session.crf,
            seed,
            reported=reported,
            sequences=read.sequences,
            storage=storage,
            name=_study_name(session, read),
            by=read.measure.title,
        )
    return tuned, read


def _study_name(session: Session, read: TuningSet) -> str:
    """What a trial's measure depends on, but its own numbers."""
    digest = hashlib.sha256(session.crf.model_dump_json().encode())
    digest.update(repr((read.threshold, read.sequences)).encode("utf-8", "replace"))
    if read.measure != TuningMeasure():
        digest.update(repr(read.measure).encode("utf-8", "replace"))
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
    by: str = MEAN,
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
    cluster, storage, by
        As in :func:`search`.
    """
    best, called = -np.inf, said_of(by)

    def reported(trial: Trial) -> None:
        nonlocal best
        mark = "*" if trial.score > best else " "
        best = max(best, trial.score)
        if not as_json_text:
            print(
                f"{trial.number:4d} {mark} {called} {trial.score:.4f}  {crf_text(trial.settings)}"
            )

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
        by=by,
    )
    source = source_of(tuned, read.weights)
    preset = Preset("tuned", title or "Tuned", source, tuned.best.settings)
    if title:
        preset = save_preset(title, tuned.best.settings, source)
    if as_json_text:
        print(json.dumps(report(tuned, preset, read), indent=2, ensure_ascii=False))
        return 0
    print(f"\n{source}")
    if np.isnan(tuned.after[1]):
        print("The class is in no mask held out: what it is worth there is not known.")
    elif not tuned.helps:
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
        f"{found.by} at working size: {found.before[0]:.4f} → {found.after[0]:.4f} on {on} frames "
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
    before = dict(zip(names, map(_number, found.before), strict=True))
    after = dict(zip(names, map(_number, found.after), strict=True))
    # What is called mIoU is one.
    mean, title = read.measure == TuningMeasure(), found.by
    return {
        "preset": as_json(preset),
        "crf": crf_text(preset.settings),
        "weights": read.weights,
        "notes": list(read.notes),
        "measure": title,
        "before": before,
        "after": after,
        **({"miou_before": before, "miou_after": after} if mean else {}),
        "frames": {"tuned_on": len(found.tuned_on), "held_out": len(found.held_out)},
        "trials": [
            {
                "number": trial.number,
                "score": trial.score,
                **({"miou": trial.score} if mean else {}),
                "crf": crf_text(trial.settings),
            }
            for trial in found.trials
        ],
    }


def _number(value: float) -> float | None:
    return None if np.isnan(value) else value
