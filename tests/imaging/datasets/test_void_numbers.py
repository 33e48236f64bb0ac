"""Void numbers other than 255: by name, or far from all others, and never among the classes."""

from __future__ import annotations

import pytest

from segviewer.imaging.datasets.void_numbers import NO_VOID, found_void


@pytest.mark.parametrize(
    ("names", "held", "numbers", "places", "shift"),
    [
        (("a", "b", "Void"), (0, 1, 2), (2,), (2,), 0),
        (("unlabeled", "a", "b"), (0, 1, 2), (0,), (0,), 0),
        (("a", "don't care", "b"), (0, 1, 2), (1,), (1,), 0),
        (("a", "b", "void"), (1, 2, 3), (3,), (2,), 1),
        (("a", "b", "void"), (0, 1), (2,), (2,), 0),  # stored as 255
    ],
)
def test_a_list_of_names_says_what_is_void(names, held, numbers, places, shift):
    found = found_void(held, (), names)
    assert (found.numbers, found.places, found.shift) == (numbers, places, shift)
    assert f"{numbers[0]} ({names[places[0]]})" in found.said


@pytest.mark.parametrize(
    ("held", "names", "number"),
    [
        (tuple(range(19)) + (254,), (), 254),
        ((1, 2, 3, 4, 250), (), 250),
        (tuple(range(0, 8)) + (9, 253), (), 253),  # a class that no mask of a small sample holds
        ((0, 1, 2, 99), ("a", "b", "c"), 99),
    ],
)
def test_one_number_far_beyond_the_others_is_void(held, names, number):
    found = found_void(held, (), names)
    assert found.numbers == (number,) and found.places == ()
    assert f"{number} is taken for void" in found.said and "--mapping in order" in found.said


@pytest.mark.parametrize(
    ("held", "void", "names"),
    [
        (tuple(range(12)), (), ()),  # CamVid's 11 looks like a class
        ((0, 7, 26, 33), (), ()),
        ((0, 60, 120, 240), (), ()),  # grey levels
        (tuple(range(240)), (), ()),
        ((0, 200), (), ()),  # foreground
        ((0, 1, 2, 3), (), ("a", "b", "c")),  # perhaps 0 is a background without a name
        ((0, 1, 2, 254), (2,), ()),  # a person said what is void
        ((0, 1, 2, 99), (), ()),
    ],
)
def test_nothing_is_guessed_among_classes(held, void, names):
    assert found_void(held, void, names) is NO_VOID
