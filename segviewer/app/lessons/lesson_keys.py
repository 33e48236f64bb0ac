"""While presenting, the keys of a lesson are the lesson's, whatever field has the keyboard.

A number field takes digits, Home and the page keys for itself, so that a clicker's tap would
change a setting instead of the step.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent

from segviewer.app.frame.window_actions import DIGITS_OF_ANSWER
from segviewer.app.lessons.lesson_view import LessonView

STEPPING = {Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Home}
DIGITS = {Qt.Key(Qt.Key.Key_0.value + digit) for digit in DIGITS_OF_ANSWER}


class LessonKeys(QObject):
    """Leaves the keys of a lesson to its actions."""

    def __init__(self, lessons: LessonView):
        super().__init__(lessons)
        self.lessons = lessons

    def set_on(self, on: bool) -> None:
        """Begin, or end; each may be asked for twice."""
        app = QCoreApplication.instance()
        assert app is not None
        app.removeEventFilter(self)
        if on:
            app.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
            return False
        if self.lessons.opened is None:
            return False
        asked = self.lessons.panel.question.is_open
        if event.key() in STEPPING or (asked and event.key() in DIGITS):
            # Not accepted and seen by no widget: what is left is the action with this key.
            event.ignore()
            return True
        return False
