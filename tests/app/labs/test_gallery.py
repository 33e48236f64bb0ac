"""The gallery in the window, and the pictures that ship for it."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt

from segviewer.app.labs.gallery_view import picture_path, read_pictures
from segviewer.app.labs.lab_card import PICTURE
from segviewer.app.shell.key_list import key_list
from segviewer.labs import LABS

LARGEST = 900_000  # bytes of all pictures together


def pixels(name: str) -> np.ndarray:
    with Image.open(picture_path(name)) as picture:
        return np.asarray(picture.convert("RGB"), np.float32)


def test_every_lab_has_its_picture_and_no_other_lies_there():
    folder = picture_path("x").parent
    assert {path.stem for path in folder.glob("*.png")} == set(LABS)
    for name in LABS:
        with Image.open(picture_path(name)) as picture:
            assert picture.size == (2 * PICTURE.width(), 2 * PICTURE.height()), name
    assert sum(path.stat().st_size for path in folder.iterdir()) < LARGEST


def test_no_picture_is_blank_and_no_two_are_alike():
    small = {}
    for name in LABS:
        picture = pixels(name)
        # Whatever is not the ground that most of a drawing is. A line of words alone is 1 %.
        ground = np.median(picture.reshape(-1, 3), axis=0)
        drawn = (np.abs(picture - ground).max(2) > 24).mean()
        assert drawn > 0.025, f"{name}: {drawn:.1%} of it is drawn on"
        small[name] = picture.reshape(27, 10, 48, 10, 3).mean((1, 3))
    for one, other in itertools.combinations(LABS, 2):
        assert np.abs(small[one] - small[other]).mean() > 4, f"{one} and {other} look alike"


def test_pictures_are_read_for_all_labs():
    read = read_pictures()
    assert set(read) == set(LABS)


@pytest.fixture
def gallery(explorer):
    explorer.trigger("gallery")  # imports it
    gallery = explorer.presenter.gallery.gallery
    explorer.bot.waitUntil(lambda: gallery.cards.by_name["kernel"]._picture is not None)
    yield gallery
    gallery.close()


def test_the_key_opens_it_and_a_lab_is_opened_by_keys_alone(explorer):
    explorer.press(Qt.Key.Key_G, Qt.KeyboardModifier.ShiftModifier)
    gallery = explorer.presenter.gallery.gallery
    assert gallery.isVisible()
    explorer.bot.waitUntil(gallery.search.hasFocus)
    explorer.bot.keyClicks(gallery.search, "valid weights")
    explorer.bot.keyClick(gallery.search, Qt.Key.Key_Return)
    assert gallery.isHidden()
    assert explorer.session.lab.name == "valid_weights"
    assert explorer.presenter.labs.drawer.isVisible()
    explorer.trigger("gallery")
    assert gallery.current() == "valid_weights"
    assert "open now" in gallery.cards.by_name["valid_weights"].accessibleName()
    assert gallery.search.text() == ""
    gallery.close()
    assert explorer.session.lab.name == "valid_weights"


def test_a_card_is_opened_with_the_mouse(explorer, gallery):
    card = gallery.cards.by_name["depth"]
    explorer.bot.mouseDClick(card, Qt.MouseButton.LeftButton)
    assert explorer.session.lab.name == "depth"


def test_it_stands_in_the_sheet_of_keys(explorer):
    assert ("Network", "Shift+G", "All labs") in key_list(explorer.window)


def test_it_opens_at_once(explorer, gallery):
    gallery.close()
    explorer.presenter.gallery.gallery = None
    began = time.perf_counter()
    explorer.trigger("gallery")
    made = explorer.presenter.gallery.gallery
    made.repaint()
    took = time.perf_counter() - began
    assert made.isVisible()
    made.close()
    assert took < 1.0  # 0.1 s alone; other work may run beside the tests


def test_the_script_of_the_pictures_knows_the_labs_and_their_settings():
    from segviewer.crf.settings.crf_settings import CRFSettings
    from segviewer.labs import lab_of
    from segviewer.tools.lab_pictures import SHOTS

    assert set(SHOTS) <= set(LABS)
    for name, shot in SHOTS.items():
        CRFSettings(**shot.crf)
        lab_of(name).Config(**shot.values)
        assert shot.crop[0] + shot.crop[2] <= 1, name


def test_a_part_is_cut_out_at_the_size_of_a_picture():
    from segviewer.tools.lab_pictures import SIZE, Shot, shrunk

    drawing = np.zeros((400, 800, 3), np.uint8)
    drawing[100:, 200:] = 255
    left_top = shrunk(Image.fromarray(drawing), Shot(crop=(0.0, 0.0, 0.2)))
    assert left_top.size == SIZE
    assert np.asarray(left_top).max() == 0
    right = np.asarray(shrunk(Image.fromarray(drawing), Shot(crop=(0.25, 0.25, 0.5))))
    assert right[8:-8, 8:-8].min() == 255  # shrinking mixes what lies at the very edge
    # As much as there is where more is asked for.
    assert shrunk(Image.fromarray(drawing), Shot(crop=(0.5, 0.5, 1.0))).size == SIZE


def test_few_colours_make_a_small_file(tmp_path):
    from segviewer.tools.lab_pictures import COLOURS, ROUNDS, SIZE
    from segviewer.tools.unseen_window import save

    across = np.linspace(0, 255, SIZE[0]).astype(np.uint8)
    picture = np.broadcast_to(across[None, :, None], (SIZE[1], SIZE[0], 3))
    save(Image.fromarray(picture.copy()), tmp_path / "x.png", COLOURS, rounds=ROUNDS)
    with Image.open(tmp_path / "x.png") as written:
        assert written.mode == "P"
        assert len(written.getcolors()) <= COLOURS
        error = np.abs(np.asarray(written.convert("RGB"), int) - picture)
    assert error.mean() < 3
