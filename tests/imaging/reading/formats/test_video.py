"""Frames of films, each by its number; and files that only call themselves films."""

import sys
import time

import imageio_ffmpeg
import numpy as np
import pytest

from segviewer.errors import Cancelled, PictureError
from segviewer.imaging.reading.formats import video
from segviewer.imaging.reading.picture_settings import PictureSettings
from segviewer.imaging.reading.read import (
    LargePictureError,
    inspect_picture,
    read_image,
    read_picture,
    read_thumbnail,
)
from segviewer.imaging.reading.routing import looks_like


def film(path, frames=30, fps=25, **options):
    """Each frame is grey of 8 times its number."""
    options = {"quality": 8, "macro_block_size": 2} | options
    out = imageio_ffmpeg.write_frames(str(path), (64, 48), fps=fps, **options)
    out.send(None)
    for number in range(frames):
        out.send(np.full((48, 64, 3), 8 * number, np.uint8))
    out.close()
    return path


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.avi", "a.mov", "-i a.mp4"])
def test_every_frame_is_the_one_asked_for(tmp_path, name):
    # What AVI usually holds: it has no room for the times of H.264's frames.
    path = film(tmp_path / name, codec="mpeg4" if name.endswith("avi") else "libx264")
    assert looks_like(path) == "image"
    header = inspect_picture(path)
    assert (header.frames, header.fps, header.page_word) == (30, 25, "frame")
    for page in (0, 1, 13, 29):
        picture = read_picture(path, PictureSettings(page=page))
        assert abs(int(picture.image.mean()) - 8 * page) <= 3, page
    assert picture.notes == ("frame 30 of 30 · 0:01.16",)
    with pytest.raises(PictureError, match="no such page"):
        read_image(path, PictureSettings(page=30))
    assert read_thumbnail(path, 16).shape == (12, 16, 3)


def test_content_decides_and_not_the_name(tmp_path):
    path = film(tmp_path / "a.mp4")
    path = path.rename(tmp_path / "a.png")
    assert read_image(path).shape == (48, 64, 3)


def test_a_list_of_addresses_is_no_film(tmp_path):
    (tmp_path / "secret.mp4").write_bytes(film(tmp_path / "b.mp4").read_bytes())
    path = tmp_path / "a.mp4"
    path.write_text("#EXTM3U\n#EXTINF:1,\nsecret.mp4\n#EXT-X-ENDLIST\n")
    assert not video.takes(path, PictureSettings())
    path.write_text("ffconcat version 1.0\nfile secret.mp4\n")
    with pytest.raises(PictureError):
        read_image(path)
    assert not video.takes(path, PictureSettings())


def test_size_is_asked_before_decoding(tmp_path, monkeypatch):
    path = film(tmp_path / "a.mp4")
    monkeypatch.setattr("segviewer.imaging.reading.header.LARGE_PIXELS", 100)
    with pytest.raises(LargePictureError):
        read_image(path)


def test_cut_off_films_are_refused_in_words(tmp_path):
    path = film(tmp_path / "a.mp4")
    whole = path.read_bytes()
    for length in (20, 60, len(whole) // 2):
        path.write_bytes(whole[:length])
        with pytest.raises(PictureError) as caught:
            read_image(path)
        assert caught.value.next_step
    path.write_bytes(b"\x1a\x45\xdf\xa3" + bytes(100))
    with pytest.raises(PictureError):
        read_image(path)


def test_whoever_stops_it_does_not_wait_for_ffmpeg(tmp_path, monkeypatch):
    path = film(tmp_path / "a.mp4")
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setattr(imageio_ffmpeg, "get_ffmpeg_exe", lambda: str(slow))

    def check():
        raise Cancelled

    began = time.perf_counter()
    with pytest.raises(Cancelled):
        read_image(path, check=check)
    assert time.perf_counter() - began < 20


def test_without_the_library_it_is_said_how_to_get_it(tmp_path, monkeypatch):
    path = film(tmp_path / "a.mp4")
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(PictureError) as caught:
        read_image(path)
    assert "segviewer[video]" in caught.value.next_step
