"""Scores and maps of one or many pictures, written by a process of its own."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Iterable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QObject, Signal

from segviewer.app.state.emitter import Emitter
from segviewer.engine.worker.child_process import end_process, live_with_parent
from segviewer.engine.worker.engine_process import EngineProcess
from segviewer.errors import EngineError, SegviewerError
from segviewer.session import Session

if TYPE_CHECKING:
    from multiprocessing.context import SpawnContext  # typeshed's; for the checker alone

    from segviewer.export.exporting import Writing


class TakeAwayProcess(QObject):
    """Writes what is wanted of each picture; ended by :meth:`stop`.

    Parameters
    ----------
    session : Session
        Network or scores, inference and CRF.
    images : sequence of str
        References of the pictures.
    out : Path
        A folder.
    writing : Writing

    Signals
    -------
    advanced(int, int)
        So many of so many pictures are done.
    noted(str)
        What must be said, a sentence at a time.
    done(int, list of (str, str))
        How many were written, and which failed, and why.
    failed(SegviewerError)
    """

    advanced = Signal(int, int)
    noted = Signal(str)
    done = Signal(int, object)
    failed = Signal(object)

    def __init__(
        self,
        session: Session,
        images: Sequence[str],
        out: Path,
        writing: Writing,
        parent: QObject | None = None,
    ):
        super().__init__(parent)
        context = cast("SpawnContext", multiprocessing.get_context(EngineProcess.start_method))
        self._connection, theirs = context.Pipe(duplex=False)
        self._process = context.Process(
            target=_write,
            args=(theirs, session, list(images), out, writing),
            name="segviewer save",
            daemon=True,
        )
        self._process.start()
        theirs.close()
        self._stopped = False
        self._emitter = Emitter(self)
        self._thread = threading.Thread(target=self._listen, name="segviewer save", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the process; files are whole or not there. Safe to call twice."""
        if not self._stopped:
            self._stopped = True
            self._emitter.shut()
            end_process(self._process, seconds=0)

    def _listen(self) -> None:
        try:
            while True:
                message = self._connection.recv()
                if not self._stopped:
                    self._pass_on(*message)
                if message[0] in ("done", "failed"):
                    return
        except (EOFError, OSError):
            self._connection.close()
            if not self._stopped:
                error = EngineError(
                    "Saving stopped in the middle of its work.",
                    "Its process ended; most often memory ran out.",
                    "Save fewer pictures at once, or at a smaller inference size.",
                )
                self._pass_on("failed", error)

    def _pass_on(self, kind: str, *values: Any) -> None:
        signals = {
            "advanced": self.advanced,
            "noted": self.noted,
            "done": self.done,
            "failed": self.failed,
        }
        self._emitter.emit(signals[kind], *values)


def _write(
    connection: Connection, session: Session, images: list[str], out: Path, writing: Writing
) -> None:
    live_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(10)  # whoever looks at a picture meanwhile goes first
    from segviewer.batch.each_picture import written
    from segviewer.batch.failures import Failures

    def say(sentences: Iterable[str], about: str = "") -> None:
        for sentence in sentences:
            connection.send(("noted", f"{about}: {sentence}" if about else sentence))

    failures, count = Failures(), 0
    try:
        for number, one in enumerate(written(session, images, out, writing, failures, say), 1):
            count += one.outcome == "written"
            connection.send(("advanced", number, len(images)))
        found = [(each["file"], each["why"]) for each in failures.as_json()]
        connection.send(("done", count, found))
    except SegviewerError as error:
        connection.send(("failed", error))
    except (BrokenPipeError, ConnectionResetError):
        return
    except Exception as error:
        said = EngineError(
            "Saving met an unexpected error.",
            f"{type(error).__name__}: {error}",
            "Copy the details into a report.",
            traceback.format_exc(),
        )
        connection.send(("failed", said))
