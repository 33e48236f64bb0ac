"""Python threads that share the chunks of a loop whose kernel holds no interpreter lock.

Why not numba's own parallel loops: their portable layer (workqueue) may not be entered from two
Python threads at once, its other layers are not installed everywhere, and OpenMP's does not
survive a fork. Here any number of refinements may run side by side. Each chunk writes its own
part of the result and adds in its own order, so the number of threads changes no digit.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

CHUNKS_PER_THREAD = 4
"""More chunks than threads, so that a thread that the system interrupts holds up less."""


def default_threads() -> int:
    """Processors that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS and Windows have no affinity call
        return os.cpu_count() or 1


class ThreadTeam:
    """A few threads, the caller's among them; close it, or use it in a ``with`` statement.

    Parameters
    ----------
    threads : int, optional
        At least 1; every processor if left out.
    """

    def __init__(self, threads: int | None = None):
        self.threads = default_threads() if threads is None else max(1, int(threads))
        # The threads of the pool start with the first work given to them.
        self._pool = ThreadPoolExecutor(self.threads - 1) if self.threads > 1 else None

    def __enter__(self) -> ThreadTeam:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """End the threads."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None

    def split(self, kernel: Callable[..., None], count: int, *args: Any, at_least: int = 1) -> None:
        """Call ``kernel(start, stop, *args)`` until 0 … count is done, in chunks of one size.

        Parameters
        ----------
        kernel : callable
            Must give the same result however 0 … count is cut.
        count : int
        at_least : int
            Fewer items than this are not worth a chunk of their own.
        """
        if self._pool is None or count <= at_least:
            if count:
                kernel(0, count, *args)
            return
        size = max(at_least, -(-count // (self.threads * CHUNKS_PER_THREAD)))
        self.each(
            lambda chunk: kernel(chunk * size, min(count, (chunk + 1) * size), *args),
            -(-count // size),
        )

    def each(self, work: Callable[[int], None], count: int) -> None:
        """Call ``work(0) … work(count - 1)``, each once, in no particular order."""
        # next() on a counter is one step under the interpreter lock.
        numbers = itertools.count()

        def take() -> None:
            while (number := next(numbers)) < count:
                work(number)

        helpers = min(self.threads, count) - 1
        others = [self._pool.submit(take) for _ in range(helpers)] if self._pool else []
        try:
            take()
        finally:
            for other in others:
                other.result()
