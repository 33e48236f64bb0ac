"""The lattice at its edges: one pixel, extreme widths, bad input, hopeless classes, caches."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segviewer.crf.engines.contending_classes import BUDGET, contending_classes
from segviewer.crf.engines.mean_field_exact import mean_field_exact
from segviewer.crf.engines.mean_field_lattice import refine
from segviewer.crf.engines.unary import unary_from_probs
from segviewer.crf.lattice.kernel_cache import KernelCache
from segviewer.errors import SegviewerError
from tests.crf.engines.lattice_cases import (
    ROOT,
    RULES,
    assert_equal_to_pydensecrf,
    blobs,
    but,
    cases,
    crf,
    last,
    pydensecrf_result,
)


@pytest.mark.parametrize("rule", RULES)
def test_one_pixel(rule):
    """It receives its own message only, of weight 1, and none where it must not."""
    image = np.array([[[7, 99, 250]]], np.uint8)
    probs = np.array([0.5, 0.3, 0.2]).reshape(3, 1, 1)
    unary = unary_from_probs(probs)
    silent = last(image, unary, crf(normalisation=rule, self_message=False))
    np.testing.assert_allclose(silent, probs, atol=1e-5)
    if rule != "none":
        numbers = crf(normalisation=rule)
        expected = list(mean_field_exact(image, unary, numbers))[-1]
        np.testing.assert_allclose(last(image, unary, numbers), expected, atol=1e-5)


@pytest.mark.parametrize("value", [0, 255, 77])
def test_constant_picture(value):
    _, probs = blobs(20, 30)
    image = np.full((20, 30, 3), value, np.uint8)
    unary, numbers = unary_from_probs(probs), crf(4, 9, 5, 3, 2, 5)
    assert_equal_to_pydensecrf(
        last(image, unary, numbers), pydensecrf_result(image, unary, numbers)
    )


@pytest.mark.parametrize("self_message", [True, False])
def test_no_weights_no_change(self_message):
    image, probs = blobs(9, 13, classes=21)
    none = crf(0, smooth_weight=0, normalisation="after", self_message=self_message)
    for q in refine(image, unary_from_probs(probs), none):
        np.testing.assert_allclose(q, probs, atol=1e-4)


def test_either_kernel_alone_is_close_to_the_exact_sum():
    """0.12 is what pydensecrf differs by, too: it is the lattice, not this engine."""
    image, probs = blobs(24, 24)
    unary = unary_from_probs(probs)
    for numbers in (crf(0), crf(4, 9, 60, 0)):
        exact = list(mean_field_exact(image, unary, numbers))[-1]
        ours = last(image, unary, numbers)
        assert np.abs(ours - exact).mean() < 0.05
        assert (ours.argmax(0) == exact.argmax(0)).mean() > 0.95


def test_no_iterations_yield_nothing():
    image, probs = blobs(4, 4)
    assert list(refine(image, unary_from_probs(probs), crf(iterations=0))) == []


@pytest.mark.parametrize("sigma", [0.1, 1000.0])
def test_extreme_widths(sigma):
    """Every pixel alone, or all receiving the same: there the lattice is as good as exact."""
    image, probs = blobs(12, 15)
    unary, numbers = unary_from_probs(probs), crf(4, sigma, sigma, 3, sigma, 5)
    exact = list(mean_field_exact(image, unary, numbers))[-1]
    np.testing.assert_allclose(last(image, unary, numbers), exact, atol=0.03)


def test_weights_of_a_hundred_and_certain_probabilities():
    image, probs = blobs(12, 15)
    certain = np.eye(3)[probs.argmax(0)].transpose(2, 0, 1)
    q = last(image, unary_from_probs(certain), crf(100, smooth_weight=100, iterations=10))
    assert np.isfinite(q).all()
    np.testing.assert_allclose(q.sum(0), 1, atol=2e-6)


@pytest.mark.slow
@pytest.mark.parametrize("classes", [1, 2, 7, 8, 9, 64])
def test_any_number_of_classes(classes):
    image, probs = blobs(9, 12, classes=classes)
    unary, numbers = unary_from_probs(probs), crf(xy=5, rgb=30)
    q = last(image, unary, numbers)
    assert q.shape == probs.shape
    assert_equal_to_pydensecrf(q, pydensecrf_result(image, unary, numbers))


def test_arrays_in_other_orders_and_types():
    image, probs = blobs(10, 14)
    unary = unary_from_probs(probs)
    expected = last(image, unary, crf())
    strided = np.zeros((20, 14, 6), np.uint8)[::2, :, ::2]
    strided[...] = image
    for other in (np.asfortranarray(image), strided, image[:, ::-1][:, ::-1]):
        np.testing.assert_array_equal(last(other, unary, crf()), expected)
    for other in (np.asfortranarray(unary), unary.astype(np.float64), unary[::-1][::-1]):
        np.testing.assert_array_equal(last(image, other, crf()), expected)
    image.flags.writeable = unary.flags.writeable = False
    np.testing.assert_array_equal(last(image, unary, crf()), expected)
    whole = np.round(unary).astype(np.int64)
    np.testing.assert_array_equal(
        last(image, whole, crf()), last(image, whole.astype(np.float32), crf())
    )


IMAGE, UNARY = np.zeros((4, 5, 3), np.uint8), np.zeros((20, 3), np.float32)


@pytest.mark.parametrize(
    ("image", "unary", "numbers", "compatibility"),
    [
        (IMAGE.astype(np.float32), UNARY, crf(), None),
        (IMAGE[..., 0], UNARY, crf(), None),
        (IMAGE[:0], UNARY[:0], crf(), None),
        (IMAGE, UNARY[:19], crf(), None),
        (IMAGE, UNARY.reshape(4, 5, 3), crf(), None),
        (IMAGE, UNARY[:, :0], crf(), None),
        (IMAGE, UNARY + np.nan, crf(), None),
        (IMAGE, UNARY + np.inf, crf(), None),
        (IMAGE, UNARY.astype(np.float64) + 1e300, crf(), None),
        (IMAGE, UNARY.astype(complex), crf(), None),
        (IMAGE, UNARY.astype(object), crf(), None),
        (IMAGE, UNARY, crf(xy=0.0), None),
        (IMAGE, UNARY, crf(rgb=-1.0), None),
        (IMAGE, UNARY, crf(smooth_xy=float("nan")), None),
        (IMAGE, UNARY, crf(weight=-1.0), None),
        (IMAGE, UNARY, crf(smooth_weight=float("inf")), None),
        (IMAGE, UNARY, crf(iterations=-1), None),
        (IMAGE, UNARY, crf(normalisation="both"), None),
        (IMAGE, UNARY, crf(), np.ones(4)),
        (IMAGE, UNARY, crf(), np.ones((3, 4))),
        (IMAGE, UNARY, crf(), np.full(3, np.nan)),
        (IMAGE, UNARY, crf(), np.full(3, 1e300)),
        (IMAGE, UNARY, crf(), ["a", "b", "c"]),
    ],
)
def test_bad_input_is_said(image, unary, numbers, compatibility):
    with pytest.raises(SegviewerError) as caught:
        last(image, unary, numbers, compatibility=compatibility)
    assert caught.value.what and caught.value.why and caught.value.next_step


@settings(max_examples=30)
@given(cases(), st.sampled_from(RULES), st.integers(0, 2**31))
def test_classes_that_cannot_win_may_be_left_out(case, rule, seed):
    """Added to any case: one hopeless class and one that is just not."""
    image, probs, numbers = case
    numbers = but(numbers, normalisation=rule)
    if rule == "none":
        numbers = but(numbers, appearance_weight=0.02, smoothness_weight=0.01)
    rng = np.random.default_rng(seed)
    more = np.stack([rng.uniform(0, 1e-6, probs[0].shape), rng.uniform(0, 0.4, probs[0].shape)])
    probs = np.concatenate([more[:1], probs * (1 - more.sum(0)), more[1:]])
    unary = unary_from_probs(probs, clip=1e-9)
    kept = contending_classes(image, unary, numbers)
    whole, part = last(image, unary, numbers), last(image, unary, but(numbers, drop_classes=True))
    np.testing.assert_array_equal(part, last(image, unary, numbers, classes=kept))
    assert part.shape == whole.shape
    lost = sorted(set(range(len(probs))) - set(kept))
    assert (part[lost] == 0).all() and (whole[lost].sum(0) <= BUDGET).all()
    assert np.abs(part - whole).max() < 1e-3
    np.testing.assert_allclose(part.sum(0), 1, atol=2e-6)


def test_a_hopeless_class_is_found():
    image, probs = blobs(20, 20, classes=3)
    probs = np.concatenate([probs * (1 - 1e-6), np.full((1, 20, 20), 1e-6)])
    unary = unary_from_probs(probs, clip=1e-9)
    assert contending_classes(image, unary, crf()) == (0, 1, 2)
    assert contending_classes(image, unary, crf(), budget=0) == (0, 1, 2, 3)
    # With such weights a whisper is received.
    assert contending_classes(image, unary, crf(weight=1e6)) == (0, 1, 2, 3)
    every = np.full((2, 20, 20), 0.5)
    assert contending_classes(image, unary_from_probs(every), crf()) == (0, 1)


def test_chosen_classes_are_as_if_the_others_did_not_exist():
    image, probs = blobs(20, 20, classes=5)
    unary, mu = unary_from_probs(probs), np.arange(25.0).reshape(5, 5) / 9
    kept = [4, 1, 2]
    q = last(image, unary, crf(), compatibility=mu, classes=kept)
    alone = last(image, unary[:, kept], crf(), compatibility=mu[np.ix_(kept, kept)])
    np.testing.assert_array_equal(q[kept], alone)
    assert (q[[0, 3]] == 0).all()
    for bad in ([], [0, 0], [5], [-1], [0.5], [[0, 1]]):
        with pytest.raises(SegviewerError):
            last(image, unary, crf(), classes=bad)


def test_only_pictures_and_widths_build_lattices(monkeypatch):
    from segviewer.crf.lattice import kernel_cache

    built = []
    for name in ("appearance_lattice", "smoothness_lattice"):
        original = getattr(kernel_cache, name)

        def counted(*args, name=name, original=original):
            built.append(name.split("_")[0])
            return original(*args)

        monkeypatch.setattr(kernel_cache, name, counted)
    cache = KernelCache()
    image, probs = blobs(10, 12)
    unary = unary_from_probs(probs)

    def run(numbers=None, picture=image, **options):
        built.clear()
        last(picture, unary, numbers or crf(), kernels=cache, **options)
        return built.copy()

    assert run() == ["appearance", "smoothness"]
    assert run() == []
    assert run(crf(1, smooth_weight=9, iterations=1)) == []
    assert run(crf(normalisation="after")) == []
    assert run(crf(self_message=False), compatibility=np.ones(3)) == []
    assert run(crf(rgb=11)) == ["appearance"]
    assert run(crf(smooth_xy=2)) == ["smoothness"]
    assert run(crf(weight=0, smooth_xy=5)) == ["smoothness"]
    assert run() == []
    image[0, 0] += 1  # in place
    assert run() == ["appearance"]
    cache.clear()
    assert run() == ["appearance", "smoothness"] and cache.nbytes > 0


def test_the_cache_stays_small_but_keeps_what_runs():
    cache = KernelCache(limit=1)
    image, probs = blobs(10, 12)
    for width in (1.0, 2.0, 3.0):
        last(image, unary_from_probs(probs), crf(smooth_xy=width, xy=width), kernels=cache)
    one = KernelCache()
    last(image, unary_from_probs(probs), crf(smooth_xy=3.0, xy=3.0), kernels=one)
    assert cache.nbytes == one.nbytes


def test_a_changed_normalisation_is_not_taken_from_the_cache():
    image, probs = blobs(12, 12)
    unary = unary_from_probs(probs)
    for rule in (*RULES, *RULES[::-1]):
        for self_message in (True, False):
            numbers = crf(normalisation=rule, self_message=self_message)
            np.testing.assert_array_equal(
                last(image, unary, numbers), last(image, unary, numbers, kernels=KernelCache())
            )


@pytest.mark.slow
def test_compiled_code_is_kept_on_disk(tmp_path):
    """A second process compiles nothing, and after warming up nor does a refinement."""
    code = (
        "import numpy as np, numba.core.event as e\n"
        "from segviewer.crf.settings.crf_settings import CRFSettings\n"
        "from segviewer.crf.engines.mean_field_lattice import refine, warm_up\n"
        "with e.install_recorder('numba:compile') as first:\n"
        "    warm_up(5)\n"
        "with e.install_recorder('numba:compile') as second:\n"
        "    list(refine(np.zeros((90, 90, 3), np.uint8), np.zeros((8100, 3)), CRFSettings("
        "normalisation='after', num_iterations=3), compatibility=np.ones(3)))\n"
        "    list(refine(np.zeros((90, 90, 3), np.uint8), np.zeros((8100, 3)), CRFSettings()))\n"
        "from segviewer.crf.lattice.compiled_kernel import is_compiled\n"
        "print(len(first.buffer), len(second.buffer), is_compiled())\n"
    )
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    counts = [
        subprocess.run(
            [sys.executable, "-W", "error", "-c", code],
            check=True,
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
        ).stdout.split()
        for _ in range(2)
    ]
    assert int(counts[0][0]) > 0 and counts[0][1:] == ["0", "True"]
    assert counts[1] == ["0", "0", "True"]
