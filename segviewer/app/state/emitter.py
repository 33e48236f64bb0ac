"""Signals of a Qt object from other threads, for as long as it is there."""

from __future__ import annotations

import threading
from typing import Any

from PySide6.QtCore import QObject


class Emitter:
    """What a thread has of a Qt object in place of its signals.

    A signal that is emitted while its object is deleted on Qt's thread takes the program with it;
    PySide's own question, whether the object is still there, is asked before that. Here the one
    waits for the other: nothing is emitted any more once :meth:`shut` has been called, which is
    to be done before the object goes.

    Parameters
    ----------
    owner : QObject
        Nothing is emitted after its end, either; but only :meth:`shut` waits for what is being
        emitted while it ends.
    """

    def __init__(self, owner: QObject):
        # Of one thread twice: what is emitted may have the owner closed.
        self._emitting = threading.RLock()
        self._is_open = True
        owner.destroyed.connect(self.shut)

    def emit(self, signal: Any, *values: object) -> bool:
        """Emit, unless it is too late; False then."""
        with self._emitting:
            if not self._is_open:
                return False
            try:
                signal.emit(*values)
            except RuntimeError:  # the object behind the signal is gone
                self._is_open = False
            return self._is_open

    def shut(self) -> None:
        """Have nothing emitted from now on; waits for a signal that is just being emitted."""
        with self._emitting:
            self._is_open = False
