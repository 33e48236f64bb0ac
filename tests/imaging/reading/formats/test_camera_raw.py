"""Raw camera files: the preview, said to be one; the sensor's data by rawpy; and lies."""

import io
import struct
import sys

import numpy as np
import pytest
import tifffile
from PIL import Image

from segviewer.errors import PictureError
from segviewer.imaging.reading.formats import camera_raw
from segviewer.imaging.reading.picture_settings import PictureSettings
from segviewer.imaging.reading.read import inspect_picture, read_picture, read_thumbnail
from segviewer.imaging.reading.routing import looks_like


def photo(height, width):
    rows, columns = np.mgrid[:height, :width]
    return np.stack([columns % 256, rows % 256, 0 * rows + 90], -1).astype(np.uint8)


def jpeg(height, width, **options):
    file = io.BytesIO()
    Image.fromarray(photo(height, width)).save(file, "JPEG", quality=95, **options)
    return file.getvalue()


def raf(path, *previews):
    """A file of another maker's kind: its sign, nonsense, and previews."""
    noise = np.random.default_rng(3).integers(0, 256, 5000, dtype=np.uint8).tobytes()
    path.write_bytes(b"FUJIFILMCCD-RAW " + noise.join([b"", *previews, b""]))
    return path


def dng(path, orientation=1, preview=None):
    """A DNG of 64×48 with a colour filter of RGGB; its sensor saw a ramp."""
    sensor = np.tile(np.linspace(200, 4000, 640, dtype=np.uint16), (480, 1))
    with tifffile.TiffWriter(path) as out:
        matrix = [b for v in (1, 0, 0, 0, 1, 0, 0, 0, 1) for b in (int(v * 10000), 10000)]
        out.write(
            sensor,
            photometric=32803,
            extratags=[
                (50706, "B", 4, (1, 4, 0, 0), True),
                (50707, "B", 4, (1, 1, 0, 0), True),
                (50708, "s", 0, "segviewer test", True),
                (33421, "H", 2, (2, 2), True),
                (33422, "B", 4, (0, 1, 1, 2), True),
                (50721, "2i", 9, matrix, True),
                (50728, "2I", 3, [1, 1] * 3, True),
                (50778, "H", 1, 21, True),
                (50714, "H", 1, 0, True),
                (50717, "H", 1, 4095, True),
                (274, "H", 1, orientation, True),
            ],
        )
    if preview is not None:
        path.write_bytes(path.read_bytes() + preview)
    return path


def test_the_largest_preview_is_shown_and_said(tmp_path):
    path = raf(tmp_path / "a.raf", jpeg(120, 160), jpeg(240, 320), jpeg(150, 200))
    assert looks_like(path) == "image"
    picture = read_picture(path)
    assert picture.image.shape == (240, 320, 3)
    assert np.abs(picture.image.astype(int) - photo(240, 320)).mean() < 8
    assert picture.notes == ("the camera's preview, 320×240, not the raw data",)
    assert read_thumbnail(path, 32).shape == (24, 32, 3)


def test_a_preview_is_turned_as_its_file_says(tmp_path):
    preview = jpeg(240, 320)
    turned = read_picture(dng(tmp_path / "a.dng", 6, preview)).image
    assert turned.shape == (320, 240, 3)
    with Image.open(io.BytesIO(preview)) as plain:
        expected = np.rot90(np.asarray(plain), -1)
    np.testing.assert_array_equal(turned, expected)


def test_names_and_tags_say_which_tiff_is_a_cameras(tmp_path):
    assert camera_raw.takes(dng(tmp_path / "a.tif"), PictureSettings())
    tifffile.imwrite(tmp_path / "b.tif", photo(20, 30), photometric="rgb")
    assert not camera_raw.takes(tmp_path / "b.tif", PictureSettings())


def test_the_sensors_data_are_the_second_version(tmp_path):
    path = dng(tmp_path / "a.dng", preview=jpeg(240, 320))
    header = inspect_picture(path)
    assert (header.frames, header.page_word) == (2, "version")
    developed = read_picture(path, PictureSettings(page=1))
    assert developed.image.shape == (480, 640, 3)
    assert developed.image[240, 600].mean() > developed.image[240, 40].mean() + 50
    assert "developed by LibRaw" in developed.notes[0]
    with pytest.raises(PictureError, match="no such page"):
        read_picture(path, PictureSettings(page=2))


def test_without_a_preview_the_data_are_developed(tmp_path):
    picture = read_picture(dng(tmp_path / "a.dng"))
    assert picture.image.shape == (480, 640, 3)


def test_without_the_library_the_preview_is_all_there_is(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "rawpy", None)
    path = dng(tmp_path / "a.dng", preview=jpeg(240, 320))
    assert inspect_picture(path).frames == 1
    assert read_picture(path).image.shape == (240, 320, 3)
    with pytest.raises(PictureError) as caught:
        read_picture(dng(tmp_path / "b.dng"))
    assert "segviewer[raw]" in caught.value.next_step


def test_sensors_jpegs_and_lies_are_no_previews(tmp_path):
    lossless = b"\xff\xd8\xff\xc3" + struct.pack(">HBHHB", 11, 14, 4000, 6000, 1)
    huge = b"\xff\xd8\xff\xc0" + struct.pack(">HBHHB", 17, 8, 60_000, 60_000, 3)
    path = raf(tmp_path / "a.raf", lossless, jpeg(150, 200))
    assert read_picture(path).image.shape == (150, 200, 3)
    path = raf(tmp_path / "b.raf", huge, jpeg(150, 200))
    assert read_picture(path).image.shape == (150, 200, 3)
    with pytest.raises(PictureError) as caught:
        read_picture(raf(tmp_path / "c.raf", jpeg(150, 200)[:-3000]))
    assert caught.value.next_step
    (tmp_path / "d.nef").write_bytes(b"II*\0" + b"\xff" * 100)
    with pytest.raises(PictureError):
        read_picture(tmp_path / "d.nef")


@pytest.mark.parametrize(("mark", "order"), [(b"II*\0", "<"), (b"MM\0*", ">")])
def test_tags_have_values_of_two_and_of_four_bytes_in_either_order(mark, order):
    start = mark + struct.pack(f"{order}I", 8)
    short = struct.pack(f"{order}HHIHH", 274, 3, 1, 6, 0)
    long = struct.pack(f"{order}HHII", 256, 4, 1, 70_000)
    file = io.BytesIO(start + struct.pack(f"{order}H", 2) + short + long)
    assert camera_raw._tags(file, start) == {274: 6, 256: 70_000}
