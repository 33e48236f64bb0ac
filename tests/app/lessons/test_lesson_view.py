"""Lessons in the window, gone through as a lecturer would: keys, clicks, undo."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QPushButton

from segviewer.app.shell.key_list import key_list
from segviewer.lessons.reading import own_folder, read_lesson, session_for
from segviewer.session import LabState, Session

# Each opens a window and waits for the lesson's first labels.
pytestmark = pytest.mark.slow

TEXT = """\
title = "A short lesson"
sentence = "It teaches."
[session]
image = "street.png"
[[steps]]
title = "As trained"
narration = "Look at the road."
speaker_notes = "Wait for questions."
paper = "A paper"
equation = "a<sub>1</sub>"
controls = ["classes"]
observations = ["outline > 0"]
[steps.question]
text = "Which is right?"
choices = ["this", "that"]
answer = "that"
reveal = "Because."
[[steps]]
title = "Another stride"
narration = "Now 8."
controls = ["model"]
observations = ['chips contains "running 8"']
session = { network = { output_stride = 8 } }
[[steps]]
title = "A lab"
narration = "Taps."
observations = ['lab.caption contains "19.9%"']
session = { image = "gone.png", lab = { name = "valid_weights", values = { rate = 18 } } }
"""


@pytest.fixture(autouse=True)
def own_settings(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture
def lesson(tmp_path, street):
    path = tmp_path / "short.toml"
    path.write_text(TEXT, "utf-8")
    return path


def view(explorer):
    return explorer.presenter.lessons


def panel(explorer):
    return view(explorer).panel


def begin(explorer, path):
    view(explorer).open(path)
    explorer.bot.waitUntil(lambda: view(explorer).opened is not None, timeout=60_000)
    explorer.settled()


def press(explorer, key):
    explorer.press(key)


def test_a_lesson_is_gone_through_with_the_keys_of_a_clicker(opened, lesson):
    window, before, steps = opened.window, opened.session, opened.store.history(9)[0]
    begin(opened, lesson)
    assert panel(opened).isVisible()
    assert panel(opened).place.text() == "Step 1 of 3"
    assert panel(opened).narration.text() == "Look at the road."
    assert panel(opened).steps.count() == 3
    # Only what the step needs is there.
    assert window.left.isHidden()
    assert window.classes_section.isVisible()
    assert window.crf_section.isHidden() and window.overlay_section.isHidden()
    # The first tap gives the answer, the second goes on.
    press(opened, Qt.Key.Key_PageDown)
    assert panel(opened).current == 0 and panel(opened).question.verdict.text() == "that. Because."
    press(opened, Qt.Key.Key_PageDown)
    assert dict(opened.session.network) == {"output_stride": 8}
    assert window.right.isHidden()
    assert window.model_section.isVisible() and window.pictures_section.isHidden()
    opened.settled()
    press(opened, Qt.Key.Key_PageDown)
    assert opened.session.lab == LabState(name="valid_weights", values=(("rate", 18),))
    assert opened.session.network == ()
    opened.settled("lab")
    assert "19.9%" in opened.presenter.labs.drawer.caption.text()
    # The last step has no next one.
    assert not panel(opened).next_button.isEnabled()
    press(opened, Qt.Key.Key_PageDown)
    assert panel(opened).current == 2
    press(opened, Qt.Key.Key_PageUp)
    assert panel(opened).current == 1
    assert opened.session.lab == LabState()
    opened.bot.mouseClick(panel(opened).close_button, Qt.MouseButton.LeftButton)
    assert view(opened).dock.isHidden()
    assert opened.session == before
    # Nothing of the lesson is a step any more: its network would come without its words.
    assert opened.store.history(9)[0] == steps and not opened.store.can_redo
    for section in (window.model_section, window.crf_section, window.pictures_section):
        assert section.isVisible()
    assert not window.action("next_step").isEnabled()


def test_a_stand_in_is_said(opened, lesson):
    begin(opened, lesson)
    assert panel(opened).said.isHidden()
    view(opened).go(2)
    assert opened.session.image == "sample:leuven_street"
    assert panel(opened).said.isVisible()
    assert "gone.png is not on this machine" in panel(opened).said.text()
    opened.settled("lab")


def test_what_was_tried_is_taken_back_with_one_key(opened, lesson):
    begin(opened, lesson)
    step = opened.session
    assert not panel(opened).restore_button.isEnabled()
    opened.trigger("fainter")
    opened.trigger("fainter")
    assert opened.session != step
    assert panel(opened).restore_button.isEnabled()
    press(opened, Qt.Key.Key_Home)
    assert opened.session == step
    assert not panel(opened).restore_button.isEnabled()
    # It is one step to undo, like everything else.
    opened.trigger("undo")
    assert panel(opened).restore_button.isEnabled()


def test_a_step_that_the_file_no_longer_has_opens_the_last_one(opened, lesson):
    """Home raised an IndexError: the panel stayed at the step of the lesson before."""
    shorter = lesson.with_name("shorter.toml")
    shorter.write_text(TEXT[: TEXT.index('[[steps]]\ntitle = "A lab"')], "utf-8")
    begin(opened, lesson)
    view(opened).go(2)
    view(opened).open(shorter, step=7)
    opened.bot.waitUntil(lambda: view(opened).opened.file.path == shorter)
    assert view(opened).panel.current == 1
    view(opened).restore()


def test_undo_brings_back_the_step_before_and_its_words(opened, lesson):
    begin(opened, lesson)
    view(opened).go(1)
    opened.trigger("undo")
    assert panel(opened).current == 0
    assert panel(opened).narration.text() == "Look at the road."
    assert opened.window.model_section.isHidden()
    opened.trigger("redo")
    assert panel(opened).current == 1
    opened.settled()


def test_a_question_is_answered_before_it_is_revealed(opened, lesson):
    begin(opened, lesson)
    box = panel(opened).question
    assert box.isVisible()
    assert box.verdict.isHidden()
    with opened.bot.waitSignal(panel(opened).answered) as answered:
        opened.bot.mouseClick(box.buttons[0], Qt.MouseButton.LeftButton)
    assert answered.args == [False]
    assert box.verdict.text() == "No: that. Because."
    assert [button.text() for button in box.buttons] == ["✗ 1)  this", "✓ 2)  that"]
    with opened.bot.waitSignal(panel(opened).answered) as answered:
        opened.bot.mouseClick(box.buttons[1], Qt.MouseButton.LeftButton)
    assert answered.args == [True]
    assert box.verdict.text() == "Yes. Because."
    press(opened, Qt.Key.Key_PageDown)
    assert box.isHidden()
    press(opened, Qt.Key.Key_PageUp)
    # Nobody has to wait for an answer again.
    assert box.isVisible() and box.verdict.isVisible() and not box.is_open
    # Nothing of the question before lies beneath.
    assert len(box.findChildren(QPushButton)) == 2


def test_the_list_goes_to_a_step_by_click_and_by_key(opened, lesson):
    begin(opened, lesson)
    steps = panel(opened).steps
    place = steps.visualItemRect(steps.item(2)).center()
    opened.bot.mouseClick(steps.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert panel(opened).current == 2
    steps.setFocus()
    opened.bot.keyClick(steps, Qt.Key.Key_Up)
    assert panel(opened).current == 2
    opened.bot.keyClick(steps, Qt.Key.Key_Return)
    assert panel(opened).current == 1
    opened.settled()


def test_device_and_palette_stay_the_person_s_own(opened, lesson):
    opened.store.set("overlay", palette="colour-blind safe")
    opened.store.set("inference", device="cpu")
    begin(opened, lesson)
    view(opened).go(1)
    assert opened.session.overlay.palette == "colour-blind safe"
    assert opened.session.inference.device == "cpu"
    assert not panel(opened).restore_button.isEnabled()


def test_the_menu_lists_the_shipped_lessons(explorer):
    explorer.bot.waitUntil(lambda: len(view(explorer).files) > 2, timeout=60_000)
    titles = [action.text() for action in explorer.window.toolbar.lessons_menu.actions()]
    assert "Boundary recovery by a fully connected CRF" in titles
    assert "Add this state as a step…" in titles


def test_a_wrong_file_is_said_and_the_lesson_goes_on(opened, lesson, tmp_path):
    begin(opened, lesson)
    bad = tmp_path / "bad.toml"
    bad.write_text(TEXT.replace("paper", "papper"), "utf-8")
    view(opened).open(bad)
    opened.bot.waitUntil(lambda: "bad.toml, line 9" in opened.message(), timeout=60_000)
    assert "papper" in opened.message()
    assert view(opened).opened.file.path == lesson


def test_a_session_without_a_picture_is_not_gone_back_to(explorer, lesson):
    begin(explorer, lesson)
    shown = explorer.session
    view(explorer).leave()
    assert explorer.session == shown


@pytest.fixture
def sheet():
    """A style sheet, as the program has one from its theme."""
    app = QApplication.instance()
    before = app.styleSheet()
    app.setStyleSheet("QLabel { background: transparent; }")
    yield app.styleSheet()
    app.setStyleSheet(before)


def test_presenting_is_large_full_screen_and_without_notes(opened, lesson, sheet):
    window, size = opened.window, QApplication.font().pointSizeF()
    opened.presenter.presentation.set_text(150)
    widths = window.right.minimumWidth(), window.right.maximumWidth()
    begin(opened, lesson)
    assert panel(opened).notes_section.isVisible()
    assert not window.action("blank").isEnabled()
    press(opened, Qt.Key.Key_F5)
    try:
        assert window.isFullScreen()
        assert panel(opened).narration.font().pointSizeF() == pytest.approx(1.5 * size)
        assert window.canvas.font().pointSizeF() == pytest.approx(1.5 * size)
        assert window.toolbar.isHidden() and window.statusBar().isHidden()
        assert panel(opened).notes_section.isHidden()
        halo, blank = opened.presenter.presentation.halo, opened.presenter.presentation.blank
        assert halo.isVisible()
        halo.follow(QPoint(200, 100))
        assert halo.geometry().center() in (QPoint(200, 100), QPoint(199, 99))
        press(opened, Qt.Key.Key_B)
        assert blank.isVisible()
        assert blank.geometry() == window.rect()
        assert blank.grab().toImage().pixelColor(5, 5).name() == "#000000"
        # A clicker has no B: the next step shows the screen again.
        press(opened, Qt.Key.Key_PageDown)
        assert blank.isHidden()
        assert panel(opened).notes_section.isHidden()
        opened.settled()
        press(opened, Qt.Key.Key_B)
        press(opened, Qt.Key.Key_B)
        assert blank.isHidden()
    finally:
        press(opened, Qt.Key.Key_Escape)
    assert not window.isFullScreen()
    assert QApplication.font().pointSizeF() == pytest.approx(size)
    assert window.classes_section.font().pointSizeF() == pytest.approx(size)
    assert QApplication.instance().styleSheet() == sheet
    assert (window.right.minimumWidth(), window.right.maximumWidth()) == widths
    assert window.toolbar.isVisible() and halo.isHidden()
    # B is a letter again.
    press(opened, Qt.Key.Key_B)
    assert blank.isHidden()


def test_a_state_becomes_a_step_of_one_s_own(opened):
    opened.store.set("crf", appearance_weight=7.0)
    opened.trigger("add_step")
    dialog = QApplication.activeModalWidget() or next(
        child for child in opened.window.children() if type(child).__name__ == "StepDialog"
    )
    save = dialog.buttons.button(QDialogButtonBox.StandardButton.Save)
    assert "largest == " in dialog.observations.toPlainText()
    assert not save.isEnabled()
    opened.bot.keyClicks(dialog.new_title, "My own")
    opened.bot.keyClicks(dialog.title, 'A "quoted" step')
    opened.bot.keyClicks(dialog.narration, "Look.")
    opened.bot.mouseClick(save, Qt.MouseButton.LeftButton)
    path = own_folder() / "my_own.toml"
    opened.bot.waitUntil(path.is_file, timeout=60_000)
    file = read_lesson(path)
    assert file.lesson.title == "My own"
    (step,) = file.lesson.steps
    assert step.title == 'A "quoted" step'
    session, said = session_for(step, path)
    assert said == ()
    assert session.crf == opened.session.crf
    assert session.image == opened.session.image
    opened.bot.waitUntil(lambda: any(one.own for one in view(opened).files), timeout=60_000)


def test_the_keys_stand_on_the_sheet(explorer):
    rows = key_list(explorer.window)
    assert ("Lesson", "PgDown", "Next step") in rows
    assert ("Lesson", "B", "Blank screen") in rows


def test_the_state_before_a_lesson_has_its_own_panels(opened, lesson):
    opened.window.toggle_panels()
    begin(opened, lesson)
    view(opened).leave()
    assert opened.window.left.isHidden() and opened.window.right.isHidden()
    assert opened.session != Session()


def test_a_step_shows_the_settings_that_the_lesson_changes_and_no_others(opened, lesson):
    window, model = opened.window, opened.presenter.model
    assert not window.photograph_section.isHidden()
    begin(opened, lesson)
    view(opened).go(1)
    opened.settled()
    shown = [name for name in model.form.names() if not model.form.row(name).isHidden()]
    assert shown == ["output_stride"]
    assert window.photograph_section.isHidden()
    model.rest.click()
    assert not model.form.row("atrous_rates").isHidden()
    view(opened).go(1)
    assert model.form.row("atrous_rates").isHidden()
    view(opened).leave()
    assert not model.form.row("atrous_rates").isHidden()
    assert not window.photograph_section.isHidden()
