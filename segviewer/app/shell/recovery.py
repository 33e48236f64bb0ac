"""Nothing is lost: what is open is kept while the window runs, and offered after a bad end."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from segviewer.app.shell.presenter import Presenter
from segviewer.app.state.recovery_file import (
    MOST_STEPS,
    PROCESSES,
    Found,
    Kept,
    find_kept,
    forget_all_kept,
    pictures_about,
    write_kept,
)
from segviewer.app.state.runner import ending
from segviewer.engine.worker.log import LogFile, note_versions, take_over_faults
from segviewer.files.run_folder import RunFolder
from segviewer.references import Reference
from segviewer.session import Session

KEEP_MS = 2000  # from a change until it is in the file
LATEST_LOOK_MS = 10_000  # after the start, where nothing has come to an end by then

logger = logging.getLogger(__name__)


class Recovery(QObject):
    """Keeps what is open in the running window's own folder, and restores what another left.

    Parameters
    ----------
    presenter : Presenter
    folder : RunFolder
        This window's own.
    log : LogFile
        Where it is said how windows ended.

    Signals
    -------
    looked()
        What others have left was looked for, and is offered if there is something.
    kept()
        A change is in the file.
    """

    looked = Signal()
    kept = Signal()

    def __init__(self, presenter: Presenter, folder: RunFolder, log: LogFile):
        super().__init__(presenter)
        self.presenter, self.folder, self.log = presenter, folder, log
        self.window, self.store = presenter.window, presenter.store
        self.background = presenter.background
        self._found: Found | None = None
        self._replaced: RunFolder | None = None  # restored, and not in this window's file yet
        self._kept: Kept | None = None  # in the file
        self._writing = self._looking = self._closed = self._failed = False
        self._timer = QTimer(self, interval=KEEP_MS, singleShot=True)
        self._timer.timeout.connect(self._keep)
        self.store.changed.connect(self._on_changed)
        self.store.history_changed.connect(self._on_changed)
        presenter.openings.pictures_listed.connect(self._on_changed)
        presenter.lessons.writing.changed.connect(self._on_changed)
        presenter.lessons.step_shown.connect(self._on_changed)
        presenter.lessons.ended.connect(self._on_changed)
        presenter.runner.engine_lost.connect(self._on_engine_lost)
        self.window.message_bar.closed.connect(self._offer_later)
        if self.store.can_undo or self.store.can_redo:
            self._on_changed()  # something was done before this began
        self.window.action("restore_open").triggered.connect(lambda checked=False: self.restore())

    # Keeping

    def _on_changed(self, *what: object) -> None:
        if not self._timer.isActive() and not self._closed:
            self._timer.start()

    def _keep(self) -> None:
        if self._closed:
            return
        if self._writing:
            self._timer.start()
            return
        kept = self._present()
        if kept == self._kept:
            return
        self._writing = True
        self.background.run(
            write_kept,
            self.folder.recovery,
            kept,
            done=lambda _: self._on_kept(kept),
            failed=self._on_not_kept,
        )

    def _is_worth_it(self) -> bool:
        """Whether the person has done anything here."""
        return self._kept is not None or self._timer.isActive() or self.store.can_undo

    def _present(self) -> Kept:
        # Frozen throughout: another thread may read it while the person goes on.
        session, lessons = self.store.session, self.presenter.lessons
        undo, redo = self.store.history(MOST_STEPS)
        values: dict[str, Any] = {
            "session": session,
            "undo": undo,
            "redo": redo,
            "pictures": pictures_about(self.presenter.openings.pictures, session.image),
            "lesson": lessons.kept(),
            "step": lessons.writing.unsaved,
        }
        # Every part was checked when it came in.
        return Kept.model_construct(saved=0.0, **values)

    def _on_kept(self, kept: Kept) -> None:
        self._writing = False
        self._kept = kept
        replaced, self._replaced = self._replaced, None
        if replaced is not None:
            self.background.run(replaced.remove, failed=_note)
        self.kept.emit()

    def _on_not_kept(self, error: Exception) -> None:
        self._writing = False
        if not self._failed:  # once: a full disk stays full for a while
            self._failed = True
            logger.warning("what is open cannot be kept: %s", error)

    # Looking for what others have left, and offering it

    def look_when_at_rest(self) -> None:
        """Look once the first run has come to its end, well behind the first picture."""
        runner = self.presenter.runner
        for ended in (runner.run_finished, runner.run_cancelled, runner.run_failed):
            ended.connect(self._look)
        QTimer.singleShot(LATEST_LOOK_MS, self, self._look)

    def _look(self, *what: object) -> None:
        if self._looking or self._closed:
            return
        self._looking = True
        self.background.run(note_versions, failed=_note)
        self.background.run(
            find_kept, self.folder.path.parent, self.log, done=self._on_found, failed=_note
        )

    def _on_found(self, found: Found | None) -> None:
        self._found = found
        if found is not None:
            self.window.action("restore_open").setVisible(True)
            logger.info("a window ended without being closed: what was open is offered")
            self._offer()
        self.looked.emit()

    def _offer_later(self) -> None:
        QTimer.singleShot(0, self, self._offer)

    def _offer(self) -> None:
        """Ask in the message bar as soon as nothing else stands there; ask once."""
        found, bar = self._found, self.window.message_bar
        if found is None or self._closed or not bar.isHidden():
            return
        self.window.message_bar.closed.disconnect(self._offer_later)
        ended = "crashed" if found.crashed else "ended without being closed"
        bar.show_message(
            "Restore what was open?",
            f"A window {ended} {_when(found.kept.saved)}: {summary(found.kept)}.",
            "The Open menu offers it, too.",
            tone="info",
            actions=[("Restore", self.restore), ("Discard", self.discard)],
        )

    def restore(self) -> None:
        """Put back what was open: files, settings, history, lesson, and what was typed."""
        found = self._take_found()
        if found is None:
            return
        kept, lessons = found.kept, self.presenter.lessons
        device = self.store.session.inference.device
        lessons.leave()
        if kept.pictures:
            self.presenter.openings.list_pictures(list(kept.pictures))
        self.store.restore(
            _on_device(kept.session, device),
            tuple(_on_device(session, device) for session in kept.undo),
            tuple(_on_device(session, device) for session in kept.redo),
        )
        if kept.lesson is not None:
            lessons.resume(kept.lesson)
        if kept.step is not None:
            lessons.writing.go_on_with(kept.step)
        # The other's folder goes when this one has the same.
        self._replaced, self._kept = found.folder, None
        self._on_changed()

    def discard(self) -> None:
        """Forget what was open then, and whatever else windows have left."""
        found = self._take_found()
        if found is not None:
            self.background.run(found.folder.remove, failed=_note)
            self.background.run(forget_all_kept, self.folder.path.parent, failed=_note)

    def _take_found(self) -> Found | None:
        found, self._found = self._found, None
        self.window.action("restore_open").setVisible(False)
        return found

    # The engine, and the end

    def _on_engine_lost(self, code: int | None) -> None:
        logger.error("the engine %s", ending(code))
        if not self._closed:
            self.background.run(
                take_over_faults, self.folder.faults("engine"), "engine", self.log, failed=_note
            )

    def close(self, *, keep: bool = False) -> None:
        """End; what is open is forgotten, or with `keep` offered at the next start.

        To be called when the window is gone and the background has done what it was at: this
        works on the disk itself.
        """
        if self._closed:
            return
        self._closed = True
        worth = self._is_worth_it()
        self._timer.stop()
        if self._found is not None:
            self._found.folder.lock.release()  # unanswered: the next window asks again
        if self._replaced is not None:
            self._replaced.remove()  # it was restored here, and this window has its end now
        if keep and worth:
            try:
                write_kept(self.folder.recovery, self._present())
            except Exception as error:
                _note(error)
            self.folder.lock.release()
        else:
            for who in PROCESSES:
                take_over_faults(self.folder.faults(who), who, self.log)
            self.folder.remove()


def summary(kept: Kept) -> str:
    """What was open, in a few words."""
    session, said = kept.session, []
    said.append(Reference.picture(session.image).file_name or "no picture")
    steps = len(kept.undo)
    if steps:
        said.append(f"{steps} step{'s' if steps > 1 else ''} to undo")
    if kept.lesson is not None:
        said.append(f"step {kept.lesson.step + 1} of the lesson {Path(kept.lesson.path).stem}")
    if kept.step is not None:
        said.append("a step of a lesson that was not saved")
    return ", ".join(said)


def _when(saved: float) -> str:
    then, now = time.localtime(saved), time.localtime()
    if then[:3] == now[:3]:
        return time.strftime("today at %H:%M", then)
    return time.strftime("on %Y-%m-%d at %H:%M", then)


def _on_device(session: Session, device: str) -> Session:
    """On the device of now: the one of then may be gone, and is no part of what was open."""
    return session.changed(inference=session.inference.changed(device=device))


def _note(error: Exception) -> None:
    logger.warning("recovery: %s", error)
