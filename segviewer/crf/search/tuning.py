"""Search for the CRF's numbers on several pictures, and what they are worth on others.

Optuna (an optional package) proposes values on a logarithmic or linear scale, as the sliders have
them. Numbers tuned on a few pictures fit those pictures best; what counts is the other half,
which the search never sees.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from segviewer.crf.search.landscape import AXES
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.crf.settings.presets import PRESETS
from segviewer.errors import EngineError, SettingsError
from segviewer.settings import Control, controls

INSTALL = 'pip install "segviewer[tune]"'

Score = Callable[[CRFSettings | None, Sequence[int]], float]
"""Measure of some pictures together, by number; None for the settings is without the CRF."""


@dataclass(frozen=True)
class Trial:
    """One proposal and its measure on the half that is tuned on."""

    number: int
    settings: CRFSettings
    score: float


@dataclass(frozen=True)
class Tuning:
    """What a search found.

    Attributes
    ----------
    trials : tuple of Trial
        In the order in which they were tried.
    best : Trial
        The one with the largest measure, the first of equals.
    tuned_on, held_out : tuple of int
        Numbers of the pictures in the two halves.
    before, after : tuple of float
        Measure without the CRF, and with `best`: on the half tuned on, on the half held out.
    by : str
        What the measure is called.
    """

    trials: tuple[Trial, ...]
    best: Trial
    tuned_on: tuple[int, ...]
    held_out: tuple[int, ...]
    before: tuple[float, float]
    after: tuple[float, float]
    by: str = "mIoU"

    @property
    def helps(self) -> bool:
        """Whether the CRF is better than none on pictures that the search did not see."""
        return self.after[1] > self.before[1]


def available() -> str | None:
    """None if Optuna can be used, else a sentence that says why not and how to install it."""
    try:
        importlib.import_module("optuna")
    except ModuleNotFoundError as error:
        if error.name == "optuna":
            return f"The search needs the package optuna, which is not installed: {INSTALL}"
        return f"optuna cannot be loaded ({error}); install it anew: {INSTALL}"
    return None


def halves(
    num_pictures: int, sequences: Sequence[str] = ()
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Which pictures are tuned on, and which are held out.

    Neighbouring frames of a video look alike, so whole sequences go to one half or the other,
    the longest first, each to the half that has less. Pictures of one sequence alone, or of no
    known one, are cut in the middle.

    Parameters
    ----------
    num_pictures : int
    sequences : sequence of str
        The sequence of each picture; left out, all are of one.

    Raises
    ------
    SettingsError
        For less than two.
    """
    if num_pictures < 2:
        raise SettingsError(
            "There are too few pictures to tune on.",
            f"Half of them are held out, and there is {num_pictures}.",
            "Give at least two pictures with target masks.",
        )
    members: dict[str, list[int]] = {}
    for index, name in enumerate(sequences or [""] * num_pictures):
        members.setdefault(name, []).append(index)
    tuned_on: list[int] = []
    held_out: list[int] = []
    for group in sorted(members.values(), key=len, reverse=True):
        (tuned_on if len(tuned_on) <= len(held_out) else held_out).extend(group)
    if not held_out or not tuned_on or 4 * min(len(tuned_on), len(held_out)) < num_pictures:
        middle = (num_pictures + 1) // 2
        return tuple(range(middle)), tuple(range(middle, num_pictures))
    return tuple(sorted(tuned_on)), tuple(sorted(held_out))


