"""One question before a program is run, and nothing without its answer."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from segviewer.app.panels.trust_question import TrustQuestion
from segviewer.app.state.background import Background
from segviewer.app.state.failures import Failures
from segviewer.checkpoints.whole_models.trust import agreed, is_trusted, untrusted
from segviewer.engine.worker.messages import Trust
from segviewer.resource_files import own_path
from segviewer.widgets.panels.message_bar import MessageBar
from tests.app.conftest import WAIT
from tests.app.state.conftest import Desk
from tests.checkpoints.whole_models.written_programs import NAMES, Small, as_json, write_script

LOADER = "segviewer.checkpoints.whole_models.torch_programs"
HASH = "ab" * 32


@pytest.fixture
def asking(qtbot, nobody_agreed):
    """A desk with labels on it, that is then asked for a program."""
    desk = Desk()
    desk.bar = MessageBar()
    qtbot.addWidget(desk.bar)
    desk.background = Background()
    failures = Failures(desk.bar, desk.store, desk.runner, desk.results, desk.bar)
    desk.question = TrustQuestion(
        desk.bar, desk.store, desk.runner, desk.background, failures, desk.bar
    )
    desk.gets_labels()
    desk.before = desk.store.session
    desk.wanted = desk.before.with_checkpoint("/home/me/net.pt", "torch_script", "p")
    desk.store.update(desk.wanted)
    desk.fails("network", untrusted(Path("/home/me/net.pt"), "torch_script", HASH))
    yield desk
    desk.background.close()
    desk.runner.close()


def press(desk, text):
    # Those of the message before are deleted a little later.
    [*_, button] = (b for b in desk.bar.findChildren(QPushButton) if b.text() == text)
    button.click()


def agreed_to(desk):
    return [message.sha256 for message in desk.engine.sent if isinstance(message, Trust)]


def test_it_is_asked_and_what_is_on_screen_stays(asking):
    said = asking.bar.message()
    assert "net.pt is a TorchScript program" in said and "/home/me" in said
    assert "--trust" not in said  # which is for the command line
    assert asking.store.session == asking.before
    assert not agreed_to(asking) and not is_trusted(HASH)


def test_once_opens_it_and_is_not_remembered(asking):
    press(asking, "Open this once")
    assert asking.store.session.checkpoint == "/home/me/net.pt"
    assert asking.store.session.part == "p"
    assert agreed_to(asking) == [frozenset({HASH})]
    assert agreed() == {HASH} and not own_path("trusted_programs.json").exists()
    asking.store.undo()
    assert asking.store.session == asking.before


def test_always_is_remembered_by_the_files_content(asking, qtbot):
    press(asking, "Always this file")
    assert asking.store.session.checkpoint == "/home/me/net.pt"
    list_of_files = own_path("trusted_programs.json")
    qtbot.waitUntil(list_of_files.exists)
    assert HASH in list_of_files.read_text()


def test_cancel_opens_nothing(asking):
    press(asking, "Cancel")
    assert asking.store.session == asking.before
    assert not agreed_to(asking) and not asking.bar.isVisibleTo(None)


def test_a_program_pinned_as_a_is_pinned_again(asking):
    pinned = asking.before.with_checkpoint("/home/me/net.pt").pinned()
    asking.store.update(asking.before.changed(reference=pinned.reference))
    asking.fails("reference_network", untrusted(Path("/home/me/net.pt"), "torch_script", HASH))
    assert asking.store.session.reference is None
    press(asking, "Open this once")
    assert asking.store.session.reference == pinned.reference
    assert asking.store.session.checkpoint == asking.before.checkpoint


@pytest.mark.slow
def test_a_person_opens_a_program_and_sees_its_classes(nobody_agreed, opened, tmp_path):
    path = write_script(tmp_path / "net.pt", Small(), names=as_json(NAMES))
    sys.modules.pop(LOADER, None)  # which another test may have brought
    before = opened.session
    opened.presenter.openings.open_paths([str(path)])
    opened.bot.waitUntil(lambda: "TorchScript program" in opened.message(), timeout=WAIT)
    assert opened.session == before
    bar = opened.window.message_bar
    [*_, button] = (b for b in bar.findChildren(QPushButton) if b.text() == "Open this once")
    opened.bot.mouseClick(button, Qt.MouseButton.LeftButton)
    opened.settled()
    assert opened.session.checkpoint == str(path)
    assert opened.results("network").classes == tuple(NAMES)
    assert opened.message() == ""
    # Neither its loader nor torch came into this window's process through it.
    assert LOADER not in sys.modules
