"""The one place where the session is replaced, with undo and redo."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Signal

from segviewer.session import Session

HISTORY = 200
LOOKS = ("visible", "layer", "comparison")  # settings of the overlay
PIXEL = ("column", "row")  # settings of a lab


def look(old: Session, new: Session) -> str:
    """What alone two sessions differ in, where that is only where one looks.

    Returns
    -------
    {"layer", "pixel", ""}
        What lies over the photograph; which pixel the open lab is about; anything else.
    """
    if old.overlay != new.overlay:
        seen = {name: getattr(new.overlay, name) for name in LOOKS}
        same = old.changed(overlay=old.overlay.changed(**seen)) == new
        return "layer" if same else ""
    if old.lab.name != new.lab.name or old.changed(lab=new.lab) != new:
        return ""
    before, after = (
        {name: value for name, value in session.lab.values if name not in PIXEL}
        for session in (old, new)
    )
    return "pixel" if before == after else ""


class Store(QObject):
    """Holds the session; forms write to it, everything else listens.

    Going through layers, or clicking pixel after pixel in a lab, is one step to undo: who wants the
    setting before back does not want to see each of them again.

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
        self._looked = ""  # what the last step was, as `look` says

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
            self._add_step(start, new)
        self._replace(new)
        self.history_changed.emit()
        if dragged:
            self.drag_finished.emit()

    def _add_step(self, start: Session, new: Session) -> None:
        kind = look(start, new)
        if kind and kind == self._looked and self._undo:
            if new == self._undo[-1]:  # back where it began
                self._undo = self._undo[:-1]
                kind = ""
        else:
            self._undo = [*self._undo[1 - HISTORY :], start]
        self._looked = kind
        self._redo = []

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
        self._drag_from, self._looked = None, ""
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
        self._looked = ""
        mine = [self.session] if self._undo or self._redo else []
        self._undo = [*undo, *mine][-HISTORY:]
        self._redo = list(redo)[-HISTORY:]
        self._replace(session)
        self.history_changed.emit()

    def return_to(self, session: Session) -> None:
        """End a detour that began at `session`: what was done on it is no step any more."""
        self._finish_drag()
        self._looked = ""
        if session in self._undo:
            # The latest: the same state may have been passed long before.
            self._undo = self._undo[: -1 - self._undo[::-1].index(session)]
        self._redo = []
        self._replace(session)
        self.history_changed.emit()

    def undo(self) -> None:
        """Go one step back."""
        self._finish_drag()
        self._looked = ""
        if self._undo:
            self._redo.append(self.session)
            self._replace(self._undo.pop())
            self.history_changed.emit()

    def redo(self) -> None:
        """Go one step forward again."""
        self._finish_drag()
        self._looked = ""
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
