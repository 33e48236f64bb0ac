"""The draft: probabilities, close to the whole CRF, the same each time, and cheap to repeat."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from segviewer.crf import kernel_cache
from segviewer.crf.compatibility_matrix import dense
from segviewer.crf.draft import ITERATIONS, SCALE, _halved, _halved_settings, draft
from segviewer.crf.kernel_cache import KernelCache
from segviewer.crf.mean_field_lattice import refine
from segviewer.crf.presets import PRESETS
from segviewer.crf.settings import CRFSettings
from segviewer.crf.thread_team import ThreadTeam
from segviewer.crf.unary import unary_from_probs
from segviewer.errors import SettingsError
from segviewer.resource_files import resource_path

FEW_COLOURS = 6


def sample():
    """A photograph with scores as coarse and as sure as a network's, by closeness to colours."""
    with Image.open(resource_path("samples", "campus_walkers.png")) as picture:
        image = np.array(picture.convert("RGB").resize((480, 360)))
        coarse = np.array(picture.convert("RGB").resize((60, 45), Image.Resampling.BOX))
    # A few of the picture's own colours, far from each other.
    colours = [coarse.reshape(-1, 3).astype(float).mean(0)]
    for _ in range(FEW_COLOURS - 1):
        distance = np.min([((coarse - c) ** 2).sum(-1) for c in colours], 0)
        colours.append(coarse.reshape(-1, 3)[distance.argmax()].astype(float))
    scores = [-((coarse - c) ** 2).sum(-1) / 300 for c in colours]
    size = image.shape[1::-1]
    large = np.stack(
        [Image.fromarray(s.astype(np.float32)).resize(size, Image.Resampling.BILINEAR)
         for s in scores]
    )  # fmt: skip
    probs = np.exp(large - large.max(0))
    return image, (probs / probs.sum(0)).astype(np.float32)


def some(height, width, classes=3, seed=0):
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (height, width, 3), np.uint8)
    return image, rng.dirichlet(np.ones(classes), (height, width)).transpose(2, 0, 1)


@pytest.mark.parametrize("preset", PRESETS, ids=lambda p: p.name)
def test_labels_agree_with_the_whole_crfs(preset):
    image, probs = sample()
    *_, whole = refine(image, unary_from_probs(probs), preset.settings, kernels=KernelCache())
    quick = draft(image, probs, preset.settings, kernels=KernelCache())
    agree = (quick.argmax(0) == whole.argmax(0)).mean()
    assert agree >= 0.97
    assert agree > (probs.argmax(0) == whole.argmax(0)).mean()  # else it would show nothing


def test_costs_are_kept_to():
    image, probs = sample()
    pairs = itertools.combinations(range(len(probs)), 2)
    crf = CRFSettings(appearance_weight=10, compatibility=tuple((*pair, 0.1) for pair in pairs))
    costs = dense(crf.compatibility, len(probs))
    unary, kernels = unary_from_probs(probs), KernelCache()
    *_, whole = refine(image, unary, crf, compatibility=costs, kernels=kernels)
    quick, potts = (
        draft(image, probs, s, kernels=kernels) for s in (crf, CRFSettings(appearance_weight=10))
    )
    wrong = [(q.argmax(0) != whole.argmax(0)).mean() for q in (quick, potts)]
    assert wrong[0] < 0.03 and wrong[0] < 0.5 * wrong[1]


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 9), st.integers(0, 2**31))
def test_probabilities_of_any_size_sum_to_one(height, width, classes, seed):
    image, probs = some(height, width, classes, seed)
    quick = draft(image, probs, CRFSettings(), kernels=KernelCache())
    assert quick.shape == probs.shape and quick.dtype == np.float32 and quick.flags.c_contiguous
    assert quick.min() >= 0
    np.testing.assert_allclose(quick.sum(0), 1, atol=1e-5)


