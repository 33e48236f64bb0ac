"""What a lesson asks cannot be read on its step before the answer is shown."""

import re

import pytest

from segviewer.lessons.reading import find_lessons

LESSONS, PROBLEMS = find_lessons()
QUESTIONS = [
    pytest.param(step, id=f"{file.path.stem}: {step.title}")
    for file in LESSONS
    if not file.own
    for step in file.lesson.steps
    if step.question is not None
]
# Too general to give anything away; the choices' own subject.
SMALL = "a an the it they is are was or and of in at on to one than go goes get gets most them"
COMMON = set(re.findall(r"\w+", SMALL))


def words(text):
    return re.findall(r"[a-z]+|\d+(?:[.,]\d+)*", text.lower().replace("×", " "))


def test_there_are_questions_to_look_at():
    assert PROBLEMS == () and len(QUESTIONS) >= 19


@pytest.mark.parametrize("step", QUESTIONS)
def test_title_and_narration_do_not_give_the_answer(step):
    """Neither word for word nor by a number or a word that the answer alone has."""
    question = step.question
    emitted = words(f"{step.title} {step.narration}")
    others = {word for one in question.choices if one != question.answer for word in words(one)}
    its_own = set(words(question.answer)) - others - COMMON - set(words(question.text))
    assert not its_own & set(emitted), its_own & set(emitted)
    assert question.answer.lower() not in f"{step.title} {step.narration}".lower()
