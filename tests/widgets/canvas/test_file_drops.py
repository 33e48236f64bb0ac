"""Files that hang over a widget, without a widget."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QRectF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QFont, QImage, QPainter

from segviewer.widgets.canvas.file_drops import FileDrops, opening_hint

HOW = (Qt.DropAction.CopyAction,)
BUTTONS = (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)

pytestmark = pytest.mark.usefixtures("qapp")


def mime(*urls):
    data = QMimeData()
    data.setUrls([QUrl(url) for url in urls])
    return data


def enter(drops, data, hint=opening_hint):
    try:
        event = QDragEnterEvent(QPointF(5, 5), *HOW, data, *BUTTONS)
    except TypeError:  # before Qt 6.12
        event = QDragEnterEvent(QPoint(5, 5), *HOW, data, *BUTTONS)
    event.ignore()
    drops.enter(event, hint)
    return event.isAccepted()


def test_what_would_be_opened_is_said():
    assert opening_hint([Path("/a/cat.png")]) == "Open cat.png"
    assert opening_hint([Path("a"), Path("b")]) == "Open 2 files"


def test_only_files_of_this_machine_count():
    drops, asked = FileDrops(), []
    data = mime("https://example.org/cat.png", "file:///tmp/dog.png")
    assert enter(drops, data, lambda paths: asked.append(paths) or "Open")
    assert asked == [[Path("/tmp/dog.png")]] and drops.text == "Open"
    other = FileDrops()
    assert not enter(other, mime("https://example.org/cat.png")) and other.text is None


def test_letting_go_gives_the_paths_and_takes_the_text_away():
    drops, data = FileDrops(), mime("file:///tmp/dog.png")
    enter(drops, data)
    drop = QDropEvent(QPointF(5, 5), *HOW, data, *BUTTONS)
    drop.ignore()
    assert drops.drop(drop) == [Path("/tmp/dog.png")]
    assert drop.isAccepted() and drops.text is None
    nothing = mime("https://example.org/cat.png")
    drop = QDropEvent(QPointF(5, 5), *HOW, nothing, *BUTTONS)
    drop.ignore()
    assert drops.drop(drop) == [] and not drop.isAccepted()


def test_the_target_is_drawn_only_while_files_hang_there():
    drops = FileDrops()

    def drawn():
        image = QImage(200, 150, QImage.Format.Format_RGB32)
        image.fill(0)
        painter = QPainter(image)
        drops.draw(painter, QRectF(0, 0, 200, 150), QFont())
        painter.end()
        return image.pixelColor(3, 3).lightness() > 0

    assert not drawn()
    enter(drops, mime("file:///tmp/dog.png"))
    assert drawn()
    drops.leave()
    assert not drawn()
