"""Of a picture that is never decoded whole there is a smaller one, said to be one."""

import numpy as np
import pytest
import tifffile

from segviewer.errors import Cancelled, PictureError
from segviewer.imaging.reading.formats import overview
from segviewer.imaging.reading.read import inspect_picture, read_image, read_picture, read_thumbnail


@pytest.fixture
def small_limits(monkeypatch):
    monkeypatch.setattr(overview, "LARGE_PIXELS", 20_000)
    monkeypatch.setattr(overview, "OVERVIEW_PIXELS", 4_000)
    monkeypatch.setattr(overview, "_BLOCK", 50)


def test_an_overview_has_the_means_of_squares(tmp_path, small_limits):
    rows, columns = np.mgrid[:200, :300]
    values = np.stack([rows, columns % 256, rows * 0 + 7], -1).astype(np.uint8)
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, values, tile=(64, 64), photometric="rgb")
    reached = []
    picture = read_picture(path, progressed=reached.append)
    assert picture.image.shape == (50, 75, 3)
    assert reached == [0.24, 0.48, 0.72, 0.96, 1.0]  # after each 48 rows of 200
    means = values.reshape(50, 4, 75, 4, 3).mean((1, 3))
    assert np.abs(picture.image - means).max() <= 1
    assert "overview: 1 of 4×4 pixels of 300×200" in picture.notes[0]
    header = inspect_picture(path)
    assert (header.width, header.height) == (75, 50)
    assert header.size_in_file == (300, 200)
    assert read_thumbnail(path, 30).shape == (20, 30, 3)


def test_measured_values_keep_their_meaning(tmp_path, small_limits):
    values = np.linspace(100, 900, 200 * 300).reshape(200, 300).astype(np.float32)
    values[:100, :100] = -9999
    path = tmp_path / "a.tif"
    tag = (42113, "s", 0, "-9999", True)
    tifffile.imwrite(path, values, tile=(64, 64), photometric="minisblack", extratags=[tag])
    picture = read_picture(path)
    assert picture.void[:25, :25].all() and not picture.void[26:].any()
    assert any("stretched" in note for note in picture.notes)


def test_it_can_be_stopped_and_damage_is_said(tmp_path, small_limits):
    path = tmp_path / "a.tif"
    noise = np.random.default_rng(0).integers(0, 256, (200, 300, 3), dtype=np.uint8)
    tifffile.imwrite(path, noise, tile=(64, 64), photometric="rgb", compression="zlib")
    asked = []

    def check():
        asked.append(1)
        if len(asked) > 8:
            raise Cancelled

    with pytest.raises(Cancelled):
        read_image(path, check=check)
    data = bytearray(path.read_bytes())
    data[60_000:60_400] = bytes(400)
    path.write_bytes(data)
    with pytest.raises(PictureError):
        read_image(path)


def test_what_cannot_be_read_by_windows_is_refused_as_before(tmp_path, small_limits):
    from PIL import Image

    path = tmp_path / "a.tif"
    Image.new("1", (300, 200)).save(path, compression="group4")
    assert not overview.takes(path, overview.PictureSettings())
    assert read_image(path).shape == (200, 300, 3)


