"""Small jobs off Qt's thread: reading folders, thumbnails, writing files."""

from __future__ import annotations

import queue
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal

from segviewer.app.state.emitter import Emitter
from segviewer.errors import SegviewerError

THREADS = 2


class _Relay(QObject):
    done = Signal(object, object)
    failed = Signal(object, object)


@dataclass(frozen=True)
class _Job:
    ticket: int
    function: Callable
    arguments: tuple


class Background(QObject):
    """Runs functions on threads of its own and calls back on Qt's thread.

    A callback is not called after :meth:`close`, so a window may go while jobs run. The functions
    may import nothing that imports Qt (:mod:`segviewer.app.state.import_guard`).
    """

    def __init__(self, parent: QObject | None = None):
        super().__init__(parent)
        self._relay = _Relay(self)
        self._relay.done.connect(self._on_done)
        self._relay.failed.connect(self._on_failed)
        self._emitter = Emitter(self._relay)
        self._callbacks: dict[int, tuple[Callable | None, Callable | None]] = {}
        self._count = 0
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._closed = self._held = False

    def hold(self) -> None:
        """Begin nothing until :meth:`release`: what a start wants done is not its first paint."""
        self._held = True

    def release(self) -> None:
        """Begin what waits; safe to call twice."""
        self._held = False
        for _ in range(min(THREADS, len(self._callbacks)) - len(self._threads)):
            self._start_thread()

    def run(
        self,
        function: Callable,
        *arguments: Any,
        done: Callable[[Any], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Run ``function(*arguments)``; then ``done(result)`` or ``failed(error)``."""
        if self._closed:
            return
        self._count += 1
        self._callbacks[self._count] = (done, failed)
        self._jobs.put(_Job(self._count, function, arguments))
        if not self._held and len(self._threads) < min(THREADS, len(self._callbacks)):
            self._start_thread()

    def _start_thread(self) -> None:
        # A daemon: a file that cannot be read must not keep the program from ending.
        thread = threading.Thread(
            target=_work,
            args=(self._jobs, self._relay, self._emitter),
            name="segviewer background",
            daemon=True,
        )
        self._threads.append(thread)
        thread.start()

    def close(self) -> None:
        """Drop what waits, let what runs end, and forget every callback; waits for nothing."""
        self._closed = True
        self._emitter.shut()
        self._callbacks.clear()
        while not self._jobs.empty():
            self._jobs.get()
        for _ in self._threads:
            self._jobs.put(None)

    def wait(self, seconds: float) -> bool:
        """Wait for what was running at :meth:`close`; False if it is not done in time."""
        end = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _on_done(self, ticket: int, result: Any) -> None:
        done, _ = self._callbacks.pop(ticket, (None, None))
        if done is not None:
            done(result)

    def _on_failed(self, ticket: int, error: Exception) -> None:
        _, failed = self._callbacks.pop(ticket, (None, None))
        if failed is not None:
            failed(error)


def _work(jobs: queue.SimpleQueue[_Job | None], relay: _Relay, emitter: Emitter) -> None:
    while (job := jobs.get()) is not None:
        try:
            result = job.function(*job.arguments)
        except Exception as error:
            if not isinstance(error, SegviewerError):
                error.add_note(traceback.format_exc())
            emitter.emit(relay.failed, job.ticket, error)
        else:
            emitter.emit(relay.done, job.ticket, result)
