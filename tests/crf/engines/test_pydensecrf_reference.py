"""The pydensecrf engine: near the exact one, safe on any shape, absent politely."""

import importlib
import sys
import types

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segviewer.crf.engines import pydensecrf_reference
from segviewer.crf.engines.mean_field_exact import mean_field_exact
from segviewer.crf.engines.pydensecrf_reference import available, refine
from segviewer.crf.engines.unary import unary_from_probs
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.crf.settings.presets import PRESETS
from segviewer.errors import EngineError, SettingsError
from segviewer.imaging.reading.read import read_image
from segviewer.imaging.reading.samples import sample_path

try:
    importlib.import_module("pydensecrf.densecrf")
    INSTALLED = True
except ImportError:
    INSTALLED = False
needs_pydensecrf = pytest.mark.skipif(not INSTALLED, reason="pydensecrf is not installed")


def scene(height=24, width=32, classes=3, seed=0):
    """Two flat regions with noise, and unsure probabilities that roughly follow them."""
    rng = np.random.default_rng(seed)
    region = (np.mgrid[:height, :width].sum(0) > (height + width) / 2).astype(int)
    image = np.array([[60, 90, 120], [180, 160, 100]])[region] + rng.normal(0, 3, (1, 1, 3))
    image = np.clip(image + rng.normal(0, 2, image.shape), 0, 255).astype(np.uint8)
    scores = rng.normal(0, 1, (classes, height, width))
    for label in (0, 1):
        scores[label] += 1.5 * (region == label)
    exponent = np.exp(scores)
    return image, (exponent / exponent.sum(0)).astype(np.float32)


@needs_pydensecrf
def test_available():
    assert available() is None


@needs_pydensecrf
def test_near_the_exact_mean_field():
    """The lattice approximates both kernels; measured here: at most 0.047, on average 0.0013."""
    image, probs = scene()
    unary = unary_from_probs(probs)
    crf = CRFSettings(
        appearance_weight=4,
        appearance_xy_std=8,
        appearance_rgb_std=10,
        smoothness_weight=3,
        smoothness_xy_std=2,
        num_iterations=5,
    )
    exact = list(mean_field_exact(image, unary, crf))
    found = list(refine(image, unary, crf))
    assert len(found) == 5
    for a, b in zip(exact, found, strict=True):
        assert b.dtype == np.float32 and b.shape == probs.shape
        assert np.abs(a - b).mean() < 0.004
    assert (exact[-1].argmax(0) == found[-1].argmax(0)).mean() > 0.99
    # It must have done something, or nearness says nothing.
    assert np.abs(found[-1] - probs).mean() > 0.1


@needs_pydensecrf
@pytest.mark.parametrize("off", ["appearance_weight", "smoothness_weight"])
def test_each_kernel_alone_is_near_the_exact_one(off):
    image, probs = scene()
    unary = unary_from_probs(probs)
    crf = CRFSettings(
        appearance_weight=4,
        appearance_xy_std=8,
        appearance_rgb_std=10,
        smoothness_weight=3,
        smoothness_xy_std=2,
        num_iterations=3,
    ).changed(**{off: 0})
    *_, exact = mean_field_exact(image, unary, crf)
    *_, found = refine(image, unary, crf)
    assert np.abs(exact - found).mean() < 0.004


@needs_pydensecrf
@pytest.mark.parametrize("chosen", PRESETS, ids=lambda chosen: chosen.name)
def test_presets_on_a_photograph_are_near_the_exact_mean_field(chosen):
    """Measured: probabilities differ by 0.0003 to 0.010 on average, though by up to 0.95 in
    single pixels on a tie; 98.4 % of the labels or more agree."""
    image = np.ascontiguousarray(read_image(sample_path("leuven_street"))[200:240, 300:348])
    _, probs = scene(40, 48)
    unary = unary_from_probs(probs)
    *_, exact = mean_field_exact(image, unary, chosen.settings)
    *_, found = refine(image, unary, chosen.settings)
    assert np.abs(exact - found).mean() < 0.015
    assert (exact.argmax(0) == found.argmax(0)).mean() > 0.975
    assert np.abs(found - probs).mean() > 0.1


@needs_pydensecrf
def test_without_weights_nothing_changes():
    image, probs = scene()
    crf = CRFSettings(appearance_weight=0, smoothness_weight=0, num_iterations=2)
    for q in refine(image, unary_from_probs(probs), crf):
        np.testing.assert_allclose(q, probs, atol=1e-4)


@needs_pydensecrf
def test_every_iteration_is_kept_and_inputs_stay():
    image, probs = scene()
    unary = unary_from_probs(probs)
    before = image.copy(), unary.copy()
    steps = list(refine(image, unary, CRFSettings(num_iterations=4)))
    assert np.abs(steps[0] - steps[3]).max() > 1e-3
    assert all(a is not b for a, b in zip(steps, steps[1:], strict=False))
    np.testing.assert_array_equal(image, before[0])
    np.testing.assert_array_equal(unary, before[1])


