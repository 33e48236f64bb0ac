"""While a lesson asks, what it asks about is covered, and the digits are the answer's."""

import pytest
from PySide6.QtCore import Qt

from segviewer.app.frame.window_actions import DIGITS_OF_ANSWER, DIGITS_OF_CLASS
from segviewer.app.lessons.question_cover import QuestionCover
from segviewer.widgets.charts.prediction import COLUMNS

# Each opens a window and waits for its engine.
pytestmark = pytest.mark.slow

TEXT = """\
title = "Two questions"
sentence = "It asks."
[session]
image = "street.png"
[[steps]]
title = "Labels"
narration = "Look at the road."
controls = ["classes"]
observations = ["outline > 0"]
question = { text = "Which?", choices = ["this", "that"], answer = "that" }
[[steps]]
title = "A lab"
narration = "Taps."
observations = ['lab.caption contains "19.9%"']
session = { lab = { name = "valid_weights", values = { rate = 18 } } }
question = { text = "How many?", choices = ["a", "b", "c"], answer = "c", reveal = "Count." }
[[steps]]
title = "Views of a photograph"
narration = "No plot."
observations = ["outline > 0"]
session = { lab = { name = "training_protocol" } }
[[steps]]
title = "Another drawing of that lab"
narration = "A plot."
observations = ["outline > 0"]
session = { lab = { name = "training_protocol", values = { part = "crop and rate" } } }
question = { text = "How many?", choices = ["a", "b"], answer = "a" }
[[steps]]
title = "Another plot"
narration = "It falls."
observations = ["outline > 0"]
session = { lab = { name = "training_protocol", values = { part = "learning rate" } } }
question = { text = "How far?", choices = ["a", "b"], answer = "a" }
"""


@pytest.fixture
def lecture(opened, tmp_path, street):
    path = tmp_path / "asking.toml"
    path.write_text(TEXT, "utf-8")
    opened.presenter.lessons.open(path)
    opened.bot.waitUntil(lambda: opened.presenter.lessons.opened is not None, timeout=60_000)
    opened.settled()
    return opened


def covers(lecture):
    return lecture.window.findChild(QuestionCover).covers


def photograph_alone(lecture):
    return not lecture.window.canvas._renderer.covered


def test_labels_shares_and_drawing_come_with_the_answer(lecture):
    results, shares, readout, _ = covers(lecture)
    assert photograph_alone(lecture)
    assert shares.isVisible() and readout.isVisible()
    assert shares.geometry() == lecture.window.classes_section.content().rect()
    # Neither Space nor its release shows what is covered.
    lecture.window.peek_changed.emit(True)
    lecture.window.peek_changed.emit(False)
    assert photograph_alone(lecture)
    lecture.press(Qt.Key.Key_2)
    assert not photograph_alone(lecture) and not shares.isVisible()
    assert lecture.presenter.lessons.panel.question.verdict.text() == "Yes."
    lecture.press(Qt.Key.Key_PageDown)
    lecture.settled("lab")
    drawer = lecture.presenter.labs.drawer
    assert results.isVisible() and results.geometry() == drawer.results.rect()
    lecture.window.resize(lecture.window.width() - 40, lecture.window.height())
    lecture.bot.waitUntil(lambda: results.geometry() == drawer.results.rect())
    lecture.press(Qt.Key.Key_PageDown)
    assert not results.isVisible() and drawer.caption.isVisible()
    # Going back and forth asks nothing twice.
    lecture.press(Qt.Key.Key_PageUp)
    assert not photograph_alone(lecture)


def test_leaving_uncovers(lecture):
    lecture.presenter.lessons.leave()
    assert not photograph_alone(lecture)
    assert not any(cover.isVisible() for cover in covers(lecture))


def test_digits_answer_while_it_asks_and_choose_a_class_otherwise(lecture):
    window = lecture.window
    assert all(window.action(f"answer_{n}").isEnabled() for n in DIGITS_OF_ANSWER)
    assert not any(window.action(f"class_{n}").isEnabled() for n in DIGITS_OF_CLASS)
    lecture.press(Qt.Key.Key_1)
    assert lecture.presenter.lessons.panel.question.verdict.text().startswith("No: that.")
    assert not any(window.action(f"answer_{n}").isEnabled() for n in DIGITS_OF_ANSWER)
    assert all(window.action(f"class_{n}").isEnabled() for n in DIGITS_OF_CLASS)


def test_what_one_expects_is_drawn_and_seen_beside_what_is(lecture):
    lessons, prediction = (
        lecture.presenter.lessons,
        lecture.window.findChild(QuestionCover).prediction,
    )
    assert prediction.pad is None  # labels alone have no plot
    lessons.go(1)
    lecture.settled("lab")
    lecture.bot.waitUntil(lambda: prediction.pad is not None and prediction.pad.isVisible())
    pad = prediction.pad
    area = pad.area()
    first, last = area.topLeft().toPoint(), area.bottomRight().toPoint()
    lecture.bot.mousePress(pad, Qt.MouseButton.LeftButton, pos=first)
    pad._draw_to(last.toPointF())  # what a move with the button down does
    lecture.bot.mouseRelease(pad, Qt.MouseButton.LeftButton, pos=last)
    assert len(pad.heights) == COLUMNS and pad.heights[0] > 0.95 and pad.heights[COLUMNS - 1] < 0.05
    lecture.press(Qt.Key.Key_PageDown)
    assert prediction.expected.isVisible()
    assert prediction.expected.geometry() == prediction.expected.parentWidget().rect()
    lessons.go(0)
    assert prediction.expected is None
    lessons.go(1)
    assert prediction.expected is None  # answered before, and drawn for another time


def test_the_axes_are_those_of_the_plot_that_the_answer_will_show(lecture):
    """They were those of the step before, where both are of one lab."""
    lessons = lecture.presenter.lessons
    prediction = lecture.window.findChild(QuestionCover).prediction
    lessons.go(2)
    lecture.settled("lab")
    for step, x_label in ((3, "crop, px"), (4, "iteration, thousands")):
        lessons.go(step)
        lecture.settled("lab")
        assert prediction.pad.isVisible()
        assert x_label in prediction.pad.accessibleName()
        numbers = [float(text) for _, text in prediction.pad.numbers]
        assert len(numbers) > 2 and numbers == sorted(numbers)
        area = prediction.pad.area()
        prediction.pad._draw_to(area.center())
        lecture.settled("lab")
        assert prediction.pad.heights, "what was drawn stays while nothing changes"
