"""A lesson's panel by hand: its steps, its ways, its question."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from segviewer.widgets.help.lesson_panel import FEW_ROWS, ROWS, LessonPanel, StepWords
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
    assert wrong.text() == "1)  the <i>map</i>"
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
    assert box.hands == [0, 0] and box.buttons[0].text() == "1)  the <i>map</i>"


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


GERMAN = StepWords(
    "Drei",
    "Gefragt.",
    equation="y = x",
    question=QuestionWords("Was wächst?", ("die Karte", "das Feld"), "das Feld", "So ist es."),
)


def test_another_language_keeps_hands_and_a_question_that_is_open(panel):
    opened = []
    panel.show_step(2, STEPS[2])
    panel.question.raise_hand(2)
    panel.question_opened.connect(opened.append)
    panel.reword(2, GERMAN)
    assert panel.narration.text() == "Gefragt." and panel.question.is_open
    assert panel.question.hands == [0, 1] and not opened
    assert panel.question.buttons[1].text().startswith("2)  das Feld   ▮ 1")
    assert not panel.equation.isVisible(), "it may give the answer"
    panel.question.choose(1)
    assert panel.question.verdict.text() == "No: das Feld. So ist es."
    assert panel.answers == [False] and opened == [False]
    panel.question.buttons[1].click()
    assert panel.answers == [False, True], "once it is answered, too"


def test_another_language_keeps_an_answer_that_was_given(panel):
    panel.show_step(2, STEPS[2])
    panel.question.choose(2)
    assert panel.question.verdict.text() == "Yes. It does."
    panel.reword(2, GERMAN)
    assert panel.question.verdict.text() == "Yes. So ist es." and not panel.question.is_open
    assert panel.question.buttons[1].text() == "✓ 2)  das Feld" and panel.equation.isVisible()
    panel.show_step(2, STEPS[2], revealed=True)
    panel.reword(2, GERMAN)
    assert panel.question.verdict.text() == "das Feld. So ist es."
    assert panel.answers == [True], "nobody has answered anew"


def test_a_question_that_another_language_does_not_have_is_asked_anew(panel):
    panel.show_step(1, STEPS[1])
    panel.reword(1, GERMAN)
    assert panel.question.is_open and len(panel.question.buttons) == 2
    panel.reword(1, STEPS[1])
    assert not panel.question.isVisible() and not panel.question.is_open


def listed(panel):
    """Rows that the step list shows, and whether each of them is whole."""
    inside = panel.steps.viewport().rect()
    rects = [panel.steps.visualItemRect(panel.steps.item(row)) for row in range(20)]
    return {row: inside.contains(rect) for row, rect in enumerate(rects) if inside.intersects(rect)}


@pytest.mark.parametrize("large", [False, True])
def test_the_step_list_shows_whole_rows_and_the_current_one_among_its_neighbours(panel, large):
    titles = [
        f"A step with a title of some length, number {n}" if n % 3 else "Short" for n in range(20)
    ]
    panel.show_lesson("Many", tuple(titles))
    panel.set_presenting(large)
    for current in (0, 1, 7, 18, 19):
        panel.show_step(current, StepWords(titles[current], "Words."))
        QApplication.processEvents()
        rows = listed(panel)
        assert all(rows.values()) and current in rows
        short = panel.steps.sizeHintForRow(0)
        assert panel.steps.height() <= (FEW_ROWS if large else ROWS) * short + 2
        assert current in (0, 19) or {current - 1, current + 1} & set(rows)


@pytest.mark.parametrize("lines", range(20, 44, 3))
def test_an_answer_below_what_is_seen_is_scrolled_to_without_a_line_cut(panel, qtbot, lines):
    panel.resize(336, 430)
    words = " ".join(["word"] * 6 * lines)
    step = StepWords("Three", words, question=QUESTION, paper="A paper")
    panel.show_step(2, step)
    QApplication.processEvents()
    qtbot.mouseClick(panel.question.buttons[1], LEFT)
    bar, inside = panel.area.verticalScrollBar(), panel.area.widget()
    verdict = panel.question.verdict

    def seen():
        bottom = verdict.mapTo(inside, verdict.rect().bottomLeft()).y()
        return bar.value() > 0 and bottom <= bar.value() + panel.area.viewport().height()

    qtbot.waitUntil(seen)
    narration = panel.narration
    if bar.value() < narration.y() + narration.height():
        assert (bar.value() - narration.y()) % narration.fontMetrics().lineSpacing() == 0


def test_on_a_stage_a_question_that_fits_without_the_neighbours_in_the_list_is_whole(panel, qtbot):
    panel.show_lesson("Many", tuple(f"Step {n}" for n in range(6)))
    panel.set_presenting(True)
    panel.resize(336, 420)
    few = panel.steps.height_of(FEW_ROWS)
    panel.show_step(2, StepWords("Step 2", "Words.", question=QUESTION))
    QApplication.processEvents()
    assert panel.steps.height() == few
    for count in range(20, 400, 8):  # words that fit beside one step, and not beside three
        panel.show_step(2, StepWords("Step 2", "word " * count, question=QUESTION))
        QApplication.processEvents()
        QApplication.processEvents()
        if panel.steps.height() < few:
            break
    assert panel.steps.height() == panel.steps.height_of(1)
    assert listed(panel) == {2: True}
    bar = panel.area.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() == 0)
    panel.set_presenting(False)
    assert panel.steps.height() == panel.steps.height_of(ROWS)


def test_on_a_stage_a_question_is_never_below_the_edge(panel, qtbot):
    panel.set_presenting(True)
    panel.resize(336, 380)
    panel.show_step(2, StepWords("Three", "Many words. " * 90, question=QUESTION))
    inside, question = panel.area.widget(), panel.question
    bar, view = panel.area.verticalScrollBar(), panel.area.viewport()

    def seen():
        first, last = question.mapTo(inside, question.rect().topLeft()).y(), question.buttons[-1]
        bottom = last.mapTo(inside, last.rect().bottomLeft()).y()
        return bar.value() <= first and bottom <= bar.value() + view.height()

    qtbot.waitUntil(seen)
    assert bar.value() > 0
    panel.set_presenting(False)
    panel.show_step(2, StepWords("Three", "Many words. " * 90, question=QUESTION))
    QApplication.processEvents()
    assert bar.value() == 0  # whoever reads alone begins at the top
