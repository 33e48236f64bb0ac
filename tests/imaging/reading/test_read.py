"""Every kind of picture file is read rightly, or refused with what, why and what next."""

import os
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageOps

from segviewer.imaging.reading import header, strips
from segviewer.imaging.reading.formats import by_pillow
from segviewer.imaging.reading.read import inspect_picture, pyramid, read_image, read_thumbnail
from tests.imaging.reading.made_pictures import photo, refused


def test_rgb_png_comes_back_as_it_is(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(photo()).save(path)
    image = read_image(path)
    assert image.dtype == np.uint8
    assert image.flags.c_contiguous and image.flags.writeable
    np.testing.assert_array_equal(image, photo())


def test_content_decides_not_the_extension(tmp_path):
    path = tmp_path / "really_a_png.jpg"
    Image.fromarray(photo()).save(path, "PNG")
    assert inspect_picture(path).format == "PNG"
    np.testing.assert_array_equal(read_image(path), photo())


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF"])
def test_every_exif_orientation_is_turned_upright(tmp_path, orientation, kind):
    path = tmp_path / f"turned.{kind.lower()}"
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(photo()).save(path, kind, exif=exif)
    with Image.open(path) as picture:
        expected = np.asarray(ImageOps.exif_transpose(picture).convert("RGB"))
    np.testing.assert_array_equal(read_image(path), expected)
    found = inspect_picture(path)
    assert (found.height, found.width) == expected.shape[:2]
    thumbnail = read_thumbnail(path, 30)
    assert max(thumbnail.shape) == 30
    assert (thumbnail.shape[0] > thumbnail.shape[1]) == (expected.shape[0] > expected.shape[1])


def test_an_exif_turn_puts_the_stored_left_column_on_top(tmp_path):
    """Orientation 6 (camera held upright): the stored first column is the upright first row."""
    stored = np.zeros((4, 6, 3), np.uint8)
    stored[:, 0] = 200
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(stored).save(tmp_path / "upright.png", exif=exif)
    image = read_image(tmp_path / "upright.png")
    assert image.shape == (6, 4, 3)
    assert (image[0] == 200).all() and (image[1:] == 0).all()


def test_a_png_with_its_turn_behind_the_pixels_is_turned_too(tmp_path):
    path = tmp_path / "late.png"
    Image.fromarray(photo()).save(path)
    exif = Image.Exif()
    exif[0x0112] = 8
    body = exif.tobytes().removeprefix(b"Exif\0\0")
    chunk = struct.pack(">I", len(body)) + b"eXIf" + body
    chunk += struct.pack(">I", zlib.crc32(b"eXIf" + body))
    data = path.read_bytes()
    path.write_bytes(data[:-12] + chunk + data[-12:])
    np.testing.assert_array_equal(read_image(path), np.rot90(photo()))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("exif", [b"Exif\0\0garbage!", b"Exif\0\0MM\0*\0\0\0\x08\0\x09\x01\x12"])
def test_garbled_metadata_does_not_cost_the_picture(tmp_path, kind, exif):
    Image.fromarray(photo()).save(tmp_path / "a", kind, exif=exif)
    assert inspect_picture(tmp_path / "a").orientation == 1
    assert read_image(tmp_path / "a").shape == photo().shape


def test_grey_becomes_three_equal_channels(tmp_path):
    grey = photo()[..., 0]
    Image.fromarray(grey).save(tmp_path / "grey.png")
    np.testing.assert_array_equal(read_image(tmp_path / "grey.png"), np.stack([grey] * 3, -1))


def test_sixteen_bit_grey_is_scaled_not_cut(tmp_path):
    deep = np.array([[0, 256, 257, 32896, 65535]], np.uint16)
    Image.fromarray(deep).save(tmp_path / "deep.png")
    with Image.open(tmp_path / "deep.png") as picture:
        assert picture.mode.startswith("I;16")
    np.testing.assert_array_equal(read_image(tmp_path / "deep.png")[0, :, 1], [0, 1, 1, 128, 255])
    assert read_thumbnail(tmp_path / "deep.png", 5).shape == (1, 5, 3)


def test_float_grey_is_stretched_only_outside_zero_to_one(tmp_path):
    Image.fromarray(np.array([[0, 0.5, 1]], np.float32)).save(tmp_path / "unit.tif")
    np.testing.assert_array_equal(read_image(tmp_path / "unit.tif")[0, :, 0], [0, 128, 255])
    Image.fromarray(np.array([[-2, 0, 2, np.nan]], np.float32)).save(tmp_path / "wide.tif")
    np.testing.assert_array_equal(read_image(tmp_path / "wide.tif")[0, :, 0], [0, 127, 255, 128])


def test_transparent_parts_become_mid_grey(tmp_path):
    rgba = np.zeros((1, 3, 4), np.uint8)
    rgba[0, :, 0] = 255
    rgba[0, :, 3] = (255, 0, 128)
    Image.fromarray(rgba).save(tmp_path / "alpha.png")
    image = read_image(tmp_path / "alpha.png")[0]
    assert tuple(image[0]) == (255, 0, 0)
    assert tuple(image[1]) == (128, 128, 128)
    np.testing.assert_allclose(image[2], (192, 64, 64), atol=1)
    Image.fromarray(rgba).convert("LA").save(tmp_path / "grey_alpha.png")
    assert tuple(read_image(tmp_path / "grey_alpha.png")[0, 1]) == (128, 128, 128)


def test_cmyk_jpeg_becomes_rgb(tmp_path):
    cmyk = Image.new("CMYK", (8, 8), (0, 255, 255, 0))
    cmyk.save(tmp_path / "print.jpg", quality=95)
    np.testing.assert_allclose(
        read_image(tmp_path / "print.jpg"), np.full((8, 8, 3), (255, 0, 0)), atol=4
    )
    assert inspect_picture(tmp_path / "print.jpg").mode == "CMYK"


def test_palette_and_one_bit_pictures_show_their_colours(tmp_path):
    indices = np.array([[0, 1, 2]], np.uint8)
    picture = Image.fromarray(indices)
    picture.putpalette([10, 20, 30, 40, 50, 60, 70, 80, 90])
    picture.save(tmp_path / "palette.png")
    np.testing.assert_array_equal(
        read_image(tmp_path / "palette.png")[0], [[10, 20, 30], [40, 50, 60], [70, 80, 90]]
    )
    Image.fromarray(np.array([[True, False]])).save(tmp_path / "bits.png")
    np.testing.assert_array_equal(read_image(tmp_path / "bits.png")[0, :, 0], [255, 0])


def test_animation_gives_its_first_frame_and_says_how_many(tmp_path):
    frames = [Image.new("RGB", (9, 7), colour) for colour in ("red", "lime", "blue")]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    assert inspect_picture(tmp_path / "moving.gif").frames == 3
    image = read_image(tmp_path / "moving.gif")
    np.testing.assert_array_equal(image, np.full((7, 9, 3), (255, 0, 0)))


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1)])
def test_extreme_shapes(tmp_path, size):
    picture = np.random.default_rng(1).integers(0, 256, (*size, 3)).astype(np.uint8)
    Image.fromarray(picture).save(tmp_path / "thin.png")
    np.testing.assert_array_equal(read_image(tmp_path / "thin.png"), picture)
    small = read_thumbnail(tmp_path / "thin.png", 64)
    assert small.shape == tuple(min(side, 64) for side in size) + (3,)
    assert min(pyramid(picture)[-1].shape[:2]) == 1


