"""A mask in the classes of the network it is compared with."""

import json

import numpy as np
import pytest
from PIL import Image

from segviewer.errors import PictureError
from segviewer.imaging.datasets.network_targets import (
    TargetClasses,
    mapping_of_masks,
    read_network_target,
)
from segviewer.imaging.labels import label_set

CAMVID = TargetClasses(11, label_set("camvid11").classes, "camvid11")
CITYSCAPES = TargetClasses(19, label_set("cityscapes19").classes, "cityscapes19")


def save(path, values):
    Image.fromarray(np.asarray(values, np.uint8)).save(path)
    return path


def test_void_of_the_label_set_is_ignored(tmp_path):
    read = read_network_target(save(tmp_path / "a.png", [[0, 10, 11, 255]]), CAMVID)
    np.testing.assert_array_equal(read.target, [[0, 10, 255, 255]])
    assert read.notes == () and read.mapping == "as stored"


def test_a_binary_mask_for_a_binary_network(tmp_path):
    path = save(tmp_path / "a.png", [[0, 255]])
    for classes in (TargetClasses(1), TargetClasses(2, ("background", "cell"))):
        read = read_network_target(path, classes)
        np.testing.assert_array_equal(read.target, [[0, 1]])
        assert "foreground" in read.notes[0]
    # Of many classes 255 is void, as everywhere.
    np.testing.assert_array_equal(read_network_target(path, CAMVID).target, [[0, 255]])


def test_label_ids_are_seen_as_such_and_can_be_kept(tmp_path):
    path = save(tmp_path / "a.png", [[7, 8, 21, 23, 0]])
    read = read_network_target(path, CITYSCAPES)
    np.testing.assert_array_equal(read.target, [[0, 1, 8, 10, 255]])
    assert "labelIds" in read.notes[0] and read.mapping == "cityscapes ids"
    kept = read_network_target(path, CITYSCAPES, "as stored")
    np.testing.assert_array_equal(kept.target, [[7, 8, 21, 23, 0]])


def test_other_colours_are_matched_by_the_names_of_classes(tmp_path):
    city = label_set("cityscapes19")
    labels = np.arange(19, dtype=np.uint8).repeat(9).reshape(19, 9)
    path = save(tmp_path / "a.png", np.array(city.colours, np.uint8)[labels])
    read = read_network_target(path, CAMVID)
    road = label_set("camvid11").classes.index("road")
    assert (read.target[0] == road).all()
    assert set(np.unique(read.target)) <= {*range(11), 255}
    assert any("same name" in note for note in read.notes)


def test_one_mapping_for_all_masks_of_a_data_set(tmp_path):
    """A mask without high numbers does not give the convention away; all of them do."""
    first = save(tmp_path / "a.png", [[7, 8, 11]])
    second = save(tmp_path / "b.png", [[7, 26, 33]])
    (tmp_path / "broken.png").write_bytes(b"no picture")
    alone = read_network_target(first, CITYSCAPES)
    assert alone.mapping == "as stored"
    mapping = mapping_of_masks([tmp_path / "broken.png", first, second], CITYSCAPES)
    read = read_network_target(first, CITYSCAPES, mapping)
    np.testing.assert_array_equal(read.target, [[0, 1, 2]])


def test_instance_numbers_are_refused_with_the_files_name(tmp_path):
    Image.fromarray(np.array([[26001, 7]], np.uint16)).save(tmp_path / "instances.png")
    with pytest.raises(PictureError, match=r"instances\.png"):
        read_network_target(tmp_path / "instances.png", CITYSCAPES)


def shapes(path, *labels):
    """A labelme file of 4 rows, each a shape's, and one without."""
    rows = [
        {"label": label, "points": [[0, n], [10, n + 1]], "shape_type": "rectangle"}
        for n, label in enumerate(labels)
    ]
    size = {"imageHeight": len(labels) + 1, "imageWidth": 10}
    path.write_text(json.dumps({"shapes": rows, **size}))
    return path


def test_names_of_shapes_are_those_of_the_network_whatever_case_and_blanks(tmp_path):
    classes = TargetClasses(3, ("sign symbol", "Road", "car"))
    path = shapes(tmp_path / "a.json", "Sign_Symbol", "ROAD", "blob", "__ignore__")
    read = read_network_target(path, classes)
    np.testing.assert_array_equal(read.target[:, 0], [0, 1, 255, 255, 255])
    assert read.mapping == "names"
    (note,) = [note for note in read.notes if "not the network's" in note]
    assert "1 of its 4 class names" in note and "blob" in note and "20 %" in note
    # Where the network has a background, it is what nobody outlined.
    read = read_network_target(path, TargetClasses(2, ("background", "road")))
    np.testing.assert_array_equal(read.target[:, 0], [255, 1, 255, 255, 0])
    # For one that knows a foreground alone, every shape is it.
    read = read_network_target(path, TargetClasses(1))
    np.testing.assert_array_equal(read.target[:, 0], [1, 1, 1, 255, 0])
