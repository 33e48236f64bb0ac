"""Starting and ending the engine process, without Qt, so that it can start before Qt loads."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import sys
import threading
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, cast

from segviewer.engine.worker.child_process import STOP_SECONDS, Child, end_process, live_with_parent
from segviewer.engine.worker.messages import Cancel, Run, Stop
from segviewer.engine.worker.openmp import wait_without_spinning
from segviewer.engine.worker.small_program import EngineChild

if TYPE_CHECKING:
    from multiprocessing.context import SpawnContext  # typeshed's; for the checker alone

logger = logging.getLogger(__name__)


class EngineProcess:
    """An engine and the connection to it.

    Nothing here waits for the engine: messages are sent by a thread of their own, and of those
    that replace each other the newest alone is kept while the engine does not read.

    Attributes
    ----------
    faults : Path or None
        Of the class: where faulthandler writes of every engine. With it engines write into the
        log, without it nothing is written.
    """

    start_method = "spawn"
    faults: Path | None = None

    def __init__(self) -> None:
        # Each context has it; typeshed says so of each one, and not of their base.
        context = cast("SpawnContext", multiprocessing.get_context(self.start_method))
        self.connection, theirs = context.Pipe(duplex=True)
        self.process: Child
        # A bundle has no interpreter that takes a program by -c.
        bundled = getattr(sys, "frozen", False)
        if self.start_method == "spawn" and os.name == "posix" and not bundled:
            self.process = EngineChild(theirs.fileno(), os.getpid())
            self.connection.send((self.faults, _agreed()))
        else:
            started = context.Process(
                target=run_engine,
                args=(theirs, self.faults, _agreed()),
                name="segviewer engine",
                daemon=True,
            )
            started.start()
            self.process = started
        theirs.close()
        self._waiting: list[object] = []
        self._changed = threading.Condition()
        self._ending: threading.Thread | None = None
        # A daemon: it may wait in a write for an engine that is being ended.
        self._sender = threading.Thread(target=self._send_all, name="segviewer sender", daemon=True)
        self._sender.start()

    def send(self, message: object) -> None:
        """Have `message` sent; replaces those of its kind that still wait. Never blocks."""
        with self._changed:
            if self._ending is not None:
                return
            kind = _kind(message)
            self._waiting = [one for one in self._waiting if _kind(one) is not kind]
            self._waiting.append(message)
            self._changed.notify()

    def receive(self) -> object:
        """The next message; waits for it.

        Raises
        ------
        EOFError
            When the engine is gone.
        """
        try:
            return self.connection.recv()
        except (EOFError, OSError) as error:
            self.connection.close()
            raise EOFError from error

    def stop(self) -> threading.Thread:
        """Begin to end the process, by message first, by force where it does not listen.

        Returns
        -------
        Thread
            Ends with the process, within :data:`STOP_SECONDS` and a moment.
        """
        with self._changed:
            if self._ending is None:
                self._waiting = [Stop()]
                self._changed.notify()
                self._ending = end_process(self.process, STOP_SECONDS)
            return self._ending

    def exit_code(self) -> int | None:
        """How the process ended, for a caller that has seen its connection close."""
        try:
            self.process.join(STOP_SECONDS)
            return self.process.exitcode
        except ValueError:  # closed meanwhile
            return None

    def _send_all(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                message = self._waiting.pop(0)
            try:
                self.connection.send(message)
            except (OSError, ValueError):  # the engine is gone; whoever listens finds out
                return
            if isinstance(message, Stop):
                return


def _kind(message: object) -> type:
    """Messages of one kind replace each other: of a request and its end, the later one holds."""
    return Run if isinstance(message, Cancel) else type(message)


def _agreed() -> frozenset[str]:
    # Imported while the engine starts.
    from segviewer.checkpoints.whole_models.trust import agreed

    return agreed()


def run_engine(
    connection: Connection,
    faults: Path | None,
    trusted: frozenset[str],
    *,
    torch_first: bool = False,
) -> None:
    """What the engine's process does, from its start to its end.

    Parameters
    ----------
    connection : Connection
        To the window.
    faults : Path or None
        Where faulthandler writes; without it no log is kept.
    trusted : frozenset of str
        SHA-256 of the programs that may be run.
    torch_first : bool
        Whether torch is loaded before anybody asks for something: every window needs it.
    """
    from segviewer.checkpoints.whole_models.trust import agree
    from segviewer.engine.worker.log import ProcessLog, enable_faulthandler

    live_with_parent()
    agree(*trusted)
    if faults is None:
        enable_faulthandler(None)
    else:
        ProcessLog("engine", faults).start()
    # Ctrl+C in the terminal reaches the whole group; the window decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    wait_without_spinning()
    if hasattr(os, "nice"):
        # The window's thread goes first where both want the same core.
        os.nice(5)
    if torch_first:
        from segviewer.engine.worker.torch_import import import_torch

        try:
            import_torch()
        except Exception:
            # The first stage that needs it meets the same again, and the window says so.
            logger.exception("torch could not be loaded")
    from segviewer.engine.worker.engine import engine_main

    try:
        engine_main(connection)
    except Exception:
        # multiprocessing prints it and ends, which no hook sees.
        logger.critical("the engine ends", exc_info=True)
        raise
