"""A step that cannot be written is not lost."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox

from segviewer.app.lessons.step_dialog import StepDialog
from segviewer.app.state.recovery_file import UnsavedStep
from segviewer.lessons.reading import own_folder, read_lesson

WAIT = 60_000


@pytest.fixture(autouse=True)
def own_settings(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def save(explorer, dialog):
    button = dialog.buttons.button(QDialogButtonBox.StandardButton.Save)
    explorer.bot.mouseClick(button, Qt.MouseButton.LeftButton)


def shown(explorer):
    (dialog,) = [d for d in explorer.window.findChildren(StepDialog) if d.isVisible()]
    return dialog


def test_what_could_not_be_written_is_there_when_it_is_asked_for_again(opened):
    writing = opened.presenter.lessons.writing
    own_folder().parent.mkdir(parents=True)
    own_folder().write_text("a file where the folder should be")
    opened.trigger("add_step")
    dialog = shown(opened)
    for field, text in ((dialog.new_title, "My own"), (dialog.title, "A"), (dialog.narration, "B")):
        opened.bot.keyClicks(field, text)
    save(opened, dialog)
    opened.bot.waitUntil(lambda: "cannot be made" in opened.message(), timeout=WAIT)
    assert writing.unsaved.narration == "B"
    own_folder().unlink()
    opened.trigger("add_step")
    dialog = shown(opened)
    assert (dialog.new_title.text(), dialog.title.text()) == ("My own", "A")
    with opened.bot.waitSignal(writing.written, timeout=WAIT):
        save(opened, dialog)
    assert writing.unsaved is None
    assert read_lesson(own_folder() / "my_own.toml").lesson.steps[0].title == "A"
    opened.trigger("add_step")
    assert shown(opened).title.text() == ""
    shown(opened).reject()


def test_a_question_a_formula_and_controls_are_written_too(explorer):
    lessons = explorer.presenter.lessons
    lessons.writing.ask()
    dialog = shown(explorer)
    for field, text in (
        *((dialog.new_title, "Asked"), (dialog.title, "A"), (dialog.narration, "B")),
        *((dialog.observations, "outline > 0"), (dialog.equation, "k<sub>e</sub> = 3")),
        (dialog.question.text, "Which?"),
    ):
        explorer.bot.keyClicks(field, text)
    button = dialog.buttons.button(QDialogButtonBox.StandardButton.Save)
    assert not button.isEnabled()  # a question without choices is none
    dialog.question.choices.setPlainText("this\nthat\n")
    dialog.question.answer.setCurrentText("that")
    explorer.bot.keyClicks(dialog.question.reveal, "Because.")
    dialog.controls["crf"].setChecked(True)
    kept = dialog.typed()
    with explorer.bot.waitSignal(lessons.writing.written, timeout=WAIT):
        save(explorer, dialog)
    step = read_lesson(own_folder() / "asked.toml").lesson.steps[0]
    assert step.question.answer == "that" and step.question.reveal == "Because."
    assert step.equation == "k<sub>e</sub> = 3" and step.controls == ("crf",)
    lessons.writing.go_on_with(kept)
    dialog = shown(explorer)
    assert dialog.typed() == kept
    dialog.reject()


def test_one_for_a_lesson_that_is_gone_keeps_its_words(explorer):
    explorer.presenter.lessons.writing.go_on_with(
        UnsavedStep(lesson="/gone.toml", title="A", observations="B")
    )
    dialog = shown(explorer)
    assert dialog.title.text() == "A" and dialog.observations.toPlainText() == "B"
    dialog.reject()