def tune(
    score: Score,
    num_pictures: int,
    num_trials: int,
    start: CRFSettings | None = None,
    seed: int = 0,
    check: Callable[[], None] = lambda: None,
    reported: Callable[[Trial], None] = lambda trial: None,
    sequences: Sequence[str] = (),
    storage: Path | None = None,
    name: str = "",
    by: str = "mIoU",
) -> Tuning:
    """Search.

    The first proposals are `start` and the presets that ship, so that the result is no worse
    than they are on the half tuned on. The same seed proposes the same.

    Parameters
    ----------
    score : callable
        See `Score`; larger is better.
    num_pictures, num_trials : int
        At least 2, at least 1.
    start : CRFSettings, optional
        First proposal, whose other values (temperature, compatibility …) are kept throughout;
        the defaults if left out.
    check : callable
        Called before each trial; what it raises ends the search.
    reported : callable
        Called after each trial.
    sequences : sequence of str
        As in :func:`halves`.
    storage : Path, optional
        A file (Optuna's journal) in which trials are written as they are done. A search that was
        stopped goes on from it, and several that name it work on one study.
    name : str
        Of the study in `storage`: what the trials are of.
    by : str
        What the measure is called.

    Raises
    ------
    EngineError
        Without Optuna, or if the storage cannot be used.
    SettingsError
        For too few pictures or trials.
    """
    missing = available()
    if missing:
        raise EngineError("The CRF cannot be tuned.", missing, "Everything else works without it.")
    tuned_on, held_out = halves(num_pictures, sequences)
    if num_trials < 1:
        raise SettingsError(
            "There is nothing to search.",
            f"The number of trials is {num_trials}.",
            "Give at least one trial.",
        )
    start = (start or CRFSettings()).changed(enabled=True)
    trials: list[Trial] = []
    for settings, known, learn in _proposals(start, num_trials, seed, storage, name):
        check()
        found = score(settings, tuned_on) if known is None else known
        trials.append(Trial(len(trials), settings, found))
        if known is None:
            learn(found)
        reported(trials[-1])
    best = max(trials, key=lambda trial: trial.score)
    check()
    return Tuning(
        trials=tuple(trials),
        best=best,
        tuned_on=tuned_on,
        held_out=held_out,
        before=(score(None, tuned_on), score(None, held_out)),
        after=(best.score, score(best.settings, held_out)),
        by=by,
    )


def _proposals(
    start: CRFSettings, num_trials: int, seed: int, storage: Path | None, name: str
) -> Iterator[tuple[CRFSettings, float | None, Callable[[float], None]]]:
    """Settings, their measure where it stands in the storage, and what takes it where not."""
    optuna = importlib.import_module("optuna")

    def meant(trial: Any) -> CRFSettings:
        return start.changed(**{key: _rounded(value) for key, value in trial.params.items()})

    searched = [control for control in controls(CRFSettings) if control.name in AXES]
    with _quiet(optuna):
        study = _study(optuna, seed, storage, name)
        complete = optuna.trial.TrialState.COMPLETE
        before = study.get_trials(deepcopy=False, states=(complete,))[:num_trials]
        if before:
            # Or it would propose once more what it proposed at first.
            study.sampler = optuna.samplers.TPESampler(seed=(seed + len(before)) % 2**32)
        for trial in before:
            yield meant(trial), trial.value, lambda value: None
        for first in (start, *(preset.settings for preset in PRESETS)):
            study.enqueue_trial({c.name: getattr(first, c.name) for c in searched}, None, True)
        # From where it starts, even if that was typed beyond the slider.
        ranges = {c.name: _range(optuna, c, getattr(start, c.name)) for c in searched}
        for _ in range(num_trials - len(before)):
            trial = study.ask(ranges)
            yield meant(trial), None, partial(study.tell, trial)


def _study(optuna: ModuleType, seed: int, storage: Path | None, name: str) -> Any:
    sampler = optuna.samplers.TPESampler(seed=seed)
    if storage is None:
        return optuna.create_study(direction="maximize", sampler=sampler)
    try:
        journal = importlib.import_module("optuna.storages.journal")
        kept = optuna.storages.JournalStorage(journal.JournalFileBackend(str(storage)))
        return optuna.create_study(
            direction="maximize",
            sampler=sampler,
            storage=kept,
            study_name=name,
            load_if_exists=True,
        )
    except (OSError, ValueError, KeyError, TypeError, ImportError) as error:
        raise EngineError(
            f"The search cannot be kept in {storage.name}.",
            f"{type(error).__name__}: {str(error)[:200]}.",
            "Name a file in a folder that can be written, or one that an earlier search made.",
        ) from error


def _range(optuna: ModuleType, control: Control, start: float) -> Any:
    assert control.useful_maximum is not None  # an axis has ends
    if control.type == "int":
        kind = optuna.distributions.IntDistribution
    else:
        kind = optuna.distributions.FloatDistribution
    return kind(control.minimum, max(control.useful_maximum, start), log=control.log)


def _rounded(value: float) -> float:
    # Three digits are what a slider shows, and what anybody would write down.
    return value if isinstance(value, int) else float(f"{value:.3g}")


@contextmanager
def _quiet(optuna: ModuleType) -> Iterator[None]:
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)
