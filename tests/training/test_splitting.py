"""A split that is made holds out whole sequences, and never a frame between others."""

from __future__ import annotations

from pathlib import Path, PurePath

import pytest

from segviewer.errors import PictureError, SettingsError
from segviewer.imaging.datasets.naming import sequence_of
from segviewer.imaging.datasets.pairing import Pairing
from segviewer.training.splitting import made_split, split_pairs


def film(name, count, start=0):
    return [PurePath(f"images/{name}_{start + 30 * n:05}.png") for n in range(count)]


@pytest.mark.parametrize(
    ("path", "sequence"),
    [
        ("images/0016E5_07959.png", "images/0016E5_#"),
        ("0001/image.png", "#/image"),
        ("Seq05VD_f00030.jpg.png", "Seq05VD_f#"),
        ("palace.png", "palace"),
    ],
)
def test_a_sequence_is_what_stays_without_the_frame_number(path, sequence):
    assert sequence_of(PurePath(path)) == sequence


def test_whole_sequences_nearest_to_the_share_are_held_out():
    # CamVid's: 62, 101 and 305 frames; a fifth of 468 is 94.
    paths = [*film("0001TP", 62), *film("0006R0", 101), *film("0016E5", 305)]
    split = made_split(paths)
    assert split.val == tuple(range(62, 163)) and len(split.train) == 367
    assert "101 of 468" in split.said and "0006R0_#" in split.said
    # Two short ones together are nearer to the share than the long one.
    paths = [*film("a", 9), *film("b", 10), *film("c", 80), *film("d", 1)]
    assert made_split(paths).val == (*range(19), 99)


def test_one_film_is_cut_at_its_end_with_a_gap():
    split = made_split(film("a", 100))
    assert split.val == tuple(range(80, 100))
    assert split.train == tuple(range(78)) and "2 before them in neither" in split.said
    # Films that are too long to be held out whole: the end of each.
    split = made_split([*film("a", 50), *film("b", 50)])
    assert split.val == (*range(40, 50), *range(90, 100))
    assert not {39, 89} & set(split.train)


@pytest.mark.parametrize("count", [2, 3, 5, 8, 23])
@pytest.mark.parametrize("share", [0.05, 0.2, 0.8])
def test_neighbours_are_never_on_both_sides(count, share):
    split = made_split(film("a", count), share)
    assert split.train and split.val and not set(split.train) & set(split.val)
    assert max(split.train) < min(split.val)
    if count - len(split.val) > 2:
        assert min(split.val) - max(split.train) > 1


def test_something_is_always_held_out():
    split = made_split([*film("a", 5), *film("b", 5)], 0.05)
    assert split.val == (9,) and 8 not in split.train


def test_pictures_that_are_no_film_are_taken_by_name():
    paths = [PurePath(f"images/{letter}.png") for letter in "abcdefghij"]
    split = made_split(paths)
    assert split.val == (4, 9) and len(split.train) == 8


def test_one_picture_is_too_few():
    with pytest.raises(PictureError, match="1 picture"):
        made_split(film("a", 1))


def pairing(names, splits=()):
    pairs = tuple((Path(f"/set/{name}.png"), Path(f"/set/masks/{name}.png")) for name in names)
    return Pairing(pairs, splits=tuple(dict.fromkeys(splits)), split_by_pair=splits)


def test_splits_that_the_folders_name_are_taken():
    names = ["train/a_1", "train/a_2", "val/b_1", "test/c_1"]
    found = pairing(names, ("train", "train", "val", "test"))
    split = split_pairs(found, Path("/set"))
    assert [p.stem for p, _ in split.train] == ["a_1", "a_2"]
    assert [p.stem for p, _ in split.val] == ["b_1"]
    # test alone beside train is not measured on: it is for the last word.
    found = pairing(["train/a_1", "train/b_2", "test/c_1"], ("train", "train", "test"))
    split = split_pairs(found, Path("/set"))
    assert {p.stem for p, _ in (*split.train, *split.val)} == {"a_1", "b_2"}
    split = split_pairs(found, Path("/set"), train="train", val="test")
    assert [p.stem for p, _ in split.val] == ["c_1"]


def test_the_same_pictures_twice_are_refused():
    found = pairing(["train/a_1", "val/b_1"], ("train", "val"))
    with pytest.raises(SettingsError, match="trained on and measured on"):
        split_pairs(found, Path("/set"), train="train,val", val="val")
