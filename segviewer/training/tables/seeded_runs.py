"""Runs of the same trainings from several seeds: a small file each, and their mean and spread."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segviewer.files.atomic_write import write_atomically


@dataclass(frozen=True)
class SeededRun:
    """One training that is asked for.

    Attributes
    ----------
    name : str
    seed : int
    file : Path
        Holds what was found, JSON, once it has been run.
    """

    name: str
    seed: int
    file: Path


def planned(names: Sequence[str], seeds: Iterable[int], folder: Path) -> list[SeededRun]:
    """All names with the first seed, before any with the second.

    Parameters
    ----------
    names : sequence of str
    seeds : iterable of int
    folder : Path
        Made where it is missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return [
        SeededRun(name, seed, folder / f"{name}.{seed}.json") for seed in seeds for name in names
    ]


def missing(runs: Iterable[SeededRun]) -> list[SeededRun]:
    """Those that were not run yet."""
    return [run for run in runs if not run.file.exists()]


def make(runs: Iterable[SeededRun], train: Callable[[SeededRun], dict[str, Any]]) -> None:
    """Run each, say what it found, and write it, so that a stop costs no more than one run.

    Parameters
    ----------
    runs : iterable of SeededRun
    train : callable
        Gives what one run found, for JSON.
    """
    for run in runs:
        found = json.dumps(train(run))
        print(found, flush=True)
        write_atomically(run.file, found.encode())


def found(runs: Iterable[SeededRun]) -> list[dict[str, Any]]:
    """What the runs found that were made."""
    return [json.loads(run.file.read_text()) for run in runs if run.file.exists()]


def mean_and_spread(
    runs: Sequence[dict[str, Any]], measure: str, digits: int
) -> dict[str, float | str]:
    """Mean of a measure over runs, and under ``MEASURE_spread`` their sample standard deviation.

    Parameters
    ----------
    runs : sequence of dict
        One at least.
    measure : str
    digits : int
        Behind the point.

    Returns
    -------
    dict
        The spread is empty where there is but one run.
    """
    values = [run[measure] for run in runs]
    spread = round(statistics.stdev(values), digits) if len(values) > 1 else ""
    return {measure: round(statistics.mean(values), digits), f"{measure}_spread": spread}
