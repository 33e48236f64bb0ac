"""Ctrl+C, SIGTERM and SIGHUP end a running window as closing it would."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable
from types import FrameType

from PySide6.QtCore import QObject, QSocketNotifier

NAMES = ("SIGINT", "SIGTERM", "SIGHUP")  # the last is not known on Windows


class EndingSignals(QObject):
    """Calls `end` on Qt's thread once a signal asks the program to end.

    Qt's loop runs no Python while nothing happens, so the interpreter's own handler would wait
    for the next event. The interpreter writes each signal to a socket instead, which wakes Qt.
    A second signal ends the process at once.

    Attributes
    ----------
    exit_code : int
        0, or what a shell expects of a process ended so: 128 and the signal's number.
    """

    def __init__(self, end: Callable[[], None], parent: QObject | None = None):
        super().__init__(parent)
        self.exit_code = 0
        self._end = end
        self._ours, self._theirs = socket.socketpair()
        for end_of_pair in (self._ours, self._theirs):
            end_of_pair.setblocking(False)
        self._notifier = QSocketNotifier(self._ours.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_woken)
        self._before = {
            number: signal.signal(number, self._on_signal)
            for number in (getattr(signal, name, None) for name in NAMES)
            if number is not None
        }
        self._fd_before = signal.set_wakeup_fd(self._theirs.fileno(), warn_on_full_buffer=False)

    def close(self) -> None:
        """Give the signals back."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._fd_before)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._ours.close()
        self._theirs.close()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self.exit_code:
            os._exit(128 + number)
        self.exit_code = 128 + number

    def _on_woken(self) -> None:
        try:
            self._ours.recv(4096)
        except BlockingIOError:
            return
        if self.exit_code:
            self._end()
