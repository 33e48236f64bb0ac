"""A state becomes a step of a person's own lesson; what was typed is lost by no failure."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from segviewer.app.state.background import Background
from segviewer.app.state.results import Results
from segviewer.app.state.shown import Shown
from segviewer.app.state.store import Store
from segviewer.lessons.reading import LessonFile

if TYPE_CHECKING:
    # Nothing of recovery is needed before the first paint.
    from segviewer.app.state.recovery_file import UnsavedStep


class StepWriting(QObject):
    """Asks for the words of a step and writes it.

    Parameters
    ----------
    lessons : callable
        Gives the person's own lessons, and the one of them that is open or None.
    fail : callable
        Called with what went wrong.

    Attributes
    ----------
    unsaved : UnsavedStep or None
        What is typed and not in a file yet. It stays if writing fails, and is there when the step
        is asked for again.

    Signals
    -------
    changed()
        `unsaved` is another one.
    written(Path)
    """

    changed = Signal()
    written = Signal(object)

    def __init__(
        self,
        window: QWidget,
        store: Store,
        background: Background,
        results: Results,
        lessons: Callable[[], tuple[list[LessonFile], LessonFile | None]],
        fail: Callable[[Exception], None],
    ):
        super().__init__(window)
        self.window, self.store, self.background = window, store, background
        self.results, self._lessons, self._fail = results, lessons, fail
        self.unsaved: UnsavedStep | None = None

    def ask(self) -> None:
        """Ask for the words of a step that has the present state, and write it."""
        from segviewer.app.lessons.step_dialog import StepDialog

        own, here = self._lessons()
        dialog = StepDialog(
            own, here, statements_now(self.results.shown), self.window, typed=self.unsaved
        )
        dialog.edited.connect(lambda: self._set_unsaved(dialog.typed()))
        dialog.accepted.connect(lambda: self._write(dialog.words()))
        dialog.rejected.connect(lambda: self._set_unsaved(None))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def go_on_with(self, typed: UnsavedStep) -> None:
        """Ask again, with what had been typed."""
        self._set_unsaved(typed)
        self.ask()

    def _set_unsaved(self, typed: UnsavedStep | None) -> None:
        self.unsaved = typed
        self.changed.emit()

    def _write(self, words: dict) -> None:
        from segviewer.lessons.writing import add_step

        self.background.run(
            add_step, self.store.session, words, done=self._on_written, failed=self._fail
        )

    def _on_written(self, path: Path) -> None:
        self._set_unsaved(None)
        self.written.emit(path)


def statements_now(shown: Shown) -> tuple[str, ...]:
    """Observations that hold of what is on screen, as a beginning for one's own."""
    lab, labelled = shown.lab, shown.labelled
    said = []
    if labelled is not None:
        number = int(labelled.shares.argmax())
        name, share = labelled.classes[number], float(labelled.shares[number])
        said.append(f"largest == {json.dumps(name, ensure_ascii=False)}")
        name = json.dumps(name, ensure_ascii=False)
        said.append(f"share({name}) between {0.9 * share:.3f} and {min(1, 1.1 * share):.3f}")
    if lab is not None and lab.caption:
        said.append(f"lab.caption contains {json.dumps(lab.caption[:60], ensure_ascii=False)}")
    return tuple(said)
