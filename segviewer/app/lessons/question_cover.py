"""What a question of a lesson is about stays covered until it is answered.

The photograph itself is seen all the while; its labels, their shares, the value under the
pointer, and a lab's drawing with its words come with the answer.
"""

from __future__ import annotations

from PySide6.QtCore import QObject

from segviewer.app.frame.main_window import MainWindow
from segviewer.app.frame.window_actions import DIGITS_OF_ANSWER, DIGITS_OF_CLASS
from segviewer.app.labs.lab_view import LabView
from segviewer.app.lessons.lesson_view import LessonView
from segviewer.app.lessons.prediction import Prediction
from segviewer.widgets.help.cover import Cover


class QuestionCover(QObject):
    """Covers while a question is open, and gives its keys to the question.

    Attributes
    ----------
    on : bool
        Whether a question waits.
    """

    def __init__(self, window: MainWindow, lessons: LessonView, labs: LabView):
        super().__init__(window)
        self.window = window
        self.on = False
        self.prediction = Prediction(labs, lessons)
        question = lessons.panel.question
        self.covers = (
            self.prediction.cover,
            Cover(window.classes_section.content()),
            Cover(window.readout),
            Cover(window.comparison_section.content()),
        )
        for number in DIGITS_OF_ANSWER:
            for name, slot in (("answer", question.choose), ("hand", question.raise_hand)):
                action = window.action(f"{name}_{number}")
                action.setEnabled(False)
                action.triggered.connect(
                    lambda checked=False, slot=slot, number=number: slot(number)
                )
        lessons.panel.question_opened.connect(self.set_on)

    def set_on(self, on: bool) -> None:
        """Cover, or show."""
        self.on = on
        self.prediction.set_on(on)
        for cover in self.covers:
            cover.set_on(on)
        self.window.canvas.conceal(on)
        # Digits choose a class while no question waits.
        for number in DIGITS_OF_CLASS:
            self.window.action(f"class_{number}").setEnabled(not on)
        for number in DIGITS_OF_ANSWER:
            self.window.action(f"answer_{number}").setEnabled(on)
            self.window.action(f"hand_{number}").setEnabled(on)
