"""Lattice against exact, and the lecture slides' formula against the normalised one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segviewer.crf.inspection.engine_check import compare_conventions, compare_engines, crop_around
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.errors import SettingsError


def case(height=20, width=22, classes=3, seed=4):
    rng = np.random.default_rng(seed)
    image = np.full((height, width, 3), 60, np.uint8)
    image[:, width // 2 :] = 190
    image += rng.integers(0, 6, image.shape, dtype=np.uint8)
    return image, rng.normal(size=(height * width, classes)).astype(np.float32)


def crf(**values):
    return CRFSettings().model_copy(
        update={"appearance_xy_std": 6.0, "appearance_rgb_std": 15.0, "num_iterations": 3, **values}
    )


@given(st.integers(1, 200), st.integers(1, 200), st.data(), st.integers(1, 64))
@settings(max_examples=60)
def test_a_crop_holds_the_pixel_and_lies_in_the_picture(height, width, data, side):
    row = data.draw(st.integers(0, height - 1))
    column = data.draw(st.integers(0, width - 1))
    crop = crop_around((height, width), (row, column), side)
    assert 0 <= crop.top <= row < crop.bottom <= height
    assert 0 <= crop.left <= column < crop.right <= width
    assert crop.bottom - crop.top == min(side, height)
    assert crop.right - crop.left == min(side, width)
    assert np.zeros((height, width))[crop.slices].size == min(side, height) * min(side, width)


def test_the_lattice_is_close_to_the_exact_sum():
    image, unary = case()
    found = compare_engines(image, unary, crf())
    assert found.largest == pytest.approx(np.abs(found.exact - found.lattice).max(), abs=1e-6)
    assert found.per_iteration.shape == (3,) and found.per_iteration[-1] == found.largest
    assert 0 < found.mean < found.largest < 0.25
    np.testing.assert_array_equal(found.differing, found.exact.argmax(0) != found.lattice.argmax(0))
    assert found.differing.mean() < 0.05


def test_costs_hold_for_both_engines():
    image, unary = case()
    costs = ((0, 1, 0.2), (1, 2, 3.0))
    found, potts = (
        compare_engines(image, unary, crf(compatibility=costs)),
        compare_engines(image, unary, crf()),
    )
    assert found.largest < 0.25 < np.abs(found.exact - potts.exact).max()
    slides = compare_conventions(image, unary, crf(compatibility=costs), (3, 3))
    np.testing.assert_allclose(slides.normalised, found.exact, atol=1e-6)


def test_without_kernels_both_engines_are_one_softmax():
    image, unary = case()
    found = compare_engines(image, unary, crf(appearance_weight=0.0, smoothness_weight=0.0))
    assert found.largest < 1e-6 and not found.differing.any()


@pytest.mark.slow
def test_the_decks_sum_is_twice_the_mass_less_one():
    image, unary = case(61, 61)
    only = crf(appearance_weight=0.0, smoothness_weight=0.02, smoothness_xy_std=3.0)
    found = compare_conventions(image, unary, only, (30, 30))
    (kernel,) = found.kernels.values()
    # Mass 2πσγ² = 56.5, as the fact sheet has it.
    assert kernel.mass == pytest.approx(2 * np.pi * 9, rel=1e-3)
    assert kernel.raw == pytest.approx(2 * (2 * np.pi * 9 - 1), rel=1e-3)
    assert kernel.normalised == pytest.approx(1, abs=0.01)
    assert kernel.factor == pytest.approx(111, rel=0.02)


@pytest.mark.parametrize("kind", ["appearance", "smoothness"])
def test_dividing_the_weight_by_the_factor_makes_them_alike(kind):
    """In a picture of one colour and far from its borders the factor is the same everywhere."""
    flat, unary = np.full((41, 41, 3), 50, np.uint8), case(41, 41)[1]
    on = {"appearance_weight": 0.0, "smoothness_weight": 0.0, f"{kind}_weight": 1.0}
    widths = {"appearance_xy_std": 3.0, "smoothness_xy_std": 3.0, "num_iterations": 1}
    at = compare_conventions(flat, unary, crf(**on, **widths), (20, 20))
    factor = at.kernels[kind].factor
    weak = compare_conventions(
        flat, unary, crf(**widths, **{**on, f"{kind}_weight": 1 / factor}), (20, 20)
    )
    # What is left is the pixel itself, 1/57 of the mass.
    np.testing.assert_allclose(weak.raw[:, 20, 20], at.normalised[:, 20, 20], atol=0.02)
    assert np.abs(at.raw - at.normalised)[:, 20, 20].max() > 0.1


def test_no_normalisation_is_compared_with_the_symmetric_one():
    image, unary = case()
    a = compare_conventions(image, unary, crf(normalisation="none"), (3, 3))
    b = compare_conventions(image, unary, crf(), (3, 3))
    np.testing.assert_array_equal(a.normalised, b.normalised)


@pytest.mark.parametrize("std", [0.1, 1000.0])
@pytest.mark.parametrize("weight", [0.0, 100.0])
def test_extreme_settings(std, weight):
    image, unary = case(9, 11)
    settings_ = crf(
        appearance_xy_std=std,
        appearance_rgb_std=std,
        smoothness_xy_std=std,
        appearance_weight=weight,
        smoothness_weight=weight,
    )
    found = compare_engines(image, unary, settings_)
    assert np.isfinite(found.per_iteration).all()
    both = compare_conventions(image, unary, settings_, (4, 4))
    assert np.isfinite(both.raw).all() and np.isfinite(both.normalised).all()
    assert len(both.kernels) == (2 if weight else 0)
    for kernel in both.kernels.values():
        # σ = 0.1: nobody but the pixel itself; σ = 1000: everybody alike.
        assert kernel.mass == pytest.approx(1 if std == 0.1 else 99, rel=0.05)
        assert kernel.factor == pytest.approx(2 * (kernel.mass - 1) / kernel.normalised)


def test_one_pixel_no_iteration_and_what_is_refused():
    image, unary = np.zeros((1, 1, 3), np.uint8), np.array([[0.0, 1.0]])
    assert compare_engines(image, unary, crf()).largest < 1e-5
    assert compare_engines(image, unary, crf(num_iterations=0)).largest == 0
    # Nobody else is there: by the lecture slides' sum nothing is received.
    alone = compare_conventions(image, unary, crf(), (0, 0))
    np.testing.assert_allclose(alone.raw[:, 0, 0], np.exp([0, -1]) / np.exp([0, -1]).sum(), 1e-6)
    large, many = np.zeros((65, 3, 3), np.uint8), np.zeros((195, 2))
    for bad in ((image, unary[:, :1]), (large, many)):
        with pytest.raises(SettingsError) as caught:
            compare_engines(*bad, crf())
        assert caught.value.what and caught.value.why and caught.value.next_step
