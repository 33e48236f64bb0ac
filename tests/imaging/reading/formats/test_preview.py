"""A preview of a large JPEG: upright, an eighth, of the same picture; of nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from segviewer.errors import PictureError
from segviewer.imaging.reading.formats import by_pillow
from segviewer.imaging.reading.formats.by_pillow import preview
from segviewer.imaging.reading.read import read_image


@pytest.fixture
def large(monkeypatch):
    monkeypatch.setattr(by_pillow, "PREVIEWED", 300_000)


def photograph(path, mode="RGB", size=(800, 600), **said):
    ramp = np.linspace(0, 255, size[0])[None, :] * np.linspace(1, 0.2, size[1])[:, None]
    Image.fromarray(np.uint8(ramp)).convert(mode).save(path, **said)
    return path


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_it_is_the_picture_small_and_upright(large, tmp_path, orientation, mode):
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = photograph(tmp_path / "a.jpg", mode, exif=exif)
    whole = read_image(path)
    image, size = preview(path)
    assert size == (whole.shape[1], whole.shape[0])
    assert image.shape == (size[1] // 8, size[0] // 8, 3) and image.flags.c_contiguous
    means = whole.reshape(image.shape[0], 8, image.shape[1], 8, 3).mean((1, 3))
    assert np.abs(image - means).mean() < 3


@pytest.mark.parametrize(
    ("name", "said"),
    [("small.jpg", {"size": (400, 300)}), ("steps.jpg", {"progressive": True}), ("a.png", {})],
)
def test_of_nothing_that_is_there_at_once_or_has_to_be_decoded_whole(large, tmp_path, name, said):
    assert preview(photograph(tmp_path / name, **said)) is None


def test_of_nothing_that_a_person_is_asked_about_first(large, tmp_path, monkeypatch):
    monkeypatch.setattr(by_pillow, "LARGE_PIXELS", 400_000)
    path = photograph(tmp_path / "a.jpg")
    assert preview(path) is None
    image, size = preview(path, allow_large=True)
    assert size == (800, 600) and image.shape == (75, 100, 3)


def test_what_is_no_picture_is_refused_as_anywhere(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(b"no picture")
    with pytest.raises(PictureError):
        preview(path)
