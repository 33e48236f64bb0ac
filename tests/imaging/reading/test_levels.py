"""Deep pictures are shown by what they hold; what was not measured is void."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from segviewer.imaging.reading.levels import Levels, levels_of
from segviewer.imaging.reading.read import read_picture, read_thumbnail
from tests.imaging.reading.made_pictures import chunk

RAMP = np.linspace(0, 1, 200 * 150).reshape(150, 200)


def png48(values):
    """Colour of 16 bits a band as a PNG, which Pillow cannot write."""
    height, width, _ = values.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    head = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("bits", [10, 12])
def test_ten_and_twelve_bits_in_sixteen_fill_the_range(tmp_path, suffix, bits):
    path = tmp_path / f"camera{suffix}"
    Image.fromarray((RAMP * (2**bits - 1)).astype(np.uint16)).save(path)
    read = read_picture(path)
    grey = read.image[..., 0]
    assert grey.min() == 0 and grey.max() == 255 and 120 < grey.mean() < 135
    assert any("stretched" in note and "16 bits" in note for note in read.notes)
    assert read_thumbnail(path, 64).mean() == pytest.approx(grey.mean(), abs=4)


def test_a_picture_that_fills_sixteen_bits_stays_as_it_is(tmp_path):
    path = tmp_path / "full.png"
    values = (RAMP * 65535).astype(np.uint16)
    Image.fromarray(values).save(path)
    read = read_picture(path)
    np.testing.assert_array_equal(read.image[..., 0], np.rint(values / 257))
    assert read.notes == ()


def test_dark_colour_of_sixteen_bits_keeps_what_its_lower_bytes_say(tmp_path):
    values = np.stack([RAMP, RAMP / 2, 1 - RAMP], -1) * 2550
    path = tmp_path / "deep.png"
    path.write_bytes(png48(values))
    read = read_picture(path)
    low, high = np.percentile(values.astype(np.uint16), (0.5, 99.5))
    expected = np.clip((values.astype(np.uint16) - low) / (high - low), 0, 1) * 255
    np.testing.assert_allclose(read.image, expected, atol=0.51)
    assert any("stretched" in note for note in read.notes)


def test_bright_colour_of_sixteen_bits_stays_as_it_is(tmp_path):
    values = np.stack([RAMP, RAMP, 1 - RAMP], -1) * 65535
    path = tmp_path / "bright.png"
    path.write_bytes(png48(values))
    read = read_picture(path)
    np.testing.assert_array_equal(read.image, values.astype(np.uint16) >> 8)
    assert read.notes == ()


def terrain(tmp_path, nothing, tag):
    metres = (RAMP * 500 + 44).astype(np.float32)
    metres[:30, :50] = nothing
    tags = ImageFileDirectory_v2()
    if tag:
        tags[42113] = tag
        tags.tagtype[42113] = 2
    Image.fromarray(metres).save(tmp_path / "dem.tif", tiffinfo=tags)
    return read_picture(tmp_path / "dem.tif")


@pytest.mark.parametrize(
    ("nothing", "tag"),
    [
        (-9999.0, "-9999"),
        (-9999.0, ""),
        (-3.4028235e38, "-3.4028234663852886e+38"),
        (-3.4028235e38, ""),
        (np.nan, "nan"),
        (np.inf, ""),
        (0.0, "0"),
    ],
)
def test_what_was_not_measured_is_void_and_does_not_set_the_range(tmp_path, nothing, tag):
    read = terrain(tmp_path, nothing, tag)
    expected = np.zeros((150, 200), bool)
    expected[:30, :50] = True
    np.testing.assert_array_equal(read.void, expected)
    known = read.image[~expected][:, 0]
    assert known.min() == 0 and known.max() == 255 and 110 < known.mean() < 160
    assert (read.image[expected] == 128).all()
    assert any("5 %" in note and "void" in note for note in read.notes)


def test_a_nodata_tag_of_nonsense_is_ignored(tmp_path):
    assert terrain(tmp_path, 44.0, "none; rm -rf").void is None


def test_transparent_parts_are_void_upright(tmp_path):
    rgba = np.full((10, 20, 4), 200, np.uint8)
    rgba[:, :5, 3] = 0
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn clockwise
    Image.fromarray(rgba).save(tmp_path / "a.png", exif=exif)
    read = read_picture(tmp_path / "a.png")
    expected = np.zeros((20, 10), bool)
    expected[:5] = True
    np.testing.assert_array_equal(read.void, expected)
    assert any("transparent" in note for note in read.notes)


def test_one_value_alone_has_a_range():
    levels = levels_of(iter([np.full((4, 4), 7, np.uint16)]), 65535.0, 16)
    assert levels.high > levels.low
    assert levels.shown(np.array([7], np.uint16))[0] in (0, 255)
    empty = levels_of(iter([np.full((4, 4), np.nan, np.float32)]), 1.0, 16)
    assert (empty.shown(np.full(3, np.nan, np.float32)) == 128).all()


def test_a_usual_number_that_is_part_of_the_range_is_no_nodata():
    depth = np.linspace(-32768, 30000, 1000).astype(np.float32)
    assert levels_of(iter([depth]), 1.0, depth.size).nodata is None


def test_shown_is_linear_and_clipped():
    levels = Levels(10.0, 20.0, True)
    np.testing.assert_array_equal(
        levels.shown(np.array([0, 10, 15, 20, 99])), [0, 0, 128, 255, 255]
    )


def test_a_usual_nodata_value_beside_one_that_the_file_names():
    """What the file names is no data; the other is a height like any other."""
    heights = np.array([[-9999.0, 10.0, 20.0, 30.0, -1.0]])
    named = levels_of(iter([heights]), 1.0, heights.size, nodata=-1.0)
    assert named.nodata == -1.0 and named.low < -9000
    unnamed = levels_of(iter([heights[:, :4]]), 1.0, 4)
    assert unnamed.nodata == -9999.0 and unnamed.low >= 10


@pytest.mark.parametrize(
    ("values", "nodata", "unknown"),
    [
        (np.array([0.0, np.nan, 3.0], "f4"), None, [False, True, False]),
        (np.array([0.0, np.nan, 3.0], "f4"), 3.0, [False, True, True]),
        (np.array([0.0, 1.0, 3.0], "f4"), None, None),
        (np.array([0, 1, 3], "u2"), 3, [False, False, True]),
        (np.array([0, 1, 3], "u2"), 2, None),
        (np.array([0, 1, 3], "u2"), None, None),
    ],
)
def test_unknown_is_no_number_or_the_nodata_value(values, nodata, unknown):
    found = Levels(0.0, 3.0, nodata=nodata).unknown(values)
    assert (found if found is None else found.tolist()) == unknown
