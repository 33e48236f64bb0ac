"""Touch counts, the HDC rule and the count beside it, and the search, by enumeration."""

from __future__ import annotations

import itertools
import time

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from segviewer.analysis.gridding.hdc_rule import distance_chain, judge, widest_hole_free
from segviewer.analysis.gridding.rate_presets import PRESETS
from segviewer.analysis.gridding.rate_sequence import (
    ancestors,
    count_coverage,
    parse_rates,
    touch_levels,
    unevenness,
)
from segviewer.errors import SegviewerError

rates_of_some = st.lists(st.integers(1, 9), min_size=1, max_size=6).map(tuple)
kernels = st.sampled_from((3, 5, 7))

# rates, M2, side, reached, holes, share of the square (FACTS §8).
HDC_TABLE = [
    ((1, 2, 3), 2, 13, 13, 0, 1.0),
    ((1, 2, 5), 2, 17, 17, 0, 1.0),
    ((1, 2, 9), 5, 25, 21, 4, 0.7056),
    ((1, 2, 5, 9), 2, 35, 35, 0, 1.0),
    ((2, 2, 2), 2, 13, 7, 6, 0.2899),
    ((4, 4, 4), 4, 25, 7, 18, 0.0784),
    ((2, 4, 8), 4, 29, 15, 14, 0.2675),
    ((1, 2, 4, 8, 16), 2, 63, 63, 0, 1.0),
    ((1, 3, 9, 27), 3, 81, 81, 0, 1.0),
    ((3, 4, 5), 4, 25, 21, 4, 0.7056),
    ((5, 9, 17), 9, 63, 27, 36, 0.1837),
]


@pytest.mark.parametrize(("rates", "m2", "side", "reached", "holes", "area"), HDC_TABLE)
def test_hdc_table(rates, m2, side, reached, holes, area):
    verdict = judge(rates)
    found = verdict.coverage
    assert verdict.chain[0] == m2 and verdict.passes == (m2 <= 3)
    assert (found.side, found.reached, len(found.holes)) == (side, reached, holes)
    assert found.area_fraction == pytest.approx(area, abs=5e-5)


def test_chains_of_the_paper():
    assert distance_chain((1, 2, 5)) == (2, 5)
    assert distance_chain((1, 2, 9)) == (5, 9)
    assert distance_chain((1, 2, 5, 9)) == (2, 5, 9)
    assert distance_chain((7,)) == ()


def test_rule_and_count_agree_on_every_rising_sequence_from_one():
    cases = 0
    for length in (2, 3, 4, 5):
        for rest in itertools.combinations_with_replacement(range(1, 13), length - 1):
            verdict = judge((1, *rest))
            assert verdict.passes == verdict.coverage.full, rest
            assert verdict.together == ""
            cases += 1
    assert cases == 1819


def test_where_rule_and_count_differ_the_reason_is_said():
    passed = judge((2, 2, 2))
    assert passed.passes and not passed.coverage.full
    assert "first rate, which is 2" in passed.together and "M₂ = 2" in passed.rule_words
    assert "7 of 13" in passed.count_words and "29.0 %" in passed.count_words
    for rates in ((1, 3, 1), (1, 4, 2)):
        strict = judge(rates)
        assert strict.passes is False and strict.coverage.full
        assert "too strict" in strict.together
    assert judge((1, 5, 25), 5).coverage.full and judge((1, 5, 25), 5).passes is False
    alone = judge((2,))
    assert alone.passes is None and "two layers" in alone.rule_words


def test_the_rule_never_passes_holes_from_rate_one():
    for rest in itertools.product(range(1, 10), repeat=3):
        verdict = judge((1, *rest))
        assert verdict.coverage.full or not verdict.passes


# --- What is read. ---


