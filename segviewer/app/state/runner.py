"""Between the store and the engine: the latest request wins, stale answers are dropped.

Requests are sent at once; the engine gives up what it does for a newer one, so nothing
queues. A change that no result depends on, such as the opacity's, takes nothing from what runs. An
answer is let through only if its key is what the session on screen asks for.

While something is dragged the session is always ahead of the answers. So that the picture
follows the pointer all the same, a drag's request gets a moment before the next replaces it,
and its labels are shown although the pointer has moved on. On a machine so busy that requests
replace each other for seconds without an answer, one of them is answered whole, and its labels say
that newer ones follow.
"""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, QTimer, Signal

from segviewer.app.state.emitter import Emitter
from segviewer.checkpoints.whole_models.trust import agree, agreed
from segviewer.engine.results import LabelResult
from segviewer.engine.stages import stage_key, wanted_stages
from segviewer.engine.worker.engine_process import EngineProcess
from segviewer.engine.worker.messages import (
    Bug,
    Cancel,
    DetailFound,
    LookAt,
    Prepare,
    Progressed,
    Run,
    RunCancelled,
    RunFailed,
    RunFinished,
    StageFinished,
    Started,
    Trust,
)
from segviewer.errors import EngineError
from segviewer.session import Session

COALESCE_MS = 8  # several settings changed by one gesture become one request
# What a request of a drag gets before a newer one replaces it: several times what a draft or a head
# takes, so that a machine that is busy shows fewer of them, not none.
DRAFT_MS = 600
# Where newer requests have kept replacing each other for so long that no labels were shown, what
# runs is brought to its end, though not for ever.
STARVING_SECONDS, HOLDING_SECONDS = 2.0, 10.0
OVERTAKEN = ("of the settings of a moment ago; the newest are next", "warning")
RESTART_SECONDS = 5.0  # between two starts of an engine that says nothing
OfRun = Started | Progressed | RunFinished | RunCancelled | RunFailed | Bug
FOLLOWING = ("label_map", "lab")  # what is shown although the pointer has moved on


@dataclass(frozen=True)
class _Replaced:
    """The engine died and another one was started."""

    exit_code: int | None


