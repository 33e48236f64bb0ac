"""Energies by hand and by brute force; the lowest one is the lowest of all."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segviewer.analysis.arithmetic.labelling_energy import (
    chances_of,
    descend,
    energy_of,
    flip_changes,
    lowest,
    pair_energies,
    picture_of,
    unary_of,
)
from segviewer.crf.engines.mean_field_exact import pairwise_matrix
from segviewer.crf.settings.crf_settings import CRFSettings


def case(seed, shape=(3, 3), weights=(2.0, 1.5), convention="normalised"):
    rng = np.random.default_rng(seed)
    picture = rng.integers(0, 256, shape, dtype=np.uint8)
    unary = unary_of(rng.uniform(0.02, 0.98, shape))
    pairs = pair_energies(picture, (weights[0], 2.0, 60.0), (weights[1], 1.2), convention)
    return picture, unary, pairs


def test_two_pixels_by_hand():
    picture = np.array([[10, 40]], np.uint8)
    unary = unary_of(np.array([[0.25, 0.5]]))
    near, alike = np.exp(-1 / (2 * 4)), np.exp(-1 / (2 * 9) - 3 * 30**2 / (2 * 100**2))
    raw = pair_energies(picture, (5, 3, 100), (7, 2), "raw")
    found = energy_of(np.array([0, 1]), unary, raw)
    assert found.unary.sum() == pytest.approx(-np.log(0.75) - np.log(0.5))
    assert found.smoothness.sum() == pytest.approx(2 * 7 * near)  # i ≠ j: twice
    assert found.appearance.sum() == pytest.approx(2 * 5 * alike)
    even = pair_energies(picture, (5, 3, 100), (7, 2), "normalised")
    found = energy_of(np.array([0, 1]), unary, even)
    assert found.smoothness.sum() == pytest.approx(7 * near / (1 + near))
    assert found.appearance.sum() == pytest.approx(5 * alike / (1 + alike))
    agreed = energy_of(np.array([1, 1]), unary, raw)
    assert agreed.total == pytest.approx(-np.log(0.25) - np.log(0.5))


def test_normalised_is_what_the_engine_multiplies_with():
    picture, _, pairs = case(0, (6, 5))
    crf = CRFSettings().changed(
        appearance_weight=2.0,
        appearance_xy_std=2.0,
        appearance_rgb_std=60.0,
        smoothness_weight=1.5,
        smoothness_xy_std=1.2,
    )
    image = np.repeat(picture[..., None], 3, axis=2)
    np.testing.assert_allclose(
        pairs.both,
        pairwise_matrix(image, crf.model_copy(update={"self_message": False})),
        atol=1e-12,
    )


@given(st.integers(0, 50), st.sampled_from(("raw", "normalised")))
def test_a_flip_changes_what_is_said(seed, convention):
    _, unary, pairs = case(seed, (4, 5), convention=convention)
    labels = np.random.default_rng(seed + 1).integers(0, 2, 20)
    before = energy_of(labels, unary, pairs).total
    changes = flip_changes(labels, unary, pairs)
    for pixel in range(20):
        other = labels.copy()
        other[pixel] = 1 - other[pixel]
        after = energy_of(other, unary, pairs).total
        assert after - before == pytest.approx(changes[pixel], abs=1e-9)


@settings(max_examples=25)
@given(
    st.integers(0, 999), st.floats(0, 4), st.floats(0, 4), st.sampled_from(("raw", "normalised"))
)
def test_the_minimum_cut_is_the_lowest_of_all_512(seed, first, second, convention):
    _, unary, pairs = case(seed, weights=(first, second), convention=convention)
    found = energy_of(lowest(unary, pairs), unary, pairs).total
    every = min(
        energy_of(np.array(labels), unary, pairs).total for labels in product((0, 1), repeat=9)
    )
    assert found == pytest.approx(every, abs=1e-5 * max(1, every))
    down = descend(np.zeros(9, int), unary, pairs)
    assert flip_changes(down, unary, pairs).min() >= -1e-9
    assert energy_of(down, unary, pairs).total >= every - 1e-9


def test_without_pairs_every_pixel_takes_its_best():
    _, unary, pairs = case(4, (8, 8), weights=(0.0, 0.0))
    np.testing.assert_array_equal(lowest(unary, pairs), unary.argmin(1))
    np.testing.assert_array_equal(descend(np.ones(64, int), unary, pairs), unary.argmin(1))


@pytest.mark.parametrize("name", ["edge", "disc", "thin line", "flat"])
def test_pictures_and_the_noisy_network(name):
    picture = picture_of(name)
    assert picture.shape == (8, 8) and picture.dtype == np.uint8
    chances = chances_of(picture)
    wrong = ((chances > 0.5) != (picture > 125)).sum()
    assert 1 <= wrong <= 20  # there is something to mend, and something to go by
    np.testing.assert_allclose(np.exp(-unary_of(chances)).sum(1), 1)


def test_the_disc_lies_in_the_middle_and_the_line_is_one_pixel_wide():
    bright = picture_of("disc") > 125
    for turned in (bright[::-1], bright[:, ::-1], bright.T):
        np.testing.assert_array_equal(bright, turned)
    assert bright.sum() == 24 and bright[3:5, 1:7].all() and not bright[1].all()
    np.testing.assert_array_equal(np.flatnonzero((picture_of("thin line") > 125).all(0)), [3])
    np.testing.assert_array_equal(np.flatnonzero((picture_of("edge") > 125).all(0)), [4, 5, 6, 7])
