"""The texts of a lesson in another language, in a file of their own beside it.

Beside ``02_atrous.toml`` lies ``02_atrous.de.toml``, and it holds words only: what a step shows,
which choice is right and what is to be observed are the lesson's own in every language. Each of its
steps says of which it is, by that one's title (`of`), and from which wording it was translated
(`wording`), so that steps may be moved, and no text can be shown beside a step that says something
else by now.

The wording is kept as a short hash and not as the English text itself: two languages in one file
would double what a translator has to look through, and the older wording is in the history of the
lesson's file.
"""

from __future__ import annotations

import hashlib
import json
import re
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from glob import escape
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from segviewer.errors import SettingsError
from segviewer.lessons.lesson import Lesson, Question, Step
from segviewer.lessons.toml_text import LessonSource

MOST_LANGUAGES = 40  # of one lesson
HASH_LETTERS = 8
FILE_NAME = re.compile(r"(.+)\.([a-z]{2,3}(?:_[A-Z][A-Za-z]{1,3})?)\.toml")
_STEP = ("title", "narration", "speaker_notes", "paper", "equation")
_OWED = ("title", "narration", "speaker_notes")
"""Of them those that a translation lacks where it does not have them; a paper's name and a formula
are mostly the same in every language."""


class _Texts(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class QuestionTexts(_Texts):
    """A question's words; which choice is right the lesson says, by its place."""

    text: str = ""
    choices: list[str] = []
    reveal: str = ""


class StepTexts(_Texts):
    """The words of the step whose English title is `of`, translated from `wording`."""

    of: str
    wording: str = ""
    title: str = ""
    narration: str = ""
    speaker_notes: str = ""
    paper: str = ""
    equation: str = ""
    question: QuestionTexts | None = None


class LessonTexts(_Texts):
    """All that stands in the file; what it leaves out is shown in English."""

    wording: str = ""
    title: str = ""
    sentence: str = ""
    steps: list[StepTexts] = []


@dataclass(frozen=True)
class Translation:
    """A lesson's texts in one language.

    Attributes
    ----------
    code : str
        The language, as its catalogue is named: ``de``, ``zh_CN``.
    """

    code: str
    texts: LessonTexts

    def shown(self, lesson: Lesson) -> Lesson:
        """`lesson` with these texts, each step's as far as they were translated from it."""
        steps = tuple(self._step(step, self._texts_of(step)) for step in lesson.steps)
        texts, words = self.texts, {}
        if texts.wording == lesson_wording(lesson):
            words = {n: getattr(texts, n) for n in ("title", "sentence") if _said(texts, n)}
        return lesson.model_copy(update={**words, "steps": steps})

    def faults(self, lesson: Lesson) -> tuple[str, ...]:
        """A sentence for whatever of `lesson` is still shown in English, and why."""
        found, wording = [], lesson_wording(lesson)
        if self.texts.wording != wording:
            found.append(f"The lesson {_other(self.texts.wording, wording)}")
        else:
            lacks = [name for name in ("title", "sentence") if not _said(self.texts, name)]
            found += [f"The lesson lacks {', '.join(lacks)}."] if lacks else []
        for number, step in enumerate(lesson.steps, 1):
            found += [f"Step {number} {said}" for said in self._faults_of(step)]
        titles = {step.title for step in lesson.steps}
        found += [f"“{s.of}” is no step's title." for s in self.texts.steps if s.of not in titles]
        return tuple(found)

    def _texts_of(self, step: Step) -> StepTexts | None:
        """The texts of a step; of two with one title those that fit its wording."""
        named = [texts for texts in self.texts.steps if texts.of == step.title]
        wording = step_wording(step)
        return next((one for one in named if one.wording == wording), next(iter(named), None))

    def _step(self, step: Step, texts: StepTexts | None) -> Step:
        if texts is None or texts.wording != step_wording(step):
            return step
        words: dict[str, Any] = {name: getattr(texts, name) for name in _STEP if _said(texts, name)}
        if step.question is not None and not _question_fault(step.question, texts.question):
            words["question"] = _asked(step.question, texts.question)
        return step.model_copy(update=words)

    def _faults_of(self, step: Step) -> Iterator[str]:
        texts, wording = self._texts_of(step), step_wording(step)
        if texts is None:
            yield f"has none: of = {_quoted(step.title)}, wording = {_quoted(wording)}."
            return
        if texts.wording != wording:
            yield _other(texts.wording, wording)
            return
        lacks = [name for name in _OWED if getattr(step, name) and not _said(texts, name)]
        if lacks:
            yield f"lacks {', '.join(lacks)}."
        if step.question is not None:
            fault = _question_fault(step.question, texts.question)
            if fault:
                yield fault


def _said(texts: BaseModel, name: str) -> bool:
    return bool(getattr(texts, name).strip())


def _other(was: str, now: str) -> str:
    """That a text is of another wording, and what to write once it fits."""
    from_what = "was translated from another wording" if was else "has no wording"
    return f"{from_what}; once its texts fit: wording = {_quoted(now)}."


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _question_fault(question: Question, texts: QuestionTexts | None) -> str:
    """Why a question is asked in English; empty where it need not be."""
    if texts is None or not _said(texts, "text"):
        return "lacks question.text."
    choices, asked = [one.strip() for one in texts.choices], len(question.choices)
    if len(choices) != asked:
        return f"has {len(choices)} choices in its question, and the lesson {asked}."
    if not all(choices) or len(set(choices)) < asked:
        return "has a choice twice in its question, or an empty one."
    return "lacks question.reveal." if question.reveal and not _said(texts, "reveal") else ""


def _asked(question: Question, texts: QuestionTexts | None) -> Question:
    assert texts is not None  # it would be a fault
    answer = texts.choices[question.choices.index(question.answer)]
    words = {"text": texts.text, "choices": tuple(texts.choices), "reveal": texts.reveal}
    return question.model_copy(update={**words, "answer": answer})


def step_wording(step: Step) -> str:
    """A short hash of all words of a step; how its lines are wrapped makes no difference."""
    asked = step.question
    question = [] if asked is None else [asked.text, *asked.choices, asked.answer, asked.reveal]
    return _hash([getattr(step, name) for name in _STEP] + question)


def lesson_wording(lesson: Lesson) -> str:
    """The same of a lesson's title and sentence."""
    return _hash([lesson.title, lesson.sentence])


def _hash(texts: list[str]) -> str:
    plain = json.dumps([" ".join(text.split()) for text in texts])
    return hashlib.sha256(plain.encode("utf-8")).hexdigest()[:HASH_LETTERS]


def original_of(path: Path) -> Path | None:
    """The lesson that the file `path` has the texts of; None where it is none, or there is none."""
    named = FILE_NAME.fullmatch(path.name)
    original = path.with_name(f"{named[1]}.toml") if named else None
    return original if original is not None and original.is_file() else None


def translation_paths(path: Path) -> dict[str, Path]:
    """The files with a lesson's texts in other languages, by the code of each."""
    found = {}
    for beside in sorted(path.parent.glob(f"{escape(path.stem)}.*.toml")):
        named = FILE_NAME.fullmatch(beside.name)
        if named and named[1] == path.stem:
            found[named[2]] = beside
    return dict(list(found.items())[:MOST_LANGUAGES])


def read_translations(path: Path) -> tuple[tuple[Translation, ...], tuple[SettingsError, ...]]:
    """Read the texts of the lesson in `path` in other languages.

    Returns
    -------
    translations : tuple of Translation
    problems : tuple of SettingsError
        One for each file that cannot be used: the lesson itself is shown all the same.
    """
    found, problems = [], []
    for code, beside in translation_paths(path).items():
        source = LessonSource(
            beside,
            "The translation {name} is not shown.",
            f"Correct the file; until then {path.name} is shown in English.",
        )
        try:
            found.append(Translation(code, source.parsed(source.text(), LessonTexts)))
        except SettingsError as error:
            problems.append(error)
        except Exception as error:  # no fault of one file, or of this program, hides the lesson
            why = f"Reading it ended in an unexpected error ({type(error).__name__})."
            problems.append(source.refusal(why, details="".join(traceback.format_exception(error))))
    return tuple(found), tuple(problems)
