"""Small jobs off Qt's thread: reading folders, thumbnails, writing files."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal

from segviewer.errors import SegviewerError


class _Relay(QObject):
    done = Signal(object, object)
    failed = Signal(object, object)


class _Job(QRunnable):
    def __init__(self, relay: _Relay, function: Callable, arguments: tuple, ticket: object):
        super().__init__()
        self.relay, self.function, self.arguments = relay, function, arguments
        self.ticket = ticket

    def run(self) -> None:
        try:
            result = self.function(*self.arguments)
        except Exception as error:
            if not isinstance(error, SegviewerError):
                error.add_note(traceback.format_exc())
            self.relay.failed.emit(self.ticket, error)
        else:
            self.relay.done.emit(self.ticket, result)


class Background(QObject):
    """Runs functions in a thread pool and calls back on Qt's thread.

    A callback is not called after :meth:`close`, so a window may go while jobs run.
    """

    def __init__(self, parent: QObject | None = None):
        super().__init__(parent)
        self.pool = QThreadPool(self)
        self.pool.setMaxThreadCount(2)
        self._relay = _Relay(self)
        self._relay.done.connect(self._on_done)
        self._relay.failed.connect(self._on_failed)
        self._callbacks: dict[int, tuple[Callable | None, Callable | None]] = {}
        self._count = 0

    def run(
        self,
        function: Callable,
        *arguments: Any,
        done: Callable[[Any], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Run ``function(*arguments)``; then ``done(result)`` or ``failed(error)``."""
        self._count += 1
        self._callbacks[self._count] = (done, failed)
        self.pool.start(_Job(self._relay, function, arguments, self._count))

    def close(self) -> None:
        """Drop what waits, let what runs end, and forget every callback."""
        self._callbacks.clear()
        self.pool.clear()
        self.pool.waitForDone()

    def _on_done(self, ticket: int, result: Any) -> None:
        done, _ = self._callbacks.pop(ticket, (None, None))
        if done is not None:
            done(result)

    def _on_failed(self, ticket: int, error: Exception) -> None:
        _, failed = self._callbacks.pop(ticket, (None, None))
        if failed is not None:
            failed(error)
