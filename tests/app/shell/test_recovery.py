"""What was open in a window that ended badly comes back in the next one."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from segviewer.app.lessons.step_dialog import StepDialog
from segviewer.app.shell.recovery import Recovery
from segviewer.app.state.recovery_file import Kept, OpenLesson, read_kept, write_kept
from segviewer.engine.worker.log import LogFile
from segviewer.files.run_folder import RunFolder
from segviewer.lessons.reading import shipped_folder
from segviewer.session import Session

WAIT = 60_000


@pytest.fixture
def place(tmp_path):
    return tmp_path / "running"


@pytest.fixture
def recovery(explorer, place, tmp_path, monkeypatch):
    monkeypatch.setattr("segviewer.app.shell.recovery.KEEP_MS", 20)
    recovery = Recovery(explorer.presenter, RunFolder.make(place), LogFile(tmp_path / "log"))
    yield recovery
    explorer.close()
    explorer.presenter.background.wait(10)
    recovery.close()


def ended(place, **values):
    """What a killed window leaves."""
    folder = RunFolder.make(place)
    write_kept(folder.recovery, Kept(**values))
    folder.lock.release()
    return folder


def kept_in(recovery) -> Kept:
    return read_kept(recovery.folder.recovery)


def wait_kept(explorer, recovery, holds):
    def is_kept():
        assert recovery.folder.recovery.exists()
        assert holds(kept_in(recovery))

    explorer.bot.waitUntil(is_kept, timeout=WAIT)


def look(explorer, recovery):
    with explorer.bot.waitSignal(recovery.looked, timeout=WAIT):
        recovery._look()


def click(explorer, text):
    button = next(
        b
        for b in explorer.window.message_bar.findChildren(QPushButton)
        if b.text() == text and b.isVisible()
    )
    explorer.bot.mouseClick(button, Qt.MouseButton.LeftButton)


def waiting(place) -> int:
    return len(list(place.iterdir()))


def test_nothing_is_kept_before_something_was_done(explorer, recovery, place):
    explorer.bot.wait(200)
    assert not recovery.folder.recovery.exists()
    explorer.close()
    explorer.presenter.background.wait(10)
    recovery.close()
    assert waiting(place) == 0


def test_what_is_done_is_in_the_file_soon(explorer, recovery, street):
    explorer.presenter.openings.open_paths([street])
    explorer.store.set("crf", appearance_weight=7.0)
    wait_kept(explorer, recovery, lambda kept: kept.session.image == str(street))
    explorer.store.set("overlay", opacity=0.3, finished=False)  # in the middle of a drag
    wait_kept(explorer, recovery, lambda kept: kept.session.overlay.opacity == 0.3)
    kept = kept_in(recovery)
    assert kept.session == explorer.session and kept.pictures == (str(street),)
    assert [session.crf.appearance_weight for session in kept.undo][-1] == 7.0
    assert kept.step is None and kept.lesson is None


def test_many_changes_are_few_writes(explorer, recovery, monkeypatch):
    monkeypatch.setattr(recovery, "_timer", recovery._timer)
    recovery._timer.setInterval(200)
    written = []
    recovery.kept.connect(lambda: written.append(time.monotonic()))
    for number in range(40):
        explorer.store.set("overlay", opacity=number / 100)
        explorer.bot.wait(10)
    explorer.bot.waitUntil(lambda: bool(written), timeout=WAIT)
    wait_kept(explorer, recovery, lambda kept: kept.session.overlay.opacity == 0.39)
    assert len(written) <= 8


def test_a_clean_end_leaves_nothing_and_a_signal_leaves_it_all(explorer, recovery, place):
    explorer.store.set("crf", appearance_weight=7.0)
    explorer.close()
    explorer.presenter.background.wait(10)
    recovery.close(keep=True)
    (left,) = place.iterdir()
    assert read_kept(left / "recovery.json").session.crf.appearance_weight == 7.0
    recovery.close()
    assert waiting(place) == 1


def test_it_is_offered_restored_and_kept_on(explorer, recovery, place, street):
    image = str(street)
    before = Session(image=image, checkpoint=explorer.session.checkpoint)
    then = before.changed(crf=before.crf.changed(appearance_weight=7.0))
    other = then.changed(overlay=then.overlay.changed(opacity=0.2))
    folder = ended(place, session=then, undo=(before,), redo=(other,), pictures=(image, "/b.png"))
    look(explorer, recovery)
    assert "Restore what was open?" in explorer.message()
    assert "street.png" in explorer.message() and "1 step to undo" in explorer.message()
    assert explorer.session != then  # nothing was asked for yet
    assert explorer.window.action("restore_open").isVisible()
    click(explorer, "Restore")
    assert explorer.session == then and explorer.message() == ""
    assert explorer.window.filmstrip.pictures() == [image, "/b.png"]
    assert not explorer.window.action("restore_open").isVisible()
    explorer.settled()
    explorer.trigger("redo")
    assert explorer.session == other
    explorer.trigger("undo")
    explorer.trigger("undo")
    assert explorer.session == before and not explorer.store.can_undo
    # Its file is now this window's own.
    wait_kept(explorer, recovery, lambda kept: kept.session == before)
    explorer.bot.waitUntil(lambda: not folder.path.exists(), timeout=WAIT)


def test_what_was_done_meanwhile_is_one_step_back(opened, place, tmp_path):
    recovery = Recovery(opened.presenter, RunFolder.make(place), LogFile(tmp_path / "log"))
    now = opened.session
    then = now.changed(crf=now.crf.changed(appearance_weight=7.0))
    ended(place, session=then)
    look(opened, recovery)
    opened.store.set("overlay", opacity=0.25)
    mine = opened.session
    opened.trigger("restore_open")
    assert opened.session == then
    opened.trigger("undo")
    assert opened.session == mine
    opened.close()
    recovery.close()


def test_discard_forgets_all_of_them(explorer, recovery, place):
    for _ in range(3):
        ended(place, session=Session())
    look(explorer, recovery)
    click(explorer, "Discard")
    explorer.bot.waitUntil(lambda: waiting(place) == 1, timeout=WAIT)  # its own
    assert not explorer.window.action("restore_open").isVisible()


def test_an_answer_can_wait_for_the_next_start(explorer, recovery, place):
    folder = ended(place, session=Session())
    look(explorer, recovery)
    explorer.window.message_bar.clear()
    explorer.bot.wait(50)
    assert explorer.message() == ""  # asked once
    assert explorer.window.action("restore_open").isVisible()
    explorer.close()
    explorer.presenter.background.wait(10)
    recovery.close()
    assert [path.name for path in place.iterdir()] == [folder.path.name]


def test_it_waits_behind_another_message(explorer, recovery, place):
    ended(place, session=Session())
    explorer.window.message_bar.show_message("Something else.")
    look(explorer, recovery)
    assert explorer.message() == "Something else."
    explorer.window.message_bar.clear()
    explorer.bot.waitUntil(lambda: "Restore" in explorer.message())


def test_a_running_window_is_not_offered(explorer, recovery, place):
    running = RunFolder.make(place)
    write_kept(running.recovery, Kept(session=Session()))
    look(explorer, recovery)
    assert explorer.message() == ""
    running.remove()


def test_a_file_that_is_gone_gets_its_sentence_and_the_rest_is_restored(opened, place, tmp_path):
    recovery = Recovery(opened.presenter, RunFolder.make(place), LogFile(tmp_path / "log"))
    shown = opened.session.image
    then = opened.session.changed(image="/gone/away.png", crf={"appearance_weight": 7.0})
    ended(place, session=then, pictures=("/gone/away.png",))
    look(opened, recovery)
    click(opened, "Restore")
    opened.bot.waitUntil(lambda: "away.png" in opened.message(), timeout=WAIT)
    opened.settled()
    assert opened.session.image == shown and opened.session.crf.appearance_weight == 7.0
    opened.close()
    recovery.close()


def test_a_lesson_goes_on_where_it_was(opened, place, tmp_path):
    recovery = Recovery(opened.presenter, RunFolder.make(place), LogFile(tmp_path / "log"))
    before = opened.session
    then = before.changed(image="sample:palace", crf={"enabled": False, "appearance_weight": 7.0})
    path = shipped_folder() / "02_atrous.toml"
    pictures = (before.image, "/a.png")
    lesson = OpenLesson(path=str(path), step=1, before=before, pictures_before=pictures)
    ended(place, session=then, pictures=("sample:palace",), lesson=lesson)
    look(opened, recovery)
    assert "step 2 of the lesson" in opened.message()
    click(opened, "Restore")
    lessons = opened.presenter.lessons
    opened.bot.waitUntil(lambda: lessons.opened is not None, timeout=WAIT)
    assert lessons.panel.current == 1 and opened.session == then
    assert lessons.panel.restore_button.isEnabled()  # the person had changed something
    assert lessons.kept() == lesson
    opened.trigger("leave_lesson")
    assert opened.session == before
    assert opened.presenter.openings.pictures == [before.image, "/a.png"]
    opened.close()
    recovery.close()


def test_a_step_that_was_not_saved_is_there_again(explorer, recovery, place):
    explorer.trigger("add_step")
    dialog = explorer.window.findChild(StepDialog)
    explorer.bot.keyClicks(dialog.title, "Mine")
    explorer.bot.keyClicks(dialog.notes, "Say this")
    wait_kept(
        explorer, recovery, lambda kept: kept.step is not None and kept.step.notes == "Say this"
    )
    kept = kept_in(recovery)
    dialog.reject()  # given up: nothing to be kept any more
    wait_kept(explorer, recovery, lambda kept: kept.step is None)
    ended(place, session=kept.session, step=kept.step)
    look(explorer, recovery)
    assert "a step of a lesson that was not saved" in explorer.message()
    click(explorer, "Restore")
    again = [d for d in explorer.window.findChildren(StepDialog) if d.isVisible()]
    assert [(d.title.text(), d.notes.toPlainText()) for d in again] == [("Mine", "Say this")]
    again[0].reject()


def test_a_damaged_file_disturbs_nobody(explorer, recovery, place):
    folder = ended(place, session=Session())
    folder.recovery.write_bytes(b"\0" * 100)
    look(explorer, recovery)
    assert explorer.message() == ""
    assert waiting(place) == 1


def test_a_folder_that_cannot_be_written_is_noted_once(explorer, recovery, caplog, monkeypatch):
    def full(path, kept):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("segviewer.app.shell.recovery.write_kept", full)
    for value in (1.0, 2.0, 3.0):
        explorer.store.set("crf", appearance_weight=value)
        explorer.bot.wait(100)
    assert caplog.text.count("cannot be kept") == 1
    assert explorer.message() == ""