@needs_pydensecrf
def test_can_be_stopped_between_iterations():
    image, probs = scene()
    running = refine(image, unary_from_probs(probs), CRFSettings(num_iterations=20))
    first = next(running)
    running.close()
    np.testing.assert_allclose(first.sum(0), 1, atol=1e-5)


@needs_pydensecrf
def test_arrays_need_not_be_contiguous():
    image, probs = scene()
    unary = unary_from_probs(probs)
    crf = CRFSettings(num_iterations=2)
    *_, expected = refine(image, unary, crf)
    wide = np.repeat(image, 2, axis=1)[:, ::2]
    *_, found = refine(wide, np.asfortranarray(unary), crf)
    np.testing.assert_array_equal(found, expected)


@needs_pydensecrf
@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (2, 1), (1, 5000), (5000, 1), (3, 3)])
@pytest.mark.parametrize("classes", [1, 2, 21])
def test_any_shape(shape, classes):
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (*shape, 3)).astype(np.uint8)
    probs = rng.dirichlet(np.ones(classes), shape).transpose(2, 0, 1)
    for q in refine(image, unary_from_probs(probs), CRFSettings(num_iterations=2)):
        assert q.shape == (classes, *shape) and np.isfinite(q).all()
        np.testing.assert_allclose(q.sum(0), 1, atol=1e-5)


@needs_pydensecrf
def test_one_pixel_receives_from_itself_only():
    image = np.full((1, 1, 3), 50, np.uint8)
    unary = unary_from_probs(np.array([0.3, 0.7]).reshape(2, 1, 1))
    crf = CRFSettings(num_iterations=3)
    *_, exact = mean_field_exact(image, unary, crf)
    *_, found = refine(image, unary, crf)
    np.testing.assert_allclose(found, exact, atol=1e-3)


@needs_pydensecrf
@settings(max_examples=15)
@given(
    st.integers(1, 12),
    st.integers(1, 12),
    st.integers(2, 6),
    st.integers(0, 2**32 - 1),
    st.floats(0, 20),
    st.floats(0, 20),
)
def test_laws_sums_and_class_names(height, width, classes, seed, appearance, smoothness):
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (height, width, 3)).astype(np.uint8)
    probs = rng.dirichlet(np.ones(classes), (height, width)).transpose(2, 0, 1)
    crf = CRFSettings(appearance_weight=appearance, smoothness_weight=smoothness, num_iterations=3)
    order = rng.permutation(classes)
    usual = refine(image, unary_from_probs(probs), crf)
    renamed = refine(image, unary_from_probs(probs[order]), crf)
    for a, b in zip(usual, renamed, strict=True):
        np.testing.assert_allclose(a.sum(0), 1, atol=1e-5)
        np.testing.assert_allclose(a[order], b, atol=1e-3)


@needs_pydensecrf
def test_what_does_not_fit_is_refused():
    image, probs = scene()
    unary = unary_from_probs(probs)
    crf = CRFSettings()
    with pytest.raises(SettingsError, match="pixels"):
        next(refine(image[:-1], unary, crf))
    with pytest.raises(SettingsError, match="uint8"):
        next(refine(image.astype(np.float32) / 255, unary, crf))
    with pytest.raises(SettingsError, match="uint8"):
        next(refine(image[..., 0], unary, crf))
    broken = unary.copy()
    broken[0, 0] = np.nan
    with pytest.raises(SettingsError, match="NaN"):
        next(refine(image, broken, crf))


@needs_pydensecrf
def test_counter_overflow_is_refused(monkeypatch):
    monkeypatch.setattr(pydensecrf_reference, "_MAX_VALUES", 100)
    image, probs = scene()
    with pytest.raises(EngineError, match="too large"):
        next(refine(image, unary_from_probs(probs), CRFSettings()))


def test_absent_package_says_how_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pydensecrf", None)
    monkeypatch.setitem(sys.modules, "pydensecrf.densecrf", None)
    image, probs = scene()
    assert 'pip install "segviewer[pydensecrf]"' in available()
    with pytest.raises(EngineError) as caught:
        next(refine(image, unary_from_probs(probs), CRFSettings()))
    assert "pip install" in caught.value.why


def test_broken_package_says_what_is_wrong(monkeypatch):
    def broken(name):
        raise ImportError("undefined symbol: _Py_Something")

    monkeypatch.setattr(
        pydensecrf_reference, "importlib", types.SimpleNamespace(import_module=broken)
    )
    assert "undefined symbol" in available() and "pip install" in available()
