"""Small pictures come when they are asked for; one that cannot be made is asked for once."""

import threading

import numpy as np
import pytest
from PySide6.QtCore import QSize

from segviewer.widgets.tables.lazy_pictures import LazyPictures


@pytest.fixture
def pictures(qtbot):
    pictures = LazyPictures(QSize(40, 30))
    yield pictures
    pictures.stop()


def test_a_picture_comes_from_another_thread_and_is_kept(qtbot, pictures):
    made = []

    def make():
        made.append(threading.get_ident())
        return np.full((60, 80, 3), 200, np.uint8)

    with qtbot.waitSignal(pictures.arrived) as arrived:
        assert pictures.get("a", make) is None
    assert arrived.args == ["a"]
    image = pictures.get("a", make)
    assert image.width() <= 80 and image.width() / image.height() == pytest.approx(4 / 3)
    assert len(made) == 1 and made[0] != threading.get_ident()


def test_what_cannot_be_made_is_not_asked_for_again(qtbot, pictures):
    asked = []

    def fail():
        asked.append(1)
        raise OSError

    pictures.get("a", fail)
    pictures.stop()
    qtbot.waitUntil(lambda: "a" in pictures._failed)
    assert pictures.get("a", fail) is None and len(asked) == 1
    pictures.clear()
    pictures.get("a", fail)
    qtbot.waitUntil(lambda: len(asked) == 2)
