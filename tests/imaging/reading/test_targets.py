"""Target masks are read as numbers, and refused where the numbers cannot be trusted."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from segviewer.errors import PictureError
from segviewer.imaging.labels import label_set
from segviewer.imaging.reading.targets import read_target, read_values

LABELS = np.array([[0, 1, 2], [20, 254, 255]], np.uint8)


def refused(path, **options):
    with pytest.raises(PictureError) as caught:
        read_target(path, **options)
    assert caught.value.what and caught.value.why and caught.value.next_step
    return caught.value


def test_palettised_png_is_read_as_indices(tmp_path):
    picture = Image.fromarray(LABELS)
    picture.putpalette(np.random.default_rng(0).integers(0, 256, 768).astype(np.uint8).tobytes())
    picture.save(tmp_path / "voc.png")
    target = read_target(tmp_path / "voc.png")
    assert target.dtype == np.uint8
    np.testing.assert_array_equal(target, LABELS)


def test_grey_png_is_read_as_indices_and_void_becomes_255(tmp_path):
    Image.fromarray(LABELS).save(tmp_path / "grey.png")
    np.testing.assert_array_equal(read_target(tmp_path / "grey.png"), LABELS)
    np.testing.assert_array_equal(
        read_target(tmp_path / "grey.png", void=(2, 20)), [[0, 1, 255], [255, 254, 255]]
    )


def test_void_is_255_beside_whatever_else_is(tmp_path):
    Image.fromarray(np.array([[0, 1, 254, 255]], np.uint8)).save(tmp_path / "few.png")
    for void, expected in (
        ((), [0, 1, 254, 255]),
        ((0,), [255, 1, 254, 255]),
        ((254, 255, 256, -1), [0, 1, 255, 255]),  # no label of a mask is above 255 or negative
    ):
        found = read_target(tmp_path / "few.png", void=void)
        assert found.tolist() == [expected], void


def test_orientation_tag_is_ignored(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(LABELS).save(tmp_path / "tagged.png", exif=exif)
    np.testing.assert_array_equal(read_target(tmp_path / "tagged.png"), LABELS)


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_few_bit_grey_png_keeps_its_numbers(tmp_path, depth):
    """Pillow spreads 2- and 4-bit grey over 0..255, which would turn label 1 into 85 or 17."""
    row = list(range(min(8, 2**depth))) * (8 // min(8, 2**depth))
    bits = "".join(f"{value:0{depth}b}" for value in row)
    packed = int(bits, 2).to_bytes(len(bits) // 8, "big")

    def chunk(name, body):
        checksum = struct.pack(">I", zlib.crc32(name + body))
        return struct.pack(">I", len(body)) + name + body + checksum

    head = struct.pack(">IIBBBBB", 8, 1, depth, 0, 0, 0, 0)
    path = tmp_path / "few.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" + packed))
        + chunk(b"IEND", b"")
    )
    np.testing.assert_array_equal(read_target(path), [row])


def test_sixteen_bit_labels_are_taken_up_to_255_only(tmp_path):
    Image.fromarray(LABELS.astype(np.uint16)).save(tmp_path / "fits.png")
    np.testing.assert_array_equal(read_target(tmp_path / "fits.png"), LABELS)
    Image.fromarray(np.array([[3, 7001]], np.uint16)).save(tmp_path / "instances.png")
    assert "7001" in refused(tmp_path / "instances.png").why


def test_jpeg_is_refused_because_it_changes_labels(tmp_path):
    for highest in (12, 255):
        labels = np.kron(np.arange(12, dtype=np.uint8).reshape(3, 4), np.ones((16, 16), np.uint8))
        labels[:9] = highest
        Image.fromarray(labels).save(tmp_path / "mask.jpg")
        assert "JPEG" in refused(tmp_path / "mask.jpg").why


def test_a_jpeg_of_black_and_white_alone_is_a_mask_of_0_and_255(tmp_path):
    mask = np.zeros((200, 300), np.uint8)
    mask[40:120, 70:210] = 255
    Image.fromarray(mask).save(tmp_path / "mask.jpg", quality=80)
    read = read_values(tmp_path / "mask.jpg")
    np.testing.assert_array_equal(read.values, mask)
    assert "JPEG" in read.notes[0]


def test_three_equal_channels_are_numbers(tmp_path):
    Image.fromarray(np.repeat(LABELS[..., None], 3, -1)).save(tmp_path / "grey_rgb.png")
    read = read_values(tmp_path / "grey_rgb.png", label_set=label_set("camvid11"))
    np.testing.assert_array_equal(read.values, LABELS)
    assert read.label_set is None and "equal" in read.notes[0]


def test_fractions_and_negative_numbers_are_refused(tmp_path):
    Image.fromarray(np.array([[0.5, 1]], np.float32)).save(tmp_path / "soft.tif")
    assert "fractions" in refused(tmp_path / "soft.tif").why
    Image.fromarray(np.array([[-1, 1]], np.int32)).save(tmp_path / "negative.tif")
    assert "-1" in refused(tmp_path / "negative.tif").why


def test_broken_files_are_refused(tmp_path):
    empty = tmp_path / "empty.png"
    empty.touch()
    assert "empty" in refused(empty).what
    Image.fromarray(LABELS.repeat(50, 0).repeat(50, 1)).save(tmp_path / "cut.png")
    data = (tmp_path / "cut.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(data[: len(data) // 2])
    refused(tmp_path / "cut.png")
    refused(tmp_path / "gone.png")


def test_greys_of_a_gif_are_its_numbers_whatever_its_palette_is(tmp_path):
    """Pillow writes greys as a palette of those that occur: the seventh of them may be an 8."""
    numbers = np.repeat(np.array([[0, 1, 2, 8, 9, 11]], np.uint8), 6, 0)
    Image.fromarray(numbers).save(tmp_path / "a.gif")
    with Image.open(tmp_path / "a.gif") as picture:
        assert picture.mode == "P" and np.asarray(picture).max() == 5
    assert np.array_equal(read_values(tmp_path / "a.gif").values, numbers)


def test_a_gif_of_black_and_white_stays_0_and_1(tmp_path):
    Image.fromarray(np.array([[0, 255, 255, 0]], np.uint8)).save(tmp_path / "a.gif")
    assert read_values(tmp_path / "a.gif").values.tolist() == [[0, 1, 1, 0]]
