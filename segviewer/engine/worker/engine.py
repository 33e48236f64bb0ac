"""The engine process: torch and the CRF run here, so the window's event loop never waits.

A process and not a thread, because importing torch and every call into pydensecrf hold the
interpreter lock for longer than a frame. The latest request wins: it is looked for between
stages, before every layer of a network and after every CRF iteration. Where the latest one needs
what is being computed, that is brought to its end. At rest the process computes what may be
wanted next.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import threading
import traceback
from collections.abc import Hashable
from multiprocessing.connection import Connection
from typing import Any

from segviewer.checkpoints.whole_models.trust import agree
from segviewer.engine.executor import StageExecutor
from segviewer.engine.listener import Listener
from segviewer.engine.stages import wanted_stages
from segviewer.engine.worker.free_memory import LATER, return_at_once_from, return_free_memory
from segviewer.engine.worker.looking import Looking
from segviewer.engine.worker.messages import (
    Bug,
    Cancel,
    LookAt,
    Prepare,
    Progressed,
    Run,
    RunCancelled,
    RunFailed,
    RunFinished,
    StageFinished,
    Started,
    Stop,
    Trust,
)
from segviewer.engine.worker.peak_memory import peak_memory_mb
from segviewer.engine.worker.preparing import Ahead
from segviewer.engine.worker.torch_import import complete_torch
from segviewer.errors import Cancelled, SegviewerError
from segviewer.references import Reference

logger = logging.getLogger(__name__)

# Stages of a first picture, which run without what the start of the process has put off.
FIRST = frozenset({"image", "display", "network", "probs", "refined", "label_map", "forms"})
REST_SECONDS = 1.0  # for which nobody asks for anything


class _Stopped(BaseException):
    """The window asked the process to end, or is gone."""


class Engine:
    """Answers requests from one connection with one executor of stages."""

    def __init__(self, connection: Connection):
        self.connection = connection
        self.pending: Run | None = None
        self.generation = 0
        self.answering = False
        self.stage = ""
        self.ran: dict[str, float] = {}  # seconds by stage, of the present request
        self._said_device = False
        listener = Listener(self._check, self._started, self._progressed, self._finished)
        self.executor = StageExecutor(listener)
        self.ahead = Ahead(self.executor, self._check)
        self.looking = Looking(self.executor, self.connection.send)
        self._warming: threading.Thread | None = None
        self._has_garbage = False  # whether something ran since memory was given back
        self._is_settled = False  # whether what the start has put off was done

    def serve(self) -> None:
        """Answer requests until the connection closes or :class:`Stop` comes."""
        try:
            while True:
                request, self.pending = self.pending, None
                if request is not None:
                    self._answer(request)
                    continue
                if self.generation and not self.connection.poll():
                    self._settle()
                if self.looking.waits and not self.connection.poll():
                    self._has_garbage = True
                    with contextlib.suppress(Cancelled):
                        self.looking.compute_one()
                elif self.ahead.waits and not self.connection.poll():
                    self._has_garbage = True
                    with contextlib.suppress(Cancelled):
                        self.ahead.compute_one()
                else:
                    self._use_rest()
                    self._take(self.connection.recv())
                    while self.connection.poll():
                        self._take(self.connection.recv())
        except (_Stopped, EOFError, BrokenPipeError, ConnectionResetError, KeyboardInterrupt):
            return

    def _settle(self) -> None:
        """Do what the start has put off: the rest of torch, and looking for garbage."""
        if not self._is_settled:
            self._is_settled = True
            return_at_once_from(LATER)
            complete_torch()
            # What was imported stays, and needs no looking through.
            gc.freeze()
            gc.enable()

    def _use_rest(self) -> None:
        """Do what costs the person nothing once nobody has asked for anything for a while."""
        if not self._has_garbage or self.connection.poll(REST_SECONDS):
            return
        self._has_garbage = False
        return_free_memory()
        if self._warming is None and self.executor.cache["label_map"].key is not None:
            self._start_warm_up()

    def _start_warm_up(self) -> None:
        """Compile the CRF in the background, so that no slider pays for it."""
        classes = len(self.executor.cache["probs"].value.probs)
        # A daemon, because compiling cannot be stopped in the middle.
        self._warming = threading.Thread(
            target=_warm_up, args=(classes,), name="CRF warm-up", daemon=True
        )
        self._warming.start()

    @property
    def is_warming(self) -> bool:
        """Whether the CRF is being compiled beside."""
        return self._warming is not None and self._warming.is_alive()

    def _take(self, message: object) -> bool:
        """Note one message; True if what runs now is no longer wanted."""
        if isinstance(message, Stop):
            raise _Stopped
        if isinstance(message, Trust):
            agree(*message.sha256)
            return False
        if isinstance(message, Prepare):
            self.ahead.expect(message.sessions)
            return False
        if isinstance(message, LookAt):
            self.looking.look_at(message)
            return False
        if isinstance(message, Cancel):
            self.looking.stop()
            self.pending = None
            if not self.answering or message.generation != self.generation:
                # Nothing else will answer for a request that never began.
                self.connection.send(RunCancelled(message.generation))
        elif isinstance(message, Run):
            self.pending = message
        return True

    def _answer(self, request: Run) -> None:
        self.generation, self.stage, self.answering = request.generation, "", True
        self.ran = {}
        outcome = self._outcome(request)
        self._has_garbage = True
        self.connection.send(outcome)
        self.answering = False
        self._note(request, outcome)

    def _outcome(self, request: Run) -> RunCancelled | RunFailed | Bug | RunFinished:
        if self.generation > 1 or needs_all_of_torch(request):
            self._settle()
        self.executor.view = request.view
        try:
            self.executor.run(request.session, request.have, request.asked, request.draft)
        except Cancelled:
            return RunCancelled(request.generation)
        except SegviewerError as error:
            return RunFailed(request.generation, self.stage, error)
        except (EOFError, BrokenPipeError, ConnectionResetError):
            raise
        except Exception:
            return Bug(request.generation, self.stage, traceback.format_exc())
        seconds = {name: kept.seconds for name, kept in self.executor.cache.items()}
        return RunFinished(request.generation, seconds, peak_memory_mb())

    def _note(self, request: Run, outcome: RunCancelled | RunFailed | Bug | RunFinished) -> None:
        """Put into the log what ran; what follows a pointer only where it went wrong."""
        ran = ", ".join(f"{stage} {seconds:.2f} s" for stage, seconds in self.ran.items())
        what = f"run {request.generation}: {ran or 'nothing to do'}"
        if isinstance(outcome, Bug):
            logger.error("%s; unexpected in %s\n%s", what, outcome.stage, outcome.traceback)
        elif isinstance(outcome, RunFailed):
            error = outcome.error
            logger.warning("%s; refused in %s: %s %s", what, self.stage, error.what, error.why)
        elif not request.draft:
            cancelled = f"; cancelled in {self.stage}" if isinstance(outcome, RunCancelled) else ""
            logger.info("%s%s", what, cancelled)
        if isinstance(outcome, RunFinished) and not self._said_device and "label_map" in self.ran:
            self._said_device = True
            from segviewer.inference import running as inference

            device = inference.choose_device(request.session.inference.device)
            logger.info("device %s of %s", device, ", ".join(inference.device_names()))

    def _check(self) -> None:
        unwanted = False
        while self.connection.poll():
            unwanted |= self._take(self.connection.recv())
        if self.pending is not None:
            peers = self.executor.peers
            unwanted = not peers.serve(self.pending.session, self.pending.asked)
        if unwanted:
            raise Cancelled

    def _answered_generation(self) -> int:
        """The request that what is being computed is for: a newer one may need it too."""
        return self.generation if self.pending is None else self.pending.generation

    def _started(self, stage: str, expected: float) -> None:
        self.stage = stage
        self.connection.send(Started(self._answered_generation(), stage, expected))

    def _progressed(self, stage: str, fraction: float) -> None:
        self.connection.send(Progressed(self._answered_generation(), stage, fraction))

    def _finished(self, stage: str, key: Hashable, result: Any, seconds: float) -> None:
        self.ran[stage] = seconds
        self.connection.send(StageFinished(stage, key, result, seconds))


def needs_all_of_torch(request: Run) -> bool:
    """Whether more is asked for than the labels of a network that comes with the program."""
    session = request.session
    if Reference.checkpoint(session.checkpoint).kind != "bundled":
        return True
    return not {stage.name for stage in wanted_stages(session, request.asked)} <= FIRST


def _warm_up(num_classes: int) -> None:
    from segviewer.crf.engines import draft, full_resolution, mean_field_lattice

    mean_field_lattice.warm_up(num_classes)
    draft.warm_up(num_classes)
    full_resolution.warm_up(num_classes)


def engine_main(connection: Connection) -> None:
    """Entry point of the engine process."""
    engine = Engine(connection)
    engine.serve()
    if engine.is_warming:
        # Its thread cannot be stopped in the middle, and an interpreter that ends pulls away
        # from under it what it needs. Everything that is kept was written.
        os._exit(0)
