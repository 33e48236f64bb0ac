"""A window that covers the picture gives the exact dense CRF; a smaller one a cut-off matrix."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.special import softmax

from segviewer.analysis.refinement.conv_crf import conv_crf
from segviewer.crf.engines.mean_field_exact import mean_field_exact
from segviewer.crf.engines.unary import tempered_unary
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.errors import Cancelled, SettingsError

SETTINGS = CRFSettings(
    enabled=True,
    appearance_weight=3,
    appearance_xy_std=4,
    appearance_rgb_std=30,
    smoothness_weight=2,
    smoothness_xy_std=1.5,
    num_iterations=3,
)


@pytest.fixture(scope="module")
def case():
    rng = np.random.default_rng(5)
    image = rng.integers(0, 256, (5, 7, 3), dtype=np.uint8)
    probs = softmax(rng.normal(size=(3, 5, 7)), axis=0).astype(np.float32)
    return image, probs


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"normalisation": "before"},
        {"normalisation": "after"},
        {"normalisation": "none"},
        {"self_message": False},
        {"appearance_weight": 0},
        {"smoothness_weight": 0},
        {"temperature": 2.0, "compatibility": ((0, 2, 3.5), (1, 2, 0.5))},
    ],
    ids=str,
)
def test_a_window_that_covers_the_picture_is_the_exact_crf(case, changes):
    image, probs = case
    settings = SETTINGS.changed(**changes)
    unary = tempered_unary(probs, settings)
    pairs = zip(
        conv_crf(image, probs, settings, window=13, dtype=torch.float64),
        mean_field_exact(image, unary, settings),
        strict=True,
    )
    for found, exact in pairs:
        np.testing.assert_allclose(found, exact, atol=1e-12)


@pytest.mark.parametrize("window", [1, 3, 5])
def test_a_window_is_the_matrix_without_its_far_pairs(case, window):
    image, probs = case
    height, width = image.shape[:2]
    at = np.stack(np.mgrid[:height, :width], -1).reshape(-1, 2).astype(float)
    step = np.abs(at[:, None] - at[None]).max(-1)
    far = np.square(at[:, None] - at[None]).sum(-1)
    colours = image.reshape(-1, 3).astype(float)
    apart = np.square(colours[:, None] - colours[None]).sum(-1)
    matrix = np.zeros_like(far)
    for weight, exponent in ((3, far / (2 * 4**2) + apart / (2 * 30**2)), (2, far / (2 * 1.5**2))):
        kernel = np.exp(-exponent) * (step <= window // 2)
        root = 1 / np.sqrt(kernel.sum(1))
        matrix += weight * kernel * root[:, None] * root[None]
    unary = -np.log(probs.astype(float)).reshape(3, -1)
    q = softmax(-unary, axis=0)
    for found in conv_crf(image, probs, SETTINGS, window, dtype=torch.float64):
        q = softmax(-unary + q @ matrix.T, axis=0)
        np.testing.assert_allclose(found, q.reshape(probs.shape), atol=1e-6)  # the unary's float32


def test_what_cannot_be_is_refused_and_nobody_waits(case):
    with pytest.raises(SettingsError, match="odd"):
        next(conv_crf(*case, SETTINGS, window=4))

    def check():
        raise Cancelled

    with pytest.raises(Cancelled):
        next(conv_crf(*case, SETTINGS, check=check))
