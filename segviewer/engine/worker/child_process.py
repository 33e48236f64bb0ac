"""What every child process has in common: it ends with its parent, and it is ended without waiting.

No Qt here: children import it.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

STOP_SECONDS = 2.0
WATCH_SECONDS = 0.5  # between two looks for a parent, where the system does not say
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of prctl(2)


def live_with_parent() -> None:
    """Have this process end as soon as its parent is gone; the first thing a child calls.

    A parent that is killed says no goodbye, and a child that computes looks at its connection too
    late, some not for a minute. Linux ends it at once, whatever it is in the middle of;
    elsewhere a thread waits for the parent's end and takes the process with it.
    """
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    if sys.platform == "linux" and os.getppid() == parent.pid:
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
        if os.getppid() != parent.pid:  # it had gone before this was said
            os._exit(1)
    threading.Thread(target=_end_after, args=(parent,), name="parent watch", daemon=True).start()


def live_with(parent: int) -> None:
    """The same for a process that :mod:`multiprocessing` did not start.

    Parameters
    ----------
    parent : int
        Number of the process that did.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:  # it had gone before this was said
        os._exit(1)
    if sys.platform != "linux":
        threading.Thread(
            target=_end_without, args=(parent,), name="parent watch", daemon=True
        ).start()


def _end_without(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(WATCH_SECONDS)
    os._exit(1)


def _end_after(parent: BaseProcess) -> None:
    parent.join()
    os._exit(1)


class Child(Protocol):
    """What is asked of a process to end it."""

    name: str

    @property
    def pid(self) -> int | None: ...
    @property
    def exitcode(self) -> int | None: ...
    def join(self, timeout: float | None = None, /) -> None: ...
    def is_alive(self) -> bool: ...
    def kill(self) -> None: ...
    def close(self) -> None: ...


def end_process(process: Child, seconds: float) -> threading.Thread:
    """End a child: wait `seconds` for it to end by itself, then kill it; do not wait here.

    A connection to it is left to whoever reads it, who sees its end: closed here, it could go in
    the middle of a read.

    Returns
    -------
    Thread
        What waits and then releases the process. The interpreter ends after it has.
    """

    def end() -> None:
        process.join(seconds)
        if process.is_alive():
            process.kill()  # ends one that is stopped, too
            process.join()
        process.close()

    thread = threading.Thread(target=end, name=f"end of {process.name}")
    thread.start()
    return thread
