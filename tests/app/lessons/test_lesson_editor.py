"""A lesson that is there is changed, moved about, undone and saved, as a person would do it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from segviewer.app.lessons.lesson_editing import LessonEditing
from segviewer.lessons.packing import pack_lesson
from segviewer.lessons.reading import (
    find_lessons,
    lesson_paths,
    own_folder,
    read_lesson,
    shipped_folder,
)

WAIT = 60_000
LESSON = """\
title = "Mine"
sentence = "It is edited."

[[steps]]
title = "One"  # a remark
narration = "Look."
observations = ["outline > 0"]
[steps.session]
image = "sample:palace"

[[steps]]
title = "Two"
narration = "And here."
observations = ["outline > 0"]
[steps.question]
text = "Which?"
choices = ["a", "b"]
answer = "b"

[[steps]]
title = "Three"
narration = "End."
observations = ["regions > 0"]
[steps.session]
lab = { name = "valid_weights" }
"""


@pytest.fixture(autouse=True)
def own_settings(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture
def path(own_settings):
    own_folder().mkdir(parents=True)
    path = own_folder() / "mine.toml"
    path.write_text(LESSON, encoding="utf-8")
    return path


class Editing:
    """The editor of a lesson, with short words for what is done in it."""

    def __init__(self, explorer, path):
        self.explorer, self.bot = explorer, explorer.bot
        self.lessons = explorer.presenter.lessons
        self.wiring = explorer.window.findChild(LessonEditing)
        self.lessons.open(path)
        self.bot.waitUntil(lambda: self.lessons.opened is not None, timeout=WAIT)
        explorer.trigger("edit_lesson")
        self.bot.waitUntil(lambda: self.wiring.editor is not None, timeout=WAIT)
        self.editor = self.wiring.editor
        self.bot.waitExposed(self.editor)

    def click(self, name):
        self.bot.mouseClick(self.editor.buttons[name], Qt.MouseButton.LeftButton)

    def titles(self):
        return [self.editor.text.table(i)["title"] for i in range(len(self.editor.text.steps))]

    def choose(self, number):
        self.editor.steps.setCurrentRow(number)

    def type(self, field, text):
        field.selectAll()
        self.bot.keyClicks(field, text)

    def saved(self):
        self.click("save")
        self.bot.waitUntil(lambda: not self.editor.is_edited, timeout=WAIT)

    def answer(self, words):
        def offered():
            every = self.editor.bar.findChildren(QPushButton)
            return [b for b in every if b.text() == words and b.isVisible()]

        self.bot.waitUntil(lambda: len(offered()) == 1)
        (button,) = offered()
        self.bot.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.fixture
def editing(explorer, path):
    made = Editing(explorer, path)
    yield made
    if made.wiring.editor is not None:
        made.wiring.editor.discard()


def test_steps_are_moved_copied_deleted_and_all_of_it_undone(editing):
    assert not editing.editor.buttons["up"].isEnabled()
    editing.click("down")
    assert editing.titles() == ["Two", "One", "Three"] and editing.editor.current == 1
    editing.click("duplicate")
    assert editing.titles() == ["Two", "One", "One", "Three"] and editing.editor.current == 2
    editing.choose(0)
    editing.click("delete")
    assert editing.titles() == ["One", "One", "Three"]
    assert editing.editor.steps.count() == 3 and editing.editor.fields.title.text() == "One"
    editing.saved()
    read = read_lesson(editing.editor.path)
    assert [step.title for step in read.lesson.steps] == ["One", "One", "Three"]
    assert "# a remark" in editing.editor.path.read_text(encoding="utf-8")
    for _ in range(3):
        editing.click("undo")
    assert editing.titles() == ["One", "Two", "Three"]
    assert not editing.editor.buttons["undo"].isEnabled()
    editing.click("redo")
    assert editing.titles() == ["Two", "One", "Three"]
    editing.bot.keyClick(editing.editor.steps, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert editing.titles() == ["One", "Two", "Three"]


def test_words_and_question_are_changed_and_typing_is_one_change(editing):
    fields = editing.editor.fields
    editing.choose(1)
    editing.type(fields.title, "Renamed")
    editing.type(fields.narration, "Other words.")
    fields.question.answer.setCurrentText("a")
    assert editing.titles() == ["One", "Renamed", "Three"]
    assert editing.editor.steps.item(1).text().endswith("Renamed")
    editing.saved()
    step = read_lesson(editing.editor.path).lesson.steps[1]
    assert (step.title, step.narration) == ("Renamed", "Other words.")
    assert step.question.answer == "a" and step.question.choices == ("a", "b")
    # The open lesson is the new one.
    title = "Renamed"
    editing.bot.waitUntil(
        lambda: editing.lessons.opened.file.lesson.steps[1].title == title, timeout=WAIT
    )
    for shown in ("b", "b", "b"):
        editing.click("undo")
        assert fields.question.answer.currentText() == shown
    assert fields.title.text() == "Two" and fields.narration.toPlainText() == "And here."


def test_a_step_with_the_state_of_the_window_is_put_in(editing):
    store = editing.explorer.store
    store.update(store.session.changed(image="sample:campus_walkers"))
    editing.click("add")
    editing.bot.waitUntil(lambda: len(editing.titles()) == 4, timeout=WAIT)
    assert editing.editor.current == 1 and editing.editor.fields.title.text() == "New step"
    editing.choose(3)
    editing.click("take")
    editing.bot.waitUntil(
        lambda: editing.editor.text.table(3)["session"].get("image") == "sample:campus_walkers",
        timeout=WAIT,
    )
    store.update(store.session.changed(image="sample:leuven_street"))
    editing.choose(1)
    editing.click("show")
    editing.bot.waitUntil(lambda: store.session.image == "sample:campus_walkers", timeout=WAIT)
    editing.saved()
    steps = read_lesson(editing.editor.path).lesson.steps
    assert [s.session.image for s in steps][1] == steps[3].session.image == "sample:campus_walkers"


def test_what_is_wrong_is_said_with_its_field_and_nothing_is_written(editing, path):
    fields = editing.editor.fields
    editing.choose(2)
    editing.type(fields.observations, "outline >")
    editing.choose(0)
    editing.click("save")
    bar = editing.editor.bar
    editing.bot.waitUntil(lambda: "steps.3.observations" in bar.message(), timeout=WAIT)
    assert "line " in bar.message() and editing.editor.current == 2
    assert path.read_text(encoding="utf-8") == LESSON and editing.editor.is_edited
    editing.type(fields.observations, "outline > 0")
    editing.saved()
    assert bar.message() == ""


def test_a_file_that_was_changed_meanwhile_is_kept_and_a_copy_saved(editing, path):
    path.write_text(LESSON + "# from elsewhere\n", encoding="utf-8")
    editing.type(editing.editor.fields.title, "Changed")
    editing.click("save")
    editing.bot.waitUntil(lambda: "is not changed" in editing.editor.bar.message(), timeout=WAIT)
    editing.click("copy")
    editing.bot.waitUntil(lambda: not editing.editor.is_edited, timeout=WAIT)
    assert path.read_text(encoding="utf-8").endswith("# from elsewhere\n")
    assert editing.editor.path == own_folder() / "mine_2.toml"
    assert read_lesson(editing.editor.path).lesson.steps[0].title == "Changed"


def test_closing_asks_before_anything_is_lost(editing, path):
    editing.type(editing.editor.fields.title, "Changed")
    editing.bot.keyClick(editing.editor, Qt.Key.Key_Escape)
    assert editing.editor.isVisible() and "not saved" in editing.editor.bar.message()
    editing.explorer.window.close()
    assert editing.explorer.window.isVisible() and editing.editor.isVisible()
    editing.answer("Save")
    editing.bot.waitUntil(lambda: editing.wiring.editor is None, timeout=WAIT)
    assert read_lesson(path).lesson.steps[0].title == "Changed"


def test_closing_without_saving_leaves_the_file(editing, path):
    editing.type(editing.editor.fields.title, "Changed")
    editing.click("close")
    assert editing.editor.isVisible()
    editing.answer("Close without saving")
    editing.bot.waitUntil(lambda: editing.wiring.editor is None, timeout=WAIT)
    assert path.read_text(encoding="utf-8") == LESSON
    editing.explorer.trigger("edit_lesson")  # and it opens again
    editing.bot.waitUntil(lambda: editing.wiring.editor is not None, timeout=WAIT)
    assert editing.wiring.editor.fields.title.text() == "One"


def test_one_that_ships_becomes_a_copy(explorer):
    editing = Editing(explorer, shipped_folder() / "02_atrous.toml")
    assert not editing.editor.buttons["save"].isVisible()
    editing.type(editing.editor.fields.title, "Changed")
    editing.click("copy")
    editing.bot.waitUntil(lambda: not editing.editor.is_edited, timeout=WAIT)
    (copy,) = lesson_paths(own_folder())
    assert copy.with_suffix(".de.toml").is_file(), "its translations come along"
    assert read_lesson(copy).lesson.steps[0].title == "Changed"
    assert editing.editor.buttons["save"].isVisible()  # its own from now on
    editing.bot.waitUntil(lambda: editing.lessons.opened.file.path == copy, timeout=WAIT)
    editing.editor.close()


def test_a_package_is_opened_changed_and_written_again(explorer, path, tmp_path):
    package = pack_lesson(path, tmp_path / "travels.seglesson")
    path.unlink()
    editing = Editing(explorer, package)
    editing.type(editing.editor.fields.title, "Changed")
    editing.saved()
    ((file,), _) = find_lessons((own_folder(),))
    assert file.path == editing.editor.path and file.lesson.steps[0].title == "Changed"
    editing.bot.waitUntil(lambda: editing.lessons.opened.file.path == file.path, timeout=WAIT)
    editing.click("delete")
    editing.saved()
    ((file,), _) = find_lessons((own_folder(),))
    assert [step.title for step in file.lesson.steps] == ["Two", "Three"]
    editing.editor.close()
