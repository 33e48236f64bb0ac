"""A film that goes round at its own pace stands in for a camera."""

import os
import time

import numpy as np
import pytest

from segviewer.errors import Cancelled, PictureError
from segviewer.imaging.reading.live import newest_frame
from segviewer.imaging.reading.live.devices import camera_reference
from segviewer.imaging.reading.live.newest_frame import NewestFrame, let_cameras_go, read_camera
from segviewer.imaging.reading.picture_settings import PictureSettings
from segviewer.references import Reference

RATE = 20


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """Twenty frames of grey, each four levels brighter."""
    import imageio_ffmpeg

    path = tmp_path_factory.mktemp("camera") / "a.mp4"
    out = imageio_ffmpeg.write_frames(str(path), (64, 48), fps=RATE, macro_block_size=2)
    out.send(None)
    for number in range(20):
        out.send(np.full((48, 64, 3), 40 + 8 * number, np.uint8))
    out.close()
    return str(path)


@pytest.fixture(autouse=True)
def closed():
    yield
    let_cameras_go()


def test_frames_that_came_meanwhile_are_dropped(film):
    camera = NewestFrame(film)
    first, frame = camera.after(0)
    assert frame.shape == (48, 64, 3) and first >= 1
    time.sleep(8 / RATE)  # a network that is slow
    second, later = camera.after(first)
    assert second >= first + 4
    assert abs(int(later[0, 0, 0]) - int(frame[0, 0, 0])) > 16
    camera.close()
    camera._process.wait(5)


def test_the_same_page_is_the_same_frame_and_the_next_a_newer_one(film):
    reference = camera_reference(film)
    first = read_camera(reference, PictureSettings())
    assert first.header.live and first.notes == ("camera",)
    again = read_camera(reference, PictureSettings())
    assert again.values is first.values
    newer = read_camera(reference, PictureSettings(page=1))
    assert newer.values is not first.values


def test_another_camera_and_another_picture_let_it_go(film):
    read_camera(camera_reference(film), PictureSettings())
    camera = newest_frame._open[film]
    let_cameras_go()
    assert not camera.is_open and camera._process.wait(5) is not None


def test_a_camera_that_nobody_asks_is_let_go_and_opened_again(film, monkeypatch):
    reference = camera_reference(film)
    monkeypatch.setattr(newest_frame, "IDLE_SECONDS", 0.1)
    monkeypatch.setattr(NewestFrame.__init__, "__defaults__", (0.1,))
    read_camera(reference, PictureSettings())
    camera = newest_frame._open[film]
    end = time.monotonic() + 5
    while camera.is_open and time.monotonic() < end:
        time.sleep(0.02)
    assert not camera.is_open
    assert read_camera(reference, PictureSettings(page=1)).values.shape == (48, 64, 3)


def test_waiting_can_be_stopped(film):
    def check():
        raise Cancelled

    camera = NewestFrame(film)
    with pytest.raises(Cancelled):
        camera.after(10_000, check)
    camera.close()


def test_a_camera_that_is_not_there_says_what_to_do():
    with pytest.raises(PictureError) as caught:
        NewestFrame("/dev/video_of_nobody").after(0)
    assert "gives no picture" in caught.value.what and "ffmpeg says" in caught.value.why
    assert "plugged in" in caught.value.next_step


def test_a_session_of_another_run_switches_no_camera_on(film):
    with pytest.raises(PictureError, match="not switched on"):
        read_camera(f"camera:{os.getpid() + 1}:{film}", PictureSettings())
    assert Reference.picture(camera_reference(film)).file_name == "a.mp4"
    assert not Reference.picture(camera_reference(film)).is_file
