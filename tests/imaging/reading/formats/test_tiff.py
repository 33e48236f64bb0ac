"""TIFF that Pillow refuses or reads wrongly: bands, planes, depths, pages, and files that lie."""

import builtins
import struct
import sys
import zlib
from types import SimpleNamespace

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageOps

from segviewer.errors import Cancelled, PictureError
from segviewer.imaging.reading.formats import tiff
from segviewer.imaging.reading.formats.tiff import _missing
from segviewer.imaging.reading.picture_settings import PictureSettings
from segviewer.imaging.reading.read import (
    LargePictureError,
    inspect_picture,
    read_image,
    read_picture,
    read_stored,
    read_thumbnail,
)
from segviewer.imaging.reading.upright import upright


def bands(number=8, height=40, width=60, kind=np.uint16):
    """Bands whose values are all different: 1000 · band + place."""
    place = np.arange(height * width).reshape(height, width) % 900
    return np.stack([place + 1000 * (band + 1) for band in range(number)], -1).astype(kind)


def written(tmp_path, values, **options):
    path = tmp_path / "a.tif"
    options = {"photometric": "minisblack", "planarconfig": "contig"} | options
    tifffile.imwrite(path, values, **options)
    return path


def chosen(*numbers, page=0):
    return PictureSettings(bands=numbers, page=page)


def test_three_bands_of_eight_are_chosen_and_said(tmp_path):
    path = written(tmp_path, bands())
    stored = read_stored(path, chosen(4, 3, 2))
    np.testing.assert_array_equal(stored.values, bands()[..., [3, 2, 1]])
    assert "bands 4, 3, 2 of 8" in stored.notes
    assert inspect_picture(path).bands == 8


def test_one_band_is_grey(tmp_path):
    picture = read_picture(written(tmp_path, bands()), chosen(5))
    assert picture.image.shape == (40, 60, 3)
    assert (np.ptp(picture.image, axis=-1) == 0).all()
    assert "band 5 of 8" in picture.notes


def test_without_a_choice_the_first_three_are_shown(tmp_path):
    stored = read_stored(written(tmp_path, bands()))
    np.testing.assert_array_equal(stored.values, bands()[..., :3])
    assert "bands 1, 2, 3 of 8" in stored.notes


def test_bands_that_are_not_there_are_not_missed(tmp_path):
    stored = read_stored(written(tmp_path, bands(4)), chosen(7, 3, 2))
    assert "bands 1, 2, 3 of 4" in stored.notes


@pytest.mark.parametrize(
    "options",
    [
        {"planarconfig": "separate"},
        {"tile": (16, 32)},
        {"tile": (16, 16), "planarconfig": "separate"},
        {"compression": "zlib", "predictor": True},
        {"compression": "lzw"},
        {"compression": "lzma"},
        {"bigtiff": True, "tile": (32, 16), "compression": "zlib"},
        {"byteorder": ">"},
        {"rowsperstrip": 7},
    ],
    ids=str,
)
def test_however_the_pixels_lie(tmp_path, options):
    values = bands(5)
    stack = np.moveaxis(values, -1, 0) if options.get("planarconfig") == "separate" else values
    path = written(tmp_path, stack, **options)
    np.testing.assert_array_equal(read_stored(path, chosen(2, 5, 1)).values, values[..., [1, 4, 0]])
    assert read_thumbnail(path, 16).shape == (11, 16, 3)


@pytest.mark.parametrize(
    "kind", ["uint8", "int8", "uint32", "int32", "uint64", "int64", "float16", "float32", "float64"]
)
@pytest.mark.parametrize("number", [1, 4])
def test_every_depth_is_read_as_it_is(tmp_path, kind, number):
    values = (bands(number, 12, 16, np.float64) / 50).astype(kind)
    path = written(tmp_path, values if number > 1 else values[..., 0])
    wanted = values[..., :3] if number > 1 else values[..., 0]
    stored = read_stored(path).values
    if number == 1 and kind == "uint8":
        wanted = np.repeat(wanted[..., None], 3, -1)
    np.testing.assert_array_equal(stored, wanted)
    assert read_image(path).shape == (12, 16, 3)


def test_numbers_that_have_no_grey_are_refused(tmp_path):
    path = written(tmp_path, np.ones((8, 8), np.complex64))
    with pytest.raises(PictureError, match="complex"):
        read_image(path)


