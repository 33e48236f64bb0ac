"""The draft: labels close to the whole CRF's, the same each time, and cheap to repeat."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from segviewer.crf.engines import draft as module
from segviewer.crf.engines.draft import (
    ITERATIONS,
    MOST_PIXELS,
    _add_interpolated,
    _averaged,
    draft,
    draft_scale,
)
from segviewer.crf.engines.mean_field_lattice import refine
from segviewer.crf.engines.unary import unary_from_probs
from segviewer.crf.lattice import kernel_cache
from segviewer.crf.lattice.kernel_cache import KernelCache
from segviewer.crf.lattice.thread_team import ThreadTeam
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.crf.settings.presets import PRESETS
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
        [
            Image.fromarray(s.astype(np.float32)).resize(size, Image.Resampling.BILINEAR)
            for s in scores
        ]
    )
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
    unary, kernels = unary_from_probs(probs), KernelCache()
    *_, whole = refine(image, unary, crf, kernels=kernels)
    quick, potts = (
        draft(image, probs, s, kernels=kernels) for s in (crf, CRFSettings(appearance_weight=10))
    )
    wrong = [(q.argmax(0) != whole.argmax(0)).mean() for q in (quick, potts)]
    assert wrong[0] < 0.03 and wrong[0] < 0.5 * wrong[1]


@settings(max_examples=30)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 9), st.integers(0, 2**31))
def test_any_size_will_do(height, width, classes, seed):
    image, probs = some(height, width, classes, seed)
    quick = draft(image, probs, CRFSettings(), kernels=KernelCache())
    assert quick.shape == probs.shape and quick.dtype == np.float32 and quick.flags.c_contiguous
    assert np.isfinite(quick).all()


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


@given(st.integers(1, 5000), st.integers(1, 5000))
def test_a_draft_is_never_large(height, width):
    scale = draft_scale(height, width)
    assert scale >= 2 and (height / scale) * (width / scale) <= MOST_PIXELS
    assert scale == 2 or (height / (scale - 1)) * (width / (scale - 1)) > MOST_PIXELS


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_squares_are_averaged(scale):
    height, width = 3 * scale + 1, 5 * scale
    image, probs = some(height, width)
    with ThreadTeam(1) as team:
        small, unary = _averaged(image, probs.astype(np.float32), CRFSettings(), scale, team)
    assert small.shape == (4, 5, 3) and unary.shape == (20, 3)
    whole = image[:-1].reshape(3, scale, 5, scale, 3).mean((1, 3))
    assert np.abs(small[:3] - whole).max() <= 0.5
    # The last row is alone in its squares.
    assert np.abs(small[3] - image[-1].reshape(5, scale, 3).mean(1)).max() <= 0.5
    mean = probs[:, :-1].reshape(3, 3, scale, 5, scale).mean((2, 4))
    np.testing.assert_allclose(np.exp(-unary[:15].T), mean.reshape(3, 15), rtol=1e-5)
    last = probs[:, -1].reshape(3, 5, scale).mean(2)
    np.testing.assert_allclose(np.exp(-unary[15:].T), last, rtol=1e-5)


@pytest.mark.parametrize("cut", [0, 1, 2])
@pytest.mark.parametrize("scale", [2, 3, 4, 5])
def test_a_slope_is_interpolated_to_a_slope(scale, cut):
    # Values at the squares' centres, in pixels: each pixel gets its own place back.
    cut = min(cut, scale - 1)
    rows, columns = (scale * np.arange(n) + (scale - 1) / 2 for n in (4, 6))
    small = np.stack([np.tile(columns, (4, 1)), np.tile(rows[:, None], (1, 6))])
    large = np.zeros((2, 4 * scale - cut, 6 * scale - cut), np.float32)
    _add_interpolated(0, large.shape[1], small.astype(np.float32), large, scale)
    y, x = np.indices(large.shape[1:])
    np.testing.assert_allclose(large[0], x.clip(columns[0], columns[-1]), atol=1e-4)
    np.testing.assert_allclose(large[1], y.clip(rows[0], rows[-1]), atol=1e-4)


def test_what_is_even_stays():
    image = np.full((21, 30, 3), 90, np.uint8)
    probs = np.empty((2, 21, 30), np.float32)
    probs[0], probs[1] = 0.25, 0.75
    quick = draft(image, probs, CRFSettings(), kernels=KernelCache())
    lead = quick[1] - quick[0]
    assert np.ptp(lead[6:-6, 6:-6]) < 0.2 * lead.mean()
    assert (lead > np.log(3)).all()  # everyone receives most from the majority


@pytest.mark.parametrize("temperature", [1.0, 2.5])
def test_without_kernels_the_networks_scores_are_left(temperature):
    image, probs = some(31, 47, 4)
    crf = CRFSettings(appearance_weight=0, smoothness_weight=0, temperature=temperature)
    quick = draft(image, probs, crf, kernels=KernelCache())
    scores = np.log(np.maximum(probs, crf.clip)) / temperature
    np.testing.assert_allclose(quick - quick.max(0), scores - scores.max(0), atol=1e-3)


@pytest.mark.parametrize(("asked", "done"), [(1, 1), (2, 2), (10, ITERATIONS)])
def test_iterations_are_few(monkeypatch, asked, done):
    steps, step = [], module.MeanField.step
    monkeypatch.setattr(
        module.MeanField, "step", lambda self, **how: steps.append(how) or step(self, **how)
    )
    image, probs = some(9, 9, 2)
    draft(image, probs, CRFSettings(num_iterations=asked), kernels=KernelCache())
    assert [how["last"] for how in steps] == [False] * (done - 1) + [True]


@pytest.mark.parametrize("shape", [(3, 5, 6), (0, 4, 5), (4, 5)])
def test_sizes_that_do_not_fit_are_said(shape):
    with pytest.raises(SettingsError, match="cannot use this image"):
        draft(np.zeros((4, 5, 3), np.uint8), np.zeros(shape), CRFSettings())


@pytest.mark.slow
def test_labels_agree_on_the_bundled_networks_scores():
    from segviewer.cli.crf_benchmark import network_case

    case = network_case()
    for preset in PRESETS:
        *_, whole = refine(case.image, unary_from_probs(case.probs), preset.settings)
        quick = draft(case.image, case.probs, preset.settings)
        assert (quick.argmax(0) == whole.argmax(0)).mean() >= 0.965, preset.name
