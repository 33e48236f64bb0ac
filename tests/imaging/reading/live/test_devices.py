"""How each system's cameras are called; only Linux's way is known to work."""

import os

import pytest

from segviewer.errors import PictureError
from segviewer.imaging.reading.live import devices
from segviewer.imaging.reading.live.devices import Camera, cameras, source_arguments

# As ffmpeg 7 prints them, from its manual and trackers.
MAC = """[AVFoundation indev @ 0x7f8] AVFoundation video devices:
[AVFoundation indev @ 0x7f8] [0] FaceTime HD Camera
[AVFoundation indev @ 0x7f8] [1] Capture screen 0
[AVFoundation indev @ 0x7f8] AVFoundation audio devices:
[AVFoundation indev @ 0x7f8] [0] Built-in Microphone
"""
WINDOWS = """[dshow @ 0000] "Integrated Camera" (video)
[dshow @ 0000]   Alternative name "@device_pnp_x"
[dshow @ 0000] "Microphone" (audio)
"""


def test_linux_names_devices_in_their_order(tmp_path, monkeypatch):
    for number in (10, 0, 2):
        (tmp_path / f"video{number}").touch()
    named = tmp_path / "names" / "video2"
    named.mkdir(parents=True)
    (named / "name").write_text("HD Webcam\n")
    monkeypatch.setattr(devices, "_DEVICES", tmp_path)
    monkeypatch.setattr(devices, "_NAMES", tmp_path / "names")
    found = cameras("linux")
    assert [one.name for one in found] == [str(tmp_path / f"video{n}") for n in (0, 2, 10)]
    assert found[1].title == f"HD Webcam ({tmp_path / 'video2'})"


@pytest.mark.parametrize(
    ("platform", "said", "found"),
    [
        ("darwin", MAC, [Camera("0", "FaceTime HD Camera"), Camera("1", "Capture screen 0")]),
        ("win32", WINDOWS, [Camera("Integrated Camera", "Integrated Camera")]),
        ("darwin", "", []),
        ("plan9", "", []),
    ],
)
def test_what_ffmpeg_lists_elsewhere(monkeypatch, platform, said, found):
    monkeypatch.setattr(devices, "_said", lambda *arguments: said)
    assert cameras(platform) == found


@pytest.mark.parametrize(
    ("platform", "name", "arguments"),
    [
        ("linux", "/dev/video0", ["-f", "v4l2", "-i", "/dev/video0"]),
        ("darwin", "0", ["-f", "avfoundation", "-framerate", "30", "-i", "0:none"]),
        ("win32", "Cam", ["-f", "dshow", "-i", "video=Cam"]),
    ],
)
def test_how_a_camera_is_asked_for(platform, name, arguments):
    assert source_arguments(name, platform) == arguments


def test_another_system_is_refused():
    with pytest.raises(PictureError, match="cannot be read"):
        source_arguments("0", "plan9")


def test_a_camera_is_named_by_the_run_that_opened_it(monkeypatch):
    own = devices.camera_reference("/dev/video0")
    assert devices.camera_name(own) == "/dev/video0"
    for other in (own.replace(f"{os.getpid()}:", "1:"), own.removesuffix("/dev/video0")):
        with pytest.raises(PictureError, match="not switched on"):
            devices.camera_name(other)
