"""Class names as people have them."""

from __future__ import annotations

import json

import pytest

from segviewer.errors import SettingsError
from segviewer.imaging.class_list import (
    class_list,
    known_class_lists,
    named_class_list,
    read_class_list,
)

NAMES, COLOURS = ("road", "sky"), ((128, 64, 128), (70, 130, 180))
ROAD_AND_SKY = (NAMES, COLOURS)


@pytest.mark.parametrize(
    "text",
    [
        "road 128 64 128\nsky 70 130 180\n",
        "road,128,64,128\nsky,70,130,180",
        "name,r,g,b\nroad,128,64,128\nsky,70,130,180",
        "0: road #804080\n1: sky #4682b4",
        "0;road;128;64;128\r\n1;sky;70;130;180",
        "id\tname\tr\tg\tb\n0\troad\t128\t64\t128\n1\tsky\t70\t130\t180",
        json.dumps({"classes": NAMES, "colours": COLOURS}),
        json.dumps({"meta": {"CLASSES": NAMES, "PALETTE": COLOURS}}),
        json.dumps([{"name": "road", "color": COLOURS[0]}, {"name": "sky", "color": "#4682b4"}]),
        json.dumps(
            {"labels": [{"name": n, "color": c} for n, c in zip(NAMES, COLOURS, strict=True)]}
        ),
    ],
)
def test_names_and_colours(text):
    assert class_list(text) == ROAD_AND_SKY


@pytest.mark.parametrize(
    "text",
    [
        "traffic light\nsky",
        "0 traffic light\n1 sky",
        "traffic light, sky",
        json.dumps(["traffic light", "sky"]),
        json.dumps({"id2label": {"1": "sky", "0": "traffic light"}}),
        json.dumps({"names": {"0": "traffic light", "1": "sky"}, "nc": 2}),
    ],
)
def test_names_alone(text):
    assert class_list(text) == (("traffic light", "sky"), ())


def test_colours_of_some_are_none(tmp_path):
    assert class_list("road #804080\nsky") == (("road", "sky"), ())


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"classes": []}', "\n".join("ab" * 300)])
def test_what_holds_none_is_refused_in_words(text, tmp_path):
    file = tmp_path / "names.txt"
    file.write_text(text)
    with pytest.raises(SettingsError, match=r"names\.txt") as error:
        read_class_list(file)
    assert error.value.why and error.value.next_step


def test_a_file_that_is_not_there_or_no_text(tmp_path):
    with pytest.raises(SettingsError, match="cannot be read"):
        read_class_list(tmp_path / "no.csv")
    (tmp_path / "b.csv").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(SettingsError, match="cannot be read"):
        read_class_list(tmp_path / "b.csv")


def test_label_sets_that_ship():
    names, colours = named_class_list("cityscapes19")
    assert names[0] == "road" and colours[0] == (128, 64, 128)


def test_label_sets_of_as_many_classes_come_first():
    names, titles = zip(*known_class_lists(19), strict=True)
    counts = [len(named_class_list(name)[0]) for name in names]
    fitting = counts.count(19)
    assert fitting and counts[:fitting] == [19] * fitting
    assert list(titles[fitting:]) == sorted(titles[fitting:])
