"""The √n law: closed form, exact fields, and stacks that are run."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest

from segviewer.analysis.receptive_fields.effective_size import fit_gaussian, measure
from segviewer.analysis.receptive_fields.plain_stack import (
    DEEPEST,
    PlainStack,
    closed_sigma,
    growth_exponent,
    measure_depths,
    size_of,
    theoretical_side,
    uniform_field,
)
from segviewer.errors import Cancelled, SegviewerError

# n 3x3 uniform linear layers (FACTS §16): depth, theoretical side, sigma, area side, box.
LINEAR = [
    (5, 11, 1.8257, 8.307, 9),
    (10, 21, 2.5820, 11.705, 13),
    (20, 41, 3.6515, 16.155, 17),
    (40, 81, 5.1640, 22.738, 25),
]


@pytest.mark.parametrize(("depth", "side", "sigma", "area", "box"), LINEAR)
def test_linear_stacks(depth, side, sigma, area, box):
    stack = PlainStack()
    size = size_of(stack, depth, uniform_field(stack, depth))
    assert (size.theoretical_side, size.box_side) == (side, box)
    assert size.area_side == pytest.approx(area, abs=5e-4)
    assert size.sigma == pytest.approx(sigma, abs=5e-5)
    assert size.closed_sigma == pytest.approx(size.sigma, rel=1e-9)


@pytest.mark.parametrize("skips", [False, True])
@pytest.mark.parametrize(("kernel", "rate"), [(3, 1), (5, 1), (3, 2), (7, 3)])
@pytest.mark.parametrize("depth", [1, 2, 9])
def test_closed_form_and_exact_field(depth, kernel, rate, skips):
    stack = PlainStack(skips=skips, kernel=kernel, rate=rate)
    field = uniform_field(stack, depth)
    assert field.shape == (theoretical_side(stack, depth),) * 2
    assert field.sum() == pytest.approx(1)
    assert size_of(stack, depth, field).sigma == pytest.approx(closed_sigma(stack, depth))


@pytest.mark.parametrize("skips", [False, True])
@pytest.mark.parametrize("rate", [1, 2])
def test_a_linear_stack_that_is_run_has_the_exact_field(rate, skips):
    stack, depths = PlainStack(rate=rate, skips=skips), (1, 4, 12)
    (found,) = measure_depths(stack, depths, 1)
    for size, depth in zip(found, depths, strict=True):
        exact = size_of(stack, depth, uniform_field(stack, depth))
        assert size.sigma == pytest.approx(exact.sigma, rel=1e-4)
        assert (size.box_side, size.area_side) == (exact.box_side, exact.area_side)


def test_pixel_count_misstates_dilation_and_the_box_does_not():
    one, three = (PlainStack(rate=rate) for rate in (1, 3))
    near, far = (size_of(s, 10, uniform_field(s, 10)) for s in (one, three))
    assert near.area_side == far.area_side
    assert far.sigma == pytest.approx(3 * near.sigma) and far.box_side > 2.5 * near.box_side


def test_fields_grow_as_the_root_of_depth():
    stack, depths = PlainStack(), (5, 10, 20, 40)
    sizes = [size_of(stack, n, uniform_field(stack, n)) for n in depths]
    assert growth_exponent(depths, [s.sigma for s in sizes]) == pytest.approx(0.5)
    assert growth_exponent(depths, [s.area_side for s in sizes]) == pytest.approx(0.5, abs=0.03)
    assert growth_exponent(depths, depths) == pytest.approx(1)
    ratio = [s.sigma / s.theoretical_side for s in sizes]
    assert growth_exponent(depths, ratio) == pytest.approx(-0.5, abs=0.05)


@pytest.mark.parametrize("skips", [False, True])
def test_random_weights_spread_wider_by_the_root_of_two(skips):
    stack, depths = PlainStack(weights="random", skips=skips), (8, 24)
    *_, found = measure_depths(stack, depths, 12)
    for size in found:
        assert size.sigma == pytest.approx(size.closed_sigma, rel=0.12)


@pytest.mark.parametrize("weights", ["uniform", "random"])
@pytest.mark.parametrize("skips", [False, True])
def test_with_a_relu_too_it_is_a_root(weights, skips):
    stack, depths = PlainStack(weights=weights, relu=True, skips=skips), (6, 12, 24)
    *_, found = measure_depths(stack, depths, 6)
    exponent = growth_exponent(depths, [size.sigma for size in found])
    assert 0.3 < exponent < 0.7


def test_samples_come_one_by_one_can_be_repeated_and_stopped():
    stack = PlainStack(weights="random")
    once, again = ([s for s in measure_depths(stack, (3,), 3, seed=4)] for _ in range(2))
    assert once == again and len(once) == 3 and once[0] != once[1]
    asked = 0

    def check():
        nonlocal asked
        asked += 1
        if asked > 3:
            raise Cancelled

    running = measure_depths(stack, (3,), 10, check=check)
    next(running)
    with pytest.raises(Cancelled):
        next(running)


@pytest.mark.parametrize("depths", [(), (0, 4), (DEEPEST + 1,)])
def test_depths_out_of_range_are_said(depths):
    with pytest.raises(SegviewerError, match="Depths are 1 to"):
        next(measure_depths(PlainStack(), depths, 1))


def test_the_deepest_stack_is_within_range():
    def stop():
        raise Cancelled

    with pytest.raises(Cancelled):
        next(measure_depths(PlainStack(), (1, DEEPEST), 1, check=stop))


# --- The measures themselves. ---


@pytest.mark.parametrize(("mean", "sigma", "offset"), [(30, 5, 0), (12.3, 2.2, 4), (70, 20, 0.5)])
def test_gaussians_are_found(mean, sigma, offset):
    x = np.arange(100)
    profile = offset + 3 * np.exp(-((x - mean) ** 2) / (2 * sigma**2))
    fit = fit_gaussian(profile)
    assert (fit.mean, fit.sigma, fit.height, fit.offset) == pytest.approx(
        (mean, sigma, 3, offset), abs=1e-3
    )
    assert fit.explained == pytest.approx(1)
    np.testing.assert_allclose(fit.values(100), profile, atol=1e-3)


def test_the_fit_stands_noise_and_scale():
    x = np.arange(200)
    noise = np.random.default_rng(0).random(200) * 0.2
    profile = np.exp(-((x - 90) ** 2) / (2 * 12**2)) + noise
    for scale in (1e-9, 1, 1e9):
        fit = fit_gaussian(scale * profile)
        assert (fit.mean, fit.sigma) == pytest.approx((90, 12), rel=0.05)


def test_a_narrow_peak_in_a_strong_background_is_found():
    x, rng = np.arange(480), np.random.default_rng(7)
    for middle in (20, 240, 470):
        background = 2 + rng.random(480) + np.sin(x / 60)
        profile = background + 6 * np.exp(-((x - middle) ** 2) / (2 * 9**2))
        fit = fit_gaussian(profile)
        assert fit.height > 0 and fit.mean == pytest.approx(middle, abs=4)
        assert fit.sigma == pytest.approx(9, rel=0.4)


def test_a_hollow_is_no_field():
    fit = fit_gaussian(5 - np.exp(-((np.arange(99.0) - 50) ** 2) / 50))
    assert fit.height >= 0 and 0 <= fit.mean <= 98


@pytest.mark.parametrize("field", [np.zeros((9, 9)), np.ones((9, 9))])
def test_flat_fields_have_no_width(field):
    size = measure(field, 4, 4)
    assert size.two_sigma_side == 0 and math.isnan(size.across.explained)
    assert size.box_side == (9 if field.any() else None)
    assert size.ratio(None) is None and size.ratio(0) is None
    assert size.ratio(18) == (0.5 if field.any() else None)


def test_a_spike_is_one_pixel_wherever_it_lies():
    for at in ((0, 0), (3, 8), (6, 8)):
        field = np.zeros((7, 9))
        field[at] = 2
        size = measure(field, *at)
        assert (size.reached, size.area_side, size.box_side) == (1, 1, 1)
    aside = measure(field, 3, 3)
    assert aside.box_side == 11 and aside.area_side == 1


def test_the_box_holds_its_share_and_no_smaller_one_does():
    field = np.random.default_rng(1).random((31, 47))
    for y, x, share in ((15, 23, 0.5), (2, 40, 0.9545), (30, 0, 0.2), (9, 9, 1.0)):
        side = measure(field, y, x, share).box_side
        masses = []
        for reach in (side // 2, side // 2 - 1):
            rows = slice(max(0, y - reach), y + reach + 1)
            columns = slice(max(0, x - reach), x + reach + 1)
            masses.append(field[rows, columns].sum() / field.sum())
        assert masses[0] >= share - 1e-9 > masses[1] - 1e-9


def test_quick_enough():
    field = np.random.default_rng(1).random((360, 480))
    begun = time.process_time()
    measure(field, 180, 240)
    assert time.process_time() - begun < 0.1