def test_threads_and_repetition_change_no_digit():
    image, probs = some(67, 91, 5)
    first = draft(image, probs, CRFSettings(), threads=1, kernels=KernelCache())
    kernels = KernelCache()
    for threads in (1, 2, 3):
        again = draft(image, probs, CRFSettings(), threads=threads, kernels=kernels)
        np.testing.assert_array_equal(again, first)


def test_a_moved_weight_builds_no_lattice(monkeypatch):
    built = []
    for name in ("appearance_lattice", "smoothness_lattice"):
        build = getattr(kernel_cache, name)
        monkeypatch.setattr(
            kernel_cache, name, lambda *args, b=build, n=name: built.append(n) or b(*args)
        )
    image, probs = some(40, 50)
    kernels = KernelCache()
    before = draft(image, probs, CRFSettings(), kernels=kernels)
    assert sorted(built) == ["appearance_lattice", "smoothness_lattice"]
    after = draft(image, probs, CRFSettings(appearance_weight=9), kernels=kernels)
    assert len(built) == 2 and not np.array_equal(before, after)
    draft(image, probs, CRFSettings(smoothness_xy_std=4), kernels=kernels)
    assert built[2:] == ["smoothness_lattice"]


def test_squares_are_averaged():
    image, probs = some(7, 10)
    with ThreadTeam(1) as team:
        small, unary = _halved(image, probs.astype(np.float32), CRFSettings(), team)
    assert small.shape == (4, 5, 3) and unary.shape == (20, 3)
    whole = image[:6].reshape(3, SCALE, 5, SCALE, 3).mean((1, 3))
    assert np.abs(small[:3] - whole).max() <= 0.5
    # The last row has no partner.
    assert np.abs(small[3] - image[6].reshape(5, SCALE, 3).mean(1)).max() <= 0.5
    mean = probs[:, :6].reshape(3, 3, SCALE, 5, SCALE).mean((2, 4))
    np.testing.assert_allclose(np.exp(-unary[:15].T), mean.reshape(3, 15), rtol=1e-5)
    last = probs[:, 6].reshape(3, 5, SCALE).mean(2)
    np.testing.assert_allclose(np.exp(-unary[15:].T), last, rtol=1e-5)


def test_what_is_even_stays():
    image = np.full((21, 30, 3), 90, np.uint8)
    probs = np.empty((2, 21, 30), np.float32)
    probs[0], probs[1] = 0.25, 0.75
    quick = draft(image, probs, CRFSettings(), kernels=KernelCache())
    assert np.ptp(quick[:, 4:-4, 4:-4], axis=(1, 2)).max() < 0.02
    assert (quick[1] > 0.75).all()  # everyone hears the majority


def test_widths_shrink_with_the_picture_and_iterations_are_few():
    whole = CRFSettings(appearance_xy_std=60, smoothness_xy_std=3, num_iterations=10)
    half = _halved_settings(whole)
    assert (half.appearance_xy_std, half.smoothness_xy_std) == (60 / SCALE, 3 / SCALE)
    assert half.appearance_rgb_std == whole.appearance_rgb_std
    assert half.num_iterations == ITERATIONS
    assert _halved_settings(CRFSettings(num_iterations=1)).num_iterations == 1


@pytest.mark.parametrize("shape", [(3, 5, 6), (0, 4, 5), (4, 5)])
def test_sizes_that_do_not_fit_are_told(shape):
    with pytest.raises(SettingsError, match="cannot use this image"):
        draft(np.zeros((4, 5, 3), np.uint8), np.zeros(shape), CRFSettings())


@pytest.mark.slow
def test_labels_agree_on_the_bundled_networks_scores():
    from segviewer.app.crf_benchmark import network_case

    case = network_case()
    for preset in PRESETS:
        *_, whole = refine(case.image, unary_from_probs(case.probs), preset.settings)
        quick = draft(case.image, case.probs, preset.settings)
        assert (quick.argmax(0) == whole.argmax(0)).mean() >= 0.97, preset.name
