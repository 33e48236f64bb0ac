"""Presenting as a lecturer does: keys only, a speaker's window, text sizes, the lens."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QCursor, QGuiApplication
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QDockWidget

from segviewer.app.presenting import presentation as presentation_module
from segviewer.app.presenting import speaker as speaker_module
from segviewer.app.presenting.presentation import TEXT_SIZES
from segviewer.app.shell.key_list import key_list
from segviewer.widgets.controls.section import Section
from segviewer.widgets.diagrams import drawing_lens

# Each opens a window and waits for its engine.
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
controls = ["classes"]
observations = ["outline > 0"]
[steps.question]
text = "Which is right?"
choices = ["this", "that"]
answer = "that"
reveal = "Because."
[[steps]]
title = "Controls"
narration = "Everything that can be set."
controls = ["model", "classes", "overlay", "crf"]
observations = ["outline > 0"]
[[steps]]
title = "A lab"
narration = "Taps."
observations = ['lab.caption contains "19.9%"']
session = { lab = { name = "valid_weights", values = { rate = 18 } } }
"""
CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)
PLAIN = Qt.KeyboardModifier.NoModifier


@pytest.fixture(autouse=True)
def own_settings(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture(autouse=True)
def sheet(qapp):
    """A style sheet, as the program has one from its theme; and no pointer over the picture."""
    QCursor.setPos(QGuiApplication.primaryScreen().geometry().bottomRight())
    before, font = qapp.styleSheet(), qapp.font()
    qapp.setStyleSheet("QLabel { background: transparent; }")
    yield
    qapp.setFont(font)
    qapp.setStyleSheet(before)


@pytest.fixture
def lecture(opened, tmp_path, street):
    """A window with the lesson's first step on screen."""
    path = tmp_path / "short.toml"
    path.write_text(TEXT, "utf-8")
    opened.presenter.lessons.open(path)
    opened.bot.waitUntil(lambda: opened.presenter.lessons.opened is not None, timeout=60_000)
    opened.settled()
    opened.press(Qt.Key.Key_PageDown)  # the answer to its question
    return opened


def presenting(explorer):
    return explorer.presenter.presentation


def step(explorer):
    return explorer.presenter.lessons.panel.current


def speaker(explorer):
    return presenting(explorer).speaker.shown


def settle():
    """Let layouts and the timers of no time come to rest."""
    for _ in range(4):
        QApplication.processEvents()


def test_a_lecture_is_given_with_the_keyboard_alone(lecture):
    window = lecture.window
    lecture.press(Qt.Key.Key_F5)
    assert window.isFullScreen()
    lecture.press(Qt.Key.Key_F5, SHIFT)
    shown = speaker(lecture)
    assert shown.isVisible()
    assert shown.notes.text() == "Wait for questions."
    assert shown.answer.text() == "→ that\nBecause."
    # The speaker's window takes the same keys.
    lecture.press(Qt.Key.Key_PageDown, window=shown)
    assert step(lecture) == 1
    assert shown.place.text() == "Step 2 of 3" and shown.next_title.text() == "A lab"
    lecture.settled()
    lecture.trigger("fainter")
    assert window.action("restore_step").isEnabled()
    changed = lecture.session
    lecture.press(Qt.Key.Key_Home, window=shown)
    assert lecture.session != changed
    for key in (Qt.Key.Key_B, Qt.Key.Key_Period):
        lecture.press(key, window=shown)
        assert presenting(lecture).blank.isVisible() and shown.blank_note.isVisible()
        lecture.press(key)
        assert presenting(lecture).blank.isHidden() and shown.blank_note.isHidden()
    lecture.press(Qt.Key.Key_PageUp)
    assert step(lecture) == 0 and shown.title.text() == "As trained"
    lecture.press(Qt.Key.Key_Escape, window=shown)
    assert not window.isFullScreen()
    assert speaker(lecture) is None and shown.isHidden()
    assert not window.action("speaker").isChecked()


def test_a_digit_in_the_speaker_s_window_answers(lecture):
    lecture.trigger("speaker")
    question = lecture.presenter.lessons.panel.question
    question.ask(question._words)
    assert question.is_open
    lecture.press(Qt.Key.Key_1, window=speaker(lecture))
    assert not question.is_open


def test_the_speaker_s_window_works_without_presenting_and_closes_with_the_lesson(lecture):
    lecture.press(Qt.Key.Key_F5, SHIFT)
    assert speaker(lecture).isVisible() and not lecture.window.isFullScreen()
    # It is no larger than its screen, with a title bar: its buttons are at the bottom.
    room = lecture.window.screen().availableGeometry().size()
    assert speaker(lecture).width() < room.width() and speaker(lecture).height() < room.height()
    lecture.press(Qt.Key.Key_Escape, window=speaker(lecture))
    assert speaker(lecture) is None
    # Esc in the audience's window is no concern of it.
    lecture.press(Qt.Key.Key_F5, SHIFT)
    lecture.press(Qt.Key.Key_Escape)
    assert speaker(lecture) is not None
    lecture.press(Qt.Key.Key_F5, window=speaker(lecture))
    assert lecture.window.isFullScreen()
    lecture.press(Qt.Key.Key_F5, window=speaker(lecture))
    assert not lecture.window.isFullScreen() and speaker(lecture) is None
    lecture.press(Qt.Key.Key_F5, SHIFT)
    shown = speaker(lecture)
    lecture.presenter.lessons.leave()
    assert speaker(lecture) is None and shown.isHidden()
    assert not lecture.window.action("speaker").isEnabled()


def test_the_speaker_sees_the_next_step_small(lecture):
    explorer, lessons = lecture, lecture.presenter.lessons
    lessons.go(0)
    explorer.trigger("speaker")
    shown = explorer.presenter.presentation.speaker.shown
    explorer.bot.waitUntil(shown.next_picture.isVisible)  # the photograph
    lessons.go(1)
    explorer.bot.waitUntil(shown.next_picture.isVisible)  # the lab's own picture
    ratio = shown.next_picture.pixmap().width() / shown.next_picture.pixmap().height()
    assert abs(ratio - 16 / 9) < 0.02
    lessons.go(2)
    explorer.bot.waitUntil(lambda: not shown.next_picture.isVisible())  # the last one
    explorer.trigger("speaker")


def test_the_person_may_close_it_by_its_frame(lecture):
    lecture.press(Qt.Key.Key_F5, SHIFT)
    speaker(lecture).close()
    assert speaker(lecture) is None
    assert not lecture.window.action("speaker").isChecked()
    lecture.press(Qt.Key.Key_F5, SHIFT)
    assert speaker(lecture).isVisible()
    # The program's window takes it along.
    lecture.window.close()
    assert speaker(lecture) is None


def test_the_time_goes_on_while_the_window_is_closed(lecture, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(speaker_module.time, "monotonic", lambda: now[0])
    lecture.press(Qt.Key.Key_F5, SHIFT)
    speaker(lecture).close()
    now[0] += 61
    lecture.press(Qt.Key.Key_F5, SHIFT)
    assert speaker(lecture)._started == 1000.0
    speaker(lecture).restart()
    speaker(lecture).close()
    lecture.press(Qt.Key.Key_F5, SHIFT)
    assert speaker(lecture)._started == 1061.0


def test_with_a_second_screen_presenting_opens_the_speaker_s_window_there(lecture, monkeypatch):
    screen = lecture.window.screen()
    for module in (speaker_module, presentation_module):
        monkeypatch.setattr(module, "other_screen", lambda window: screen)
    lecture.press(Qt.Key.Key_F5)
    shown = speaker(lecture)
    assert shown.isVisible() and shown.swap_button.isVisible()
    assert shown.size() == screen.availableGeometry().size()
    lecture.press(Qt.Key.Key_Escape)
    assert speaker(lecture) is None


def test_the_text_size_is_set_by_keys_applied_at_once_and_remembered(lecture):
    size = QApplication.font().pointSizeF()
    narration = lecture.presenter.lessons.panel.narration
    assert presenting(lecture).percent == 175
    lecture.press(Qt.Key.Key_F5)
    assert narration.font().pointSizeF() == pytest.approx(1.75 * size, rel=0.01)
    for percent in (200, 225, 250, 250):
        lecture.press(Qt.Key.Key_Plus, ALT)
        assert presenting(lecture).percent == percent
        assert narration.font().pointSizeF() == pytest.approx(percent / 100 * size, rel=0.01)
    assert lecture.preferences.presenting("text_percent") == "250"
    for _ in range(5):
        lecture.press(Qt.Key.Key_Minus, ALT)
    assert presenting(lecture).percent == 150
    ticked = [a.text() for a in presenting(lecture).text_menu.actions() if a.isChecked()]
    assert ticked == ["150 %"]
    lecture.press(Qt.Key.Key_Escape)
    assert narration.font().pointSizeF() == pytest.approx(size)
    assert QApplication.font().pointSizeF() == pytest.approx(size)


def test_a_remembered_size_that_there_is_not_is_the_usual_one():
    assert presentation_module._size("200") == 200
    for text in ("", "180", "large", "-5"):
        assert presentation_module._size(text) == 175


@pytest.mark.slow
def test_at_every_size_nothing_is_cut(themed, lecture):
    themed("dark")  # as a window has it: its buttons are not those of the bare style
    window, drawer = lecture.window, lecture.presenter.labs.drawer
    lecture.press(Qt.Key.Key_F5)
    window.showNormal()  # the screen of these tests is smaller
    window.resize(1280, 720)
    lecture.press(Qt.Key.Key_PageDown)
    lecture.settled()
    # The network's controls stand in the same column as the others.
    assert window.left.width() == 0 and window.model_section.isVisible()
    for percent in TEXT_SIZES:
        presenting(lecture).set_text(percent)
        settle()
        for area in (window.right, lecture.presenter.lessons.panel.area):
            assert area.widget().width() <= area.viewport().width(), percent
            assert area.widget().minimumSizeHint().width() <= area.viewport().width(), percent
        assert window.canvas.width() >= 0.3 * window.width()
    lecture.press(Qt.Key.Key_PageDown)
    lecture.settled("lab")
    for percent in TEXT_SIZES:
        presenting(lecture).set_text(percent)
        settle()
        inside = drawer.form_area.widget()
        assert inside.minimumSizeHint().width() <= drawer.form_area.viewport().width(), percent
        assert drawer.views.width() >= 240 and drawer.views.height() >= 120, percent
        assert window.canvas.height() >= 0.3 * window.height()
    lecture.press(Qt.Key.Key_Escape)
    assert drawer.head.isVisible()


def test_the_words_have_the_room_that_the_lecture_does_not_need(lecture):
    panel = lecture.presenter.lessons.panel
    assert panel.title.isVisible() and panel.restore_button.isVisible()
    lecture.press(Qt.Key.Key_F5)
    assert panel.place.isVisible() and panel.close_button.isVisible()
    assert panel.title.isHidden() and panel.restore_button.isHidden()
    # There is something to go back from.
    lecture.trigger("fainter")
    assert panel.restore_button.isVisible()
    lecture.press(Qt.Key.Key_Home)
    assert panel.restore_button.isHidden()
    lecture.press(Qt.Key.Key_Escape)
    assert panel.title.isVisible() and panel.restore_button.isVisible()


def test_keys_reach_the_question_and_bring_it_into_view(lecture):
    presenting(lecture).set_text(250)
    lecture.press(Qt.Key.Key_F5)
    panel = lecture.presenter.lessons.panel
    choices = panel.question.buttons
    # Over the picture Tab itself folds the panels.
    for _ in range(40):
        if choices[1].hasFocus():
            break
        lecture.bot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Backtab, SHIFT)
    assert choices[1].hasFocus()
    assert not choices[1].visibleRegion().isEmpty()
    lecture.bot.keyClick(choices[1], Qt.Key.Key_Space)
    assert panel.question.verdict.text() == "Yes. Because."
    lecture.press(Qt.Key.Key_Escape)


def test_leaving_puts_every_panel_back(lecture):
    window = lecture.window
    lecture.press(Qt.Key.Key_PageDown)
    before = [(p.minimumWidth(), p.maximumWidth()) for p in (window.left, window.right)]
    lecture.press(Qt.Key.Key_F5)
    assert window.right.widget().isAncestorOf(window.model_section)
    lecture.press(Qt.Key.Key_Escape)
    assert [(p.minimumWidth(), p.maximumWidth()) for p in (window.left, window.right)] == before
    left = window.left.widget().layout()
    assert [left.itemAt(i).widget() for i in range(3)] == [
        window.pictures_section,
        window.photograph_section,
        window.model_section,
    ]
    assert window.left.isVisible() and window.right.isVisible()
    for area in (window.left, window.right, window.message_bar, lecture.presenter.lessons.dock):
        assert area.styleSheet() == ""


def test_keys_of_the_lesson_work_while_a_number_is_typed(lecture):
    lessons, window = lecture.presenter.lessons, lecture.window
    lessons.go(1)
    lecture.settled()
    lecture.press(Qt.Key.Key_F5)
    field = next(box for box in window.right.findChildren(QAbstractSpinBox) if box.isVisible())
    field.setFocus()
    before, value = lecture.session, field.text()
    lecture.bot.keyClick(field, Qt.Key.Key_PageUp)
    assert step(lecture) == 0
    lecture.bot.keyClick(field, Qt.Key.Key_PageDown)
    assert step(lecture) == 1 and lecture.session == before and field.text() == value
    lecture.trigger("fainter")
    lecture.bot.keyClick(field, Qt.Key.Key_Home)
    assert lecture.session == before
    # Digits are the question's only while it asks.
    lecture.bot.keyClick(field, Qt.Key.Key_1)
    assert step(lecture) == 1
    lecture.press(Qt.Key.Key_Escape)


def layout_of(window, preferences):
    window.save_layout(preferences)
    return {
        "geometry": window.geometry(),
        "bars": (window.toolbar.height(), window.statusBar().height()),
        "regions": window.splitter.sizes(),
        "kept": bytes(preferences.layout("regions")),
        "docks": [
            (dock.windowTitle(), dock.isVisible(), dock.size())
            for dock in window.findChildren(QDockWidget)
        ],
        "shown": [
            part.isVisible()
            for part in (window.left, window.right, window.toolbar, window.statusBar())
        ],
        "open": [section.is_open() for section in window.findChildren(Section)],
    }


@pytest.mark.parametrize("panels", ["both", "folded", "moved"])
@pytest.mark.parametrize("lab", [False, True], ids=["no lab", "lab"])
def test_the_layout_after_presenting_is_the_one_before(lecture, panels, lab):
    window, preferences = lecture.window, lecture.preferences
    if lab:
        lecture.press(Qt.Key.Key_PageDown)
        lecture.press(Qt.Key.Key_PageDown)
        lecture.settled("lab")
        window.resizeDocks([lecture.presenter.labs.drawer], [290], Qt.Orientation.Vertical)
    if panels == "folded":
        window.toggle_panels()
    if panels == "moved":
        left, centre, right = window.splitter.sizes()
        window.splitter.setSizes([left + 40, centre, right - 40])
        window.model_section.set_open(False)
    settle()
    before = layout_of(window, preferences)
    lecture.press(Qt.Key.Key_F5)
    settle()
    lecture.press(Qt.Key.Key_Escape)

    docks = before.pop("docks")

    def is_back():
        now = layout_of(window, preferences)
        for then, dock in zip(docks, now.pop("docks"), strict=True):
            assert dock[:2] == then[:2]
            # Qt shares the window between docks in whole pixels, and one may go astray.
            change = dock[2] - then[2]
            assert max(abs(change.width()), abs(change.height())) <= 1, (then, dock)
        assert now == before

    lecture.bot.waitUntil(is_back, timeout=2000)


def test_what_is_kept_of_a_window_closed_while_it_presents_is_the_layout_before(lecture):
    window, preferences = lecture.window, lecture.preferences
    before = layout_of(window, preferences)["kept"]
    lecture.press(Qt.Key.Key_F5)
    lecture.close()
    assert bytes(preferences.layout("regions")) == before


def test_the_lens_is_taken_out_and_made_stronger_by_keys(lecture):
    lens, canvas = presenting(lecture).lenses.picture, lecture.window.canvas
    power = lens.power
    # The pointer lies on the toolbar.
    QCursor.setPos(lecture.window.mapToGlobal(QPoint(20, 10)))
    assert not lecture.window.action("lens_power").isEnabled()
    lecture.press(Qt.Key.Key_Z)
    assert lens.isVisible()
    off = lens.geometry().center() - canvas.rect().center()
    assert off.manhattanLength() <= 2
    lecture.press(Qt.Key.Key_Z, SHIFT)
    assert lens.power == power + 1
    assert lecture.preferences.presenting("lens_power") == str(power + 1)
    # Undo has kept its key.
    lecture.press(Qt.Key.Key_Z, CTRL)
    assert lens.on
    lecture.press(Qt.Key.Key_Z)
    assert lens.isHidden()


def test_over_a_lab_the_lens_shows_its_drawing(lecture, monkeypatch):
    lenses, drawer = presenting(lecture).lenses, lecture.presenter.labs.drawer
    lecture.presenter.labs.open("valid_weights")
    lecture.settled("lab")
    middle = drawer.results.mapToGlobal(drawer.results.rect().center())
    monkeypatch.setattr(drawing_lens.QCursor, "pos", lambda: middle)
    lecture.trigger("lens")
    assert lenses.lab.isVisible() and presenting(lecture).halo.isHidden()
    lecture.trigger("lens_power")
    assert lenses.lab.power == lenses.picture.power
    lecture.trigger("lens")
    assert not lenses.seen


def test_of_lens_and_halo_only_one_is_about_the_pointer(lecture):
    halo, lens = presenting(lecture).halo, presenting(lecture).lenses.picture
    lecture.press(Qt.Key.Key_F5)
    assert halo.isVisible()
    lecture.press(Qt.Key.Key_Z)
    assert lens.isVisible() and halo.isHidden()
    lecture.press(Qt.Key.Key_Z)
    assert halo.isVisible()
    lecture.press(Qt.Key.Key_B)
    assert halo.isHidden()
    lecture.press(Qt.Key.Key_B)
    lecture.press(Qt.Key.Key_Escape)
    assert halo.isHidden()


def test_the_menu_and_the_key_sheet_have_them(lecture):
    texts = [action.text() for action in lecture.window.toolbar.lessons_menu.actions()]
    assert "Speaker window" in texts and "Text size" in texts
    lecture.presenter.lessons.refresh()
    lecture.bot.waitUntil(lambda: bool(lecture.presenter.lessons.files), timeout=60_000)
    texts = [action.text() for action in lecture.window.toolbar.lessons_menu.actions()]
    assert texts.count("Text size") == 1
    rows = key_list(lecture.window)
    assert ("Lesson", "Shift+F5", "Speaker window") in rows
    assert ("View", "Z", "Zoom lens") in rows


def test_without_a_lesson_there_is_no_speaker_s_window(opened):
    assert not opened.window.action("speaker").isEnabled()
    opened.press(Qt.Key.Key_F5, SHIFT)
    assert speaker(opened) is None
    opened.press(Qt.Key.Key_F5)
    assert opened.window.isFullScreen() and speaker(opened) is None
    opened.press(Qt.Key.Key_Escape)
    assert not opened.window.isFullScreen()
