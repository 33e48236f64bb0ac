"""Ctrl+C while Qt is imported ends the program a moment later, and not in the middle of it."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType, TracebackType
from typing import Any

EXIT_CODE = 128 + signal.SIGINT


class HeldInterrupt:
    """Notes SIGINT in place of raising KeyboardInterrupt, until it is released.

    Raised in the middle of PySide's import it is forgotten, so that the window opens all the
    same, or aborts the process. A second one ends the process at once.

    Attributes
    ----------
    came : bool
        Whether one is held.
    """

    def __init__(self) -> None:
        self.came = self._holds = False
        self._before: Any = None

    def __enter__(self) -> HeldInterrupt:
        if threading.current_thread() is threading.main_thread():  # others may set no handler
            self._before = signal.signal(signal.SIGINT, self._note)
            self._holds = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._give_back()

    def release(self) -> None:
        """Have SIGINT do what it did before.

        Raises
        ------
        KeyboardInterrupt
            If one came meanwhile.
        """
        self._give_back()
        if self.came:
            raise KeyboardInterrupt

    def _give_back(self) -> None:
        if self._holds:
            self._holds = False
            signal.signal(signal.SIGINT, self._before)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.came:
            os._exit(EXIT_CODE)
        self.came = True