@pytest.mark.parametrize("way", ["behind", "named by it"])
@pytest.mark.parametrize("options", [{}, {"bigtiff": True, "byteorder": ">"}], ids=str)
def test_the_files_own_overview_is_read_and_said(tmp_path, small_limits, way, options):
    """Its copies hold other grey levels than the picture, so that it is seen which was read."""
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path, **options) as out:
        for number, side in enumerate((1, 2, 4, 16)):
            values = np.full((200 // side, 300 // side, 3), 40 * number + 20, np.uint8)
            named = {"subifds": 3} if not number and way == "named by it" else {}
            kind = {"subfiletype": 1} if number else {}
            out.write(values, tile=(64, 64), photometric="rgb", **named, **kind)
    picture = read_picture(path)
    assert picture.image.shape == (50, 75, 3) and (picture.image == 100).all()
    assert "the file's own overview, 1 of 4×4 pixels of 300×200" in picture.notes[0]
    header = inspect_picture(path)
    assert (header.width, header.height, header.frames) == (75, 50, 1)


@pytest.mark.parametrize("shape", [(50, 90), (4, 6)])
def test_a_copy_of_another_shape_or_too_small_is_none(tmp_path, small_limits, shape):
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as out:
        out.write(np.full((200, 300, 3), 20, np.uint8), tile=(64, 64), photometric="rgb")
        out.write(np.full((*shape, 3), 60, np.uint8), photometric="rgb", subfiletype=1)
    picture = read_picture(path)
    assert (picture.image == 20).all() and "overview: 1 of 4×4" in picture.notes[0]


def test_what_was_not_measured_is_said_once_for_all_copies(tmp_path, small_limits):
    path, values = tmp_path / "a.tif", np.full((200, 300), 500, np.float32)
    values[:100, :100] = -9999
    tag = (42113, "s", 0, "-9999", True)
    with tifffile.TiffWriter(path) as out:
        out.write(values, tile=(64, 64), photometric="minisblack", extratags=[tag])
        out.write(values[::4, ::4], tile=(64, 64), photometric="minisblack", subfiletype=1)
    picture = read_picture(path)
    assert picture.void[:25, :25].all() and not picture.void[26:].any()


def test_a_part_is_as_fine_as_the_screen_and_no_finer(tmp_path, small_limits, monkeypatch):
    values = np.random.default_rng(0).integers(0, 256, (200, 300, 3), dtype=np.uint8)
    path, settings = tmp_path / "a.tif", overview.PictureSettings()
    tifffile.imwrite(path, values, tile=(64, 64), photometric="rgb")
    where, own, void = overview.read_part(path, settings, (0.25, 0.5, 0.5, 0.75), 75)
    assert where == (0.25, 0.5, 0.5, 0.75) and void is None
    np.testing.assert_array_equal(own, values[50:100, 150:225])
    where, half, _ = overview.read_part(path, settings, (0.25, 0.5, 0.5, 0.75), 37)
    top, bottom, left, right = (
        round(part * side) for part, side in zip(where, (200, 200, 300, 300), strict=True)
    )
    assert top <= 50 and bottom >= 100 and left <= 150 and right >= 225
    means = values[top:bottom, left:right].reshape((bottom - top) // 2, 2, -1, 2, 3).mean((1, 3))
    assert np.abs(half - means).max() <= 1
    monkeypatch.setattr(overview, "MOST_READ", 3000)
    assert overview.read_part(path, settings, (0.25, 0.5, 0.5, 0.75), 37) is None


def test_a_part_comes_from_the_copy_that_is_fine_enough(tmp_path, small_limits):
    path, settings = tmp_path / "a.tif", overview.PictureSettings()
    with tifffile.TiffWriter(path) as out:
        for number, side in enumerate((1, 2, 4)):
            values = np.full((200 // side, 300 // side, 3), 40 * number + 20, np.uint8)
            kind = {"subfiletype": 1} if number else {}
            out.write(values, tile=(64, 64), photometric="rgb", **kind)
    for across, grey in ((37, 100), (75, 60), (150, 20), (900, 20)):
        _, found, _ = overview.read_part(path, settings, (0.0, 0.5, 0.0, 0.5), across)
        assert (found == grey).all(), across


def test_whoever_allowed_large_pictures_has_the_whole(tmp_path, small_limits):
    values = np.random.default_rng(0).integers(0, 256, (200, 300, 3), dtype=np.uint8)
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, values, tile=(64, 64), photometric="rgb")
    assert read_image(path).shape == (50, 75, 3)
    np.testing.assert_array_equal(read_image(path, allow_large=True), values)
