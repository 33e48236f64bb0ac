"""The engine as a program of its own: torch first, and nothing of the window.

:mod:`multiprocessing` would import the window's main module, and start a process more that looks
after semaphores which the engine does not have.
"""

from __future__ import annotations

import gc
import subprocess
import sys
from pathlib import Path

START = (
    "import sys; sys.path[:] = sys.argv[3:]; "
    "from segviewer.engine.worker.small_program import main; "
    "main(int(sys.argv[1]), int(sys.argv[2]))"
)


class EngineChild:
    """The engine's process, named as :mod:`multiprocessing` names its own.

    Parameters
    ----------
    descriptor : int
        The engine's end of the connection. Over it comes first where faulthandler writes, or None,
        and the SHA-256 of the programs that may be run.
    parent : int
        This process.
    """

    name = "segviewer engine"

    def __init__(self, descriptor: int, parent: int):
        flags = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]
        program = [sys.executable, *flags, "-c", START, str(descriptor), str(parent)]
        self._child = subprocess.Popen(
            [*program, *sys.path], stdin=subprocess.DEVNULL, pass_fds=(descriptor,)
        )

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def exitcode(self) -> int | None:
        """0, or the signal's number below zero; None while it runs."""
        return self._child.poll()

    def join(self, seconds: float | None = None) -> None:
        """Wait for its end, at most so long."""
        try:
            self._child.wait(seconds)
        except subprocess.TimeoutExpired:
            return

    def is_alive(self) -> bool:
        return self._child.poll() is None

    def kill(self) -> None:
        """End it at once, also one that is stopped."""
        self._child.kill()

    def close(self) -> None:
        """Nothing is left to release once it was waited for."""


def main(descriptor: int, parent: int) -> None:
    """Entry point of the engine's process.

    Parameters
    ----------
    descriptor : int
        Of the connection to the window.
    parent : int
        The window's process.
    """
    # What is imported stays for good; looking through it for garbage takes a tenth of the start.
    gc.disable()
    from segviewer.engine.worker.child_process import live_with

    live_with(parent)
    from multiprocessing.connection import Connection

    from segviewer.engine.worker.engine_process import run_engine
    from segviewer.engine.worker.free_memory import AT_START, return_at_once_from

    return_at_once_from(AT_START)

    connection = Connection(descriptor)
    faults: Path | None
    try:
        faults, trusted = connection.recv()
    except EOFError:
        return
    run_engine(connection, faults, trusted, torch_first=True)
