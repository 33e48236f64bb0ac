"""How long processes have had, on a machine that does other things as well."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path

MOST = 15.0  # times as long as processes may take that always get what they ask for


class OwnTime:
    """Counts seconds, without those in which processes were ready and others ran.

    So that a limit says something about the program and nothing about the machine.

    Parameters
    ----------
    pids : callable
        Gives the processes that something is expected of, now.
    """

    def __init__(self, pids: Callable[[], Iterable[int]]):
        self._pids, self._began = pids, time.monotonic()
        self._before = self._waits()
        self._waited: dict[int, float] = {}

    def is_over(self, seconds: float) -> bool:
        """Whether they have had so long."""
        for pid, waits in self._waits().items():
            before = self._before.get(pid, {})
            # Of a process the thread that waited most; of one that is gone, what it had waited.
            waited = max((wait - before.get(thread, 0.0) for thread, wait in waits.items()))
            self._waited[pid] = max(waited, self._waited.get(pid, 0.0))
        passed = time.monotonic() - self._began
        return passed - sum(self._waited.values()) > seconds or passed > MOST * seconds

    def _waits(self) -> dict[int, dict[str, float]]:
        return {pid: waits for pid in self._pids() if (waits := _waits_of(pid))}


def _waits_of(pid: int) -> dict[str, float]:
    """Seconds that each thread of a process was ready and did not run."""
    waits = {}
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            waits[task.name] = int((task / "schedstat").read_text().split()[1]) / 1e9
    except (OSError, IndexError, ValueError):  # it ended meanwhile, or this is not Linux
        return waits
    return waits
