"""What a mask's numbers mean is found by what it holds, and can be said."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segviewer.errors import PictureError, SettingsError
from segviewer.imaging.datasets.mapping import (
    AS_STORED,
    CHOICES,
    CITYSCAPES_IDS,
    TargetMapping,
    mapping_for,
    named_mapping,
    read_table,
)


@pytest.mark.parametrize(
    ("values", "num_classes", "void", "name"),
    [
        ({0, 255}, 1, (), "foreground"),
        ({0, 255}, 2, (), "foreground"),
        ({0, 1}, 1, (), "as stored"),
        ({0, 128}, 2, (), "foreground"),
        ({0, 255}, 11, (), "as stored"),
        ({255}, 1, (), "foreground"),
        ({0, 1, 2, 255}, 3, (), "as stored"),
        (set(range(151)), 150, (), "counted from 1"),
        (set(range(12)), 11, (11,), "as stored"),
        (set(range(12)), 11, (), "counted from 1"),
        ({7, 8, 11, 21, 23, 26}, 19, (), "cityscapes ids"),
        ({0, 1, 18, 255}, 19, (), "as stored"),
        ({7, 8, 23}, 11, (), "as stored"),
        ({0, 20, 40, 60, 100, 200, 255}, 11, (), "even steps"),
        ({0, 40, 80, 120}, 11, (), "as stored"),  # too few to tell 40 from every second 20
        ({0, 2, 4, 6, 8, 10}, 11, (), "as stored"),
        ({0, 64, 128}, 3, (), "as stored"),
        ({0, 50, 100, 150}, 4, (), "even steps"),
        (set(), 5, (), "as stored"),
    ],
)
def test_the_likeliest(values, num_classes, void, name):
    assert mapping_for(values, num_classes, void).name == name


def test_cityscapes_ids_become_the_nineteen_classes():
    values = np.array([[*CITYSCAPES_IDS, 0, 3, 34, 255, -1]], np.int32)
    mapping = named_mapping("cityscapes ids", values.ravel().tolist(), 19)
    np.testing.assert_array_equal(mapping.apply(values), [[*range(19), 255, 255, 255, 255, 255]])


def test_counting_from_one_makes_nought_void():
    mapping = named_mapping("counted from 1", (), 3)
    np.testing.assert_array_equal(
        mapping.apply(np.array([0, 1, 2, 3, 255, 7], np.uint8)), [255, 0, 1, 2, 255, 7]
    )


def test_greys_in_even_steps_are_classes():
    mapping = named_mapping("even steps", (0, 20, 60, 200, 255), 11)
    np.testing.assert_array_equal(
        mapping.apply(np.array([0, 20, 60, 200, 255, 30], np.uint8)), [0, 1, 3, 10, 255, 255]
    )
    assert "steps of 20" in mapping.said


def test_numbers_in_their_order():
    mapping = named_mapping("in order", (100, 150, 200, 255), 11)
    np.testing.assert_array_equal(mapping.apply(np.array([200, 100, 255, 150])), [2, 0, 255, 1])
    assert "100 → 0" in mapping.said


@given(
    st.lists(st.integers(0, 255), min_size=1, max_size=40),
    st.sampled_from([name for name in CHOICES if name]),
    st.integers(1, 200),
)
def test_a_mapping_of_bytes_gives_labels_whatever_they_are(values, name, num_classes):
    array = np.array(values, np.uint8)
    wide = named_mapping(name, values, num_classes).apply(array.astype(np.int32))
    np.testing.assert_array_equal(named_mapping(name, values, num_classes).apply(array), wide)
    assert wide.dtype == np.uint8 and wide.shape == array.shape


def test_large_instance_numbers_are_refused_or_mapped(tmp_path):
    values = np.array([7, 7001, 2_000_000_000], np.int32)
    with pytest.raises(PictureError, match="no labels"):
        AS_STORED.apply(values)
    table = tmp_path / "own.csv"
    table.write_text("number,label\n7,0\n7001,1\n")
    np.testing.assert_array_equal(read_table(table).apply(values), [0, 1, 255])


@pytest.mark.parametrize(
    "text",
    [
        "7,0\n8,1\n",
        "value,class\n7,0\n8,1\n# the end\n",
        "7 0\n8 1\n",
        "7;0\n8;1",
        "7: 0\n8: 1",
        json.dumps({"7": 0, "8": 1, "9": 255, "10": "void"}),
        "\ufeff7,0\n8,1\n",
    ],
)
def test_a_table_of_ones_own(tmp_path, text):
    path = tmp_path / "table.txt"
    path.write_text(text, encoding="utf-8")
    mapping = named_mapping(f"table:{path}", (7, 8, 9), 2)
    np.testing.assert_array_equal(mapping.apply(np.array([7, 8, 9], np.uint8)), [0, 1, 255])
    assert "2 numbers" in mapping.said


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", b"7,x\n8,1", b"7,300", b"\xff\xfe7", b"{", b'{"7": [0]}', b"9" * 4000 + b",1"],
)
def test_a_table_that_is_none_is_refused(tmp_path, content):
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    with pytest.raises(PictureError) as caught:
        read_table(path)
    assert caught.value.why and caught.value.next_step
    with pytest.raises(PictureError):
        read_table(tmp_path / "missing.csv")


def test_an_unknown_name_is_refused():
    with pytest.raises(SettingsError, match="no target mapping"):
        named_mapping("by heart", (), 3)


@pytest.mark.parametrize("numbers", [(0, 256), (0, -2), (0, 100_000_000)])
def test_a_number_that_stays_no_label_is_said_though_its_neighbours_are_mapped(numbers):
    values = np.array([numbers], np.int32)
    with pytest.raises(PictureError, match=f"{numbers[1]:,}"):
        TargetMapping("own", ((0, 1),)).apply(values)
    kept = np.array([[0, 255, -1, 7]], np.int32)
    np.testing.assert_array_equal(TargetMapping("own", ((0, 1),)).apply(kept), [[1, 255, 255, 7]])


def test_classes_after_a_void_number_among_them_move_up():
    found = mapping_for([0, 1, 2, 3], 3, (255, 1))
    assert found.apply(np.array([0, 1, 2, 3, 255], np.uint8)).tolist() == [0, 255, 1, 2, 255]
    # Void that a network of as many classes ignores itself moves nothing.
    assert mapping_for([0, 1, 2], 3, (255, 1)).name == "as stored"
    assert mapping_for([0, 1, 2, 3], 3, (255, 0)).name == "counted from 1"