def is_hole_free(rates, kernel=3):
    """Decide without counting: sorted, each rate at most 1 + (K-1) times the sum before it.

    Up to that a layer's copies of the interval before it touch. Beyond it, the place just
    inside the outermost copy is out of reach: any lower tap of a rate so large falls short.
    """
    rates = sorted(rates)
    return all(rate <= (kernel - 1) * sum(rates[:i]) + 1 for i, rate in enumerate(rates))


@given(rates_of_some, kernels)
def test_counts_are_the_gradient_of_a_stack_of_ones(rates, kernel):
    x = torch.zeros(1, 1, 1 + (kernel - 1) * sum(rates), dtype=torch.double, requires_grad=True)
    y = x
    for rate in rates:
        y = F.conv1d(y, torch.ones(1, 1, kernel, dtype=torch.double), dilation=rate)
    assert y.shape[-1] == 1
    y.sum().backward()
    levels = touch_levels(rates, kernel)
    np.testing.assert_array_equal(levels[-1], x.grad[0, 0].numpy())
    assert [level.sum() for level in levels] == [kernel**i for i in range(len(rates) + 1)]


@given(rates_of_some, kernels)
def test_coverage_is_the_set_of_sums(rates, kernel):
    taps = range(-(kernel // 2), kernel // 2 + 1)
    sums = {0}
    for rate in rates:
        sums = {place + rate * tap for place in sums for tap in taps}
    found = count_coverage(rates, kernel)
    reach = found.side // 2
    assert sums.isdisjoint(found.holes) and len(sums) == found.reached
    assert sums | set(found.holes) == set(range(-reach, reach + 1))
    assert found.full == is_hole_free(rates, kernel)


@given(rates_of_some.flatmap(lambda r: st.tuples(st.just(r), st.permutations(r))))
def test_order_does_not_change_what_is_read(pair):
    one, other = pair
    np.testing.assert_array_equal(touch_levels(one)[-1], touch_levels(tuple(other))[-1])


@given(rates_of_some, kernels, st.data())
def test_every_path_to_a_tap_leads_through_its_ancestors(rates, kernel, data):
    levels = touch_levels(rates, kernel)
    level = data.draw(st.integers(0, len(rates)))
    reach = len(levels[level]) // 2
    position = data.draw(st.integers(-reach, reach))
    found = ancestors(rates, kernel, level, position)
    paths = levels[level][position + reach]
    assert [line.sum() for line in found] == [paths] * (level + 1)
    assert [line.shape for line in found] == [line.shape for line in levels[: level + 1]]
    # Parents by hand: places of the level above that have a tap here.
    if level and paths:
        rate, above = rates[len(rates) - level], levels[level - 1]
        middle, half = len(above) // 2, kernel // 2
        parents = {
            at - middle
            for at in np.flatnonzero(above)
            if any(at - middle + rate * tap == position for tap in range(-half, half + 1))
        }
        assert {at - middle for at in np.flatnonzero(found[level - 1])} == parents


def test_a_hole_and_a_place_beyond_have_no_ancestors():
    for position in (1, 40):
        assert not any(line.any() for line in ancestors((2, 2, 2), 3, 3, position))
    assert [line.sum() for line in ancestors((2, 2, 2), 3, 3, 6)] == [1, 1, 1, 1]


def test_unevenness_is_that_of_the_map_of_paths():
    line = touch_levels((1, 2))[-1]
    paths = np.outer(line, line)
    assert paths.sum() == 3**4
    assert unevenness(line) == pytest.approx(paths.std() / paths.mean())
    assert unevenness(np.ones(9)) == 0


# --- Search. ---


@pytest.mark.parametrize("kernel", [3, 5])
@pytest.mark.parametrize("layers", [1, 2, 3, 4])
@pytest.mark.parametrize("largest", [1, 2, 5, 8])
def test_nothing_hole_free_is_wider(layers, largest, kernel):
    best = widest_hole_free(layers, largest, kernel)
    assert len(best) == layers and count_coverage(best, kernel).full
    others = itertools.combinations_with_replacement(range(1, largest + 1), layers)
    assert sum(best) == max(sum(r) for r in others if count_coverage(r, kernel).full)


def test_widest_of_three():
    assert widest_hole_free(4, 32) == (1, 3, 9, 27)
    assert widest_hole_free(4, 9) == (1, 3, 9, 9)
    for numbers in ((0, 4), (3, 0)):
        with pytest.raises(SegviewerError):
            widest_hole_free(*numbers)


# --- Input. ---


@pytest.mark.parametrize("text", ["1,2,5", " 1 2 5 ", "(1, 2, 5)", "1;2;5", "[+1,02,5,]"])
def test_typed_rates(text):
    assert parse_rates(text) == (1, 2, 5)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "no rate"),
        ("  ,", "no rate"),
        ("1,0,2", "0 is not"),
        ("-3", "-3 is not"),
        ("1,zwei", "zwei"),
        ("1.5", "1.5"),
        ("1,,two", "two"),
        ("²", "²"),
        ("٣", "٣"),
        ("1," * 33, "33 rates"),
        ("1025", "too large"),
        ("9" * 5000, "too large"),
    ],
)
def test_bad_rates_are_said(text, what):
    with pytest.raises(SegviewerError, match="^.*" + what) as raised:
        parse_rates(text)
    assert raised.value.why and raised.value.next_step
    assert len(raised.value.what) < 100


