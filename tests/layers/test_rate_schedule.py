"""Rate schedules of HDC on ResNet-101 and others, and whether they reach every cell."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segviewer.layers.rate_schedule import rates_in_fours, rates_in_threes, unit_rates

RESNET101 = (23, 3)


def test_bigger_is_the_authors_code():
    fourth, fifth = unit_rates("bigger", RESNET101)
    assert fourth == (2, 2, 5, 9) + (1, 2, 5, 9) * 4 + (1, 2, 5)
    assert fifth == (5, 9, 17)


def test_rf_is_threes_and_two_twos():
    assert unit_rates("RF", RESNET101) == ((1, 2, 3) * 7 + (2, 2), (3, 4, 5))


def test_the_plain_ones():
    assert unit_rates("none", RESNET101) == ((1,) * 23, (1,) * 3)
    assert unit_rates("constant", RESNET101) == ((2,) * 23, (4,) * 3)
    assert unit_rates("Dilation-conv", RESNET101) == ((2, 1) * 11 + (2,), (2, 1, 2))


def test_typed_rates_are_repeated():
    typed = ((1, 2, 2, 4), (8, 3))
    assert unit_rates("typed", (6, 3), typed=typed) == ((1, 2, 2, 4, 1, 2), (8, 3, 8))


@given(units=st.integers(1, 60))
def test_one_rate_for_each_unit(units):
    assert len(rates_in_threes(units)) == len(rates_in_fours(units)) == units
    assert rates_in_threes(units)[units // 3 * 3 :] == (2,) * (units % 3)


def reached(rates):
    """Cells on a line that a chain of three-tap convolutions of these rates reads."""
    return {sum(steps) for steps in itertools.product(*((-r, 0, r) for r in rates))}


@pytest.mark.parametrize(
    ("rates", "field", "cells"),
    [((1, 2, 3), 13, 13), ((1, 2, 5, 9), 35, 35), ((2, 2, 2), 13, 7), ((5, 9, 17), 63, 27)],
)
def test_what_a_group_reaches(rates, field, cells):
    assert 1 + 2 * sum(rates) == field
    assert len(reached(rates)) == cells


def test_every_whole_group_of_the_hybrid_schedules_leaves_no_hole():
    groups = [unit_rates("RF", RESNET101)[0][:3], unit_rates("bigger", RESNET101)[0][4:8]]
    for group in groups:
        assert len(reached(group)) == 1 + 2 * sum(group)
    fourth, fifth = unit_rates("constant", RESNET101)
    assert len(reached(fourth[:3] + fifth)) < 1 + 2 * sum(fourth[:3] + fifth)