def test_strips_give_the_same_picture(tmp_path, monkeypatch):
    exif = Image.Exif()
    exif[0x0112] = 7
    rgba = np.random.default_rng(2).integers(0, 256, (50, 31, 4)).astype(np.uint8)
    Image.fromarray(rgba).save(tmp_path / "a.png", exif=exif)
    whole = read_image(tmp_path / "a.png")
    monkeypatch.setattr(strips, "STRIP_PIXELS", 100)
    np.testing.assert_array_equal(read_image(tmp_path / "a.png"), whole)


def test_empty_file_is_refused(tmp_path):
    path = tmp_path / "empty.jpg"
    path.touch()
    assert "empty" in refused(path).what


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP", "GIF", "BMP"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.7])
def test_truncated_file_is_refused(tmp_path, kind, share):
    path = tmp_path / f"cut.{kind.lower()}"
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    Image.fromarray(noise).save(path, kind)
    whole = path.read_bytes()
    path.write_bytes(whole[: max(4, int(len(whole) * share))])
    refused(path)
    refused(path, lambda p: read_thumbnail(p, 64))


def test_damaged_png_checksum_is_refused(tmp_path):
    path = tmp_path / "flipped.png"
    Image.fromarray(photo()).save(path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    refused(path)


def test_text_is_not_a_picture(tmp_path):
    path = tmp_path / "letter.png"
    path.write_text("Dear reader, this is no picture.\n" * 20)
    assert "not a picture" in refused(path).what


def test_postscript_never_starts_another_program(tmp_path):
    path = tmp_path / "drawing.png"
    path.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\nshowpage\n")
    assert "drawing of lines" in refused(path).what


def test_folder_is_refused(tmp_path):
    folder = tmp_path / "holiday"
    folder.mkdir()
    assert "folder" in refused(folder).what


def test_missing_and_impossible_paths_are_refused(tmp_path):
    assert "not there" in refused(tmp_path / "gone.png").what
    (tmp_path / "file").write_text("x")
    assert "not there" in refused(tmp_path / "file" / "inside.png").what
    refused(tmp_path / "nul\0.png")
    refused(tmp_path / ("x" * 300 + ".png"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_refused_instead_of_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    assert "not a file" in refused(tmp_path / "pipe.png").what


def test_no_permission_is_said(tmp_path, monkeypatch):
    path = tmp_path / "secret.png"
    Image.fromarray(photo()).save(path)

    def denied(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(header.Image, "open", denied)
    assert "permission" in refused(path).why


def test_file_deleted_between_header_and_pixels_is_refused(tmp_path):
    path = tmp_path / "soon_gone.png"
    Image.fromarray(photo()).save(path)
    inspect_picture(path)
    path.unlink()
    assert "not there" in refused(path).what


def test_out_of_memory_is_said(tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    Image.fromarray(photo()).save(path)

    def full(*args, **kwargs):
        raise MemoryError

    monkeypatch.setattr(by_pillow, "_fill", full)
    assert "memory" in refused(path).what
