"""The speaker's window: notes, next step, answer, time, and text of its own size."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication

from segviewer.widgets.help.lesson_panel import StepWords
from segviewer.widgets.help.question_box import QuestionWords
from segviewer.widgets.help.speaker_window import (
    LARGEST,
    SpeakerWindow,
    SpeakerWords,
    elapsed_words,
    first_words,
)

ASKED = QuestionWords("How many samples?", ("7", "9"), "9", "Two holes each.")
FIRST = StepWords("Holes", "A filter with holes.", notes="Count aloud.", question=ASKED)
SECOND = StepWords("After", " ".join(f"word{i}" for i in range(40)), said=("A stand-in.",))
LAST = SpeakerWords("Atrous", 1, 2, SECOND)


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def speaker(qtbot, clock):
    window = SpeakerWindow(QFont("Sans", 10), clock=clock)
    qtbot.addWidget(window)
    window.show_step(SpeakerWords("Atrous", 0, 2, FIRST, SECOND))
    window.show()
    return window


def test_it_says_what_is_now_what_comes_and_what_is_right(speaker):
    assert speaker.place.text() == "Step 1 of 2"
    assert speaker.lesson.text() == "Atrous"
    assert speaker.title.text() == "Holes"
    assert speaker.notes.text() == "Count aloud."
    assert speaker.narration.text() == "A filter with holes."
    assert speaker.question.text().splitlines() == ["How many samples?", "1)  7", "2)  9"]
    assert speaker.answer.text() == "→ 9\nTwo holes each."
    assert speaker.next_title.text() == "After"
    assert speaker.next_words.text().startswith("word0 word1 ")
    assert speaker.next_words.text().endswith("word29 …")
    assert speaker.said.isHidden()
    assert not speaker.back_button.isEnabled() and speaker.next_button.isEnabled()


def test_the_last_step_has_none_after_it_and_no_question_of_the_one_before(speaker):
    speaker.show_step(LAST)
    assert speaker.notes.text() == "No notes for this step."
    assert speaker.next_title.text() == "This is the last step."
    assert speaker.next_words.isHidden()
    assert speaker.question_box.isHidden()
    assert speaker.said.text() == "⚠ A stand-in."
    assert speaker.back_button.isEnabled() and not speaker.next_button.isEnabled()


def test_the_buttons_tell(speaker, qtbot):
    with qtbot.waitSignal(speaker.next_requested):
        qtbot.mouseClick(speaker.next_button, Qt.MouseButton.LeftButton)
    speaker.show_step(LAST)
    with qtbot.waitSignal(speaker.back_requested):
        qtbot.mouseClick(speaker.back_button, Qt.MouseButton.LeftButton)
    assert speaker.swap_button.isHidden()
    speaker.set_two_screens(True)
    with qtbot.waitSignal(speaker.swap_requested):
        qtbot.mouseClick(speaker.swap_button, Qt.MouseButton.LeftButton)


def test_the_time_runs_and_can_be_restarted(speaker, clock, qtbot):
    clock.now += 65.4
    qtbot.waitUntil(lambda: speaker.elapsed.text() == "1:05")
    with qtbot.waitSignal(speaker.reset):
        qtbot.mouseClick(speaker.reset_button, Qt.MouseButton.LeftButton)
    assert speaker.elapsed.text() == "0:00"
    hours, minutes = speaker.clock.text().split(":")
    assert 0 <= int(hours) < 24 and len(minutes) == 2


def test_times_are_written_as_a_clock_writes_them():
    assert [elapsed_words(s) for s in (0, 59.9, 60, 3599, 3600, 3845.2)] == [
        "0:00",
        "0:59",
        "1:00",
        "59:59",
        "1:00:00",
        "1:04:05",
    ]


def test_first_words_are_cut_between_words():
    assert first_words("one two three", 3) == "one two three"
    assert first_words("one two three", 2) == "one two …"
    assert first_words("") == ""


def test_first_words_of_chinese_are_cut_though_there_are_no_spaces():
    assert first_words("空洞卷积使感受野变大", 2) == "空洞卷积 …"
    assert first_words("空洞卷积", 2) == "空洞卷积"


def test_its_text_stays_while_the_audience_s_grows(speaker):
    app, before = QApplication.instance(), QApplication.font()
    try:
        large = QFont(before)
        large.setPointSizeF(30)
        app.setFont(large)
        assert speaker.notes.font().pointSizeF() == pytest.approx(10 * LARGEST)
        assert speaker.next_button.font().pointSizeF() < 15
    finally:
        app.setFont(before)


@pytest.mark.parametrize("size", [(640, 480), (1280, 720), (1920, 1080)])
def test_nothing_is_cut_at_any_size(speaker, qtbot, size):
    speaker.resize(*size)
    QApplication.processEvents()
    for area in (speaker.here, speaker.beside):
        # Words wrap and scroll down, never sideways.
        assert area.widget().width() <= area.viewport().width()
    for button in (speaker.back_button, speaker.next_button, speaker.reset_button):
        assert button.width() >= button.sizeHint().width()
    for label in (speaker.elapsed, speaker.clock):
        assert label.width() >= label.sizeHint().width()


def test_a_larger_window_has_larger_text(speaker):
    before = speaker.notes.font().pointSizeF()
    speaker.resize(1680, 1140)
    assert speaker.notes.font().pointSizeF() == pytest.approx(1.5 * before)
    speaker.resize(600, 450)
    assert speaker.notes.font().pointSizeF() == pytest.approx(before)


def test_a_black_screen_is_said(speaker):
    assert speaker.blank_note.isHidden()
    speaker.set_blank(True)
    assert speaker.blank_note.isVisible()
    speaker.set_blank(False)
    assert speaker.blank_note.isHidden()


def test_space_goes_on_and_does_not_restart_the_time(speaker, qtbot):
    assert speaker.focusWidget() is speaker.next_button


def test_closing_it_is_told_and_stops_its_clock(speaker, qtbot):
    with qtbot.waitSignal(speaker.closed):
        speaker.close()
    assert not speaker._timer.isActive()
