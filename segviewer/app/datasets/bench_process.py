"""Measuring a data set in a process of its own, so that window and engine stay free."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QObject, Signal

from segviewer.app.state.emitter import Emitter
from segviewer.batch.picture_row import PictureRow
from segviewer.checkpoints.whole_models.trust import agree, agreed
from segviewer.engine.results import NetworkResult
from segviewer.engine.worker.child_process import end_process, live_with_parent
from segviewer.engine.worker.engine_process import EngineProcess
from segviewer.errors import EngineError, SegviewerError
from segviewer.imaging.datasets.mapping import TargetMapping
from segviewer.imaging.datasets.pairing import Pairing
from segviewer.session import Session

if TYPE_CHECKING:
    from multiprocessing.context import SpawnContext  # typeshed's; for the checker alone

SEND_SECONDS = 0.15  # what was measured before comes by the hundred


@dataclass(frozen=True, eq=False)
class Opened:
    """The networks that a run measures, and what the masks' numbers were taken for.

    Attributes
    ----------
    network : NetworkResult
    mapping : TargetMapping or str
    reference : NetworkResult or None
        The network pinned as A, measured beside it.
    """

    network: NetworkResult
    mapping: TargetMapping | str
    reference: NetworkResult | None = None


@dataclass(frozen=True, eq=False)
class Measured:
    """Pictures, each as the present network and as A sees it; None where A is not asked."""

    rows: tuple[tuple[PictureRow, PictureRow | None], ...]


class BenchProcess(QObject):
    """Runs once over a data set; ended by :meth:`stop`, whether or not it has come to its end.

    Parameters
    ----------
    session : Session
        Network, inference, CRF, and what the masks' numbers mean.
    reference : Session or None
        Of the network pinned as A.
    found : Pairing
    store : Path
        Where what was measured is kept.

    Signals
    -------
    opened(Opened)
    measured(Measured)
    noted(str)
        What must be said beside the figures, a sentence at a time.
    done()
    failed(SegviewerError)
    """

    opened = Signal(object)
    measured = Signal(object)
    noted = Signal(str)
    done = Signal()
    failed = Signal(object)

    def __init__(
        self,
        session: Session,
        reference: Session | None,
        found: Pairing,
        store: Path,
        parent: QObject | None = None,
    ):
        super().__init__(parent)
        # Each context has it; typeshed says so of each one, and not of their base.
        context = cast("SpawnContext", multiprocessing.get_context(EngineProcess.start_method))
        self._connection, theirs = context.Pipe(duplex=False)
        self._process = context.Process(
            target=_measure,
            args=(theirs, session, reference, found, store, agreed()),
            name="segviewer bench",
            daemon=True,
        )
        self._theirs = theirs
        self._stopped = False
        self._emitter = Emitter(self)
        # Starting sends the list of pictures through a pipe, which for a large one takes a while.
        self._thread = threading.Thread(target=self._run, name="segviewer bench", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the process; nothing is sent any more. Safe to call twice, and waits for nothing."""
        self._stopped = True
        self._emitter.shut()

    def _run(self) -> None:
        self._process.start()
        self._theirs.close()
        try:
            while not self._stopped:
                if self._connection.poll(0.05) and self._pass_on(self._connection.recv()):
                    break
        except (EOFError, OSError):
            self._emit(
                self.failed,
                EngineError(
                    "Measuring stopped in the middle of its work.",
                    "Its process ended; most often memory ran out.",
                    "Measure again: it goes on with the pictures that are left.",
                ),
            )
        self._connection.close()
        # What is measured is written picture by picture, whole or not at all.
        end_process(self._process, seconds=0)

    def _pass_on(self, message: object) -> bool:
        """Emit a message of the process; True for the last one."""
        if isinstance(message, Opened):
            self._emit(self.opened, message)
        elif isinstance(message, Measured):
            self._emit(self.measured, message)
        elif isinstance(message, str):
            self._emit(self.noted, message)
        elif isinstance(message, SegviewerError):
            self._emit(self.failed, message)
            return True
        else:
            self._emit(self.done)
            return True
        return False

    def _emit(self, signal: Any, *values: object) -> None:
        if not self._emitter.emit(signal, *values):
            self._stopped = True  # the window is gone


def _measure(
    connection: Connection,
    session: Session,
    reference: Session | None,
    found: Pairing,
    store: Path,
    trusted: frozenset[str],
) -> None:
    live_with_parent()
    agree(*trusted)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        # Whoever looks at a picture meanwhile goes first.
        os.nice(10)

    def say(sentences: Iterable[str]) -> None:
        for sentence in sentences:
            connection.send(sentence)

    try:
        _send_rows(connection, session, reference, found, store, say)
    except SegviewerError as error:
        connection.send(error)
    except (BrokenPipeError, ConnectionResetError):
        return
    except Exception as error:
        connection.send(
            EngineError(
                "Measuring met something unexpected.",
                f"{type(error).__name__}: {error}",
                "Copy the details into a report.",
                traceback.format_exc(),
            )
        )
    else:
        connection.send(None)


def _send_rows(
    connection: Connection,
    session: Session,
    reference: Session | None,
    found: Pairing,
    store: Path,
    say: Callable[[Iterable[str]], None],
) -> None:
    from segviewer.batch.measuring import Measuring
    from segviewer.batch.row_store import RowStore
    from segviewer.batch.training_pictures import seen_in_training

    kept = RowStore(store)
    say([kept.fault] if kept.fault else ())
    measuring = Measuring(session, found, kept, say=say)
    beside = None if reference is None else Measuring(reference, found, kept)
    say(seen_in_training(measuring.network.trained_on, [picture for picture, _ in found.pairs]))
    other = None if beside is None else beside.network
    connection.send(Opened(measuring.network, measuring.mapping, other))
    waiting, sent = [], time.monotonic()
    others = itertools.repeat(None) if beside is None else beside.rows()
    for row, other_row in zip(measuring.rows(), others, strict=False):
        waiting.append((row, other_row))
        if time.monotonic() - sent > SEND_SECONDS:
            connection.send(Measured(tuple(waiting)))
            waiting, sent = [], time.monotonic()
    connection.send(Measured(tuple(waiting)))
    kept.close()
