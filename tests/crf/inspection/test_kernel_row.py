"""A pixel's kernels: closed forms, and the lattice's own row against the engine."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segviewer.crf.engines.mean_field_lattice import refine
from segviewer.crf.engines.weighted_kernels import weighted_kernels
from segviewer.crf.inspection.kernel_message import class_rows, lattice_row, message
from segviewer.crf.inspection.kernel_row import (
    appearance_row,
    colour_one_std_apart,
    extents,
    lattice_rows,
    percent_of_diagonal,
    smoothness_row,
)
from segviewer.crf.lattice.kernel_cache import KernelCache
from segviewer.crf.lattice.thread_team import ThreadTeam
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.crf.settings.kernels import appearance_kernel, smoothness_kernel
from segviewer.errors import SettingsError


def picture(height=9, width=13, seed=0, classes=3):
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    unary = rng.normal(size=(height * width, classes)).astype(np.float32)
    return image, unary


def crf(**values):
    return CRFSettings().model_copy(
        update={"appearance_weight": 4.0, "smoothness_weight": 3.0, "num_iterations": 1, **values}
    )


def softmax(rows):
    shifted = np.exp(rows - rows.max(1, keepdims=True))
    return shifted / shifted.sum(1, keepdims=True)


def test_rows_are_those_of_the_whole_kernel():
    image, _ = picture()
    row = appearance_row(image, (4, 7), 3.0, 40.0)
    assert row.dtype == np.float32 and row[4, 7] == 1
    whole = appearance_kernel(image, 3.0, 40.0)[4 * 13 + 7].reshape(9, 13)
    np.testing.assert_allclose(row, whole, atol=1e-6)
    whole = smoothness_kernel(9, 13, 2.0)[4 * 13 + 7].reshape(9, 13)
    np.testing.assert_allclose(smoothness_row((9, 13), (4, 7), 2.0), whole, atol=1e-6)


def test_one_sigma_away_the_kernel_is_exp_of_minus_a_half():
    flat = np.full((21, 21, 3), 7, np.uint8)
    row = appearance_row(flat, (10, 10), 5.0, 1.0)
    assert row[10, 15] == pytest.approx(np.exp(-0.5))
    assert row[0, 10] == pytest.approx(np.exp(-2))
    apart = np.array(colour_one_std_apart(np.array([50, 60, 70]), 30 * np.sqrt(3)))
    np.testing.assert_array_equal(apart, [80, 90, 100])
    flat[10, 11] = apart - [50, 60, 70] + 7
    row = appearance_row(flat, (10, 10), 1e6, 30 * np.sqrt(3))
    assert row[10, 11] == pytest.approx(np.exp(-0.5))
    # Towards the end that has more room, and never beyond it.
    assert colour_one_std_apart(np.array([250, 250, 250]), 30 * np.sqrt(3)) == (220, 220, 220)
    assert colour_one_std_apart(np.array([0, 0, 0]), 1000) == (255, 255, 255)


@pytest.mark.parametrize("rule", ["symmetric", "none", "before", "after"])
@pytest.mark.parametrize("self_message", [True, False])
def test_lattice_row_times_q_is_the_message_that_the_engine_used(rule, self_message):
    image, unary = picture()
    widths = {"appearance_xy_std": 4.0, "appearance_rgb_std": 60.0, "smoothness_xy_std": 2.0}
    settings_ = crf(**widths, normalisation=rule, self_message=self_message)
    q0 = softmax(-unary)
    (q1,) = refine(image, unary, settings_, kernels=KernelCache())
    for pixel in ((0, 0), (4, 7), (8, 12), (3, 0)):
        rows = lattice_rows(image, pixel, settings_, kernels=KernelCache())
        received = 4 * rows["appearance"].ravel() @ q0 + 3 * rows["smoothness"].ravel() @ q0
        n = pixel[0] * 13 + pixel[1]
        expected = softmax((-unary[n] + received)[None])[0]
        np.testing.assert_allclose(q1[:, *pixel], expected, atol=1e-5)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 99), st.floats(0.3, 50))
@settings(max_examples=20)
def test_rows_and_messages_agree_on_any_picture(height, width, seed, std):
    image, _ = picture(height, width, seed)
    numbers = np.random.default_rng(seed).random((3, height, width), np.float32)
    rows = class_rows(numbers)
    with ThreadTeam(1) as team:
        both = weighted_kernels(
            image,
            crf(appearance_xy_std=std, smoothness_xy_std=std),
            team=team,
            kernels=KernelCache(),
        )
        n = seed % (height * width)
        for weighted in both:
            row = weighted.weight * lattice_row(weighted.kernel, n, team)
            received = message(weighted, rows, team)[n, :3]
            np.testing.assert_allclose(
                row @ numbers.reshape(3, -1).T, received, rtol=1e-4, atol=1e-5
            )


def test_extents_are_circles_that_say_where_the_border_cuts_them():
    one, two = extents((100, 200), (50, 100), 10.0)
    assert (one.radius, two.radius) == (10, 20)
    assert one.left == pytest.approx(90.5 / 200) and one.right == pytest.approx(110.5 / 200)
    assert two.top == pytest.approx(30.5 / 100) and two.bottom == pytest.approx(70.5 / 100)
    assert not two.cut
    (all_of_it,) = extents((100, 200), (0, 0), 1000.0, (1,))
    assert all_of_it.cut and all_of_it.left < 0 and all_of_it.bottom > 1
    # A circle in pixels, whatever the picture's shape.
    assert (all_of_it.right - all_of_it.left) * 200 == pytest.approx(2000)
    assert (all_of_it.bottom - all_of_it.top) * 100 == pytest.approx(2000)
    assert percent_of_diagonal(10, (30, 40)) == pytest.approx(20)


@pytest.mark.parametrize("std", [0.1, 1000.0])
@pytest.mark.parametrize("weight", [0.0, 100.0])
def test_extreme_settings(std, weight):
    image, unary = picture()
    settings_ = crf(
        appearance_xy_std=std,
        appearance_rgb_std=std,
        smoothness_xy_std=std,
        appearance_weight=weight,
        smoothness_weight=weight,
    )
    row = appearance_row(image, (2, 3), std, std)
    assert row[2, 3] == 1 and np.isfinite(row).all()
    assert (row.sum() == 1) == (std == 0.1)
    rows = lattice_rows(image, (2, 3), settings_, kernels=KernelCache())
    assert set(rows) == ({"appearance", "smoothness"} if weight else set())
    for found in rows.values():
        # Normalised on both sides, rows sum to about one.
        assert np.isfinite(found).all() and 0.3 < found.sum() < 3


def test_one_pixel_and_a_constant_picture():
    one = np.full((1, 1, 3), 9, np.uint8)
    for row in lattice_rows(one, (0, 0), crf(), kernels=KernelCache()).values():
        np.testing.assert_allclose(row, [[1]], rtol=1e-6)
    flat = np.full((8, 8, 3), 9, np.uint8)
    np.testing.assert_array_equal(
        appearance_row(flat, (3, 3), 2, 1), smoothness_row((8, 8), (3, 3), 2)
    )


def test_a_pixel_outside_is_refused():
    with pytest.raises(SettingsError) as caught:
        smoothness_row((4, 5), (4, 0), 1)
    assert "4" in caught.value.why and caught.value.next_step
