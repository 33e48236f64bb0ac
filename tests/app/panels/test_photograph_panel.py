"""Pages and bands in the window: chosen, undone, remembered, and never mixed up."""

import numpy as np
import pytest
import tifffile
from PIL import Image
from PySide6.QtCore import Qt

from segviewer.imaging.reading.picture_settings import PictureSettings

pytestmark = pytest.mark.slow


@pytest.fixture
def stack(tmp_path, street):
    """Three pages of six bands of 16 bits; the second is upside down."""
    with Image.open(street) as picture:
        rgb = np.asarray(picture).astype(np.uint16) * 200
    values = np.concatenate([rgb, 51000 - rgb], -1)
    path = tmp_path / "stack.tif"
    with tifffile.TiffWriter(path) as out:
        for page in (values, values[::-1], values):
            out.write(page, photometric="minisblack", planarconfig="contig")
    return path


@pytest.fixture
def stacked(explorer, stack):
    explorer.presenter.open_first(str(stack))
    explorer.bot.waitUntil(lambda: explorer.session.image == str(stack), timeout=60_000)
    explorer.settled()
    return explorer


def picture(explorer):
    return explorer.presenter.results.shown.picture.levels[0]


def chips(explorer):
    return [text for text, _ in explorer.window.canvas._chips]


def test_page_keys_turn_pages_with_labels_of_their_own(stacked):
    first, labels = picture(stacked), stacked.labels()
    bar = stacked.window.page_bar
    assert bar.isVisible() and bar.count() == 3
    stacked.press(Qt.Key.Key_PageDown)
    assert stacked.session.picture.page == 1
    stacked.settled()
    np.testing.assert_array_equal(picture(stacked), first[::-1])
    assert not np.array_equal(stacked.labels(), labels)
    assert "page 2 of 3" in chips(stacked)
    stacked.press(Qt.Key.Key_Up)
    stacked.press(Qt.Key.Key_Up)  # the first is the end
    assert stacked.session.picture.page == 0
    stacked.settled()
    np.testing.assert_array_equal(stacked.labels(), labels)
    stacked.trigger("undo")
    assert stacked.session.picture.page == 1


def test_labels_of_another_page_are_said_to_be_and_then_go(stacked):
    """Neither page's labels may lie over the other."""
    seen = []
    stacked.presenter.results.changed.connect(
        lambda old, new: seen.append((new.shown.labelled is not None, new.shown.read_as.page))
    )
    stacked.presenter.store.set("picture", page=1)
    assert "previous page" in chips(stacked)
    stacked.settled()
    came = next(place for place, (_, page) in enumerate(seen) if page == 1)
    assert not seen[came][0], "labels of page 1 over page 2"


def test_bands_are_chosen_and_remembered_for_the_folder(stacked, stack):
    choice = stacked.window.band_choice
    assert choice.isVisible()
    for box, band in zip(choice.boxes, (4, 5, 6), strict=True):
        box.setValue(band)
    assert stacked.session.picture.bands == (4, 5, 6)
    stacked.settled()
    assert "bands 4, 5, 6 of 6" in chips(stacked)
    assert stacked.preferences.bands(str(stack.parent)) == (4, 5, 6)
    stacked.presenter.openings.open_sample("building")
    assert stacked.session.picture == PictureSettings()
    stacked.settled()
    assert not choice.isVisible()
    assert not stacked.window.page_bar.isVisible()
    stacked.presenter.openings.open_paths([stack])
    stacked.bot.waitUntil(lambda: stacked.session.image == str(stack), timeout=60_000)
    assert stacked.session.picture.bands == (4, 5, 6)


def test_a_page_that_is_not_there_goes_back_to_the_one_that_is(stacked):
    stacked.presenter.store.set("picture", page=7)
    stacked.bot.waitUntil(lambda: "no such page" in stacked.message(), timeout=60_000)
    assert stacked.session.picture.page is None


def test_another_picture_begins_with_its_first_page(stacked, street):
    stacked.presenter.store.set("picture", page=2)
    stacked.settled()
    stacked.presenter.openings.open_paths([street])
    stacked.bot.waitUntil(lambda: stacked.session.image == str(street), timeout=60_000)
    assert stacked.session.picture.page is None
    stacked.settled()


def test_a_film_plays_each_frame_with_its_labels(explorer, tmp_path, street):
    import imageio_ffmpeg

    path = tmp_path / "a.mp4"
    with Image.open(street) as picture:
        frame = np.asarray(picture)
    out = imageio_ffmpeg.write_frames(str(path), (240, 180), fps=10, macro_block_size=2)
    out.send(None)
    for number in range(40):
        out.send(np.ascontiguousarray(np.roll(frame, 4 * number, 1)))
    out.close()
    explorer.presenter.open_first(str(path))
    explorer.bot.waitUntil(lambda: explorer.session.image == str(path), timeout=60_000)
    explorer.settled()
    bar = explorer.window.page_bar
    assert bar.count() == 40
    labelled = []
    explorer.presenter.results.arrived.connect(
        lambda stage, result: (
            labelled.append(explorer.presenter.results.shown.read_as.page)
            if stage == "label_map"
            else None
        )
    )
    bar.steps.play_button.click()
    explorer.bot.waitUntil(lambda: not bar.is_playing(), timeout=60_000)
    assert explorer.session.picture.page == 39
    explorer.settled()
    assert labelled == sorted(labelled) and len(set(labelled)) >= 3
    explorer.trigger("undo")  # playing was one step
    assert explorer.session.picture.page is None
