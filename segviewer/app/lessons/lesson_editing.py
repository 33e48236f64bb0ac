"""Opens the editor of a lesson, and does off Qt's thread what it wants done."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, Qt

from segviewer.app.frame.main_window import MainWindow
from segviewer.app.lessons.lesson_view import LessonView
from segviewer.app.lessons.step_writing import statements_now
from segviewer.app.state.background import Background
from segviewer.app.state.results import Results
from segviewer.app.state.store import Store
from segviewer.session import Session

if TYPE_CHECKING:
    # Nothing of it is needed before a lesson is edited.
    from segviewer.app.lessons.lesson_editor import LessonEditor
    from segviewer.lessons.editing import LessonText

SHOWN_MS = 6000


class LessonEditing(QObject):
    """Edits the open lesson.

    Attributes
    ----------
    editor : LessonEditor or None
        The one on screen.
    """

    def __init__(
        self,
        window: MainWindow,
        store: Store,
        background: Background,
        results: Results,
        lessons: LessonView,
        fail: Callable[[Exception], None],
    ):
        super().__init__(window)
        self.window, self.store, self.background = window, store, background
        self.results, self.lessons, self._fail = results, lessons, fail
        self.editor: LessonEditor | None = None
        self._was = ""  # the file as it was read or written last
        self._package: Path | None = None
        window.action("edit_lesson").triggered.connect(lambda checked=False: self.edit())
        window.installEventFilter(self)

    def edit(self) -> None:
        """Edit the open lesson, or bring the editor to the front."""
        if self.editor is not None:
            self._to_front()
        elif self.lessons.opened is not None:
            opened, step = self.lessons.opened, self.lessons.panel.current
            self.background.run(
                _read,
                opened.file.path,
                done=lambda read: self._begin(opened.file.path, opened.package, step, *read),
                failed=self._fail,
            )

    def _begin(
        self, path: Path, package: Path | None, step: int, was: str, text: LessonText, ships: bool
    ) -> None:
        from segviewer.app.lessons.lesson_editor import LessonEditor

        if self.editor is not None:  # asked for twice
            return
        self._was, self._package = was, package
        editor = self.editor = LessonEditor(text, path, ships, self.window)
        editor.steps.setCurrentRow(step)
        editor.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        editor.destroyed.connect(lambda: self._forget())
        editor.finished.connect(lambda code: self._forget())
        editor.state_wanted.connect(self._show_state)
        editor.state_given.connect(self._give_state)
        editor.step_wanted.connect(self._put_in_step)
        editor.save_wanted.connect(self._save)
        self._to_front()

    def _to_front(self) -> None:
        assert self.editor is not None
        self.editor.show()
        self.editor.raise_()
        self.editor.activateWindow()

    def _forget(self) -> None:
        self.editor = None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        """Closing the window asks first, where the editor has something to save."""
        if (
            event.type() == QEvent.Type.Close
            and self.editor is not None
            and not self.editor.may_close()
        ):
            event.ignore()
            return True
        return False

    # What the editor wants

    def _run(self, function: Callable[..., Any], *given: Any, done: Callable[..., None]) -> None:
        """Run something about the present editor; its answer goes to no other one."""
        editor = self.editor
        assert editor is not None
        self.background.run(
            function,
            *given,
            done=lambda found: done(editor, found) if editor is self.editor else None,
            failed=lambda error: (
                editor.show_error(error) if editor is self.editor else self._fail(error)
            ),
        )

    def _show_state(self, number: int) -> None:
        editor = self.editor
        assert editor is not None
        self._run(_state, editor.text, number, editor.path, done=self._on_state)

    def _on_state(self, editor: LessonEditor, session: Session) -> None:
        mine = self.store.session.inference.device
        self.store.update(session.changed(inference=session.inference.changed(device=mine)))

    def _give_state(self, number: int) -> None:
        editor = self.editor
        assert editor is not None
        before, session = editor.text, self.store.session

        def take(editor: LessonEditor, text: LessonText) -> None:
            # Typed at meanwhile, its answer is that of another lesson: once more.
            if editor.text == before:
                editor.put_in(text, number)
            elif number < len(editor.text.steps):
                self._give_state(number)

        self._run(before.with_session, number, session, editor.path, done=take)

    def _put_in_step(self, number: int) -> None:
        editor = self.editor
        assert editor is not None
        before, session = editor.text, self.store.session
        words = {
            "title": "New step",
            "narration": "What there is to see.",
            "observations": list(statements_now(self.results.shown)) or ["outline > 0"],
        }

        def take(editor: LessonEditor, text: LessonText) -> None:
            if editor.text == before:
                editor.put_in(text, number)
                editor.fields.title.selectAll()
                editor.fields.title.setFocus()
            else:
                self._put_in_step(min(number, len(editor.text.steps)))

        self._run(before.with_state, number, session, words, editor.path, done=take)

    def _save(self, copy: bool) -> None:
        editor = self.editor
        assert editor is not None
        text, path, package = editor.text, editor.path, None if copy else self._package

        def saved(editor: LessonEditor, to: Path) -> None:
            self._was, self._package = text.whole(), package
            editor.set_saved(text, to)
            self.window.statusBar().showMessage(f"Saved: {package or to}", SHOWN_MS)
            self.lessons.refresh()
            opened = self.lessons.opened
            if opened is not None and opened.file.path == path:
                self.lessons.open(package or to, step=self.lessons.panel.current)

        if copy:
            self._run(_save_copy, text, path, done=saved)
        else:
            self._run(_save, text, path, self._was, package, done=saved)


def _read(path: Path) -> tuple[str, LessonText, bool]:
    from segviewer.lessons.editing import is_shipped, taken_apart, text_of

    text = text_of(path)
    return text, taken_apart(text), is_shipped(path)


def _state(text: LessonText, number: int, path: Path) -> Session:
    from segviewer.lessons.editing import state_of

    return state_of(text, number, path)


def _save(text: LessonText, path: Path, was: str, package: Path | None) -> Path:
    from segviewer.lessons.editing import save_lesson

    return save_lesson(text, path, was=was, package=package)


def _save_copy(text: LessonText, path: Path) -> Path:
    from segviewer.lessons.editing import save_copy

    return save_copy(text, path)