def test_white_is_zero_in_16_bits(tmp_path):
    values = np.linspace(0, 65535, 48, dtype=np.uint16).reshape(6, 8)
    path = written(tmp_path, values, photometric="miniswhite")
    image = read_image(path)
    assert image[0, 0, 0] == 255 and image[-1, -1, 0] == 0


def test_opaque_colour_with_near_infrared_is_no_transparency(tmp_path):
    values = (bands(4) % 251).astype(np.uint8)
    path = written(tmp_path, values, photometric="rgb", extrasamples=["unspecified"])
    stored = read_stored(path, chosen(4, 1, 2))
    assert stored.void is None
    np.testing.assert_array_equal(stored.values, values[..., [3, 0, 1]])


def test_transparency_beside_many_bands_is_void(tmp_path):
    values = bands(5)
    values[..., 4] = 65535
    values[:10, :, 4] = 0
    extra = ["unspecified", "unspecified", "unspecified", "unassalpha"]
    stored = read_stored(written(tmp_path, values, extrasamples=extra))
    assert stored.void is not None and stored.void[:10].all() and not stored.void[10:].any()
    assert "bands 1, 2, 3 of 4" in stored.notes


def test_nodata_is_void_in_each_band(tmp_path):
    values = bands(4, kind=np.float32)
    values[3, 5] = -9999
    path = written(tmp_path, values, extratags=[(42113, "s", 0, "-9999", True)])
    picture = read_picture(path)
    assert picture.void is not None and picture.void.sum() == 1 and picture.void[3, 5]
    assert picture.image.min() >= 0 and (picture.image[3, 5] == 128).all()


@pytest.mark.parametrize("number", [3, 5])
def test_nodata_of_8_bits_is_void_where_all_bands_have_it(tmp_path, number):
    values = (1 + bands(number) % 250).astype(np.uint8)
    values[:9] = 0
    values[20, 20, 0] = 0  # black is not nothing
    path = written(
        tmp_path,
        values,
        photometric="rgb" if number == 3 else "minisblack",
        extratags=[(42113, "s", 0, "0", True)],
    )
    picture = read_picture(path)
    assert picture.void[:9].all() and not picture.void[9:].any()
    assert (picture.image[:9] == 128).all()
    assert "not measured" in picture.notes[-1]


def test_a_nodata_that_no_pixel_can_hold_is_none(tmp_path):
    path = written(tmp_path, bands(4), extratags=[(42113, "s", 0, "-9999", True)])
    assert read_picture(path).void is None
    grey = written(tmp_path, bands(1)[..., 0], extratags=[(42113, "s", 0, "-9999", True)])
    assert read_picture(grey).void is None


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_turned_as_pillow_turns_them(tmp_path, orientation):
    values = (bands(4, 4, 6) % 251).astype(np.uint8)
    path = written(tmp_path, values, extratags=[(274, "H", 1, orientation, True)])
    plain = Image.fromarray(values[..., :3])
    plain.getexif()[274] = orientation
    np.testing.assert_array_equal(read_image(path), np.asarray(ImageOps.exif_transpose(plain)))
    np.testing.assert_array_equal(
        upright(values[..., :3], orientation), np.asarray(ImageOps.exif_transpose(plain))
    )


# Pages


def pages_file(tmp_path, number=5, **options):
    path = tmp_path / "pages.tif"
    with tifffile.TiffWriter(path) as out:
        for page in range(number):
            out.write(np.full((10, 12, 3), 20 * page, np.uint8), photometric="rgb", **options)
    return path


@pytest.mark.parametrize("options", [{}, {"compression": "lzw"}, {"bigtiff": True}], ids=str)
def test_each_page_can_be_shown(tmp_path, options):
    big = options.pop("bigtiff", False)
    path = tmp_path / "pages.tif"
    with tifffile.TiffWriter(path, bigtiff=big) as out:
        for page in range(5):
            out.write(np.full((10, 12, 3), 20 * page, np.uint8), photometric="rgb", **options)
    for page in range(5):
        picture = read_picture(path, PictureSettings(page=page))
        assert (picture.image == 20 * page).all()
        assert picture.notes == (f"page {page + 1} of 5",)
    header = inspect_picture(path)
    assert (header.frames, header.page) == (5, 0)


