"""Target masks are read as numbers, and refused where the numbers cannot be trusted."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from segviewer.errors import PictureError
from segviewer.imaging.labels import label_set
from segviewer.imaging.reading.targets import (
    _nearest_labels,
    decode_colours,
    read_target,
    read_values,
)

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


def test_the_label_set_of_a_colour_mask_is_found_by_its_colours(tmp_path):
    city = label_set("cityscapes19")
    labels = np.arange(19, dtype=np.uint8).repeat(20).reshape(19, 20)
    Image.fromarray(np.array(city.colours, np.uint8)[labels]).save(tmp_path / "city.png")
    read = read_values(tmp_path / "city.png", label_set=label_set("camvid11"))
    assert read.label_set == city and "Cityscapes" in read.notes[0]
    np.testing.assert_array_equal(read.values, labels)


def test_colours_that_are_nearly_right_are_taken_and_counted(tmp_path):
    camvid = label_set("camvid11")
    image = np.empty((10, 10, 3), np.uint8)
    image[:] = np.array(camvid.colours[3]) + (3, -2, 4)
    image[:5] = camvid.colours[1]
    image[9, :5] = np.array(camvid.colours[0]) + (1, 1, 1)  # the first class is one as well
    Image.fromarray(image).save(tmp_path / "smooth.png")
    read = read_values(tmp_path / "smooth.png", label_set=camvid)
    assert (read.values[:5] == 1).all() and (read.values[5:9] == 3).all()
    assert read.values[9].tolist() == [0] * 5 + [3] * 5
    assert "50 %" in read.notes[1]


def test_transparent_parts_of_a_colour_mask_are_void(tmp_path):
    image = np.empty((4, 4, 4), np.uint8)
    image[:] = (*label_set("camvid11").colours[3], 255)
    image[0, :, 3] = 0
    Image.fromarray(image).save(tmp_path / "clear.png")
    read = read_values(tmp_path / "clear.png", label_set=label_set("camvid11"))
    assert (read.values[0] == 255).all() and (read.values[1:] == 3).all()


def test_colour_mask_is_decoded_exactly(tmp_path):
    camvid = label_set("camvid11")
    labels = np.arange(11, dtype=np.uint8).repeat(20).reshape(11, 20)
    image = np.array(camvid.colours, np.uint8)[labels]
    image[0, 0] = (0, 0, 0)
    Image.fromarray(image).save(tmp_path / "colours.png")
    labels[0, 0] = 255
    target = read_target(tmp_path / "colours.png", label_set=camvid)
    np.testing.assert_array_equal(target, labels)


def test_few_unknown_colours_become_void_and_many_are_refused(tmp_path):
    camvid = label_set("camvid11")
    image = np.empty((20, 20, 3), np.uint8)
    image[:] = camvid.colours[3]
    image[0, :4] = (1, 2, 30)
    Image.fromarray(image).save(tmp_path / "one_percent.png")
    target = read_target(tmp_path / "one_percent.png", label_set=camvid)
    assert (target[0, :4] == 255).all() and (target.ravel()[4:] == 3).all()
    image[0, 4] = (9, 80, 7)
    Image.fromarray(image).save(tmp_path / "more.png")
    error = refused(tmp_path / "more.png", label_set=camvid)
    assert "(1, 2, 30)" in error.why and "(9, 80, 7): 1 pixels" in error.details


def test_colour_mask_without_a_label_set_is_refused(tmp_path):
    Image.fromarray(np.full((2, 2, 3), (1, 2, 90), np.uint8)).save(tmp_path / "colours.png")
    assert "label set" in refused(tmp_path / "colours.png").why


def test_ade20k_colours_are_never_decoded():
    image = np.full((1, 1, 3), 140, np.uint8)
    with pytest.raises(PictureError, match="share a colour"):
        decode_colours(image, label_set("ade20k150"))


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


def test_a_colour_is_near_up_to_eight_levels_of_every_channel():
    camvid = label_set("camvid11")
    colour = np.array(camvid.colours[4], int)
    towards = np.where(colour > 127, -1, 1)

    def label(*away):
        red, green, blue = (colour + towards * away).tolist()
        return _nearest_labels(np.array([red << 16 | green << 8 | blue]), camvid)[0]

    assert [label(8, 8, 8), label(9, 0, 0), label(0, 9, 0), label(0, 0, 9)] == [4, -1, -1, -1]
