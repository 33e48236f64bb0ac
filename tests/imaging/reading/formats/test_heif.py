"""HEIC photographs, or how to get what reads them."""

import sys

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from segviewer.errors import PictureError
from segviewer.imaging.reading.picture_settings import PictureSettings
from segviewer.imaging.reading.read import (
    LargePictureError,
    inspect_picture,
    read_image,
    read_picture,
    read_thumbnail,
)
from segviewer.imaging.reading.routing import looks_like


def photo(height=48, width=64):
    rows, columns = np.mgrid[:height, :width]
    return np.stack([4 * columns % 256, 5 * rows % 256, 0 * rows + 90], -1).astype(np.uint8)


@pytest.fixture
def heic(tmp_path):
    path = tmp_path / "a.heic"
    pillow_heif.from_pillow(Image.fromarray(photo())).save(path, quality=95)
    return path


def test_a_photograph_is_read_whatever_its_name(heic, tmp_path):
    other = tmp_path / "a.jpg"
    heic.rename(other)
    assert looks_like(other) == "image"
    image = read_image(other)
    assert image.shape == (48, 64, 3)
    assert np.abs(image.astype(int) - photo()).mean() < 6
    assert read_thumbnail(other, 16).shape == (12, 16, 3)


def test_several_pictures_are_pages(tmp_path):
    path = tmp_path / "burst.heic"
    several = pillow_heif.from_pillow(Image.fromarray(photo()))
    several.add_from_pillow(Image.fromarray(photo()[::-1].copy()))
    several.save(path, quality=95)
    header = inspect_picture(path)
    assert (header.frames, header.page) == (2, 0)
    second = read_picture(path, PictureSettings(page=1))
    assert np.abs(second.image.astype(int) - photo()[::-1]).mean() < 6
    assert second.notes == ("picture 2 of 2",)
    with pytest.raises(PictureError, match="no such page"):
        read_image(path, PictureSettings(page=2))


def test_transparent_parts_are_void(tmp_path):
    values = np.concatenate([photo(), np.full((48, 64, 1), 255, np.uint8)], -1)
    values[:16, :, 3] = 0
    path = tmp_path / "a.heic"
    pillow_heif.from_pillow(Image.fromarray(values)).save(path, quality=-1, chroma=444)
    picture = read_picture(path)
    assert picture.void is not None and picture.void[:16].mean() > 0.9
    assert not picture.void[20:].any()


def test_size_is_asked_before_decoding(heic, monkeypatch):
    monkeypatch.setattr("segviewer.imaging.reading.header.LARGE_PIXELS", 100)
    with pytest.raises(LargePictureError):
        read_image(heic)
    assert read_image(heic, allow_large=True).shape == (48, 64, 3)


def test_cut_off_files_are_damaged(heic):
    whole = heic.read_bytes()
    for length in (40, len(whole) // 3, len(whole) - 30):
        heic.write_bytes(whole[:length])
        with pytest.raises(PictureError) as caught:
            read_image(heic)
        assert caught.value.next_step


def test_without_the_library_it_is_said_how_to_get_it(heic, monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(PictureError) as caught:
        read_image(heic)
    assert "segviewer[heic]" in caught.value.next_step and "pillow_heif" in caught.value.why
    assert looks_like(heic) == "image"
