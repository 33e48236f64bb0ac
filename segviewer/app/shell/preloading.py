"""Imports at rest what the first lab will need, so that opening it does not wait for it.

On the main thread, because all of it imports Qt (:mod:`segviewer.app.state.import_guard`): one
module a turn, and only while nobody does anything and nothing runs. Plotting, which cannot be
imported in parts, waits for a longer rest, and finds what it names of Qt made already.
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
LONG_RESTED_S = 4.0
SLOW = "segviewer.widgets.charts.plotting"
QT_PARTS = ("QtCore", "QtGui", "QtWidgets", "QtSvg", "QtTest", "QtOpenGL", "QtOpenGLWidgets")
CLASSES_A_TURN = 20
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
        Gives the names of the modules in their order, and None where it has done something itself
        that takes as long as a module; called at the first turn.
    is_busy : callable
        Whether something runs that should not be held up.
    """

    def __init__(
        self,
        modules: Callable[[], Iterator[str | None]],
        is_busy: Callable[[], bool],
        parent: QObject,
    ):
        super().__init__(parent)
        self._modules, self._is_busy = modules, is_busy
        self._left: Iterator[str | None] = iter(())
        self._next: str | None = None
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
        rested = LONG_RESTED_S if self._next == SLOW else RESTED_S
        if self._is_busy() or time.monotonic() - self._last_input < rested:
            return
        if self._next is not None:
            self._import(self._next)
        try:
            self._next = next(self._left)
        except StopIteration:
            self._next = None
            self.stop()

    def _import(self, name: str) -> None:
        try:
            importlib.import_module(name)
        except Exception:
            # Whoever opens what needs it is notified; here nobody has asked for anything.
            logger.exception("%s could not be imported ahead", name)


def lab_modules(make_ready: Callable[[str], None]) -> Iterator[str | None]:
    """What labs are made of: their widgets, plotting and what draws by it, the labs' modules.

    Then their drawings, which `make_ready` builds by the name of the lab.
    """
    from segviewer import widgets
    from segviewer.labs import LABS

    charts = f"{widgets.__name__}.charts."
    found = [m.name for m in pkgutil.walk_packages(widgets.__path__, f"{widgets.__name__}.")]
    yield from (name for name in found if not name.startswith(charts))
    yield from qt_classes()
    yield SLOW
    yield from (name for name in found if name.startswith(charts))
    for name in LABS.modules:  # a package's code is imported when it is used
        yield LABS[name].view.partition(":")[0]
    for name in LABS.modules:
        try:
            make_ready(name)
        except Exception:
            logger.exception("the drawing of %s could not be built ahead", name)
        yield None


def qt_classes() -> Iterator[None]:
    """Have all of Qt's classes made, some a turn: plotting names every one while it is imported."""
    for part in QT_PARTS:
        module = importlib.import_module(f"PySide6.{part}")
        names = dir(module)
        for first in range(0, len(names), CLASSES_A_TURN):
            for name in names[first : first + CLASSES_A_TURN]:
                getattr(module, name)
            yield None
