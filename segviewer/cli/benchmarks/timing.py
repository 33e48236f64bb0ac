"""How a benchmark takes times: rows of them, jobs in turns, an engine to ask."""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

from segviewer.cli.benchmarks.table import Measure
from segviewer.errors import EngineError
from segviewer.session import Session


def measure(
    name: str, size: float | None, values: list[float], unit: str, than: tuple[str, float] = ("", 0)
) -> Measure:
    """A row of the values of all rounds; `than` is the reference and its best value."""
    reference, by = than
    best, middle = min(values), statistics.median(values)
    return Measure(name, size, best, unit, middle, reference, best / by if by else None)


@contextlib.contextmanager
def running_engine() -> Iterator[Callable[[Session], tuple[float, float, float]]]:
    """An engine; what is given asks it for a session.

    The answer is seconds to the first labels and to all, and the engine's peak in megabytes.
    """
    from segviewer.engine.worker import messages
    from segviewer.engine.worker.engine_process import EngineProcess

    engine = EngineProcess()
    have: dict[str, Any] = {}
    number = 0

    def ask(session: Session) -> tuple[float, float, float]:
        nonlocal number
        number += 1
        began, first = time.perf_counter(), None
        engine.send(messages.Run(number, session, dict(have)))
        while True:
            answer = engine.receive()
            now = time.perf_counter() - began
            if isinstance(answer, messages.StageFinished):
                if answer.stage == "label_map" and first is None:
                    first = now
                if getattr(answer.result, "complete", True):
                    have[answer.stage] = answer.key
            elif isinstance(answer, messages.RunFinished):
                return now if first is None else first, now, answer.peak_memory_mb
            elif isinstance(answer, messages.RunFailed):
                raise answer.error
            elif isinstance(answer, messages.Bug):
                raise failed("the engine", answer.traceback)

    try:
        yield ask
    finally:
        engine.stop().join()


def in_turns(jobs: tuple[Callable[[], object], ...], rounds: int) -> list[list[float]]:
    """Seconds of each job in each round, after one round that only warms up."""
    times: list[list[float]] = [[] for _ in jobs]
    for number in range(rounds + 1):
        for taken, job in zip(times, jobs, strict=True):
            began = time.perf_counter()
            job()
            if number:
                taken.append(time.perf_counter() - began)
    return times


def failed(what: str, said: str) -> EngineError:
    """The error of a part of the program that did not run, with the last line that it said."""
    last = said.strip().splitlines()[-1:] or ["It said nothing."]
    return EngineError(
        f"The benchmark of {what} failed.", last[0], "Run it by itself to see more.", said
    )
