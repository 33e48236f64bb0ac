"""The log is shown beside the window, copied, and found."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices, QGuiApplication

from segviewer.app.help.log_view import SHOWN_BYTES, LogView
from segviewer.engine.worker.log import LogFile, log_path

WAIT = 60_000


@pytest.fixture(autouse=True)
def own_state(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def text(explorer):
    return explorer.presenter.help.log.page.toPlainText()


def test_help_shows_it_and_the_window_stays_usable(explorer, monkeypatch):
    log_path().parent.mkdir(parents=True)
    log = LogFile(log_path())
    for number in range(10_000):
        log.append(f"record {number:05d} of a run that took a while\n")
    assert explorer.window.action("log") in explorer.window.toolbar.help_menu.actions()
    explorer.trigger("log")
    view = explorer.presenter.help.log
    assert not view.isModal()
    explorer.bot.waitUntil(lambda: "record 09999" in text(explorer), timeout=WAIT)
    assert SHOWN_BYTES / 2 < len(text(explorer)) <= SHOWN_BYTES
    assert text(explorer).startswith("record ")  # whole records only
    bar = view.page.verticalScrollBar()
    assert bar.value() == bar.maximum()
    explorer.bot.mouseClick(view.copy_button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == text(explorer)
    shown = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: shown.append(url.toLocalFile()))
    explorer.bot.mouseClick(view.folder_button, Qt.MouseButton.LeftButton)
    assert shown == [str(log_path().parent)]
    # Asked for again, the same window has what is new.
    log.append("the newest\n")
    explorer.trigger("log")
    assert explorer.presenter.help.log is view
    explorer.bot.waitUntil(lambda: text(explorer).rstrip().endswith("the newest"), timeout=WAIT)


def test_one_window_however_often_it_is_opened(explorer):
    for _ in range(5):
        explorer.trigger("log")
        view = explorer.presenter.help.log
        explorer.bot.waitUntil(lambda view=view: "Nothing" in view.said.text(), timeout=WAIT)
        assert not view.copy_button.isEnabled()
        view.close()
        explorer.bot.waitUntil(lambda: explorer.presenter.help.log is None, timeout=WAIT)
    assert explorer.window.findChildren(LogView) == []
