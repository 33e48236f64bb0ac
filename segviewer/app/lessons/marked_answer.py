"""What answers a step's question is ringed on the lab's drawing, once the answer is given."""

from __future__ import annotations

from PySide6.QtCore import QObject

from segviewer.app.labs.lab_drawer import Drawer
from segviewer.app.lessons.lesson_view import LessonView
from segviewer.session import LabState, Session
from segviewer.widgets.help.answer_marks import AnswerMarks, DrawnMark


class MarkedAnswer(QObject):
    """Rings while the lab is as the step has it; another setting has another answer.

    Attributes
    ----------
    rings : AnswerMarks
    """

    def __init__(self, drawer: Drawer, lessons: LessonView):
        super().__init__(drawer)
        self.lessons = lessons
        self.rings = AnswerMarks(drawer.results)
        lessons.step_shown.connect(lambda number: self._show())
        lessons.ended.connect(self._show)
        lessons.panel.question_opened.connect(lambda waits: self._show())
        lessons.store.changed.connect(self._on_session_changed)

    def _on_session_changed(self, old: Session, new: Session) -> None:
        if old.lab != new.lab:
            self._show()

    def _show(self) -> None:
        self.rings.set_marks(self._marks())

    def _marks(self) -> tuple[DrawnMark, ...]:
        opened, panel = self.lessons.opened, self.lessons.panel
        if opened is None or panel.question.is_open:
            return ()
        question = opened.file.lesson.steps[panel.current].question
        if question is None or self._lab() != opened.sessions[panel.current].lab:
            return ()
        return tuple(DrawnMark(one.words, one.curve, one.at) for one in question.marks)

    def _lab(self) -> LabState:
        return self.lessons.store.session.lab
