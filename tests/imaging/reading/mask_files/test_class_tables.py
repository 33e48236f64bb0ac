"""Lists beside masks say which colour, or which number, is which class."""

import os

import numpy as np
import pytest
from PIL import Image

from segviewer.imaging.datasets.network_targets import TargetClasses, read_network_target
from segviewer.imaging.labels import label_set
from segviewer.imaging.reading.mask_files.class_tables import colour_table, number_table
from segviewer.imaging.reading.targets import read_values

CLASSES = TargetClasses(3, ("sky", "sign/symbol", "road"))
LISTS = {
    "labelmap.txt": "# label:color_rgb:parts:actions\n"
    "void:0,0,0::\nroad:128,0,0::\nSignSymbol:0,128,0::\n",
    "label_colors.txt": "0 0 0\t\tVoid\n128 0 0\t\tRoad\n0 128 0\tSignSymbol\n",
    "class_dict.csv": "name,r,g,b\nVoid,0,0,0\nRoad,128,0,0\nSignSymbol,0,128,0\n",
}  # fmt: skip


def mask(path, colours):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.array([colours], np.uint8)).save(path)
    return path


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("where", ["masks", ".", ".."])
def test_colours_are_those_of_the_list(tmp_path, name, where):
    path = mask(tmp_path / "set/masks/a.png", [(128, 0, 0), (0, 128, 0), (0, 0, 0)])
    (tmp_path / "set" / where / name).write_text(LISTS[name])
    read = read_network_target(path, CLASSES)
    assert read.target.tolist() == [[2, 1, 255]]
    assert name in read.notes[0]


def test_a_list_comes_before_the_colours_of_pascal_voc(tmp_path):
    """CVAT gives a person's classes VOC's colours in turn: 128, 0, 0 is VOC's aeroplane."""
    path = mask(tmp_path / "a.png", [(128, 0, 0), (0, 128, 0), (0, 0, 0)])
    voc = label_set("voc21")
    assert read_values(path, label_set=voc).values.tolist() == [[1, 2, 0]]
    (tmp_path / "labelmap.txt").write_text(LISTS["labelmap.txt"])
    read = read_values(path, label_set=voc)
    assert read.label_set is None and read.names == ("void", "road", "SignSymbol")


def test_a_label_sets_own_list_changes_nothing(tmp_path):
    camvid = label_set("camvid11")
    path = mask(tmp_path / "a.png", [*camvid.colours, (64, 192, 0)])
    rows = zip(camvid.colours, camvid.classes, strict=True)
    text = "".join(f"{r} {g} {b}  {name}\n" for (r, g, b), name in rows) + "64 192 0 Wall\n"
    (tmp_path / "label_colors.txt").write_text(text)
    read = read_values(path, label_set=camvid)
    assert read.label_set is camvid and read.values.tolist() == [[*range(11), 1]]


def test_a_list_that_does_not_know_the_colours_is_no_list_of_this_mask(tmp_path):
    path = mask(tmp_path / "a.png", label_set("camvid11").colours)
    (tmp_path / "labelmap.txt").write_text("road:1,2,3::\nsky:4,5,6::\n")
    assert read_values(path, label_set=label_set("camvid11")).values.tolist() == [[*range(11)]]


def test_numbers_have_the_names_of_roboflows_list(tmp_path):
    path = tmp_path / "train/a_mask.png"
    path.parent.mkdir()
    Image.fromarray(np.array([[0, 1, 2, 3]], np.uint8)).save(path)
    listed = "Pixel Value, Class\n0, void\n1, road\n2, sky\n3, dog\n"
    (path.parent / "_classes.csv").write_text(listed)
    read = read_network_target(path, CLASSES)
    assert read.target.tolist() == [[255, 2, 0, 255]]
    assert "_classes.csv" in read.notes[0] and "dog" in read.notes[1]
    # What a person asks for comes before the list.
    asked = read_network_target(path, CLASSES, "as stored")
    assert asked.target.tolist() == [[0, 1, 2, 3]] and asked.mapping == "as stored"
    # A list that does not reach to the mask's numbers is another's.
    (path.parent / "_classes.csv").write_text(listed.replace("3, dog\n", ""))
    assert read_values(path).names == ()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"one:1,2,3::\n",  # a single class
        b"a:1,2,3::\nb:1,2,3::\n",  # of one colour
        b"a:1,2,3::\na:1,2,4::\n",  # of one name
        b"a:1,2,300::\nb:1,2,4::\n",
        b"a b c d\n" * 9,
        b"x" * (1 << 19),
    ],
)
def test_what_is_no_list_is_passed_over(tmp_path, content):
    for name in ("labelmap.txt", "_classes.csv"):
        (tmp_path / name).write_bytes(content)
    assert colour_table(tmp_path / "a.png") is None
    assert number_table(tmp_path / "a.png") is None


def test_a_pipe_or_a_folder_of_that_name_is_not_read(tmp_path):
    os.mkfifo(tmp_path / "labelmap.txt")
    (tmp_path / "_classes.csv").mkdir()
    assert colour_table(tmp_path / "a.png") is None
    assert number_table(tmp_path / "a.png") is None


def test_a_list_written_anew_is_read_again(tmp_path):
    path = tmp_path / "labelmap.txt"
    path.write_text(LISTS["labelmap.txt"])
    assert colour_table(tmp_path / "a.png").names[1] == "road"
    path.write_text(LISTS["labelmap.txt"].replace("road", "way"))
    os.utime(path, ns=(1, 1))
    assert colour_table(tmp_path / "a.png").names[1] == "way"


def test_names_are_shown_without_what_cannot_be_printed(tmp_path):
    (tmp_path / "labelmap.txt").write_text("ro\x1bad:1,2,3::\n" + "s" * 200 + ":4,5,6::\n")
    table = colour_table(tmp_path / "a.png")
    assert table.names == ("road", "s" * 80)
