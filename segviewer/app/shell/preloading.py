"""Imports at rest what the first lab will need, so that opening it does not wait for it.

On the main thread, because all of it imports Qt (:mod:`segviewer.app.state.import_guard`): one
module a turn, and only while nobody does anything and nothing runs. Plotting alone takes 0.2 s.
"""

from __future__ import annotations

import importlib
import logging
import pkgutil
import time
from collections.abc import Callable, Iterator

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer

TURN_MS = 30  # between two modules, so that whatever waits gets its turn
RESTED_S = 1.0  # since a person did something
SLOW = "pyqtgraph"
INPUT = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.KeyRelease,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseButtonRelease,
        QEvent.Type.MouseMove,
        QEvent.Type.HoverMove,
        QEvent.Type.Wheel,
        QEvent.Type.Resize,
        QEvent.Type.DragMove,
        QEvent.Type.TouchUpdate,
        QEvent.Type.Move,
    }
)

logger = logging.getLogger(__name__)


class Preloading(QObject):
    """Imports modules one by one while the program is at rest.

    Parameters
    ----------
    modules : callable
        Gives the names of the modules in their order; called at the first turn.
    is_busy : callable
        Whether something runs that should not be held up.
    """

    def __init__(
        self, modules: Callable[[], Iterator[str]], is_busy: Callable[[], bool], parent: QObject
    ):
        super().__init__(parent)
        self._modules, self._is_busy = modules, is_busy
        self._left: Iterator[str] | None = None
        self._last_input = time.monotonic()
        self._timer = QTimer(self, interval=TURN_MS)
        self._timer.timeout.connect(self._on_turn)

    def start(self) -> None:
        """Begin, at the next moment of rest."""
        self._left = self._modules()
        app = QCoreApplication.instance()
        assert app is not None
        app.installEventFilter(self)
        self._timer.start()

    def stop(self) -> None:
        """Import nothing more; safe to call twice."""
        self._timer.stop()
        app = QCoreApplication.instance()
        if app is not None:
            app.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if event.type() in INPUT:
            self._last_input = time.monotonic()
        return False

    def _on_turn(self) -> None:
        if self._is_busy() or time.monotonic() - self._last_input < RESTED_S:
            return
        name = None if self._left is None else next(self._left, None)
        if name is None:
            self.stop()
            return
        try:
            importlib.import_module(name)
        except Exception:
            # Whoever opens what needs it is notified; here nobody has asked for anything.
            logger.exception("%s could not be imported ahead", name)


def lab_modules() -> Iterator[str]:
    """What labs are made of: their widgets, then the labs."""
    from segviewer import widgets
    from segviewer.labs import LABS

    yield SLOW
    for module in pkgutil.walk_packages(widgets.__path__, f"{widgets.__name__}."):
        yield module.name
    for name in LABS.modules:  # a package's code is imported when it is used
        yield LABS[name].view.partition(":")[0]
