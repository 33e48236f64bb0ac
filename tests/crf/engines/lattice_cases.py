"""Settings, pictures and energies for the tests of the lattice."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import strategies as st
from PIL import Image

from segviewer.crf.engines.mean_field_lattice import refine
from segviewer.crf.settings.crf_settings import CRFSettings

ROOT = Path(__file__).resolve().parents[3]


RULES = ("none", "before", "after", "symmetric")


def crf(weight=4.0, xy=20.0, rgb=10.0, smooth_weight=3.0, smooth_xy=3.0, iterations=3, **more):
    """Any numbers, those outside the sliders' ranges among them, and no class left out."""
    numbers = {
        "appearance_weight": weight,
        "appearance_xy_std": xy,
        "appearance_rgb_std": rgb,
        "smoothness_weight": smooth_weight,
        "smoothness_xy_std": smooth_xy,
        "num_iterations": iterations,
        "drop_classes": False,
    }
    return but(CRFSettings(), **numbers, **more)


def but(numbers, **values):
    return numbers.model_copy(update=values)


def blobs(height, width, seed=0, classes=3, step=4):
    """A picture with some structure, and scores that partly follow it."""
    rng = np.random.default_rng(seed)

    def smooth(scale):
        small = rng.normal(size=(height // step + 2, width // step + 2)).astype(np.float32)
        big = Image.fromarray(small).resize((width, height), Image.Resampling.BILINEAR)
        return np.asarray(big) * scale

    image = np.stack([smooth(60) + 128 for _ in range(3)], -1) + rng.normal(size=(height, width, 3))
    scores = np.stack([smooth(3) for _ in range(classes)]) + rng.normal(
        size=(classes, height, width)
    )
    probs = np.exp(scores) / np.exp(scores).sum(0)
    return np.clip(image, 0, 255).astype(np.uint8), probs


def last(*args, **options):
    *_, q = refine(*args, **options)
    return q


def pydensecrf_result(image, unary, numbers, compat=lambda w: w):
    densecrf = pytest.importorskip("pydensecrf.densecrf")
    rule = {
        "none": densecrf.NO_NORMALIZATION,
        "before": densecrf.NORMALIZE_BEFORE,
        "after": densecrf.NORMALIZE_AFTER,
        "symmetric": densecrf.NORMALIZE_SYMMETRIC,
    }[numbers.normalisation]
    height, width = image.shape[:2]
    model = densecrf.DenseCRF2D(width, height, unary.shape[1])
    model.setUnaryEnergy(np.ascontiguousarray(unary.T))
    if numbers.smoothness_weight:
        model.addPairwiseGaussian(
            sxy=numbers.smoothness_xy_std,
            compat=compat(numbers.smoothness_weight),
            normalization=rule,
        )
    if numbers.appearance_weight:
        model.addPairwiseBilateral(
            sxy=numbers.appearance_xy_std,
            srgb=numbers.appearance_rgb_std,
            rgbim=image,
            compat=compat(numbers.appearance_weight),
            normalization=rule,
        )
    q = np.array(model.inference(numbers.num_iterations))
    return q.reshape(-1, height, width)


def assert_equal_to_pydensecrf(ours, theirs):
    assert np.abs(ours - theirs).max() < 1e-3
    assert (ours.argmax(0) == theirs.argmax(0)).mean() >= 0.9999


@st.composite
def cases(draw, low=0.4, high=60.0, size=24):
    height, width = draw(st.integers(1, size)), draw(st.integers(1, size))
    image, probs = blobs(height, width, draw(st.integers(0, 2**31)), draw(st.integers(2, 11)))
    numbers = crf(
        draw(st.sampled_from([0, 0.5, 4, 12])),
        draw(st.floats(low, high)),
        draw(st.floats(low, high)),
        draw(st.sampled_from([0, 0.3, 3])),
        draw(st.floats(low, high)),
        draw(st.integers(1, 4)),
    )
    return image, probs, numbers
