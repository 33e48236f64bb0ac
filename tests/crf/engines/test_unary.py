"""Bad probabilities are named, never passed on."""

import numpy as np
import pytest

from segviewer.crf.engines.unary import unary_from_probs
from segviewer.errors import SettingsError


def probs(classes=3, height=2, width=4, seed=0):
    drawn = np.random.default_rng(seed).dirichlet(np.ones(classes), height * width)
    return drawn.T.reshape(classes, height, width).astype(np.float32)


def test_rows_are_pixels_in_reading_order():
    p = probs()
    unary = unary_from_probs(p)
    assert unary.shape == (8, 3) and unary.dtype == np.float32 and unary.flags.c_contiguous
    np.testing.assert_allclose(unary[1 * 4 + 2], -np.log(p[:, 1, 2]), rtol=1e-5)


def test_zero_is_clipped():
    p = np.array([1.0, 0.0], np.float32).reshape(2, 1, 1)
    np.testing.assert_allclose(unary_from_probs(p), [[0, -np.log(1e-5)]], rtol=1e-6)
    np.testing.assert_allclose(unary_from_probs(p, clip=1e-3)[0, 1], -np.log(1e-3), rtol=1e-6)


def test_half_precision_sums_are_accepted():
    unary_from_probs(probs(150).astype(np.float16))


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (np.where(np.arange(24).reshape(3, 2, 4) == 5, np.nan, probs()), "1 of 8 pixels"),
        (np.where(np.arange(24).reshape(3, 2, 4) == 5, np.inf, probs()), "infinity"),
        (np.log(probs()) + 3, "logits"),
        (np.log(probs()) - 0.001, "log-probabilities"),
        (probs() * 5, "logits"),
        (probs() * 0.5, "sum to 0.5"),
        (np.full((3, 2, 2), 0.9), "sigmoid"),
        (np.moveaxis(probs(3, 5, 5), 0, -1), "last axis"),
        (probs()[0], "shape"),
        (np.zeros((0, 2, 2)), "shape"),
        (np.zeros((2, 0, 2)), "shape"),
    ],
)
def test_what_is_wrong_is_said(bad, words):
    with pytest.raises(SettingsError) as caught:
        unary_from_probs(bad)
    assert words in caught.value.why
