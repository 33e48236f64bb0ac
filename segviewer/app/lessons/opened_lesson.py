"""A lesson as it is on this machine, and what the panel says of its steps."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtWidgets import QApplication

from segviewer.lessons.lesson import Lesson, Step
from segviewer.lessons.packed_lesson import unpack_lesson
from segviewer.lessons.reading import LessonFile, read_lesson, session_for
from segviewer.references import LESSON_SUFFIX
from segviewer.session import InferenceSettings, Session
from segviewer.widgets.help.lesson_panel import StepWords
from segviewer.widgets.help.question_box import QuestionWords
from segviewer.widgets.language.interface_language import InterfaceLanguage, interface_language
from segviewer.widgets.language.words import shown_catalogue


@dataclass(frozen=True)
class OpenedLesson:
    """A lesson with the session of each step on this machine, and what stands in for what.

    Attributes
    ----------
    package : Path or None
        The ``.seglesson`` that it was unpacked from.
    """

    file: LessonFile
    sessions: tuple[Session, ...]
    said: tuple[tuple[str, ...], ...]
    package: Path | None = None

    def settings(self) -> frozenset[str] | None:
        """Settings of networks that the lesson sets in any step; None where it sets none."""
        usual, found = InferenceSettings(), set()
        for session in self.sessions:
            for run in (session, session.reference):
                if run is not None:
                    found |= {name for name, _ in run.network}
                    found |= {
                        name
                        for name in InferenceSettings.model_fields
                        if getattr(run.inference, name) != getattr(usual, name)
                    }
        found.discard("device")
        return frozenset(found) or None


def opened_lesson(path: Path) -> OpenedLesson:
    """Read a lesson, unpacking a packed one, and look for what its steps name.

    Raises
    ------
    SettingsError
        If the file is no lesson.
    ExportError
        If a packed lesson cannot be unpacked.
    """
    package = None
    if path.suffix.lower() == LESSON_SUFFIX:
        package, path = path, unpack_lesson(path)
    file = read_lesson(path)
    found = [session_for(step, path) for step in file.lesson.steps]
    sessions, said = tuple(one for one, _ in found), tuple(said for _, said in found)
    return OpenedLesson(file, sessions, said, package)


def shown_lesson(file: LessonFile) -> Lesson:
    """A lesson in the language of the interface, as far as it was translated."""
    return file.in_language(shown_catalogue().code)


def shown_language() -> InterfaceLanguage:
    """What says when the interface changes its language."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return interface_language(app)


def words_of(step: Step, said: tuple[str, ...]) -> StepWords:
    """What the panel says of a step."""
    question = step.question
    asked = None
    if question is not None:
        asked = QuestionWords(question.text, question.choices, question.answer, question.reveal)
    return StepWords(
        step.title,
        " ".join(step.narration.split()),
        step.equation,
        step.paper,
        " ".join(step.speaker_notes.split()),
        asked,
        said,
    )
