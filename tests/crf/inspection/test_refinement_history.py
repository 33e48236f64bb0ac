"""The history of a refinement: the engine's iterations, and curves by closed forms."""

import numpy as np
import pytest

from segviewer.crf.engines.mean_field_exact import pairwise_matrix
from segviewer.crf.engines.mean_field_lattice import refine
from segviewer.crf.engines.unary import unary_from_probs
from segviewer.crf.inspection.refinement_history import initial_probs, refinement_history
from segviewer.crf.lattice.kernel_cache import KernelCache
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.errors import Cancelled, SettingsError


def case(height=20, width=24, classes=3, seed=1):
    rng = np.random.default_rng(seed)
    image = np.zeros((height, width, 3), np.uint8)
    image[:, width // 2 :] = 180
    image += rng.integers(0, 20, image.shape, dtype=np.uint8)
    scores = rng.normal(size=(classes, height, width))
    scores[0, :, : width // 2] += 1
    scores[1, :, width // 2 :] += 1
    probs = np.exp(scores) / np.exp(scores).sum(0)
    return image, unary_from_probs(probs)


def crf(**values):
    base = {
        "appearance_weight": 3.0,
        "appearance_xy_std": 5.0,
        "appearance_rgb_std": 20.0,
        "num_iterations": 4,
        "drop_classes": False,
    }
    return CRFSettings().model_copy(update=base | values)


def history(*args, **options):
    return refinement_history(*args, kernels=KernelCache(), **options)


def test_iterations_are_the_engines():
    image, unary = case()
    kept = history(image, unary, crf())
    steps = list(refine(image, unary, crf(), kernels=KernelCache()))
    assert kept.num_iterations == 4
    for t, step in enumerate(steps, 1):
        np.testing.assert_array_equal(kept.label_maps[t], step.argmax(0))
        two = np.sort(step, 0)
        np.testing.assert_allclose(kept.margins[t], two[-1] - two[-2], atol=5e-4)
        entropy = -(step * np.log(np.maximum(step, 1e-30))).sum(0).mean()
        assert kept.entropy[t] == pytest.approx(entropy, abs=1e-5)
    labels = [unary.argmin(1).reshape(20, 24), *(s.argmax(0) for s in steps)]
    assert kept.changed_start.tolist() == [int((x != labels[0]).sum()) for x in labels]
    pairs = zip(labels[1:], labels, strict=False)
    assert kept.changed_before.tolist() == [0] + [int((a != b).sum()) for a, b in pairs]
    assert kept.flips(2).sum() == kept.changed_before[2] and not kept.flips(0).any()
    np.testing.assert_array_equal(kept.flips(4, since=0), labels[4] != labels[0])


def free_energy(probs, unary, pairwise):
    """Σ Q log Q + Σ Q ψ_u - ½ Σ Q (pairwise Q), up to a constant."""
    q = probs.reshape(len(probs), -1).T.astype(np.float64)
    entropy = float((q * np.log(np.maximum(q, np.finfo(float).tiny))).sum())
    return entropy + float((q * unary).sum()) - 0.5 * float((q * (pairwise @ q)).sum())


def test_free_energy_without_kernels_is_that_of_the_unary_alone():
    """F = ΣQ log Q + ΣQψ is -Σ log Σ exp(-ψ) at its minimum, which is iteration 0."""
    image, unary = case()
    alone = history(image, unary, crf(appearance_weight=0.0, smoothness_weight=0.0))
    expected = -np.log(np.exp(-unary.astype(float)).sum(1)).mean()
    np.testing.assert_allclose(alone.energy, expected, rtol=1e-4, atol=1e-5)


def test_free_energy_is_the_exact_one_within_the_lattices_error():
    image, unary = case()
    kept = history(image, unary, crf())
    matrix = pairwise_matrix(image, crf())
    q = [initial_probs(unary, (20, 24)), *refine(image, unary, crf(), kernels=KernelCache())]
    exact = np.array([free_energy(p, unary, matrix) for p in q]) / unary.shape[0]
    np.testing.assert_allclose(kept.energy, exact, atol=0.05)
    # The share of the kernels is large against that.
    none = np.array([free_energy(p, unary, 0 * matrix) for p in q]) / unary.shape[0]
    assert (np.abs(exact - none) > 0.5).all()
    assert (np.diff(kept.energy)[:2] < 0).all()


@pytest.mark.parametrize("self_message", [True, False])
def test_free_energy_is_exact_where_the_lattice_is(self_message):
    """On one pixel both kernels are the number 1, so that both energies are one formula."""
    image = np.zeros((1, 1, 3), np.uint8)
    unary = np.array([[0.3, 1.2]], np.float32)
    settings = crf(self_message=self_message)
    found = history(image, unary, settings)
    matrix = pairwise_matrix(image, settings)
    steps = refine(image, unary, settings, kernels=KernelCache())
    exact = [free_energy(q, unary, matrix) for q in (initial_probs(unary, (1, 1)), *steps)]
    np.testing.assert_allclose(found.energy, exact, atol=1e-6)


def test_potts_as_a_matrix_differs_from_potts_by_its_constant():
    image, unary = case()
    potts = history(image, unary, crf())
    matrix = history(image, unary, crf(compatibility=((0, 1, 1.0),)))
    np.testing.assert_array_equal(matrix.label_maps, potts.label_maps)
    np.testing.assert_allclose(matrix.margins, potts.margins, atol=2e-3)
    # ½ Q (1 - I) K Q = ½ Σ row sums - ½ Q K Q, in every iteration.
    np.testing.assert_allclose(np.diff(matrix.energy), np.diff(potts.energy), atol=1e-4)


def test_memory_is_bounded():
    image, unary = case()
    pixels = 5 * 20 * 24
    both = history(image, unary, crf(), limit=3 * pixels, energy=False)
    assert both.margins.nbytes == 2 * pixels and both.energy is None
    labels = history(image, unary, crf(), limit=3 * pixels - 1, energy=False)
    assert labels.margins is None and labels.label_maps.nbytes == pixels
    np.testing.assert_array_equal(labels.label_maps, both.label_maps)


def test_it_can_be_stopped():
    image, unary = case()
    seen = []

    def each(iteration):
        seen.append(iteration)
        if iteration == 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        history(image, unary, crf(), each=each)
    assert seen == [0, 1, 2]


@pytest.mark.parametrize("std", [0.1, 1000.0])
@pytest.mark.parametrize("weight", [0.0, 100.0])
def test_extreme_settings(std, weight):
    image, unary = case(7, 5)
    kept = history(
        image,
        unary,
        crf(
            appearance_xy_std=std,
            appearance_rgb_std=std,
            smoothness_xy_std=std,
            appearance_weight=weight,
            smoothness_weight=weight,
        ),
    )
    assert np.isfinite(kept.energy).all() and np.isfinite(kept.entropy).all()
    assert (kept.changed_start == 0).all() == (weight == 0 or std == 0.1)


def test_one_pixel_a_constant_picture_and_one_class():
    one = history(np.zeros((1, 1, 3), np.uint8), np.array([[0.0, 1.0]]), crf())
    assert one.label_maps.shape == (5, 1, 1) and one.changed_start[-1] == 0
    flat, unary = np.full((6, 6, 3), 9, np.uint8), case(6, 6)[1]
    assert history(flat, unary, crf()).num_iterations == 4
    with pytest.raises(SettingsError) as caught:
        history(flat, unary[:, :1], crf())
    assert caught.value.what and "single class" in caught.value.why and caught.value.next_step
