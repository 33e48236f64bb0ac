"""The one place where the session is replaced, with undo and redo."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Signal

from segviewer.session import Session

HISTORY = 200


class Store(QObject):
    """Holds the session; forms write to it, everything else listens.

    Signals
    -------
    changed(old, new)
        The session was replaced.
    history_changed()
        What can be undone or redone has changed.
    drag_finished()
        What was being dragged has been let go; `changed` may say nothing more about it.
    """

    changed = Signal(object, object)
    history_changed = Signal()
    drag_finished = Signal()

    def __init__(self, session: Session, parent: QObject | None = None):
        super().__init__(parent)
        self.session = session
        self._undo: list[Session] = []
        self._redo: list[Session] = []
        # The session before an unfinished drag; None when nothing is being dragged.
        self._drag_from: Session | None = None

    def update(self, new: Session, *, finished: bool = True) -> None:
        """Replace the session; an unfinished change becomes part of the next finished one."""
        old = self.session
        if not finished:
            if self._drag_from is None:
                self._drag_from = old
            self._replace(new)
            return
        dragged = self._drag_from is not None
        start = self._drag_from or old
        self._drag_from = None
        if start is not None and new != start:
            self._undo = [*self._undo[1 - HISTORY :], start]
            self._redo = []
        self._replace(new)
        self.history_changed.emit()
        if dragged:
            self.drag_finished.emit()

    def set(self, part: str, *, finished: bool = True, **values: Any) -> None:
        """Change settings of one part of the session: ``crf``, ``overlay``, ``inference``."""
        settings = getattr(self.session, part).changed(**values)
        self.update(self.session.changed(**{part: settings}), finished=finished)

    def amend(self, new: Session) -> None:
        """Replace the session without an undo step, for what the person did not ask for."""
        self._replace(new)

    def end_drag(self, new: Session) -> None:
        """Replace the session and what was being dragged, of which no step remains."""
        self._drag_from = None
        self._replace(new)
        self.history_changed.emit()
        self.drag_finished.emit()

    def take_back(self, good: Session) -> None:
        """Go back to `good` because the last step failed; the step leaves no trace."""
        self._drag_from = None
        if self._undo:
            last = self._undo[-1]
            if (last.image, last.checkpoint, last.target) == (
                good.image,
                good.checkpoint,
                good.target,
            ):
                self._undo.pop()
                self.history_changed.emit()
        self._replace(good)

    def history(self, most: int) -> tuple[tuple[Session, ...], tuple[Session, ...]]:
        """The last `most` sessions that can be undone, and those that can be redone."""
        dragged = [] if self._drag_from is None else [self._drag_from]
        return tuple([*self._undo, *dragged][-most:]), tuple(self._redo[-most:])

    def restore(
        self, session: Session, undo: tuple[Session, ...] = (), redo: tuple[Session, ...] = ()
    ) -> None:
        """Replace session and history; what there was is one step back, if anything was done."""
        self._finish_drag()
        mine = [self.session] if self._undo or self._redo else []
        self._undo = [*undo, *mine][-HISTORY:]
        self._redo = list(redo)[-HISTORY:]
        self._replace(session)
        self.history_changed.emit()

    def undo(self) -> None:
        """Go one step back."""
        self._finish_drag()
        if self._undo:
            self._redo.append(self.session)
            self._replace(self._undo.pop())
            self.history_changed.emit()

    def redo(self) -> None:
        """Go one step forward again."""
        self._finish_drag()
        if self._redo:
            self._undo.append(self.session)
            self._replace(self._redo.pop())
            self.history_changed.emit()

    @property
    def dragging(self) -> bool:
        """Whether a change is not finished yet."""
        return self._drag_from is not None

    @property
    def can_undo(self) -> bool:
        return bool(self._undo) or self._drag_from is not None

    @property
    def can_redo(self) -> bool:
        return bool(self._redo)

    def _finish_drag(self) -> None:
        if self._drag_from is not None:
            self.update(self.session)

    def _replace(self, new: Session) -> None:
        old, self.session = self.session, new
        if new != old:
            self.changed.emit(old, new)
