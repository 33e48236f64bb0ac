"""A child process that may hang, fall or eat memory in its parent's place."""

from __future__ import annotations

import contextlib
import multiprocessing
import resource
import signal
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

START_S = 120.0  # importing torch on a busy machine


@dataclass(frozen=True)
class Outcome:
    """What one attack did.

    Attributes
    ----------
    kind : {"accepted", "refused", "failed", "stalled", "died"}
    detail : str
        What was said, raised, or the signal.
    seconds : float
        On the clock of this machine.
    cpu_s : float
        Of the child alone, which other programs do not lengthen.
    memory_mb : float
        Growth of its resident memory at the highest.
    """

    kind: str
    detail: str = ""
    seconds: float = 0.0
    cpu_s: float = 0.0
    memory_mb: float = 0.0


class AttackedChild:
    """Runs ``attack(argument)`` in one child after another, as many as it takes.

    Parameters
    ----------
    attack : callable
        Of a module; returns "accepted" or "refused" and a detail. What else it raises
        has failed.
    limit_s : float
        After which it is called stalled and killed.
    room_bytes : int
        Address space beyond what the child has once `prepare` ran.
    prepare : callable, optional
        Imports what the attacks need.
    """

    def __init__(
        self,
        attack: Callable[[Any], tuple[str, str]],
        limit_s: float,
        room_bytes: int,
        prepare: Callable[[], None] | None = None,
    ):
        self.attack, self.limit_s, self.room_bytes = attack, limit_s, room_bytes
        self.prepare = prepare
        self._process: multiprocessing.process.BaseProcess | None = None
        self._pipe: Connection | None = None

    def run(self, argument: Any) -> Outcome:
        """Attack once."""
        if self._process is None:
            self._start()
        began = time.monotonic()
        try:
            self._pipe.send(argument)
            if not self._pipe.poll(self.limit_s):
                self.close()
                return Outcome("stalled", f"over {self.limit_s:g} s", time.monotonic() - began)
            return Outcome(*self._pipe.recv())
        except (EOFError, OSError):
            self._process.join()
            code = self._process.exitcode
            self.close()
            name = signal.Signals(-code).name if code < 0 else f"exit code {code}"
            return Outcome("died", name, time.monotonic() - began)

    def close(self) -> None:
        """End the child."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
            self._pipe.close()
        self._process = self._pipe = None

    def __enter__(self) -> AttackedChild:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(theirs, self.attack, self.room_bytes, self.prepare), daemon=True
        )
        self._process.start()
        theirs.close()
        if not self._pipe.poll(START_S) or self._pipe.recv() != "ready":
            self.close()
            raise RuntimeError("the attacked child did not start")


def _serve(pipe: Connection, attack: Callable, room: int, prepare: Callable | None) -> None:
    if prepare is not None:
        prepare()
    used = _status("VmSize")
    resource.setrlimit(resource.RLIMIT_AS, (used + room, used + room))
    pipe.send("ready")
    while True:
        try:
            argument = pipe.recv()
        except EOFError:
            return
        _forget_peak()
        before, cpu, began = _status("VmRSS"), time.process_time(), time.monotonic()
        try:
            kind, detail = attack(argument)
        except BaseException as error:
            kind, detail = "failed", _short(error)
        took = time.monotonic() - began, time.process_time() - cpu
        pipe.send((kind, detail, *took, (_status("VmHWM") - before) / 1e6))


def _short(error: BaseException) -> str:
    """The exception, and where in the program or its libraries it came from."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/segviewer/" in frame.filename] or frames
    place = ours[-1] if ours else None
    where = f" at {place.filename.rpartition('/')[2]}:{place.lineno}" if place else ""
    return f"{type(error).__name__}: {str(error)[:200]}{where}"


def _status(name: str) -> int:
    with open("/proc/self/status") as file:
        for line in file:
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) * 1024
    return 0


def _forget_peak() -> None:
    with contextlib.suppress(OSError), open("/proc/self/clear_refs", "w") as file:
        file.write("5")
