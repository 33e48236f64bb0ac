"""The toolbar's menu of lessons: what ships, a person's own, and what can be done with them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtGui import QAction

from segviewer.app.frame.main_window import MainWindow
from segviewer.app.lessons.opened_lesson import shown_lesson
from segviewer.lessons.reading import LessonFile
from segviewer.widgets.text.plain_text import plain_entry, plain_tip

ACTIONS = ("next_step", "previous_step", "restore_step", "leave_lesson")
_OWN = ("open_lesson", "save_lesson", "edit_lesson", "add_step")


class LessonsMenu:
    """Lists lessons by their titles, in the language of the interface.

    Attributes
    ----------
    last_entries : list of QAction
        What ends the menu, however often it is filled again.
    """

    def __init__(self, window: MainWindow, open_lesson: Callable[[Path], None]):
        self._window, self._open = window, open_lesson
        self.last_entries: list[QAction] = []

    def fill(self, files: Iterable[LessonFile]) -> None:
        """List `files`, those that ship first."""
        menu = self._window.toolbar.lessons_menu
        menu.clear()
        owned = False
        for file in files:
            if file.own and not owned:
                owned = True
                menu.addSection("Your own")
            lesson = shown_lesson(file)
            action = menu.addAction(plain_entry(lesson.title))
            action.setToolTip(plain_tip(f"{lesson.sentence}\n{lesson.source}".strip()))
            action.triggered.connect(lambda checked=False, path=file.path: self._open(path))
        for names in (_OWN, (*ACTIONS, "present")):
            menu.addSeparator()
            menu.addActions([self._window.action(name) for name in names])
        menu.addActions(self.last_entries)
