"""A search for the CRF's numbers in a process of its own, so that window and engine stay free."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Iterable, Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, Signal

from segviewer.app.state.emitter import Emitter
from segviewer.checkpoints.whole_models.trust import agree, agreed
from segviewer.crf.search.tuning import Trial, Tuning
from segviewer.engine.worker.child_process import end_process, live_with_parent
from segviewer.engine.worker.engine_process import EngineProcess
from segviewer.errors import EngineError, PictureError, SegviewerError
from segviewer.files.regular_files import shown_name
from segviewer.session import Session

if TYPE_CHECKING:
    from multiprocessing.context import SpawnContext  # typeshed's; for the checker alone

    from segviewer.batch.tune import Pair


class TuningProcess(QObject):
    """Runs one search; ended by :meth:`stop`, whether or not it has come to its end.

    Parameters
    ----------
    session : Session
        Network, inference and the CRF from which the search starts.
    folder : str
        Pictures and their masks, see :func:`segviewer.imaging.datasets.pairing.dataset_of`; as
        it was typed, for to know whose home ``~name`` is may take the network.
    num_trials, most, seed, by
        See :func:`segviewer.batch.tune.search`.

    Signals
    -------
    prepared(int, int)
        So many of so many pictures went through the network.
    noted(str)
        What is left out or assumed, a sentence at a time.
    tried(Trial)
    done(Tuning)
    failed(SegviewerError)
    """

    prepared = Signal(int, int)
    noted = Signal(str)
    tried = Signal(object)
    done = Signal(object)
    failed = Signal(object)

    def __init__(
        self,
        session: Session,
        folder: str,
        num_trials: int,
        most: int,
        seed: int = 0,
        parent: QObject | None = None,
        by: str = "miou",
    ):
        super().__init__(parent)
        # Each context has it; typeshed says so of each one, and not of their base.
        context = cast("SpawnContext", multiprocessing.get_context(EngineProcess.start_method))
        self._connection, theirs = context.Pipe(duplex=False)
        self._process = context.Process(
            target=_search,
            args=(theirs, session, folder, num_trials, most, seed, by, agreed()),
            name="segviewer tune",
            daemon=True,
        )
        self._process.start()
        theirs.close()
        self._stopped = False
        self._emitter = Emitter(self)
        self._thread = threading.Thread(target=self._listen, name="segviewer tune", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the process, which reports no more. Safe to call twice, and waits for nothing."""
        if self._stopped:
            return
        self._stopped = True
        self._emitter.shut()
        # It writes nothing, so that nothing is half written.
        end_process(self._process, seconds=0)

    def _listen(self) -> None:
        ended = False
        try:
            while not ended:
                message = self._connection.recv()
                ended = isinstance(message, Tuning | SegviewerError)
                if not self._stopped:
                    self._pass_on(message)
        except (EOFError, OSError):
            self._connection.close()
            if not self._stopped:
                self._emitter.emit(
                    self.failed,
                    EngineError(
                        "The search stopped in the middle of its work.",
                        "Its process ended; most often memory ran out.",
                        "Search on fewer pictures, or at a smaller inference size.",
                    ),
                )

    def _pass_on(self, message: object) -> None:
        if isinstance(message, Trial):
            self._emitter.emit(self.tried, message)
        elif isinstance(message, Tuning):
            self._emitter.emit(self.done, message)
        elif isinstance(message, SegviewerError):
            self._emitter.emit(self.failed, message)
        elif isinstance(message, str):
            self._emitter.emit(self.noted, message)
        elif isinstance(message, tuple):
            self._emitter.emit(self.prepared, *message)


def _typed_folder(text: str) -> Path:
    """The folder that was typed, in which ``~`` is understood."""
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise PictureError(
            f"{shown_name(text)} is not there.",
            f"There is no user whose home “{shown_name(Path(text).parts[0])}” could be.",
            "Give the whole path of a folder, or choose it.",
        ) from error


def _search(
    connection: Connection,
    session: Session,
    folder: str,
    num_trials: int,
    most: int,
    seed: int,
    by: str,
    trusted: frozenset[str],
) -> None:
    live_with_parent()
    agree(*trusted)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        # Whoever looks at a picture meanwhile goes first.
        os.nice(10)
    from segviewer.batch.tune import search
    from segviewer.imaging.datasets.pairing import dataset_of

    def each(pairs: Sequence[Pair]) -> Iterator[Pair]:
        for done, pair in enumerate(pairs):
            connection.send((done, len(pairs)))
            yield pair
        connection.send((len(pairs), len(pairs)))

    def say(sentences: Iterable[str]) -> None:
        for sentence in sentences:
            connection.send(sentence)

    try:
        found, _ = search(
            session,
            dataset_of(_typed_folder(folder)),
            num_trials=num_trials,
            most=most,
            seed=seed,
            reported=connection.send,
            each=each,
            say=say,
            by=by,
        )
    except SegviewerError as error:
        connection.send(error)
    except (BrokenPipeError, ConnectionResetError):
        return
    except Exception as error:
        connection.send(
            EngineError(
                "The search met an unexpected error.",
                f"{type(error).__name__}: {error}",
                "Copy the details into a report.",
                traceback.format_exc(),
            )
        )
    else:
        connection.send(found)
