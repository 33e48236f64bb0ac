"""A huge picture in the window: zoomed in its own pixels, their labels first where one looks."""

import numpy as np
import pytest
import tifffile
from PIL import Image
from PySide6.QtCore import Qt

from segviewer.app.state import details
from segviewer.engine.worker.messages import DetailFound, LookAt
from segviewer.imaging.reading.header import LARGE_PIXELS

pytestmark = pytest.mark.slow

TALL, WIDE = 6400, 8000


@pytest.fixture
def huge(tmp_path, street):
    with Image.open(street) as picture:
        values = np.tile(np.array(picture.resize((800, 640))), (TALL // 640, WIDE // 800, 1))
    assert values.shape[0] * values.shape[1] > LARGE_PIXELS
    # A grid of lines one pixel wide, which an overview smears.
    values[::40, :] = (255, 0, 255)
    path = tmp_path / "huge.tif"
    tifffile.imwrite(path, values, tile=(256, 256), photometric="rgb")
    return path


@pytest.fixture
def overview(explorer, huge):
    explorer.presenter.open_first(str(huge))
    explorer.bot.waitUntil(lambda: explorer.session.image == str(huge), timeout=60_000)
    explorer.settled()
    return explorer


def chips(explorer):
    return [text for text, _ in explorer.window.canvas._chips]


def detail(explorer):
    screen = explorer.presenter.results.screen
    return screen.detail.of(screen.session, screen.shown)


def has_line(explorer):
    """Whether a row of the canvas is as magenta as the file's lines are."""
    image = explorer.window.canvas.grab().toImage()
    column = [image.pixelColor(image.width() // 2, y) for y in range(image.height())]
    return any(c.red() > 225 and c.blue() > 225 and c.green() < 60 for c in column)


def test_zoomed_in_pixels_and_labels_are_the_files_own(overview):
    canvas = overview.window.canvas
    assert any("overview: 1 of 2×2 pixels of 8,000×6,400" in text for text in chips(overview))
    assert detail(overview).picture is None and detail(overview).labels == ()
    overview.store.set("overlay", visible=False)
    canvas.one_to_one()
    assert canvas.zoom() == 2.0 and overview.window.place_label.text() == "100 %"
    overview.presenter.picture.show_pixel(100, 50)
    assert overview.window.readout.text().startswith("x 200 y 100")
    canvas.zoom_by(4.0)
    overview.bot.waitUntil(lambda: detail(overview).picture is not None, timeout=60_000)
    assert has_line(overview)
    overview.store.set("overlay", visible=True)

    def all_in_view():
        assert any("the rest follows" in text for text in chips(overview)), chips(overview)

    overview.bot.waitUntil(all_in_view, timeout=120_000)
    parts = detail(overview).labels
    top, bottom, left, right = canvas.view.in_view
    assert any(
        p.where[0] <= (top + bottom) / 2 <= p.where[1]
        and p.where[2] <= (left + right) / 2 <= p.where[3]
        for p in parts
    )
    # Esc stops it, and says so; looking elsewhere goes on.
    overview.press(Qt.Key.Key_Escape)
    assert any(text.endswith("stopped") for text in chips(overview))
    overview.presenter.details.stop()
    canvas.pan_by(-4000, 0)
    overview.bot.waitUntil(
        lambda: any("more in view" in t or "the rest follows" in t for t in chips(overview)),
        timeout=60_000,
    )
    # Other settings: nothing of the old ones is seen any more, not for a moment.
    overview.store.set("inference", long_side=400)
    assert detail(overview).labels == () and detail(overview).picture is not None
    assert not any("own pixels" in text for text in chips(overview))
    assert canvas._renderer.labels.finer == ()
    overview.store.amend(overview.session.with_image("sample:palace"))
    assert detail(overview).picture is None
    overview.settled()
    assert canvas._renderer.picture._part is None


def test_what_is_kept_is_bounded_and_the_furthest_go_first(overview, monkeypatch):
    asked = []
    monkeypatch.setattr(overview.presenter.runner, "look_at", asked.append)
    canvas, kept = overview.window.canvas, overview.presenter.details
    canvas.one_to_one()
    canvas.zoom_by(4.0)
    overview.bot.waitUntil(lambda: any(one.session.image for one in asked), timeout=10_000)
    request = next(one for one in reversed(asked) if one.session.image)
    assert isinstance(request, LookAt) and request.wants_picture
    assert request.have == frozenset() and request.most_bytes == details.LABEL_BYTES
    top, bottom, left, right = canvas.view.in_view
    assert request.view[0] < top and request.view[1] > bottom  # a margin for the next move
    monkeypatch.setattr(details, "LABEL_BYTES", 3 * 100)
    key = kept._labels_of
    for number in range(6):
        where = number / 6, (number + 1) / 6, 0.4, 0.6
        found = details.LabelPart(where, np.zeros((10, 10), np.uint8))
        kept._on_found(DetailFound(key, found, number, 6, 0, 5 - number))
    assert sorted(kept._labels) == [2, 3, 4] or sorted(kept._labels) == [1, 2, 3]
    kept._on_found(DetailFound("another network's", found, 5, 6, 0, 0))
    assert 5 not in kept._labels
    overview.presenter.runner.engine_lost.emit(1)
    before = len(asked)
    overview.bot.waitUntil(lambda: len(asked) > before, timeout=10_000)
    assert asked[-1].have == frozenset(kept._labels)


def test_of_a_picture_that_is_no_overview_nothing_is_asked(opened, monkeypatch):
    asked = []
    monkeypatch.setattr(opened.presenter.runner, "look_at", asked.append)
    opened.window.canvas.zoom_by(30.0)
    opened.presenter.details._look()
    assert asked == []