def test_each_layer_may_have_a_kernel_of_its_own():
    # A 5x5 kernel reads what two 3x3 of its rate do.
    mixed, plain = count_coverage((2, 3), (5, 3)), count_coverage((2, 2, 3))
    assert mixed == plain
    assert touch_levels((1, 4), (3, 5))[1].tolist() == [1, 0, 0, 0] * 4 + [1]
    found = ancestors((1, 4), (3, 5), 2, 7)
    assert [np.flatnonzero(line).tolist() for line in found] == [[0], [16], [16]]
    with pytest.raises(SegviewerError, match="kernel of 4"):
        touch_levels((1, 2), (3, 4))


def test_even_kernels_are_refused():
    with pytest.raises(SegviewerError, match="kernel of 4"):
        count_coverage((1, 2), 4)


@given(st.text(max_size=30))
def test_any_text_is_rates_or_an_error(text):
    try:
        rates = parse_rates(text)
    except SegviewerError:
        return
    assert rates and all(rate >= 1 for rate in rates)


# --- Presets and time. ---


def test_presets():
    by_name = {preset.name: preset for preset in PRESETS}
    assert len(by_name) == len(PRESETS)
    for preset in PRESETS:
        assert parse_rates(", ".join(map(str, preset.rates))) == preset.rates and preset.origin
    assert by_name["DeepLab v3 · OS16 · multi-grid 1, 2, 4"].rates == (2, 4, 8)
    assert by_name["DeepLab v3 · OS8 · multi-grid 1, 2, 1"].rates == (4, 8, 4)
    assert sum("multi-grid" in name for name in by_name) == 10
    assert count_coverage(by_name["Dilation8 · context"].rates).side == 67
    assert count_coverage(by_name["RF · group of res4, then res5"].rates).full
    assert count_coverage(by_name["bigger · group of res4, then res5"].rates).full
    assert not count_coverage(by_name["DRN-C-26 without levels 7 and 8"].rates).full
    assert count_coverage(by_name["DRN-C-26"].rates).full


def test_a_change_fits_a_frame():
    rates = (1, 2, 5, 9, 17, 31, 32, 32, 32, 32)
    spent = []
    for _ in range(5):
        begun = time.process_time()
        levels = touch_levels(rates)
        judge(rates)
        unevenness(levels[-1])
        ancestors(rates, 3, 10, 7)
        widest_hole_free(10, 32)
        spent.append(time.process_time() - begun)
    assert min(spent) < 0.016


def test_unevenness_of_numbers_whose_squares_are_too_large():
    line = np.array([1.0, 2.0, 5.0, 0.0])
    assert unevenness(line * 1e200) == pytest.approx(unevenness(line), rel=1e-12)
