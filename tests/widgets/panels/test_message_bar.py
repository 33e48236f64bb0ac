"""The message bar: what, why, what next, and copying it all."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from segviewer.errors import PictureError
from segviewer.widgets.panels.message_bar import MessageBar
from segviewer.widgets.theme.theme import DARK

LEFT = Qt.MouseButton.LeftButton
LONG = "It ends after 1,204 of 88,112 bytes, so most of it is missing. " * 6


@pytest.fixture
def page(qtbot):
    """A page with the bar above a picture."""
    widget = QWidget()
    qtbot.addWidget(widget)
    layout = QVBoxLayout(widget)
    layout.setContentsMargins(0, 0, 0, 0)
    widget.bar, widget.picture = MessageBar(), QWidget()
    layout.addWidget(widget.bar)
    layout.addWidget(widget.picture, 1)
    widget.resize(500, 400)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


def button(page, text):
    return next(b for b in page.bar.findChildren(QPushButton) if b.text() == text)


def test_it_takes_no_room_without_a_message(page):
    assert page.bar.isHidden()
    assert page.picture.height() == 400
    assert page.bar.message() == ""


def test_an_error_says_its_three_parts(page):
    page.bar.show_error(PictureError("It cannot be opened.", "It is empty.", "Copy it again."))
    shown = " ".join(label.text() for label in page.bar.findChildren(QLabel))
    assert shown == "It cannot be opened. It is empty. Copy it again."
    assert page.bar.tone() == "error"


def test_it_wraps_and_never_covers_the_picture(page, qtbot):
    page.bar.show_message("The picture cannot be opened.", LONG, "Copy it again.")
    qtbot.waitUntil(lambda: page.bar.height() > 100)
    for label in page.bar.findChildren(QLabel):
        assert label.height() >= label.heightForWidth(label.width())
    assert page.picture.y() >= page.bar.geometry().bottom()
    assert page.minimumSizeHint().width() <= 400


def test_copy_details_copies_everything(page, qtbot):
    page.bar.show_message("What.", "Why.", "Next.", details="key table")
    qtbot.mouseClick(button(page, "Copy details"), LEFT)
    assert QGuiApplication.clipboard().text() == "What.\nWhy.\nNext.\nkey table"
    assert button(page, "Copied").isVisible()
    page.bar.clear()
    page.bar.show_message("Another.")
    assert button(page, "Copy details").isVisible()


def test_an_action_closes_the_bar_and_is_done(page, qtbot):
    done = []
    page.bar.show_message("What.", actions=[("Open another…", lambda: done.append(1))])
    with qtbot.waitSignal(page.bar.closed):
        qtbot.mouseClick(button(page, "Open another…"), LEFT)
    assert done == [1]
    assert page.bar.isHidden()


def test_an_action_may_show_the_next_message(page, qtbot):
    page.bar.show_message(
        "First.", actions=[("Again", lambda: page.bar.show_message("Second.", tone="info"))]
    )
    qtbot.mouseClick(button(page, "Again"), LEFT)
    assert page.bar.message() == "Second."


def test_closing_tells_once(page, qtbot):
    page.bar.show_message("What.")
    close = next(
        b for b in page.bar.findChildren(QPushButton) if b.accessibleName() == "Close message"
    )
    emitted = []
    page.bar.closed.connect(lambda: emitted.append(1))
    qtbot.mouseClick(close, LEFT)
    page.bar.clear()
    assert emitted == [1]


@pytest.mark.parametrize("tone", ["error", "warning", "info"])
def test_each_tone_has_its_ground(page, themed, tone):
    themed("dark")
    page.bar.show_message("What.", "Why.", tone="info" if tone != "info" else "error")
    page.bar.show_message("What.", "Why.", tone=tone)
    image = page.bar.grab().toImage()
    assert image.pixelColor(3, 3).name() == getattr(DARK, tone)
