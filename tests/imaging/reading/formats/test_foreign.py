"""What is no photograph is named for what it is, with the way on."""

import gzip
import os

import numpy as np
import pytest
from PIL import Image

from segviewer.errors import PictureError
from segviewer.imaging.reading.formats.foreign import foreign_picture
from segviewer.imaging.reading.read import read_image

STARTS = {
    "JPEG XL": b"\xff\x0a" + bytes(99),
    "Photoshop": b"8BPS\0\1" + bytes(99),
    "OpenEXR": b"v/1\x01" + bytes(99),
    "Radiance": b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n",
    "SVG": b'\xef\xbb\xbf<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>',
    "PDF": b"%PDF-1.7\n",
    "web page": b"\n<!DOCTYPE HTML><html><title>404</title></html>",
    "Git LFS": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n",
    "archive": gzip.compress(b"photographs"),
}


@pytest.mark.parametrize("kind", STARTS)
def test_it_is_named_whatever_its_ending_says(tmp_path, kind):
    path = tmp_path / "holiday.jpg"
    path.write_bytes(STARTS[kind])
    with pytest.raises(PictureError) as caught:
        read_image(path)
    assert kind in caught.value.what
    assert caught.value.why.endswith(".") and caught.value.next_step
    assert "{name}" not in caught.value.next_step


def test_pillows_own_icons_and_textures_are_named(tmp_path):
    for ending in ("ico", "dds", "sgi"):
        path = tmp_path / f"a.{ending}"
        Image.new("RGB", (16, 16)).save(path)
        assert "icon or texture" in foreign_picture(path).what


def test_an_array_says_what_arrays_are_opened_as(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((4, 4, 3), np.uint8))
    with pytest.raises(PictureError, match="target masks"):
        read_image(tmp_path / "a.npy")


def test_what_begins_like_nothing_is_not_guessed(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(b"my holiday in Leuven")
    assert foreign_picture(path) is None
    with pytest.raises(PictureError, match="no known format"):
        read_image(path)
    assert foreign_picture(tmp_path / "nothing.jpg") is None
    os.mkfifo(tmp_path / "pipe.jpg")
    assert foreign_picture(tmp_path / "pipe.jpg") is None
