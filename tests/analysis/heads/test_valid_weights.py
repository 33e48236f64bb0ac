"""The shares of valid weights equal the closed form, and a real convolution of ones."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from segviewer.analysis.heads.valid_weights import shares, valid_taps


@pytest.mark.parametrize(
    ("rate", "nine", "six", "four", "two", "one"),
    [
        (1, 0.9394, 0.0596, 0.0009, 0, 0),
        (12, 0.3979, 0.4658, 0.1363, 0, 0),
        (36, 0, 0, 0.7962, 0.1922, 0.0116),
        (64, 0, 0, 0.0009, 0.0596, 0.9394),
    ],
)
def test_the_published_map_of_65(rate, nine, six, four, two, one):
    found = shares(65, rate)
    wanted = {9: nine, 6: six, 4: four, 3: 0, 2: two, 1: one}
    assert found == pytest.approx(wanted, abs=1e-4)


@given(st.integers(1, 40), st.integers(1, 50))
def test_it_is_what_a_convolution_of_ones_counts(side, rate):
    ones = torch.ones(1, 1, side, side)
    counted = F.conv2d(ones, torch.ones(1, 1, 3, 3), padding=rate, dilation=rate)
    np.testing.assert_array_equal(valid_taps(side, rate), counted[0, 0].numpy())
    assert sum(shares(side, rate).values()) == pytest.approx(1)
