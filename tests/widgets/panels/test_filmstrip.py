"""The filmstrip: lazy thumbnails, broken pictures, choosing."""

import threading

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication

from segviewer.errors import PictureError
from segviewer.widgets.panels.filmstrip import Filmstrip

LEFT = Qt.MouseButton.LeftButton


class Loader:
    """Gives red pictures, and remembers what was asked and where."""

    def __init__(self):
        self.asked = []
        self.threads = set()

    def __call__(self, path):
        self.asked.append(path)
        self.threads.add(threading.get_ident())
        if "broken" in path:
            raise PictureError("It cannot be read.", "The file is empty.", "Copy it again.")
        return np.full((40, 60, 3), (255, 0, 0), np.uint8)


@pytest.fixture
def loader():
    return Loader()


@pytest.fixture
def strip(qtbot, loader):
    widget = Filmstrip(loader)
    qtbot.addWidget(widget)
    widget.resize(260, 200)
    widget.show()
    qtbot.waitExposed(widget)
    yield widget
    widget.stop()


def loaded(strip, path):
    return strip._model._images.get(path) is not None


def centre(strip, row):
    return strip.view().visualRect(strip.view().model().index(row, 0)).center()


def colour(strip, row):
    image = strip.view().viewport().grab().toImage()
    return image.pixelColor(centre(strip, row)).getRgb()[:3]


def test_thumbnails_are_read_in_another_thread_and_drawn(strip, loader, qtbot):
    strip.set_pictures(["/a.png", "/b.png"])
    qtbot.waitUntil(lambda: loaded(strip, "/a.png") and loaded(strip, "/b.png"))
    assert colour(strip, 0) == (255, 0, 0)
    assert threading.get_ident() not in loader.threads
    assert sorted(loader.asked) == ["/a.png", "/b.png"]


def test_only_what_is_in_view_is_read(strip, loader, qtbot):
    paths = [f"/{i:04}.png" for i in range(2000)]
    strip.set_pictures(paths)
    qtbot.waitUntil(lambda: loaded(strip, paths[0]))
    assert len(loader.asked) < 40
    strip.set_current(paths[1500])
    qtbot.waitUntil(lambda: loaded(strip, paths[1500]))
    assert len(loader.asked) < 80


def test_a_broken_picture_shows_a_sign_and_says_why(strip, qtbot):
    strip.set_pictures(["/a.png", "/broken.png"])
    qtbot.waitUntil(lambda: strip.problem("/broken.png") != "")
    assert "The file is empty." in strip.problem("/broken.png")
    index = strip.view().model().index(1, 0)
    assert "The file is empty." in index.data(Qt.ItemDataRole.ToolTipRole)
    assert strip.problem("/a.png") == ""


def test_a_click_chooses(strip, qtbot):
    strip.set_pictures(["/a.png", "/b.png"])
    with qtbot.waitSignal(strip.picture_chosen) as emitted:
        qtbot.mouseClick(strip.view().viewport(), LEFT, pos=centre(strip, 1))
    assert emitted.args == ["/b.png"]
    assert strip.current() == "/b.png"


def test_stepping_chooses_and_stops_at_the_ends(strip, qtbot):
    strip.set_pictures(["/a.png", "/b.png"], current="/a.png")
    with qtbot.waitSignal(strip.picture_chosen) as emitted:
        strip.step(1)
    assert emitted.args == ["/b.png"]
    with qtbot.assertNotEmitted(strip.picture_chosen):
        strip.step(1)
    strip.step(-1)
    with qtbot.assertNotEmitted(strip.picture_chosen):
        strip.step(-1)
    assert strip.current() == "/a.png"


def test_setting_the_current_one_is_silent(strip, qtbot):
    strip.set_pictures(["/a.png", "/b.png"])
    with qtbot.assertNotEmitted(strip.picture_chosen):
        strip.set_current("/b.png")
        strip.set_current("/elsewhere.png")
    assert strip.current() is None


def test_the_current_picture_is_framed(strip, qtbot):
    strip.set_pictures(["/a.png", "/b.png"])
    qtbot.waitUntil(lambda: loaded(strip, "/b.png"))
    before = strip.view().viewport().grab().toImage()
    strip.set_current("/b.png")
    after = strip.view().viewport().grab().toImage()
    rect = strip.view().visualRect(strip.view().model().index(1, 0))
    edge = QPoint(rect.x() + 3, rect.center().y())
    assert before.pixelColor(edge) != after.pixelColor(edge)


def test_another_folder_drops_what_still_comes(strip, qtbot):
    release = threading.Event()

    def slow(path):
        release.wait(5)
        return np.zeros((4, 4, 3), np.uint8)

    strip._model._load = slow
    strip.set_pictures(["/old.png"])
    strip.view().viewport().grab()
    strip.set_pictures(["/new.png"])
    strip.view().viewport().grab()
    release.set()
    qtbot.waitUntil(lambda: loaded(strip, "/new.png"))
    assert not loaded(strip, "/old.png")


def test_the_menu_copies_the_path(strip):
    strip.set_pictures(["/a.png"])
    menu = strip.menu("/a.png")
    next(action for action in menu.actions() if action.text() == "Copy path").trigger()
    assert QGuiApplication.clipboard().text() == "/a.png"
    menu.close()
