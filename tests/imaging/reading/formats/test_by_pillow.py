"""Frames of animations are those that Pillow composes, whatever of the file it is handed."""

import numpy as np
import pytest
from PIL import GifImagePlugin, Image, PngImagePlugin

from segviewer.errors import Cancelled, PictureError
from segviewer.imaging.reading import composed_frames
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


@pytest.mark.parametrize("name", ["a.gif", "a.png"])
def test_stepping_on_composes_each_frame_once(tmp_path, name, monkeypatch):
    path, frames = tmp_path / name, moving() * 5
    for number, frame in enumerate(frames):
        frame.putpixel((0, 0), (number, 0, 0))  # none equals the one before it
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=40)
    count = inspect_picture(path).frames
    assert count > 25
    composed = []
    plugin = GifImagePlugin.GifImageFile if name == "a.gif" else PngImagePlugin.PngImageFile
    own = plugin._seek

    def counting(self, frame, *more):
        composed.append(frame)
        return own(self, frame, *more)

    monkeypatch.setattr(plugin, "_seek", counting)
    stepped = [read_image(path, PictureSettings(page=number)) for number in range(count)]
    assert sum(number > 0 for number in composed) == count - 1
    # Backwards, or where the file is another by now, it begins at the first again.
    np.testing.assert_array_equal(read_image(path, PictureSettings(page=3)), stepped[3])
    frames[5].save(path, save_all=True, append_images=[frames[4], frames[7]], duration=40)
    with Image.open(path) as picture:
        picture.seek(2)
        expected = np.asarray(picture.convert("RGB"))
    np.testing.assert_array_equal(read_image(path, PictureSettings(page=2)), expected)


def test_after_a_stop_a_frame_is_whole(tmp_path):
    path, frames = tmp_path / "a.gif", moving()
    frames[0].save(path, save_all=True, append_images=frames[1:])
    whole = [read_image(path, PictureSettings(page=number)) for number in range(6)]
    for most in range(30):
        asked = []

        def check(asked=asked, most=most):
            asked.append(True)
            if len(asked) > most:
                raise Cancelled

        try:
            read_image(path, PictureSettings(page=2))
            read_image(path, PictureSettings(page=5), check=check)
        except Cancelled:
            pass
        np.testing.assert_array_equal(read_image(path, PictureSettings(page=5)), whole[5])
        np.testing.assert_array_equal(read_image(path, PictureSettings(page=4)), whole[4])


def test_the_file_is_closed_once_another_is_read(tmp_path):
    path, frames = tmp_path / "a.gif", moving()
    frames[0].save(path, save_all=True, append_images=frames[1:])
    moving()[0].save(tmp_path / "b.png")
    read_image(path, PictureSettings(page=2))
    kept = composed_frames._kept
    assert kept is not None and kept.path == path and kept.frame == 2
    read_image(tmp_path / "b.png")
    assert composed_frames._kept is None and kept.picture.fp is None
