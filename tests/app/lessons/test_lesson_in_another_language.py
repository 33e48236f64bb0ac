"""A lesson follows the language of the interface: panel, menu, speaker's window, handout."""

from pathlib import Path

import pytest

from segviewer.app.lessons.lesson_saving import handout_arguments
from segviewer.lessons.reading import read_lesson, shipped_folder
from segviewer.widgets.language.interface_language import interface_language
from segviewer.widgets.text.plain_text import PlainLabel
from tests.lessons.test_translation import GERMAN, LESSON, beside, step_wording
from tests.lessons.test_translation import lesson_wording as wording


@pytest.fixture
def language(qapp):
    language = interface_language(qapp)
    yield language
    language.show("en")


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(LESSON, "utf-8")
    lesson = read_lesson(path).lesson
    one, two = map(step_wording, lesson.steps)
    text = GERMAN.format(lesson=wording(lesson), one=one, two=two)
    beside(path).write_text(text.replace("Hierher sehen.", "<b>Hierher</b> sehen."), "utf-8")
    return path


def begin(explorer, path):
    lessons = explorer.presenter.lessons
    lessons.open(path)
    explorer.bot.waitUntil(lambda: lessons.opened is not None, timeout=60_000)
    explorer.settled()
    return lessons


@pytest.mark.slow
def test_panel_and_speaker_s_window_follow_at_once_and_the_session_stays(opened, path, language):
    lessons = begin(opened, path)
    panel, speaker = lessons.panel, opened.presenter.presentation.speaker
    opened.trigger("speaker")
    lessons.panel.question.raise_hand(1)
    before, undone = opened.session, opened.store.history(9)
    language.show("de")
    opened.window.grab()
    assert panel.title.text() == "Eine Lektion"
    assert panel.narration.text() == "<b>Hierher</b> sehen." and isinstance(
        panel.narration, PlainLabel
    )
    assert panel.steps.item(1).text() == "2  Zwei"
    assert panel.place.text() == "Schritt 1 von 2"
    assert panel.question.text.text() == "Welches?" and panel.question.hands == [1, 0]
    assert panel.notes.text() == "Warten."
    assert speaker.shown.lesson.text() == "Eine Lektion" and speaker.shown.notes.text() == "Warten."
    assert speaker.shown.answer.text() == "→ jenes\nDarum."
    assert speaker.shown.next_title.text() == "Zwei"
    assert opened.session == before and opened.store.history(9) == undone
    lessons.forward()
    assert panel.question.verdict.text() == "jenes. Darum."
    language.show("en")
    assert panel.question.verdict.text() == "that. Because." and panel.notes.text() == "Wait."
    assert speaker.shown.next_title.text() == "Two"
    language.show("de")
    lessons.go(1)
    assert panel.narration.text() == "Und dort."
    opened.settled()


@pytest.mark.slow
def test_the_menu_lists_lessons_in_the_language_of_the_interface(opened, language):
    lessons = opened.presenter.lessons
    opened.bot.waitUntil(lambda: bool(lessons.files), timeout=60_000)
    language.show("zh_CN")
    titles = [action.text() for action in opened.window.toolbar.lessons_menu.actions()]
    assert "空洞卷积" in titles
    tips = [action.toolTip() for action in opened.window.toolbar.lessons_menu.actions()]
    assert any(tip.startswith("抽头之间的空洞") for tip in tips)


@pytest.mark.slow
def test_a_translation_that_cannot_be_used_is_said_and_the_lesson_opens(opened, path, language):
    beside(path).write_text("title = 3", "utf-8")
    language.show("de")
    lessons = begin(opened, path)
    assert lessons.panel.title.text() == "A lesson"
    assert "mine.de.toml, line 1" in opened.window.message_bar._what.text()


@pytest.mark.parametrize(("code", "said"), [("de", ["--language", "de"]), ("en_XA", [])])
def test_the_handout_is_asked_for_in_the_language_on_screen(code, said):
    file = read_lesson(shipped_folder() / "02_atrous.toml")
    arguments = handout_arguments(file, Path("out.pdf"), code)
    assert arguments[2:5] == ["lessons", "--handout", "out.pdf"]
    assert arguments[5:-1] == said and arguments[-1].endswith("02_atrous.toml")
