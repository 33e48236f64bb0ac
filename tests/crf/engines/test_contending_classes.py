"""The bound on what a class can ever reach, in closed form, and which classes it leaves out."""

import math

import numpy as np
import pytest
from scipy.special import lambertw

from segviewer.crf.engines.contending_classes import _highest_ever, contending_classes
from segviewer.crf.settings.crf_settings import CRFSettings

SILENT = CRFSettings(appearance_weight=0, smoothness_weight=0)
IMAGE = np.zeros((2, 3, 3), np.uint8)


@pytest.mark.parametrize("receives", [0.2, 1.0, 3.0, 20.0])
@pytest.mark.parametrize("share", [0.01, 0.5, 0.9, 1.001, 1.5])
def test_the_bound_is_lamberts(receives, share):
    """ε* = ε exp(W ε*) is -W₀(-W ε) / W, which exists up to W ε = 1/e."""
    probability = share / (receives * math.e)
    found = _highest_ever(probability, receives)
    if share > 1:
        assert found == 1
    else:
        expected = -lambertw(-receives * probability).real / receives
        assert found == pytest.approx(min(1, expected), rel=1e-5)


def test_at_the_end_of_what_exists_it_is_still_said():
    assert (1 / math.e) * math.e == 1
    assert 0.9 < _highest_ever(1 / math.e, 1.0) < 1


def test_nobody_is_more_likely_than_certain():
    assert _highest_ever(0.9, 0.4) == 1 and _highest_ever(1.0, 0.0) == 1
    assert _highest_ever(0.9, 0.0) == 0.9


def test_classes_are_left_out_up_to_the_budget_itself():
    """Without kernels a class's bound is its probability beside the best, at its best pixel."""
    unary = np.tile(np.float32([0, 1, 8, 9]), (6, 1))
    unary[2] = [0, 1, 12, 8]
    both = 2 * math.exp(-8)

    def kept(budget):
        return contending_classes(IMAGE, unary, SILENT, budget=budget)

    assert kept(both) == (0, 1)
    assert kept(np.nextafter(both, 0)) == (0, 1, 3)  # the first of equals goes
    assert kept(np.nextafter(math.exp(-8), 0)) == (0, 1, 2, 3)
    assert kept(0) == (0, 1, 2, 3)
    # One stays, whatever may go.
    assert kept(10) == (0,)


def test_a_class_that_leads_at_one_pixel_stays():
    unary = np.tile(np.float32([0, 50]), (6, 1))
    assert contending_classes(IMAGE, unary, SILENT) == (0,)
    unary[5] = [3, 0]
    assert contending_classes(IMAGE, unary, SILENT) == (0, 1)


@pytest.mark.parametrize("weights", [(2.0, 0.0), (0.0, 2.0), (1.0, 1.0)])
def test_each_kernel_counts_with_its_weight(weights):
    """On one colour both normalised kernels' rows sum to about 1, so that W is about 2."""
    image = np.full((40, 40, 3), 90, np.uint8)
    settings = CRFSettings(
        appearance_weight=weights[0],
        smoothness_weight=weights[1],
        appearance_xy_std=2,
        smoothness_xy_std=2,
        normalisation="after",
    )
    for share, kept in ((0.8, (0,)), (1.25, (0, 1))):
        unary = np.zeros((1600, 2), np.float32)
        unary[:, 1] = -math.log(share / (2 * math.e))
        assert contending_classes(image, unary, settings, budget=0.6) == kept