class Runner(QObject):
    """Sends sessions to the engine and hands its answers to the window.

    Signals
    -------
    stage_started(stage, expected seconds), stage_progressed(stage, fraction)
    stage_finished(stage, result, seconds)
        Only for results that belong to the session on screen.
    run_finished(seconds by stage), run_cancelled()
    run_failed(stage, SegviewerError), bug_found(stage, traceback)
    engine_lost(exit code or None)
        The engine ended by itself; another one has taken its place.
    detail_found(DetailFound)
        A part of a huge picture, of whatever session.
    """

    stage_started = Signal(str, float)
    stage_progressed = Signal(str, float)
    stage_finished = Signal(str, object, float)
    run_finished = Signal(object)
    run_cancelled = Signal()
    run_failed = Signal(str, object)
    bug_found = Signal(str, str)
    engine_lost = Signal(object)
    detail_found = Signal(object)
    _received = Signal(object, object)

    def __init__(self, engine: EngineProcess | None = None, parent: QObject | None = None):
        super().__init__(parent)
        self.generation = 0
        self.running = False
        self.engine_peak_memory_mb = float("nan")
        self.have: dict[str, Hashable] = {}
        self.asked = {"forms"}  # stages that are computed for whoever looks at them
        # Which part of the photograph is looked at: top, bottom, left and right, 0 to 1.
        self.in_view: Callable[[], tuple[float, float, float, float] | None] = lambda: None
        self._draft = False
        self._session = Session()
        self._wanted: Session | None = None
        self._in_flight: Run | None = None  # what the engine answers
        self._following: Session | None = None  # what a drag's request in flight asked for
        self._unanswered_since: float | None = None  # since when no request came to its end
        self._overtaken = False  # whether a newer request waits for what runs
        self._expected: tuple[Session, ...] = ()
        self._sends_expected = False
        self._sent_at = 0.0
        self._closed = False
        self._ended = threading.Event()
        self._timer = QTimer(self, interval=COALESCE_MS, singleShot=True)
        self._timer.timeout.connect(self._send)
        self._received.connect(self._on_received)
        self._emitter = Emitter(self)
        self.engine = engine or EngineProcess()
        # A daemon: it may be in the middle of starting an engine when the window closes.
        self._thread = threading.Thread(
            target=self._listen, args=(self.engine,), name="segviewer listener", daemon=True
        )
        self._thread.start()

    def submit(self, session: Session, draft: bool = False) -> None:
        """Ask for everything `session` needs; replaces any request not yet answered.

        With `draft` the CRF may answer with a quick one, because the session changes still.
        """
        self._session = self._wanted = session
        self._draft = draft
        if not draft or not self._timer.isActive():
            self._timer.start(COALESCE_MS)

    def show(self, session: Session) -> None:
        """Note the session on screen without asking for anything (live updates are off)."""
        self._session = session

    def cancel(self) -> None:
        """Stop what runs now and forget what waits."""
        self._wanted = None
        self._timer.stop()
        if self.running:
            self.engine.send(Cancel(self.generation))

    def prepare(self, sessions: tuple[Session, ...]) -> None:
        """Have `sessions` computed at rest, because they may be wanted next."""
        self._expected, self._sends_expected = sessions, True
        if self._wanted is None:
            self._send_expected()

    def look_at(self, asked: LookAt) -> None:
        """Have a part of a huge picture computed at rest; replaces what was looked at before."""
        self.engine.send(asked)

    def trust(self, sha256: str) -> None:
        """Let the engine, and every process that is started from here, run one file's program."""
        agree(sha256)
        self.engine.send(Trust(agreed()))

    def _send_expected(self) -> None:
        if self._sends_expected:
            self._sends_expected = False
            self.engine.send(Prepare(self._expected))

    def has(self, stage: str, session: Session) -> bool:
        """Whether the last whole result of `stage` that was handed on is that of `session`."""
        return self._is_of(stage, self.have.get(stage), session)

    def _is_of(self, stage: str, key: Hashable, session: Session) -> bool:
        """Whether a result with `key` is what `session` asks for."""
        return key is not None and key == stage_key(session, stage)

    def forget(self, stage: str) -> None:
        """Ask for `stage` again at the next run, though its key has not changed."""
        self.have.pop(stage, None)
        self._in_flight = None  # what runs was asked for with it

    def close(self) -> None:
        """Begin to end the engine, which takes a moment; waits for nothing. Safe to call twice."""
        if self._closed:
            return
        self._closed = True
        self._timer.stop()
        self._ended.set()
        self._emitter.shut()
        self.engine.stop()

    def _listen(self, engine: EngineProcess) -> None:
        """Hand on what engines say; replace one that died (out of memory, a crash in C code).

        On a thread of its own, which also starts the new one: neither takes the window's time.
        """
        while True:
            began, answered = time.monotonic(), False
            try:
                while True:
                    message = engine.receive()
                    answered = True
                    if not self._pass_on(engine, message):
                        return
            except EOFError:
                pass
            if self._ended.is_set():
                return
            code = engine.exit_code()
            engine.stop()
            if not answered:
                # One that cannot start must not be started again and again.
                left = RESTART_SECONDS - (time.monotonic() - began)
                if self._ended.wait(max(0.0, left)):
                    return
            engine = EngineProcess()
            if self._ended.is_set() or not self._pass_on(engine, _Replaced(code)):
                engine.stop()
                return

    def _pass_on(self, engine: EngineProcess, message: object) -> bool:
        """Send `message` to Qt's thread; False where there is nobody any more."""
        return self._emitter.emit(self._received, engine, message)

    def _send(self) -> None:
        if self._wanted is None or self._closed:
            return
        left = DRAFT_MS - 1000 * (time.monotonic() - self._sent_at)
        if self.running and self._draft and self._following is not None and left > 0:
            self._timer.start(round(left) + 1)
            return
        if (seconds := self._left_for_what_runs(self._wanted)) > 0:
            self._following, self._overtaken = self._sent_session(), True
            self._timer.start(round(1000 * seconds) + 1)
            return
        if self._is_being_answered(self._wanted):
            self._wanted = None
            self._send_expected()
            return
        self.generation += 1
        self._sent_at = time.monotonic()
        self._overtaken = False
        if not self.running or self._unanswered_since is None:
            self._unanswered_since = self._sent_at
        self._following = self._wanted if self._draft else None
        asked = frozenset(self.asked)
        have, view = dict(self.have), self.in_view()
        request = Run(self.generation, self._wanted, have, asked, self._draft, view)
        self._wanted = None
        self.running, self._in_flight = True, request
        self.engine.send(request)
        # After the request, which goes first.
        self._send_expected()

    def _sent_session(self) -> Session | None:
        return None if self._in_flight is None else self._in_flight.session

    def _left_for_what_runs(self, wanted: Session) -> float:
        """Seconds that what runs may still take before `wanted` replaces it.

        On a machine that is busy a slider let go again and again would show nothing otherwise:
        each request takes the core from the one before. Only while the same network looks at the
        same photograph.
        """
        sent, since = self._sent_session(), self._unanswered_since
        if not self.running or sent is None or since is None:
            return 0.0
        if not _has_same_subject(sent, wanted) or self._is_being_answered(wanted):
            return 0.0
        waited = time.monotonic() - since
        if waited < STARVING_SECONDS:
            return 0.0
        return STARVING_SECONDS + HOLDING_SECONDS - waited

    def _is_being_answered(self, session: Session) -> bool:
        """Whether the answers to the request in flight are all that `session` needs."""
        request = self._in_flight
        if not self.running or request is None or not request.asked >= self.asked:
            return False
        if request.draft and not self._draft:
            return False
        stages = wanted_stages(session, request.asked)
        return stages == wanted_stages(request.session, request.asked) and all(
            stage.key(session) == stage.key(request.session) for stage in stages
        )

    def _on_received(
        self, engine: EngineProcess, message: _Replaced | StageFinished | DetailFound | OfRun
    ) -> None:
        if self._closed:
            engine.stop()  # one that was started just now
            return
        if isinstance(message, _Replaced):
            self._on_replaced(engine, message.exit_code)
        elif isinstance(message, StageFinished):
            current = self._is_of(message.stage, message.key, self._session)
            if current or self._follows(message):
                if current and getattr(message.result, "complete", True):
                    self.have[message.stage] = message.key
                result = message.result
                if not current and self._overtaken and isinstance(result, LabelResult):
                    result = replace(result, complete=False, chips=(*result.chips, OVERTAKEN))
                self.stage_finished.emit(message.stage, result, message.seconds)
        elif isinstance(message, DetailFound):
            self.detail_found.emit(message)
        elif getattr(message, "generation", None) != self.generation:
            return
        elif isinstance(message, Started):
            self.stage_started.emit(message.stage, message.expected)
        elif isinstance(message, Progressed):
            self.stage_progressed.emit(message.stage, message.fraction)
        else:
            self.running = self._overtaken = False
            self._following = self._unanswered_since = None
            if self._wanted is not None:
                self._timer.start(0)
            if isinstance(message, RunFinished):
                self.engine_peak_memory_mb = message.peak_memory_mb
                self.run_finished.emit(message.seconds)
            elif isinstance(message, RunCancelled):
                self.run_cancelled.emit()
            elif isinstance(message, RunFailed):
                self.run_failed.emit(message.stage, message.error)
            elif isinstance(message, Bug):
                self.bug_found.emit(message.stage, message.traceback)

    def _follows(self, message: StageFinished) -> bool:
        """Whether an answer belongs to where the pointer was a moment ago."""
        sent = self._following
        if sent is None or message.stage not in FOLLOWING:
            return False
        now = self._session
        return _has_same_subject(sent, now) and self._is_of(message.stage, message.key, sent)

    def _on_replaced(self, engine: EngineProcess, code: int | None) -> None:
        """Go on with a new engine, which knows nothing yet."""
        self.engine = engine
        self.engine_lost.emit(code)
        was_running, self.running = self.running, False
        self.have.clear()
        if self._expected:
            self.prepare(self._expected)
        if was_running:
            error = EngineError(
                "The engine stopped in the middle of its work and was started again.",
                f"Its process {ending(code)}; most often memory ran out.",
                "Choose a smaller inference size, then press Run.",
            )
            self.run_failed.emit("", error)


def _has_same_subject(one: Session, other: Session) -> bool:
    """Whether both are of the same photograph and the same checkpoint."""
    return (one.photograph, one.checkpoint) == (other.photograph, other.checkpoint)


def ending(code: int | None) -> str:
    """Say how a process ended, from its exit code as :mod:`multiprocessing` gives it."""
    if code is None:
        return "is gone"
    if code < 0:
        with contextlib.suppress(ValueError):
            return f"was ended by {signal.Signals(-code).name}"
    return f"ended with code {code}"
