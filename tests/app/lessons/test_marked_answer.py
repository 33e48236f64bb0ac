"""What answers a question is ringed on the lab's drawing, then and only then."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from segviewer.app.lessons.marked_answer import MarkedAnswer
from segviewer.app.lessons.opened_lesson import opened_lesson
from segviewer.engine.executor import StageExecutor
from segviewer.engine.listener import Collected
from segviewer.lessons.reading import lesson_paths, shipped_folder
from segviewer.widgets.help.answer_marks import AnswerMarks, DrawnMark
from tests.app.lessons.test_everything_is_whole import Stage

# Each opens a window and waits for a lab's result.
pytestmark = pytest.mark.slow

TEXT = """\
title = "A question"
sentence = "It asks."
[session]
image = "street.png"
[[steps]]
title = "A lab"
narration = "Taps."
observations = ['lab.caption contains "19.9%"']
session = { lab = { name = "valid_weights", values = { rate = 18 } } }
[steps.question]
text = "How many?"
choices = ["a", "b"]
answer = "b"
marks = [{ curve = "9 taps", at = 18 }, { words = "9" }]
[[steps]]
title = "Labels"
narration = "Look."
observations = ["outline > 0"]
"""
MARKED = [
    pytest.param(path, number, id=f"{path.stem} {number + 1}")
    for path in lesson_paths(shipped_folder())
    for number, step in enumerate(opened_lesson(path).file.lesson.steps)
    if step.question is not None and step.question.marks
]


@pytest.fixture
def lecture(opened, tmp_path, street):
    path = tmp_path / "asking.toml"
    path.write_text(TEXT, "utf-8")
    opened.presenter.lessons.open(path)
    opened.bot.waitUntil(lambda: opened.presenter.lessons.opened is not None, timeout=60_000)
    opened.settled("lab")
    return opened


def test_rings_come_with_the_answer_and_go_with_the_step(lecture):
    rings = lecture.window.findChild(MarkedAnswer).rings
    assert not rings.isVisible()
    lecture.press(Qt.Key.Key_PageDown)
    assert rings.isVisible() and len(rings.marks()) == 2
    assert all(rings.places(mark) for mark in rings.marks())
    # Another setting has another answer.
    state = lecture.session.lab
    lecture.store.update(lecture.session.changed(lab=state.changed(values=(("rate", 30),))))
    assert not rings.isVisible()
    lecture.press(Qt.Key.Key_Home)
    assert rings.isVisible()
    lecture.press(Qt.Key.Key_PageDown)
    assert not rings.isVisible()
    lecture.press(Qt.Key.Key_PageUp)
    assert rings.isVisible()
    lecture.presenter.lessons.leave()
    assert not rings.isVisible()


def test_ten_steps_and_more_mark_their_answer():
    assert len(MARKED) >= 10


@pytest.mark.parametrize("path, number", MARKED)
def test_what_a_step_marks_is_on_its_drawing(qtbot, tmp_path, path, number):
    opened = opened_lesson(path)
    session, step = opened.sessions[number], opened.file.lesson.steps[number]
    session = session.changed(inference=session.inference.changed(device="cpu"))
    pipeline, collected = StageExecutor(), Collected()
    pipeline.listener = collected.listener()
    pipeline.run(session)
    stage = Stage(qtbot, tmp_path)
    for screen, text in (((1280, 720), 175), ((1920, 1080), 250)):
        stage.resize(screen, text)
        stage.show_lab(session, collected.results["lab"])
        results = stage.presenter.labs.drawer.results
        (rings,) = results.findChildren(AnswerMarks)
        for one in step.question.marks:
            places = rings.places(DrawnMark(one.words, one.curve, one.at))
            assert places, f"{one.words or one.curve} is not drawn at {screen}, {text} %"
            room = results.rect().toRectF()
            assert all(room.contains(place.center()) for place in places)