@pytest.mark.parametrize(
    ("pages", "kind", "first", "said"),
    [
        (17, np.uint16, 8, "page 9 of 17, the middle"),
        (17, np.uint8, 8, "page 9 of 17, the middle"),
        (5, np.uint16, 0, "page 1 of 5"),
        (17, bool, 0, "page 1 of 17"),
    ],
)
def test_a_stack_of_slices_opens_at_the_middle_one(tmp_path, pages, kind, first, said):
    path = tmp_path / "stack.tif"
    values = np.arange(pages * 80).reshape(pages, 8, 10) % 97 > 40 if kind is bool else None
    if values is None:
        values = np.arange(pages * 80).reshape(pages, 8, 10).astype(kind)
    with tifffile.TiffWriter(path) as out:
        for page in values:
            out.write(page, photometric="minisblack")
    stored = read_stored(path)
    assert stored.header.page == first and stored.notes[0] == said
    chosen = read_stored(path, PictureSettings(page=first))
    np.testing.assert_array_equal(stored.values, chosen.values)
    assert "middle" not in chosen.notes[0]


def test_pages_in_colour_or_of_several_sizes_are_no_slices(tmp_path):
    path = tmp_path / "pages.tif"
    for shape in ((6, 8, 3), (6, 8)):
        with tifffile.TiffWriter(path) as out:
            for page in range(20):
                wide = shape if page < 9 else (shape[0] + 1, *shape[1:])
                out.write(np.zeros(wide if len(shape) == 2 else shape, np.uint8))
        assert read_stored(path).header.page == 0


def test_pages_of_many_bands(tmp_path):
    path = tmp_path / "pages.tif"
    with tifffile.TiffWriter(path) as out:
        for page in range(3):
            values = bands(6) + np.uint16(7 * page)
            out.write(values, photometric="minisblack", planarconfig="contig")
    stored = read_stored(path, chosen(6, page=2))
    np.testing.assert_array_equal(stored.values, bands(6)[..., 5] + 14)
    assert stored.notes == ("page 3 of 3", "band 6 of 6")


def test_a_page_that_is_not_there_is_refused(tmp_path):
    path = pages_file(tmp_path)
    with pytest.raises(PictureError, match="no such page") as caught:
        read_image(path, PictureSettings(page=5))
    assert "number 6" in caught.value.why
    png = tmp_path / "a.png"
    Image.new("RGB", (4, 4)).save(png)
    with pytest.raises(PictureError, match="no such page"):
        read_image(png, PictureSettings(page=1))


def test_smaller_copies_are_no_pages(tmp_path):
    path = tmp_path / "pyramid.tif"
    with tifffile.TiffWriter(path) as out:
        out.write(bands(), photometric="minisblack", planarconfig="contig")
        out.write(bands()[::2, ::2], subfiletype=1, photometric="minisblack", planarconfig="contig")
        out.write(bands(kind=np.uint16) + 5, photometric="minisblack", planarconfig="contig")
    assert inspect_picture(path).frames == 2
    stored = read_stored(path, chosen(1, page=1))
    np.testing.assert_array_equal(stored.values, bands()[..., 0] + 5)


# Files that lie


def refused(path, settings=None):
    with pytest.raises(PictureError) as caught:
        read_image(path, settings or PictureSettings())
    error = caught.value
    assert error.what and error.why and error.next_step and path.name in error.what
    return error


def lying(tmp_path, **values):
    """A file of 4 bands of 16 bits, in its list of tags other values."""
    path = written(tmp_path, bands(4), compression="zlib")
    data = bytearray(path.read_bytes())
    with tifffile.TiffFile(path) as whole:
        tags = {tag.code: tag for tag in whole.pages.first.tags}
    for name, value in values.items():
        tag = tags[{"width": 256, "height": 257, "rows": 278, "length": 279, "offset": 273}[name]]
        kind = {3: "<H", 4: "<I", 16: "<Q"}[int(tag.dtype)]
        struct.pack_into(kind, data, tag.valueoffset, value)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    "values",
    [
        {"width": 60_000, "height": 60_000},
        {"width": 9_000, "height": 5_000},
        {"height": 4_000},
        {"offset": 4_000_000_000},
    ],
    ids=str,
)
def test_sizes_that_are_not_there_are_refused_before_they_take_memory(tmp_path, values):
    import tracemalloc

    path = lying(tmp_path, **values)
    tracemalloc.start()
    try:
        refused(path)
        assert tracemalloc.get_traced_memory()[1] < 400_000_000
    finally:
        tracemalloc.stop()


