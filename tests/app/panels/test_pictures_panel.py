"""What first-time users missed: place and zoom, closing, the pixel below a pointer that rests."""

import pytest
from PySide6.QtCore import Qt

# Opens a window and waits for its engine.
pytestmark = pytest.mark.slow


def test_place_zoom_probe_and_closing(opened):
    window = opened.window
    window.filmstrip.set_pictures(["a.png", opened.session.image])
    opened.presenter.openings.pictures_listed.emit(["a.png", opened.session.image])
    window.canvas.one_to_one()
    assert window.place_label.text() == "2 / 2 · 100 %"
    opened.trigger("fit")
    zoom = window.canvas.view.transform.zoom
    assert window.place_label.text() == f"2 / 2 · {100 * zoom:.0f} %"

    opened.presenter.picture.show_pixel(20, 20)
    assert " · " in window.readout.text()
    before = window.readout.text()
    opened.store.set("inference", flip=True)
    opened.settled()
    assert window.readout.text() != before  # the pointer has not moved

    seconds = opened.presenter.results.kept().seconds
    assert window.timing_label.text() == f"net {1000 * seconds['probs']:.0f} ms"

    opened.trigger("close")
    opened.bot.waitUntil(lambda: not window.canvas.has_picture)
    assert opened.session.image == "" and window.readout.text() == ""
    assert window.place_label.text() == "" and window.windowTitle() == "segviewer"
    assert not window.action("close").isEnabled()
    assert opened.presenter.results.shown.opened is not None
    opened.trigger("undo")
    opened.settled()
    assert window.canvas.has_picture


def test_arrow_keys_go_through_a_folder_whatever_was_set_before(opened, dataset):
    row = opened.presenter.settings.overlay_form.row("opacity")
    row.setFocus()
    opened.presenter.openings.open_paths([str(dataset / "images")])
    opened.bot.waitUntil(lambda: opened.session.image.endswith("building.png"), timeout=60_000)
    opened.settled()
    assert opened.window.canvas.hasFocus()
    opened.press(Qt.Key.Key_Right)
    assert opened.session.image.endswith("leuven_street.png")
