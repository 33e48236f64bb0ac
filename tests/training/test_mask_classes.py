"""Classes are counted in the masks, and what a number means is found or refused."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from segviewer.errors import PictureError, SettingsError
from segviewer.training.mask_classes import Counted, classes_of


def counted(*numbers):
    return Counted({number: 10 for number in numbers})


def test_numbers_without_gaps_are_the_classes_and_255_is_void():
    found = classes_of(counted(0, 1, 2, 255))
    assert found.names == ("class 0", "class 1", "class 2")
    assert found.pixels({0: 5, 2: 7, 255: 3}).tolist() == [5, 0, 7, 3]


def test_a_void_number_is_as_it_is_said():
    found = classes_of(counted(*range(12)), void=(11,))
    assert found.count == 11 and found.pixels({10: 2, 11: 9}).tolist() == [0] * 10 + [2, 9]
    # In the middle: the others move up.
    found = classes_of(counted(0, 1, 2, 3), void=(1,))
    assert found.names == ("number 0", "number 2", "number 3")
    assert found.pixels({0: 1, 1: 2, 2: 4, 3: 8}).tolist() == [1, 4, 8, 2]


def test_masks_like_camvid_get_a_hint_and_are_not_taken_for_it():
    found = classes_of(counted(*range(12)))
    assert found.count == 12 and any("--label-set camvid11" in said for said in found.said)
    found = classes_of(counted(*range(12)), chosen_set="camvid11")
    assert found.count == 11 and found.names[0] == "sky"
    assert found.pixels({11: 4, 10: 1}).tolist() == [0] * 10 + [1, 4]


@pytest.mark.parametrize("numbers", [(0, 255), (0, 128), (0, 200, 255)])
def test_two_numbers_are_background_and_foreground(numbers):
    found = classes_of(counted(*numbers))
    assert found.names == ("background", "foreground")
    assert found.pixels({0: 3, numbers[1]: 4})[:2].tolist() == [3, 4]


def test_counted_from_one_and_far_apart():
    found = classes_of(counted(1, 2, 3))
    assert found.count == 3 and found.pixels({1: 2, 3: 5}).tolist() == [2, 0, 5, 0]
    found = classes_of(counted(0, 7, 26, 33))
    assert found.names == ("number 0", "number 7", "number 26", "number 33")
    # One that no mask of a small sample holds keeps its place.
    found = classes_of(counted(0, 1, 2, 4))
    assert found.count == 5 and any("No mask holds 3" in said for said in found.said)


def test_names_stand_in_the_folder_or_in_a_file(tmp_path):
    (tmp_path / "classes.txt").write_text("wall\nfloor\nlamp\n")
    found = classes_of(counted(0, 2), folder=tmp_path)
    assert found.names == ("wall", "floor", "lamp")
    with pytest.raises(SettingsError, match="names 3 classes"):
        classes_of(counted(0, 1, 2, 3), folder=tmp_path)
    other = tmp_path / "mine.csv"
    other.write_text("a,255,0,0\nb,0,255,0\n")
    found = classes_of(counted(0, 1), class_file=other, folder=tmp_path)
    assert found.names == ("a", "b") and found.colours == ((255, 0, 0), (0, 255, 0))


@pytest.mark.parametrize(
    ("numbers", "error"),
    [((0,), "one class"), ((255,), "one class|no class"), (range(300), "different numbers")],
)
def test_what_cannot_be_learned_is_refused(numbers, error):
    with pytest.raises(PictureError, match=error):
        classes_of(counted(*numbers))


def test_numbers_beyond_a_label_set_are_refused():
    with pytest.raises(SettingsError, match="not those of"):
        classes_of(counted(0, 1, 40), chosen_set="voc21")


def test_masks_in_colours_are_of_their_label_set(tmp_path):
    mask = np.zeros((4, 6, 3), np.uint8)
    mask[:, :3], mask[:, 3:] = (128, 128, 128), (128, 0, 0)  # sky, building
    Image.fromarray(mask).save(tmp_path / "a.png")
    held = Counted()
    assert held.add(tmp_path / "a.png", tmp_path / "a.jpg", None) == (4, 6)
    found = classes_of(held)
    assert found.label_set == "camvid11" and found.pixels(held.pixels)[:2].tolist() == [12, 12]


@pytest.mark.parametrize("background", [True, False])
def test_what_a_list_beside_the_masks_leaves_out_is_void(tmp_path, background):
    mask = np.zeros((4, 6, 3), np.uint8)
    mask[:, :3], mask[:, 3:5] = (128, 0, 0), (0, 128, 0)
    Image.fromarray(mask).save(tmp_path / "a.png")
    black = "background" if background else "void"
    (tmp_path / "labelmap.txt").write_text(f"{black}:0,0,0::\nwall:128,0,0::\ndoor:0,128,0::\n")
    held = Counted()
    held.add(tmp_path / "a.png", tmp_path / "a.jpg", None)
    found = classes_of(held)
    names = ("background", "wall", "door") if background else ("wall", "door")
    assert found.names == names and found.said[0].endswith("what has no name is void.")
    pixels = found.pixels(held.pixels, held.names).tolist()
    assert pixels == ([4, 12, 8, 0] if background else [12, 8, 4])


def test_a_number_far_beyond_the_others_is_void_unless_it_is_said_to_be_a_class():
    found = classes_of(counted(0, 1, 2, 254))
    assert found.names == ("class 0", "class 1", "class 2") and found.void == (254,)
    assert found.pixels({0: 1, 2: 3, 254: 9}).tolist() == [1, 0, 3, 9]
    assert any("254 is taken for void" in said for said in found.said)
    assert classes_of(counted(0, 1, 2, 254), mapping="in order").count == 4


@pytest.mark.parametrize(
    ("lines", "stored", "pixels"),
    [
        ("wall floor void", {0: 1, 1: 2, 2: 9}, [1, 2, 9]),
        ("void wall floor", {0: 9, 1: 1, 2: 2}, [1, 2, 9]),
        ("wall void floor", {0: 1, 1: 9, 2: 2}, [1, 2, 9]),
        ("wall floor void", {1: 1, 2: 2, 3: 9}, [1, 2, 9]),
        ("void wall floor", {1: 9, 2: 1, 3: 2}, [1, 2, 9]),
    ],
)
def test_a_name_of_void_takes_its_number_out_wherever_it_stands(tmp_path, lines, stored, pixels):
    (tmp_path / "classes.txt").write_text("\n".join(lines.split()))
    found = classes_of(Counted(dict(stored)), folder=tmp_path)
    assert found.names == ("wall", "floor")
    assert found.pixels(stored).tolist() == pixels
    assert any("Void by its name" in said for said in found.said)


def test_colours_of_a_list_follow_its_names(tmp_path):
    (tmp_path / "mine.csv").write_text("a,1,2,3\nvoid,0,0,0\nb,4,5,6\n")
    found = classes_of(counted(0, 1, 2), class_file=tmp_path / "mine.csv")
    assert found.names == ("a", "b") and found.colours == ((1, 2, 3), (4, 5, 6))


def test_what_the_masks_may_be_is_named():
    assert classes_of(counted(*range(12))).perhaps == "camvid11"
    assert classes_of(counted(*range(12)), chosen_set="camvid11").perhaps == ""
    assert classes_of(counted(0, 1, 2)).perhaps == ""
