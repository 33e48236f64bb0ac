"""What a lesson asks cannot be read on its step before the answer is shown."""

import re

import pytest
from pydantic import ValidationError

from segviewer.lessons.lesson import Step
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


def test_a_mark_names_one_thing_of_a_lab():
    lab = {"session": {"lab": {"name": "valid_weights"}}}
    asked = {"text": "How many?", "choices": ["1", "2"], "answer": "1"}
    step = {"title": "A step", "narration": "Look.", "observations": ["outline > 0"]}
    marks = [{"words": "9"}, {"curve": "9 taps", "at": 24}]
    made = Step.model_validate({**step, **lab, "question": {**asked, "marks": marks}})
    assert [one.at for one in made.question.marks] == [0, 24]
    for wrong in ({}, {"words": "9", "curve": "9 taps"}, {"words": " "}):
        with pytest.raises(ValidationError, match="either words or a curve"):
            Step.model_validate({**step, **lab, "question": {**asked, "marks": [wrong]}})
    with pytest.raises(ValidationError, match="opens no lab"):
        Step.model_validate({**step, "question": {**asked, "marks": marks}})
