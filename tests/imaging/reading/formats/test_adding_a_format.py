"""A format is a module and an entry of the table; nothing else knows of it."""

import sys
import types

import numpy as np

from segviewer.imaging.reading import formats
from segviewer.imaging.reading.header import PictureHeader
from segviewer.imaging.reading.picture_settings import PictureSettings
from segviewer.imaging.reading.read import inspect_picture, read_image, read_thumbnail
from segviewer.imaging.reading.routing import looks_like
from segviewer.imaging.reading.stored import StoredPicture


def test_a_toy_format_is_opened_by_its_first_bytes(tmp_path, monkeypatch):
    toy = types.ModuleType("segviewer.imaging.reading.formats.toy")
    said = PictureHeader(6, 4, "RGB", "toy", frames=3)
    toy.header = lambda path, settings: said
    toy.read = lambda path, settings, **options: StoredPicture(
        np.full((4, 6, 3), 10 * settings.page_of(3), np.uint8), said
    )
    monkeypatch.setitem(sys.modules, toy.__name__, toy)
    entry = formats.Format("toy", ((0, b"TOY!"),))
    monkeypatch.setattr(formats, "FORMATS", (*formats.FORMATS, entry))
    path = tmp_path / "picture.whatever"
    path.write_bytes(b"TOY! and more")
    assert looks_like(path) == "image"
    assert inspect_picture(path) is said
    assert (read_image(path, PictureSettings(page=2)) == 20).all()
    assert read_thumbnail(path, 3).shape == (2, 3, 3)
