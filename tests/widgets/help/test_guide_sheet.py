"""The guide's sheet, used as a person would: typed into, walked through, clicked."""

import io

import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QTextDocument

from segviewer.widgets.help.guide_pages import Page
from segviewer.widgets.help.guide_sheet import GuideSheet

WIDE = 1600


def png(width, height):
    file = io.BytesIO()
    Image.new("RGB", (width, height), (200, 30, 30)).save(file, "PNG")
    return file.getvalue()


PAGES = (
    Page("index", "Guide", "# Guide\n\n[Second](second.md) and [the web](https://example.org/)\n"),
    Page(
        "second",
        "A second page",
        "# A second page\n\nStride and rate.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"
        "\nAgain: the stride.\n",
    ),
    Page(
        "third",
        "About strides",
        "# About strides\n\n![Red](pictures/red.png)\n\n![Away](/etc/hostname)\n",
        {"pictures/red.png": png(WIDE, 100)},
    ),
)


@pytest.fixture
def sheet(qtbot):
    widget = GuideSheet()
    qtbot.addWidget(widget)
    widget.show()
    qtbot.waitExposed(widget)
    widget.set_pages(PAGES)
    return widget


def click_link(qtbot, sheet, text):
    """Click in the middle of a link's words."""
    cursor = sheet.page.document().find(text)
    end = sheet.page.cursorRect(cursor)
    cursor.setPosition(cursor.selectionStart())
    start = sheet.page.cursorRect(cursor)
    middle = QPoint((start.x() + end.x()) // 2, start.center().y())
    qtbot.mouseClick(sheet.page.viewport(), Qt.MouseButton.LeftButton, pos=middle)


def test_before_the_files_are_read_it_says_so(qtbot):
    sheet = GuideSheet()
    qtbot.addWidget(sheet)
    sheet.show()
    qtbot.keyClicks(sheet.search, "stride")  # typed meanwhile
    assert "Reading" in sheet.said.text() and sheet.said.isVisible()
    sheet.set_pages(PAGES)
    assert sheet.listed() == ["second", "third"] and not sheet.said.isVisible()


def test_the_index_is_shown_and_a_link_goes_to_its_page(qtbot, sheet):
    assert sheet.shown_page().name == "index"
    click_link(qtbot, sheet, "Second")
    assert sheet.shown_page().name == "second"
    assert "Stride and rate." in sheet.page.toPlainText()
    assert "|" not in sheet.page.toPlainText()  # the table is one
    assert sheet.list.currentItem().text() == "A second page"


def test_the_web_opens_outside_and_nothing_else_does(qtbot, sheet, monkeypatch):
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url) or True)
    click_link(qtbot, sheet, "the web")
    for other in ("file:///etc/hostname", "ftp://example.org/", "nothing.md", "../README.md"):
        sheet.page.anchorClicked.emit(QUrl(other))
    assert opened == [QUrl("https://example.org/")]
    assert sheet.shown_page().name == "index"


def test_search_looks_at_all_pages_and_marks_the_word(qtbot, sheet):
    qtbot.keyClicks(sheet.search, "stride")
    assert sheet.listed() == ["second", "third"]
    assert sheet.shown_page().name == "third"  # its title has the word
    qtbot.keyClick(sheet.search, Qt.Key.Key_Up)
    assert sheet.shown_page().name == "second"
    assert sheet.page.textCursor().selectedText() == "Stride"
    first = sheet.page.textCursor().selectionStart()
    qtbot.keyClick(sheet.search, Qt.Key.Key_Return)  # on to the next, and round
    assert sheet.page.textCursor().selectionStart() > first
    qtbot.keyClick(sheet.search, Qt.Key.Key_Return)
    assert sheet.page.textCursor().selectionStart() == first


def test_where_nothing_has_the_words_it_says_what_to_do(qtbot, sheet):
    qtbot.keyClicks(sheet.search, "stride nowhere")
    assert sheet.listed() == [] and sheet.said.isVisible()
    sheet.search.clear()
    assert len(sheet.listed()) == 3 and not sheet.said.isVisible()


def test_own_pictures_fit_the_page_and_no_other_file_is_read(sheet):
    sheet.show_page("third")
    kind = QTextDocument.ResourceType.ImageResource.value
    picture = sheet.page.loadResource(kind, QUrl("pictures/red.png"))
    room = sheet.page.viewport().width()
    assert 0.9 * room < picture.width() <= room < WIDE
    assert sheet.page.loadResource(kind, QUrl("/etc/hostname")) is None
    sheet.show_page("second")
    assert sheet.page.loadResource(kind, QUrl("pictures/red.png")) is None


def test_the_place_stays_when_the_sheet_gets_another_size(qtbot, sheet):
    long = Page("long", "Long", "# Long\n\n" + "A paragraph.\n\n" * 200)
    sheet.set_pages((*PAGES, long))
    sheet.show_page("long")
    sheet.page.verticalScrollBar().setValue(400)
    sheet.resize(sheet.width() + 40, sheet.height())
    assert sheet.page.verticalScrollBar().value() == 400
