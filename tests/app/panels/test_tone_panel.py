"""Window and level in the window: found, dragged, undone, reset; and what the network sees."""

import numpy as np
import pytest
from PIL import Image

from segviewer.imaging.reading.tone_settings import ToneSettings

pytestmark = pytest.mark.slow


@pytest.fixture
def deep(explorer, street, tmp_path):
    """A photograph with 12 bits in 16."""
    with Image.open(street) as picture:
        values = np.asarray(picture.convert("L")).astype(np.uint16) * 16
    path = tmp_path / "deep.png"
    Image.fromarray(values).save(path)
    explorer.presenter.open_first(str(path))
    explorer.bot.waitUntil(lambda: explorer.session.image == str(path), timeout=60_000)
    explorer.settled()
    return explorer


def panel(explorer):
    return next(one for one in explorer.presenter.panels if type(one).__name__ == "TonePanel")


def drawn(explorer):
    return explorer.presenter.results.shown.seen.levels[0]


def test_the_section_unfolds_for_what_needs_it(deep, street):
    section = deep.window.photograph_section
    assert section.isVisible() and section.is_open()
    assert panel(deep).histogram.isVisible()
    assert deep.window.tone_label.text().endswith("16 bits")
    deep.presenter.openings.open_paths([street])
    deep.bot.waitUntil(lambda: deep.session.image == str(street), timeout=60_000)
    deep.settled()
    assert section.isVisible() and not section.is_open()


def test_ends_are_dragged_undone_and_reset(deep):
    before, found = deep.session, drawn(deep)
    histogram = panel(deep).histogram
    black, white = histogram.shown_ends()
    histogram.ends_moved.emit(black, white / 2, False)
    histogram.ends_moved.emit(black, white / 3, False)
    histogram.ends_moved.emit(black, white / 3, True)
    assert deep.session.tones.window == (black, white / 3)
    deep.settled()
    assert drawn(deep).mean() > found.mean() + 20
    assert any("set by hand" in text for text, _ in deep.window.canvas._chips)
    deep.trigger("undo")
    assert deep.session == before
    deep.trigger("redo")
    histogram.reset_requested.emit()
    assert deep.session.tones == ToneSettings()
    deep.settled()
    np.testing.assert_array_equal(drawn(deep), found)


def test_what_the_network_sees_is_its_own_choice(deep):
    panel(deep).form.edited.emit("network", "as stored", True)
    deep.settled("display")
    labels = deep.labels()
    assert drawn(deep).max() == 255
    assert deep.presenter.results.shown.picture.levels[0].max() < 20
    said = [text for text, _ in deep.window.canvas._chips]
    assert any("the network sees it as stored" in text for text in said)
    assert any(text.startswith("shown stretched") for text in said)
    panel(deep).form.edited.emit("gamma", 2.0, True)
    deep.settled("display")
    assert deep.labels() is labels
    panel(deep).form.edited.emit("network", "as stretched", True)
    deep.settled()
    assert deep.presenter.results.shown.display is None


def test_another_photograph_has_a_window_of_its_own(deep, street):
    deep.presenter.store.set("tones", window=(3.0, 9.0), network="as stored")
    deep.presenter.openings.open_paths([street])
    deep.bot.waitUntil(lambda: deep.session.image == str(street), timeout=60_000)
    assert deep.session.tones == ToneSettings(network="as stored")
    deep.settled()
