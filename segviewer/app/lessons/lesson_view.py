"""Lessons in the window: opened, gone through, played with, left.

Each step replaces the session as one step to undo. What a person tries in between is theirs;
Home goes back to the step as it was, and leaving goes back to what there was before the lesson.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDockWidget, QWidget

from segviewer.app.frame.main_window import MainWindow
from segviewer.app.frame.openings import Openings
from segviewer.app.frame.step_controls import show_all_controls, show_controls
from segviewer.app.lessons.lesson_saving import open_dialog, save_dialog
from segviewer.app.lessons.lessons_menu import ACTIONS, LessonsMenu
from segviewer.app.lessons.opened_lesson import (
    OpenedLesson,
    opened_lesson,
    shown_language,
    shown_lesson,
    words_of,
)
from segviewer.app.lessons.step_writing import StepWriting
from segviewer.app.state.background import Background
from segviewer.app.state.results import Results
from segviewer.app.state.store import Store
from segviewer.errors import SettingsError
from segviewer.lessons.lesson import Lesson, Step
from segviewer.lessons.reading import LessonFile, find_lessons
from segviewer.session import Session
from segviewer.widgets.help.lesson_panel import WIDTH, LessonPanel, StepWords

if TYPE_CHECKING:
    # Nothing of recovery is needed before the first paint.
    from segviewer.app.state.recovery_file import OpenLesson

LARGEST_SHARE = 0.3  # of the window that the words take
OF_LESSON = (*ACTIONS, "edit_lesson", "save_lesson")  # what can be done while one is open


class LessonView(QObject):
    """The lesson beside the picture.

    Attributes
    ----------
    opened : OpenedLesson or None
        The lesson on screen.

    Signals
    -------
    expected(tuple of Session)
        What may be wanted next.
    step_shown(int)
        The words of a step stand in the panel.
    controls_shown()
        The side panels have what the step needs.
    settings_wanted(frozenset of str or None)
        Settings of the network that the lesson is about; None for all.
    words_changed()
        The same step is said in another language.
    ended()
        The person has left the lesson.
    """

    expected = Signal(object)
    step_shown = Signal(int)
    controls_shown = Signal()
    settings_wanted = Signal(object)
    words_changed = Signal()
    ended = Signal()

    def __init__(
        self,
        window: MainWindow,
        store: Store,
        openings: Openings,
        background: Background,
        results: Results,
        fail: Callable[[Exception], None],
    ):
        super().__init__(window)
        self.window, self.store, self.openings = window, store, openings
        self.background, self._fail = background, fail
        self.opened: OpenedLesson | None = None
        self.files: tuple[LessonFile, ...] = ()
        self._before: tuple[Session, list[str]] | None = None  # to go back to on leaving
        self._panels = (True, True)  # whether the side panels were shown before
        self._presenting, self._scale, self._one_column = False, 1.0, False
        self._moving = False  # the session changes because a step is gone to
        self._menu = LessonsMenu(window, self.open)
        self._revealed: set[int] = set()  # steps whose question has its answer
        self.panel = LessonPanel()
        self.dock = QDockWidget("Lesson", window)
        self.dock.setObjectName("lesson")
        self.dock.setFeatures(QDockWidget.DockWidgetFeature.NoDockWidgetFeatures)
        self.dock.setTitleBarWidget(QWidget())
        self.dock.setWidget(self.panel)
        self.dock.hide()  # before it is added, or a window on screen would show it
        window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, self.dock)
        # The words stand beside the lab, not above it.
        window.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.panel.step_chosen.connect(self.go)
        self.panel.next_requested.connect(self.forward)
        self.panel.answered.connect(lambda right: self._note_revealed())
        self.panel.restore_requested.connect(self.restore)
        self.panel.closed.connect(self.leave)
        store.changed.connect(self._on_session_changed)
        # A slot of this object: the language outlives the window.
        shown_language().changed.connect(self._on_language_changed)
        self.writing = StepWriting(window, store, background, results, self._own_lessons, fail)
        self.writing.written.connect(self._on_written)
        for name, slot in (
            ("next_step", self.forward),
            ("previous_step", self.back),
            ("restore_step", self.restore),
            ("leave_lesson", self.leave),
            ("open_lesson", lambda: open_dialog(self.window, self.open)),
            ("save_lesson", self.save_dialog),
            ("add_step", self.writing.ask),
        ):
            window.action(name).triggered.connect(lambda checked=False, slot=slot: slot())
        self._enable(False)
        self._fill_menu()
        self.refresh()

    # What there is

    def refresh(self) -> None:
        """Look for lesson files again and list them."""
        self.background.run(find_lessons, done=self._on_found, failed=self._fail)

    def _on_found(self, found: tuple[tuple[LessonFile, ...], tuple[SettingsError, ...]]) -> None:
        self.files, problems = found
        self._fill_menu()
        for problem in problems:
            self._fail(problem)

    def _fill_menu(self) -> None:
        self._menu.fill(self.files)

    def end_menu_with(self, entries: list[QAction]) -> None:
        """Put `entries` at the end of the menu, however often it is filled again."""
        self._menu.last_entries = entries
        self._fill_menu()

    def _own_lessons(self) -> tuple[list[LessonFile], LessonFile | None]:
        """The lessons that may get another step, and the opened one if it is among them."""
        own = [file for file in self.files if file.own]
        return own, self.opened.file if self.opened is not None and self.opened.file.own else None

    # What a person does

    def open(self, path: Path, step: int = 0) -> None:
        """Open the lesson in a file at one of its steps."""
        self.background.run(
            opened_lesson,
            Path(path),
            done=lambda opened: self._begin(opened, step),
            failed=self._fail,
        )

    def kept(self) -> OpenLesson | None:
        """The lesson on screen, to be gone on with by :meth:`resume`."""
        if self.opened is None or self._before is None:
            return None
        from segviewer.app.state.recovery_file import OpenLesson, pictures_about

        session, pictures = self._before
        return OpenLesson(
            path=str(self.opened.file.path),
            step=self.panel.current,
            before=session,
            pictures_before=pictures_about(pictures, session.image),
        )

    def resume(self, kept: OpenLesson) -> None:
        """Go on with a lesson where it was; the session on screen stays."""
        self.background.run(
            opened_lesson,
            Path(kept.path),
            done=lambda opened: self._on_resumed(opened, kept),
            failed=self._fail,
        )

    def _on_resumed(self, opened: OpenedLesson, kept: OpenLesson) -> None:
        pictures = list(self.openings.pictures)
        self._enter(opened)
        self._before = (kept.before, list(kept.pictures_before))
        if pictures:
            self.openings.list_pictures(pictures)
        number = min(kept.step, len(opened.sessions) - 1)
        self._show(number)
        self.panel.set_changed(self._session(number) != self.store.session)

    def save_dialog(self) -> None:
        """Ask where the lesson on screen is to be saved as one file, and with what; save it."""
        if self.opened is not None:
            save_dialog(self.window, self.opened.file, self.background, self._fail)

    def forward(self) -> None:
        """Give the answer of a question that is open, or go to the next step."""
        if self.opened is not None and self.panel.question.is_open:
            self.panel.question.reveal()
            self._note_revealed()
        else:
            self.go(self.panel.current + 1)

    def _note_revealed(self) -> None:
        self._revealed.add(self.panel.current)
        self._enable_steps()

    def back(self) -> None:
        """Go to the step before."""
        self.go(self.panel.current - 1)

    def go(self, number: int) -> None:
        """Go to a step, counted from 0; nothing happens beyond the last."""
        if self.opened is None or not 0 <= number < len(self.opened.sessions):
            return
        self._show(number)
        self._set_session(self._session(number))
        self.panel.set_changed(False)
        # The next step first; the one on screen, for Home and for stepping back from the next.
        near = [i for i in (number + 1, number, number - 1) if 0 <= i < len(self.opened.sessions)]
        self.expected.emit(tuple(self._session(i) for i in near))

    def restore(self) -> None:
        """Go back to the state of the step on screen."""
        if self.opened is not None:
            self._set_session(self._session(self.panel.current))
            self.panel.set_changed(False)
            self._show_controls(self._step(self.panel.current))

    def leave(self) -> None:
        """End the lesson: the window and the session are as they were before it."""
        if self.opened is None:
            return
        self.opened = None
        self._revealed.clear()
        self.panel.question.ask(None)
        self.expected.emit(())
        self.dock.hide()
        self._enable(False)
        show_all_controls(self.window)
        self.settings_wanted.emit(None)
        for panel, shown in zip((self.window.left, self.window.right), self._panels, strict=True):
            panel.setVisible(shown)
        if self._before is None:
            return
        session, pictures = self._before
        self._before = None
        if pictures:
            self.openings.list_pictures(pictures)
        # Without a picture there is nothing to go back to.
        if session.image and session.checkpoint:
            self.store.return_to(session)
        self.window.canvas.setFocus()
        self.ended.emit()

    def _on_written(self, path: Path) -> None:
        self.window.statusBar().showMessage(f"Written: {path}", 6000)
        self.refresh()
        if self.opened is not None and self.opened.file.path == path:
            self.open(path, step=len(self.opened.sessions))

    def set_presenting(self, on: bool, scale: float) -> None:
        """Show no speaker's notes, and give the panel the width that large text needs.

        While presenting, all controls stand in the right panel.
        """
        self._presenting, self._scale = on, scale
        self.panel.set_presenting(on)
        if self.opened is not None and self._one_column != on:
            self._one_column = on
            self._show_controls(self._step(self.panel.current))
        self._one_column = on
        if not self.dock.isHidden() or not on:
            self._size_dock()

    def _size_dock(self) -> None:
        width = min(round(WIDTH * self._scale), round(LARGEST_SHARE * self.window.width()))
        # Its large words would be cut where the labs of one step after the other take its room.
        self.dock.setMinimumWidth(width if self._presenting else 0)
        self.window.resizeDocks([self.dock], [width], Qt.Orientation.Horizontal)

    # From the lesson to the window

    def _begin(self, opened: OpenedLesson, step: int) -> None:
        self._enter(opened)
        self.go(min(step, len(opened.sessions) - 1))  # the file may have fewer steps by now
        self.panel.next_button.setFocus()

    def _enter(self, opened: OpenedLesson) -> None:
        if self.opened is None:
            self._before = (self.store.session, list(self.openings.pictures))
            self._panels = (not self.window.left.isHidden(), not self.window.right.isHidden())
        if self.opened is None or self.opened.file.path != opened.file.path:
            self._revealed.clear()
        self.opened = opened
        self._enable(True)
        self._list_steps()
        if all(file.path != opened.file.path for file in self.files):  # its faults are not known
            for problem in opened.file.problems:
                self._fail(problem)
        self.openings.list_pictures(
            list(dict.fromkeys(one.image for one in opened.sessions if one.image))
        )
        fresh = self.dock.isHidden()
        self.dock.show()
        if fresh:
            self._size_dock()

    def words(self, number: int) -> StepWords:
        """What is said of a step of the opened lesson, counted from 0."""
        return words_of(self.lesson_shown().steps[number], self._lesson.said[number])

    def lesson_shown(self) -> Lesson:
        """The opened lesson, in the language of the interface."""
        return shown_lesson(self._lesson.file)

    def _list_steps(self) -> None:
        lesson = self.lesson_shown()
        self.panel.show_lesson(lesson.title, tuple(one.title for one in lesson.steps))

    def _on_language_changed(self, code: str) -> None:
        """Say the same in another language; a question keeps its hands, and its answer."""
        self._fill_menu()
        if self.opened is not None:
            number = self.panel.current
            self._list_steps()
            self.panel.reword(number, self.words(number))
            self.panel.set_notes_shown(not self._presenting)
            self.words_changed.emit()

    @property
    def _lesson(self) -> OpenedLesson:
        """The open lesson; asked for only while there is one."""
        assert self.opened is not None
        return self.opened

    def _step(self, number: int) -> Step:
        return self._lesson.file.lesson.steps[number]

    def _session(self, number: int) -> Session:
        """A step's session, with what is the person's own choice left as it is."""
        session, mine = self._lesson.sessions[number], self.store.session
        session = session.changed(inference=session.inference.changed(device=mine.inference.device))
        if "palette" not in self._step(number).session.overlay.model_fields_set:
            session = session.changed(overlay=session.overlay.changed(palette=mine.overlay.palette))
        return session

    def _set_session(self, session: Session) -> None:
        self._moving = True
        try:
            self.store.update(session)
        finally:
            self._moving = False

    def _show(self, number: int) -> None:
        step = self._step(number)
        self.panel.show_step(number, self.words(number), number in self._revealed)
        self.panel.set_notes_shown(not self._presenting)
        self._show_controls(step)
        self._enable_steps()
        self.step_shown.emit(number)

    def _enable_steps(self) -> None:
        number, last = self.panel.current, len(self._lesson.sessions) - 1
        self.window.action("previous_step").setEnabled(number > 0)
        self.window.action("next_step").setEnabled(number < last or self.panel.question.is_open)

    def _show_controls(self, step: Step) -> None:
        """Put away what the step does not need."""
        show_controls(self.window, step.controls, self._one_column)
        self.settings_wanted.emit(self._lesson.settings())
        self.controls_shown.emit()

    def _enable(self, on: bool) -> None:
        for name in OF_LESSON:
            self.window.action(name).setEnabled(on)

    def _on_session_changed(self, old: Session, new: Session) -> None:
        if self.opened is None or self._moving:
            return
        # Undo may lead to another step, and then its words belong beside the picture.
        here = self.panel.current
        places = [i for i in range(len(self.opened.sessions)) if self._session(i) == new]
        if places and here not in places:
            self._show(min(places, key=lambda place: abs(place - here)))
        self.panel.set_changed(not places)
