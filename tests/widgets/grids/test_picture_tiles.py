"""Tiles chosen by hand, and what of them is copied."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication

from segviewer.widgets.grids.picture_tiles import PictureTiles, Tile

LEFT = Qt.MouseButton.LeftButton


def tile(name, colour, tip=""):
    picture = None if colour is None else np.full((30, 60, 3), colour, np.uint8)
    return Tile(name, f"title {name}", f"mIoU {name}\n1.5 s", picture, tip)


@pytest.fixture
def tiles(qtbot):
    widget = PictureTiles()
    qtbot.addWidget(widget)
    widget.resize(900, 200)
    widget.set_tiles(
        [tile("a", (200, 0, 0)), tile("b", (0, 200, 0), "<b>second"), tile("c", None)], "a"
    )
    widget.show()
    qtbot.waitExposed(widget)
    widget.received = []
    widget.chosen.connect(lambda name: widget.received.append(name))
    return widget


def middle(tiles, index):
    return tiles.area_of(index).center().toPoint()


def between(tiles):
    """A place between the first two tiles."""
    first, second = tiles.area_of(0), tiles.area_of(1)
    return QPoint(round((first.right() + second.left()) / 2), round(first.center().y()))


def test_a_click_chooses_once_and_beside_a_tile_nothing(tiles, qtbot):
    qtbot.mouseClick(tiles, LEFT, pos=middle(tiles, 1))
    qtbot.mouseClick(tiles, LEFT, pos=middle(tiles, 1))
    qtbot.mouseClick(tiles, Qt.MouseButton.RightButton, pos=middle(tiles, 2))
    qtbot.mouseClick(tiles, LEFT, pos=between(tiles))
    assert tiles.received == ["b"] and tiles.current() == "b"


def test_arrows_walk_and_stop_at_the_ends(tiles, qtbot):
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right):
        qtbot.keyClick(tiles, key)
    assert tiles.received == ["b", "c"]


def test_the_tile_under_the_pointer_has_its_tip_as_plain_text(tiles, qtbot):
    qtbot.mouseMove(tiles, middle(tiles, 1))
    assert "&lt;b&gt;second" in tiles.toolTip()
    assert tiles.cursor().shape() == Qt.CursorShape.PointingHandCursor
    qtbot.mouseMove(tiles, between(tiles))
    assert tiles.toolTip() == "" and tiles.cursor().shape() == Qt.CursorShape.ArrowCursor


def test_every_tile_shows_its_own_picture(tiles):
    image = tiles.grab().toImage()
    for index, colour in ((0, (200, 0, 0)), (1, (0, 200, 0))):
        assert image.pixelColor(middle(tiles, index)).getRgb()[:3] == colour


@pytest.mark.parametrize("size", [(900, 160), (300, 700), (240, 100)])
def test_tiles_lie_inside_and_apart_at_any_size(tiles, size):
    tiles.resize(*size)
    areas = [tiles.area_of(index) for index in range(3)]
    for one, area in enumerate(areas):
        assert area.left() >= -1 and area.right() <= size[0] + 1
        assert not any(area.intersects(other) for other in areas[:one])


def test_titles_and_figures_are_copied(tiles, qtbot):
    qtbot.keyClick(tiles, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    rows = QGuiApplication.clipboard().text().split("\n")
    assert rows[1] == "title b\tmIoU b\t1.5 s" and len(rows) == 3


def test_words_are_measured_once_for_a_size(qtbot, monkeypatch):
    tiles = PictureTiles()
    qtbot.addWidget(tiles)
    tiles.resize(600, 300)
    counted = []
    real = PictureTiles._best_grid
    monkeypatch.setattr(PictureTiles, "_best_grid", lambda one: counted.append(1) or real(one))
    picture = np.zeros((6, 8, 3), np.uint8)
    tiles.set_tiles([Tile(str(n), str(n), "words", picture) for n in range(8)], "0")
    tiles.grab()
    tiles.grab()
    assert len(counted) == 1
    tiles.resize(300, 300)
    assert tiles.area_of(7).right() <= 300 and len(counted) == 2
