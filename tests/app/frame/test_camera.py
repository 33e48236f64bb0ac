"""A camera, for which a film goes round, is labelled until Esc keeps a picture of it."""

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt

from segviewer.app.frame import camera
from segviewer.app.frame.camera import CameraChoice
from segviewer.imaging.reading.live.devices import Camera

pytestmark = pytest.mark.slow


@pytest.fixture
def film(tmp_path, street):
    import imageio_ffmpeg

    path = tmp_path / "a.mp4"
    with Image.open(street) as picture:
        frame = np.asarray(picture)
    out = imageio_ffmpeg.write_frames(str(path), (240, 180), fps=10, macro_block_size=2)
    out.send(None)
    for number in range(20):
        out.send(np.ascontiguousarray(np.roll(frame, 4 * number, 1)))
    out.close()
    return path


def test_frames_are_labelled_until_esc_keeps_one(explorer, film, street):
    explorer.presenter.open_first(str(street))
    explorer.bot.waitUntil(lambda: explorer.session.image == str(street), timeout=60_000)
    explorer.settled()
    before, opening = explorer.session, explorer.presenter.camera
    opening.open(str(film))
    bar, labelled = explorer.window.page_bar, set()
    explorer.presenter.results.arrived.connect(
        lambda stage, result: (
            labelled.add(explorer.presenter.results.shown.read_as.page)
            if stage == "label_map"
            else None
        )
    )
    explorer.bot.waitUntil(lambda: len(labelled) >= 4, timeout=60_000)
    assert bar.is_playing() and not bar.steps.slider.isVisible()
    assert bar.rate_label.text().startswith("live: ")
    explorer.press(Qt.Key.Key_Escape)
    explorer.bot.waitUntil(lambda: not opening.is_open, timeout=60_000)
    explorer.settled()
    kept = explorer.session.image
    with Image.open(kept) as picture:
        np.testing.assert_array_equal(
            np.asarray(picture), explorer.presenter.results.shown.picture.levels[0]
        )
    assert not bar.isVisible()
    explorer.trigger("undo")
    assert explorer.session.image == before.image  # the camera is not switched on again


def test_a_camera_that_is_absent_is_said_and_the_picture_stays(explorer, street):
    explorer.presenter.open_first(str(street))
    explorer.bot.waitUntil(lambda: explorer.session.image == str(street), timeout=60_000)
    explorer.settled()
    explorer.presenter.camera.open("/dev/video_of_nobody")
    explorer.bot.waitUntil(lambda: "gives no picture" in explorer.message(), timeout=60_000)
    assert explorer.session.image == str(street)


def test_no_camera_at_all_is_said(explorer, monkeypatch):
    monkeypatch.setattr(camera, "cameras", lambda: [])
    explorer.trigger("open_camera")
    explorer.bot.waitUntil(lambda: "No camera is there" in explorer.message(), timeout=20_000)


def test_a_name_may_be_chosen_or_written(qtbot):
    choice = CameraChoice([Camera("/dev/video0", "Webcam"), Camera("/dev/video2", "Other")])
    qtbot.addWidget(choice)
    assert choice.name() == "/dev/video0"
    choice.names.setCurrentIndex(1)
    assert choice.name() == "/dev/video2"
    choice.names.setEditText(" /dev/video7 ")
    assert choice.name() == "/dev/video7"
