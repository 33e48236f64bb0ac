"""A lesson's panel by hand: its steps, its ways, its question."""

import pytest
from PySide6.QtCore import Qt

from segviewer.widgets.help.lesson_panel import FEW_ROWS, LessonPanel, StepWords
from segviewer.widgets.help.question_box import QuestionWords

LEFT = Qt.MouseButton.LeftButton
QUESTION = QuestionWords("What grows?", ("the <i>map</i>", "the field"), "the field", "It does.")
STEPS = (
    StepWords("One", "First words.", said=("sample stands in",)),
    StepWords("Two", "More.", equation="y = x", paper="Chen 2017", notes="Breathe."),
    StepWords("Three", "Asked.", question=QUESTION),
)


@pytest.fixture
def panel(qtbot):
    widget = LessonPanel()
    qtbot.addWidget(widget)
    widget.resize(336, 700)
    widget.show_lesson("Atrous", tuple(step.title for step in STEPS))
    widget.show()
    qtbot.waitExposed(widget)
    widget.show_step(0, STEPS[0])
    widget.chosen, widget.answers = [], []
    widget.step_chosen.connect(lambda number: widget.chosen.append(number))
    widget.answered.connect(lambda right: widget.answers.append(right))
    return widget


def test_back_and_next_ask_for_the_neighbours_and_stop_at_the_ends(panel, qtbot):
    assert not panel.back_button.isEnabled()
    with qtbot.waitSignal(panel.next_requested):
        qtbot.mouseClick(panel.next_button, LEFT)
    panel.show_step(2, STEPS[2], revealed=True)
    assert not panel.next_button.isEnabled() and panel.place.text() == "Step 3 of 3"
    qtbot.mouseClick(panel.back_button, LEFT)
    assert panel.chosen == [1]


def test_a_click_or_return_in_the_list_goes_to_a_step(panel, qtbot):
    at = panel.steps.visualItemRect(panel.steps.item(2)).center()
    qtbot.mouseClick(panel.steps.viewport(), LEFT, pos=at)
    qtbot.keyClick(panel.steps, Qt.Key.Key_Up)
    assert panel.chosen == [2]  # arrows look, Return goes
    qtbot.keyClick(panel.steps, Qt.Key.Key_Return)
    assert panel.chosen == [2, 1]


def test_only_what_a_step_has_is_shown(panel):
    assert panel.said.isVisible() and panel.said.text() == "⚠ sample stands in"
    assert not panel.equation.isVisible() and not panel.notes_section.isVisible()
    panel.show_step(1, STEPS[1])
    assert not panel.said.isVisible() and panel.paper.text() == "Chen 2017"
    assert panel.equation.isVisible() and panel.notes_section.isVisible()
    assert not panel.question.isVisible()


def test_an_answer_is_told_once_made_and_cannot_be_made_good(panel, qtbot):
    panel.show_step(2, STEPS[2])
    wrong, right = panel.question.buttons
    assert not panel.question.verdict.isVisible()
    assert wrong.text() == "the <i>map</i>"
    qtbot.mouseClick(wrong, LEFT)
    assert panel.answers == [False]
    assert panel.question.verdict.text() == "No: the field. It does."
    assert wrong.text().startswith("✗") and right.text().startswith("✓")
    panel.show_step(2, STEPS[2])  # begins unanswered
    qtbot.mouseClick(panel.question.buttons[1], LEFT)
    assert panel.answers == [False, True]
    assert panel.question.verdict.text() == "Yes. It does."
    assert not panel.question.buttons[0].isEnabled()


def test_while_it_asks_the_formula_waits_and_next_gives_the_answer(panel, qtbot):
    opened = []
    panel.question_opened.connect(opened.append)
    step = StepWords("Three", "Asked.", equation="k = 9", question=QUESTION)
    panel.show_step(2, step)
    assert opened[-1] and not panel.equation.isVisible()
    assert panel.next_button.isEnabled() and panel.next_button.text() == "Answer ›"
    panel.question.reveal()
    assert opened[-1] is False and panel.equation.isVisible()
    assert panel.question.verdict.text() == "the field. It does." and panel.answers == []
    assert not panel.next_button.isEnabled()  # it is the last step
    panel.show_step(2, step, revealed=True)
    assert opened[-1] is False and panel.equation.isVisible()


def test_the_answer_comes_into_view(panel, qtbot):
    panel.resize(336, 420)
    panel.show_step(2, StepWords("Three", "Many words. " * 60, question=QUESTION))
    bar = panel.area.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    assert bar.value() == 0
    panel.question.reveal()
    shown = panel.area.viewport()
    verdict = panel.question.verdict

    def seen():
        below = verdict.mapTo(panel.area.widget(), verdict.rect().bottomLeft()).y()
        assert below <= bar.value() + shown.height()

    qtbot.waitUntil(seen, timeout=2000)
    assert bar.value() > 0


def test_hands_are_counted_until_the_answer(panel):
    panel.show_step(2, STEPS[2])
    box = panel.question
    for number in (1, 2, 2, 3, 0):
        box.raise_hand(number)
    assert box.hands == [1, 2]
    assert [button.text()[-4:] for button in box.buttons] == [" ▮ 1", "▮▮ 2"]
    box.choose(7)
    assert box.is_open
    box.choose(2)
    assert panel.answers == [True]
    box.raise_hand(1)
    assert box.hands == [1, 2]
    assert "▮▮ 2" in box.buttons[1].text()  # the room's guess stays beside the answer
    panel.show_step(2, STEPS[2])
    assert box.hands == [0, 0] and box.buttons[0].text() == "the <i>map</i>"


def test_the_way_back_is_there_when_something_was_tried(panel, qtbot):
    assert not panel.restore_button.isEnabled()
    panel.set_changed(True)
    with qtbot.waitSignal(panel.restore_requested):
        qtbot.mouseClick(panel.restore_button, LEFT)
    panel.show_step(1, STEPS[1])
    assert not panel.restore_button.isEnabled()


def test_the_audience_sees_neither_notes_nor_title(panel):
    panel.show_step(1, STEPS[1])
    tall = panel.steps.height()
    panel.show_lesson("Atrous", tuple("abcdefgh"))
    panel.show_step(1, STEPS[1])
    panel.set_presenting(True)
    assert not panel.notes_section.isVisible() and not panel.title.isVisible()
    assert not panel.restore_button.isVisible()
    assert panel.steps.height() <= tall * FEW_ROWS / 3 + 2
    panel.set_changed(True)
    assert panel.restore_button.isVisible()
    panel.set_presenting(False)
    assert panel.notes_section.isVisible() and panel.title.isVisible()


def test_leaving_is_told(panel, qtbot):
    with qtbot.waitSignal(panel.closed):
        qtbot.mouseClick(panel.close_button, LEFT)
