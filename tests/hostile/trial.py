"""Trying attacks in a process of their own, so that a hang or a crash is noted and not suffered.

One process tries many. It is ended and replaced where it does not answer, and says of each
attack how long it took and how much memory it had at its highest.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import resource
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from tests.hostile.report import Report

START_SECONDS = 120.0  # importing torch on a busy machine
STALL_SECONDS = 5.0  # of the process's own time: others make it wait on a busy machine
HANG_SECONDS = 60.0  # then the process is ended
MOST_MEGABYTES = 1000.0  # above what the process had before
# A machine that others use must not be filled by one attack. Bytes of address space.
ROOM = 12 << 30


@dataclass(frozen=True)
class Outcome:
    """What became of one attack.

    Attributes
    ----------
    refused : bool
        It ended in an error that has a sentence.
    failure : str
        The last lines of an unhandled exception, or empty.
    """

    refused: bool = False
    failure: str = ""
    seconds: float = 0.0
    busy_seconds: float = 0.0
    megabytes: float = 0.0


class Trial:
    """A process that calls ``function(argument)``; the function returns whether it refused.

    Parameters
    ----------
    function : callable
        Of a module.
    prepare : callable, optional
        Imports in the process what the attacks need.
    room : int
        Bytes of address space beyond what the process has then.
    """

    def __init__(
        self,
        function: Callable[[Any], bool],
        prepare: Callable[[], None] | None = None,
        room: int = ROOM,
    ):
        self.function, self.prepare, self.room = function, prepare, room
        self._start()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        arguments = theirs, self.function, self.prepare, self.room
        self.process = context.Process(target=_serve, args=arguments, daemon=True)
        self.process.start()
        theirs.close()
        if not self.connection.poll(START_SECONDS):
            self.close()
            raise RuntimeError("the process for the attacks did not start")
        self.connection.recv()

    def __enter__(self) -> Trial:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def run(self, argument: Any) -> Outcome:
        """Try one attack."""
        began = time.perf_counter()
        self.connection.send(argument)
        try:
            if self.connection.poll(HANG_SECONDS):
                return self.connection.recv()
            failure = f"no answer for {HANG_SECONDS:g} s"
        except (EOFError, OSError):
            self.process.join(5)
            failure = f"the process ended with code {self.process.exitcode}"
        self.close()
        self._start()
        return Outcome(failure=failure, seconds=time.perf_counter() - began)

    def close(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.join()
        self.connection.close()


def attack(
    report: Report,
    function: Callable[[Any], bool],
    attacks: Iterable[tuple[str, Any]],
    seconds: float = float("inf"),
    prepare: Callable[[], None] | None = None,
    room: int = ROOM,
) -> Report:
    """Try (name, argument) after (name, argument) for so long, and note all in `report`."""
    end = time.monotonic() + seconds
    with Trial(function, prepare, room) as trial:
        for name, argument in attacks:
            if time.monotonic() > end:
                break
            outcome = trial.run(argument)
            report.tried += 1
            report.refused += outcome.refused
            report.slowest_s = max(report.slowest_s, outcome.busy_seconds)
            peak = max(report.measures.get("peak MB", 0.0), round(outcome.megabytes))
            report.measures["peak MB"] = peak
            for failure in _failures(outcome):
                report.failures.append(f"{name}: {failure}")
    return report


def _failures(outcome: Outcome) -> list[str]:
    failures = [outcome.failure] if outcome.failure else []
    if outcome.busy_seconds > STALL_SECONDS:
        failures.append(f"took {outcome.seconds:.1f} s, {outcome.busy_seconds:.1f} s of its own")
    if outcome.megabytes > MOST_MEGABYTES:
        failures.append(f"took {outcome.megabytes:.0f} MB")
    return failures


def _serve(
    connection: Connection,
    function: Callable[[Any], bool],
    prepare: Callable[[], None] | None,
    room: int,
) -> None:
    if prepare is not None:
        prepare()
    limit = round(_status("VmSize") * 1e6) + room
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    connection.send("ready")
    with contextlib.suppress(EOFError, KeyboardInterrupt):
        while True:
            connection.send(_try(function, connection.recv()))


def _try(function: Callable[[Any], bool], argument: Any) -> Outcome:
    before = _forget_peak()
    began, busy = time.perf_counter(), time.process_time()
    refused, failure = False, ""
    try:
        refused = function(argument)
    except BaseException:
        failure = " | ".join(traceback.format_exc().strip().splitlines()[-5:])
    busy = time.process_time() - busy
    seconds = time.perf_counter() - began
    return Outcome(refused, failure[:1000], seconds, busy, _status("VmHWM") - before)


def _forget_peak() -> float:
    """Let the kernel measure the peak anew; the memory that is in use now, in MB."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return _status("VmHWM")


def _status(name: str) -> float:
    """What the kernel says of this process's memory, in MB."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:  # not Linux: the peak of the whole life
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    line = next(line for line in status.splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1]) * 1024 / 1e6
