"""Median and guided filter, beside their formulas."""

import numpy as np
import pytest

from segviewer.analysis.refinement.filtered_probs import guided_filtered, median_filtered


@pytest.fixture
def case():
    rng = np.random.default_rng(3)
    image = rng.integers(0, 256, (9, 12, 3), dtype=np.uint8)
    probs = rng.dirichlet(np.ones(3), (9, 12)).transpose(2, 0, 1).astype(np.float32)
    return image, probs


def test_a_median_takes_the_speck_and_leaves_the_edge():
    plane = np.zeros((8, 8), np.float32)
    plane[:, 4:] = 1
    speck = plane.copy()
    speck[2, 1] = 1
    np.testing.assert_array_equal(median_filtered(speck[None], 3)[0], plane)


def test_the_guided_filter_is_the_papers_formula_in_every_square(case):
    image, probs = case
    radius, edge = 1, 12.0
    grey = image @ np.array([0.299, 0.587, 0.114])
    guide = np.pad(grey, 2, mode="symmetric")
    plane = np.pad(probs[0].astype(float), 2, mode="symmetric")
    y, x = 4, 6  # inside, where every square is whole
    values = []
    for row in range(y - radius, y + radius + 1):
        for column in range(x - radius, x + radius + 1):
            square = np.s_[row + 1 : row + 4, column + 1 : column + 4]
            i, p = guide[square], plane[square]
            slope = (np.mean(i * p) - i.mean() * p.mean()) / (i.var() + edge**2)
            values.append(slope * grey[y, x] + p.mean() - slope * i.mean())
    found = guided_filtered(image, probs, radius, edge)
    assert found[0, y, x] == pytest.approx(np.mean(values), abs=1e-6)


def test_without_an_edge_it_is_a_box_and_it_keeps_the_sums(case):
    image, probs = case
    flat = np.full_like(image, 90)
    plane = np.zeros((1, 9, 12), np.float32)
    plane[0, 4, 6] = 1
    found = guided_filtered(flat, plane, 1, 5.0)
    assert found[0, 4, 6] == pytest.approx(9 / 81) and found[0, 2, 4] == pytest.approx(1 / 81)
    np.testing.assert_allclose(guided_filtered(image, probs, 2, 10.0).sum(0), 1, atol=1e-5)
