"""Frames of animations are those that Pillow composes, whatever of the file it is handed."""

import numpy as np
import pytest
from PIL import Image

from segviewer.errors import Cancelled, PictureError
from segviewer.imaging.reading.picture_settings import PictureSettings
from segviewer.imaging.reading.read import inspect_picture, read_image, read_stored

SEEN = [
    ("a.gif", {}),
    ("a.gif", {"disposal": 2, "transparency": 0, "comment": b"about"}),
    ("a.png", {}),
    ("a.png", {"default_image": True}),
    ("a.png", {"disposal": 1, "blend": 1}),
    ("a.webp", {"lossless": True}),
]


def moving(mode="RGB"):
    """Six frames: a small square goes over noise."""
    noise = np.random.default_rng(3).integers(0, 255, (24, 32, len(mode)), dtype=np.uint8)
    frames = []
    for number in range(6):
        frame = noise.copy()
        frame[3 * number : 3 * number + 5, 4:12] = 40 * number
        frames.append(Image.fromarray(frame, mode))
    return frames


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize(("name", "options"), SEEN, ids=str)
def test_each_frame_is_what_pillow_shows(tmp_path, name, options, mode):
    path, frames = tmp_path / name, moving(mode)
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=40, **options)
    header = inspect_picture(path)
    assert (header.page_word, header.page, header.fps) == ("frame", 0, pytest.approx(25))
    with Image.open(path) as picture:
        assert header.frames == picture.n_frames
        for number in range(picture.n_frames):
            picture.seek(number)
            rgba = np.asarray(picture.convert("RGBA"))
            stored = read_stored(path, PictureSettings(page=number))
            solid = rgba[..., 3] == 255
            np.testing.assert_array_equal(stored.values[solid], rgba[solid][:, :3])
            assert stored.notes == (f"frame {number + 1} of {header.frames}",)
    with pytest.raises(PictureError, match="no such page"):
        read_image(path, PictureSettings(page=header.frames))


def test_going_to_a_late_frame_can_be_stopped(tmp_path):
    path, frames = tmp_path / "a.webp", moving()
    frames[0].save(path, save_all=True, append_images=frames[1:] * 8)
    asked = []

    def check():
        asked.append(True)
        if len(asked) > 60:
            raise Cancelled

    with pytest.raises(Cancelled):
        read_image(path, PictureSettings(page=40), check=check)


def test_a_still_picture_has_one_frame(tmp_path):
    for name in ("a.gif", "a.png", "a.webp", "a.jpg", "a.bmp"):
        moving()[0].save(tmp_path / name)
        header = inspect_picture(tmp_path / name)
        assert (header.frames, header.fps, header.frames_note) == (1, 0, "")
        with pytest.raises(PictureError, match="no such page"):
            read_image(tmp_path / name, PictureSettings(page=1))
