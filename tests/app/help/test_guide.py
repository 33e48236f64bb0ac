"""The guide in the running window."""

import threading

import pytest
from PySide6.QtCore import Qt

import segviewer.widgets.help.guide_pages
from segviewer.widgets.help.guide_pages import read_guide

# Each opens a window and waits for its engine.
pytestmark = pytest.mark.slow


def test_it_opens_from_the_menu_above_the_glossary_and_is_read_elsewhere(explorer, monkeypatch):
    readers = []

    def noted():
        readers.append(threading.current_thread())
        return read_guide()

    monkeypatch.setattr(segviewer.widgets.help.guide_pages, "read_guide", noted)
    entries = [action.text() for action in explorer.window.toolbar.help_menu.actions()]
    assert entries.index("Guide") == entries.index("Glossary") - 1
    explorer.trigger("guide")
    sheet = explorer.presenter.help.guide
    assert sheet.isVisible()
    explorer.bot.waitUntil(lambda: sheet.shown_page() is not None, timeout=20_000)
    assert sheet.listed() == [page.name for page in read_guide()]
    assert readers and readers[0] is not threading.main_thread()
    sheet.show_page("tuning_a_crf")
    sheet.close()
    explorer.trigger("guide")  # where it was, and not read again
    assert sheet.isVisible() and sheet.shown_page().name == "tuning_a_crf"
    assert len(readers) == 1


def test_a_guide_that_cannot_be_read_is_said(explorer, monkeypatch):
    def broken():
        raise OSError("no such folder")

    monkeypatch.setattr(segviewer.widgets.help.guide_pages, "read_guide", broken)
    explorer.trigger("guide")
    sheet = explorer.presenter.help.guide
    explorer.bot.waitUntil(lambda: "no such folder" in sheet.said.text(), timeout=20_000)
    assert "Install" in sheet.said.text()


def test_f1_searches_guide_and_keys_and_opens_the_guide_at_the_place(explorer):
    explorer.trigger("glossary")
    found = explorer.presenter.help.glossary
    found.search.setText("memory runs out")
    explorer.bot.waitUntil(lambda: found.shown_place() is not None, timeout=20_000)
    assert found.shown_place().page == "troubleshooting"
    assert found.shown_place().heading == "Memory"
    explorer.bot.keyClick(found.search, Qt.Key.Key_Return)
    sheet = explorer.presenter.help.guide
    explorer.bot.waitUntil(lambda: sheet.shown_page() is not None, timeout=20_000)
    assert sheet.isVisible() and sheet.shown_page().name == "troubleshooting"
    assert sheet.page.textCursor().block().text() == "Memory"
    assert sheet.page.verticalScrollBar().value() > 0
    found.search.setText("ctrl+shift+o")
    assert [found.list.item(i).text() for i in range(found.list.count())
            if not found.list.item(i).isHidden()][0] == "Open folder"  # fmt: skip
    # Once more, where the guide is open already.
    found.search.setText("copies it details")
    found.enter()
    assert sheet.shown_page().name == "troubleshooting"
