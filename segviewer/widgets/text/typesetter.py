"""Has formulas typeset on a thread of its own, and keeps the drawings."""

from __future__ import annotations

import threading
from collections import deque

from cachetools import LRUCache
from PySide6.QtCore import QByteArray, QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtSvg import QSvgRenderer

from segviewer.widgets.text.formula_markup import Maths
from segviewer.widgets.text.typesetting import Drawing, typeset
from segviewer.widgets.theme.theme import Tokens

KEPT = 600  # pieces, some 5 kB each
WAITING = 200  # pieces; older ones that nobody may look at any more are dropped

Key = tuple[str, str, str, bool]


class Typesetter(QObject):
    """Typesets pieces of formulas; one for the whole program (:func:`typesetter`).

    Signals
    -------
    typeset()
        A piece that was asked for is there, or will not be.
    """

    typeset = Signal()
    _made = Signal(object, object)

    def __init__(self, parent: QObject | None = None):
        super().__init__(parent)
        self._drawings: LRUCache[Key, Drawing | None] = LRUCache(KEPT)
        self._renderers: LRUCache[Key, QSvgRenderer] = LRUCache(KEPT)
        self._asked: set[Key] = set()
        self._jobs: deque[Key] = deque()
        self._changing = threading.Lock()  # of what waits, and whether anybody works on it
        self._working = False
        self._made.connect(self._on_made)

    def drawing(self, piece: Maths, colours: Tokens) -> tuple[bool, Drawing | None]:
        """Whether a piece is settled, and its drawing; None if there can be none.

        What is not settled is asked for.
        """
        key = _key(piece, colours)
        if key in self._drawings:
            return True, self._drawings[key]
        if key not in self._asked and len(self._asked) < WAITING:
            self._asked.add(key)
            self._begin(key)
        return False, None

    def _begin(self, key: Key) -> None:
        with self._changing:
            self._jobs.append(key)
            if self._working:
                return
            self._working = True
        # A daemon: a formula must not keep the program from ending.
        threading.Thread(target=self._work, name="typesetting", daemon=True).start()

    def _work(self) -> None:
        """Typeset what waits, on a thread that ends with it."""
        while True:
            with self._changing:
                if not self._jobs:
                    self._working = False
                    return
                key = self._jobs.popleft()
            drawing = _typeset_or_nothing(key)
            try:
                self._made.emit(key, drawing)
            except RuntimeError:
                return  # the program ends

    def renderer(self, piece: Maths, colours: Tokens) -> QSvgRenderer | None:
        """What draws a piece that has a drawing."""
        key = _key(piece, colours)
        found = self._renderers.get(key)
        drawing = self._drawings.get(key)
        if found is None and drawing is not None:
            found = self._renderers[key] = QSvgRenderer(QByteArray(drawing.svg))
        return found

    def _on_made(self, key: Key, drawing: Drawing | None) -> None:
        self._asked.discard(key)
        self._drawings[key] = drawing
        self.typeset.emit()


def typesetter() -> Typesetter:
    """The program's own."""
    app = QGuiApplication.instance()
    assert app is not None
    return app.findChild(Typesetter) or Typesetter(app)


def _key(piece: Maths, colours: Tokens) -> Key:
    return (piece.source, piece.notation, colours.text, colours.dark)


def _typeset_or_nothing(key: Key) -> Drawing | None:
    try:
        return typeset(*key)
    # A lesson's file may hold whatever its author liked: it is then shown as it is written.
    except Exception:
        return None
