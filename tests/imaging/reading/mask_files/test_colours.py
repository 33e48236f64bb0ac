"""Masks in colours: whose they are, how nearly, and which way round."""

import numpy as np
import pytest
from PIL import Image

from segviewer.errors import PictureError
from segviewer.imaging.labels import label_set
from segviewer.imaging.reading.mask_files.colours import (
    SWAPPED_NOTE,
    _nearest_labels,
    decode_colours,
)
from segviewer.imaging.reading.targets import read_target, read_values


def refused(path, **options):
    with pytest.raises(PictureError) as caught:
        read_target(path, **options)
    assert caught.value.what and caught.value.why and caught.value.next_step
    return caught.value


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


def test_a_colour_is_near_up_to_eight_levels_of_every_channel():
    camvid = label_set("camvid11")
    colour = np.array(camvid.colours[4], int)
    towards = np.where(colour > 127, -1, 1)

    def label(*away):
        red, green, blue = (colour + towards * away).tolist()
        return _nearest_labels(np.array([red << 16 | green << 8 | blue]), camvid)[0]

    assert [label(8, 8, 8), label(9, 0, 0), label(0, 9, 0), label(0, 0, 9)] == [4, -1, -1, -1]


def painted(name, path, swap=False):
    """Every class of a label set in bands of four rows; as OpenCV writes it, on wish."""
    colours = np.array(label_set(name).colours, np.uint8)
    picture = np.repeat(np.repeat(colours[:, None], 8, 1), 4, 0)
    Image.fromarray(picture[..., ::-1].copy() if swap else picture).save(path)
    return np.repeat(np.repeat(np.arange(len(colours))[:, None], 8, 1), 4, 0)


@pytest.mark.parametrize("name", ["camvid11", "cityscapes19"])
@pytest.mark.parametrize("swap", [False, True])
def test_red_and_blue_are_put_back_where_opencv_exchanged_them(tmp_path, name, swap):
    labels = painted(name, tmp_path / "a.png", swap)
    read = read_values(tmp_path / "a.png", label_set=label_set("camvid11"))
    assert np.array_equal(read.values, labels)
    assert read.label_set.name == name
    assert (SWAPPED_NOTE in read.notes) == swap


def test_colours_that_fit_neither_way_are_refused_as_they_are(tmp_path):
    painted("camvid11", tmp_path / "a.png", swap=True)
    picture = np.array(Image.open(tmp_path / "a.png"))
    picture[: len(picture) // 3] = (1, 250, 90)
    Image.fromarray(picture).save(tmp_path / "a.png")
    assert "(1, 250, 90)" in refused(tmp_path / "a.png", label_set=label_set("camvid11")).why


def test_camvids_finer_classes_become_the_eleven(tmp_path):
    """Of the data set's own 32 classes SegNet made 11: walls are building, lane marks road."""
    finer = {
        "building": [(0, 128, 64), (128, 0, 0), (64, 192, 0), (64, 0, 64), (192, 0, 128)],
        "pole": [(192, 192, 128), (0, 0, 64)],
        "road": [(128, 64, 128), (128, 0, 192), (192, 0, 64)],
        "pavement": [(0, 0, 192), (64, 192, 128), (128, 128, 192)],
        "car": [(64, 128, 192), (192, 128, 192), (192, 64, 128), (128, 64, 64)],
        "bicyclist": [(0, 128, 192), (192, 0, 192)],
    }
    camvid = label_set("camvid11")
    for name, colours in finer.items():
        path = tmp_path / "a.png"
        Image.fromarray(np.array([[*colours, (0, 0, 0)]], np.uint8)).save(path)
        read = read_values(path, label_set=camvid)
        assert read.values.tolist() == [[camvid.classes.index(name)] * len(colours) + [255]]
        assert any("merged" in note for note in read.notes)
    assert len(camvid.label_of_colour()) == 32