def test_a_strip_that_unfolds_without_end_is_refused(tmp_path):
    path = tmp_path / "a.tif"
    bomb = zlib.compress(bytes(200 << 20), 9)
    with tifffile.TiffWriter(path) as out:
        options = {"photometric": "minisblack", "planarconfig": "contig", "compression": "zlib"}
        out.write(iter([bomb]), shape=(40, 60, 4), dtype="uint16", rowsperstrip=40, **options)
    assert "unfolds" in refused(path).why


def test_cut_off_files_are_damaged(tmp_path):
    path = written(tmp_path, bands(8), compression="zlib", rowsperstrip=4)
    whole = path.read_bytes()
    for length in range(8, len(whole), max(1, len(whole) // 23)):
        path.write_bytes(whole[:length])
        try:
            assert read_image(path).shape == (40, 60, 3)
        except PictureError as error:
            assert error.what and error.next_step


def test_libraries_do_not_talk_about_damage(tmp_path, capsys):
    path = lying(tmp_path, height=4_000)
    refused(path)
    said = capsys.readouterr()
    assert said.out == said.err == ""


def test_many_bands_ask_for_their_memory(tmp_path, monkeypatch):
    path = written(tmp_path, bands(8))
    monkeypatch.setattr("segviewer.imaging.reading.header.LARGE_BYTES", 1000)
    with pytest.raises(LargePictureError, match="memory"):
        read_stored(path)
    assert read_stored(path, allow_large=True).values.shape == (40, 60, 3)


def test_reading_can_be_stopped(tmp_path):
    path = written(tmp_path, bands(4, 400, 400), rowsperstrip=1)
    asked = []

    def check():
        asked.append(1)
        if len(asked) > 50:
            raise Cancelled

    with pytest.raises(Cancelled):
        read_image(path, check=check)


def test_a_missing_library_is_named_with_the_way_to_get_it(tmp_path, monkeypatch):
    path = written(tmp_path, bands(4), compression="lzw")
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name == "imagecodecs":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    error = refused(path)
    assert "LZW" in error.why and "segviewer[tiff]" in error.next_step


@pytest.mark.parametrize(
    ("page", "missing"),
    [
        ({}, None),
        ({"compression": 8}, None),
        ({"compression": 50000}, "Zstandard"),
        ({"predictor": 3}, "a predictor for floating point"),
        ({"bitspersample": 12}, "12 bits a band"),
        ({"bitspersample": (16, 12)}, "16 bits a band"),
    ],
)
def test_only_what_needs_the_library_misses_it(page, missing, monkeypatch):
    monkeypatch.setitem(sys.modules, "imagecodecs", None)
    usual = {"compression": 1, "predictor": 1, "bitspersample": 16}
    assert _missing(SimpleNamespace(**usual | page)) == missing


def test_what_pillow_reads_rightly_is_left_to_it(tmp_path):
    for name, picture in {
        "grey": Image.fromarray(np.zeros((4, 5), np.uint8)),
        "rgb": Image.new("RGB", (5, 4)),
        "rgba": Image.new("RGBA", (5, 4)),
        "cmyk": Image.new("CMYK", (5, 4)),
        "palette": Image.new("P", (5, 4)),
        "16": Image.fromarray(np.zeros((4, 5), np.uint16)),
        "float": Image.fromarray(np.zeros((4, 5), np.float32)),
        "bit": Image.new("1", (5, 4)),
    }.items():
        path = tmp_path / f"{name}.tif"
        picture.save(path)
        assert not tiff.takes(path, PictureSettings()), name


def test_no_library_is_imported_for_a_photograph(tmp_path):
    """Importing it takes longer than reading a small picture."""
    import subprocess

    Image.new("RGB", (5, 4)).save(tmp_path / "a.png")
    code = (
        "import sys\nfrom segviewer.imaging.reading.read import read_image\n"
        f"read_image({str(tmp_path / 'a.png')!r})\nprint('tifffile' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"


def test_bands_are_one_or_three():
    for wrong in ((1, 2), (0,), (1, 2, 3, 4)):
        with pytest.raises(ValueError):
            PictureSettings(bands=wrong)


def test_over_means_more_pixels(tmp_path):
    path, settings = written(tmp_path, bands(4)), PictureSettings()
    pixels = bands(4).shape[0] * bands(4).shape[1]
    assert tiff.is_over(path, settings, pixels - 1) and not tiff.is_over(path, settings, pixels)
