"""Why this label: the three parts add up to what the engine decides."""

import numpy as np
import pytest

from segviewer.crf.engines.mean_field_lattice import refine
from segviewer.crf.inspection.pixel_votes import pixel_votes
from segviewer.crf.lattice.kernel_cache import KernelCache
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.errors import SettingsError


def case(height=12, width=15, classes=4, seed=2):
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    return image, rng.normal(size=(height * width, classes)).astype(np.float32) * 2


def crf(**values):
    base = {
        "appearance_weight": 4.0,
        "appearance_xy_std": 6.0,
        "appearance_rgb_std": 80.0,
        "smoothness_weight": 2.0,
        "smoothness_xy_std": 2.0,
        "num_iterations": 4,
        "drop_classes": False,
    }
    return CRFSettings().model_copy(update=base | values)


def votes_of(*args, **options):
    return pixel_votes(*args, kernels=KernelCache(), **options)


def softmax(rows):
    shifted = np.exp(rows - rows.max(-1, keepdims=True))
    return shifted / shifted.sum(-1, keepdims=True)


@pytest.mark.parametrize("self_message", [True, False])
@pytest.mark.parametrize("rule", ["symmetric", "none", "after"])
def test_softmax_of_the_sum_is_the_engines_next_q(rule, self_message):
    image, unary = case()
    settings = crf(normalisation=rule, self_message=self_message)
    steps = list(refine(image, unary, settings, kernels=KernelCache()))
    for pixel in ((0, 0), (7, 9), (11, 14)):
        votes, _ = votes_of(image, unary, settings, pixel)
        np.testing.assert_allclose(softmax(votes.total), votes.probs[1:], atol=1e-5)
        np.testing.assert_array_equal(votes.probs[1:], [s[:, *pixel] for s in steps])
        np.testing.assert_allclose(softmax(votes.unary), votes.probs[0], atol=1e-6)
        if rule != "none":
            assert votes.appearance.sum(1).max() <= 4 * 3


def test_a_compatibility_is_taken_in():
    image, unary = case()
    for costs in (((0, 1, 2.5), (1, 3, 0.0)), ((0, 2, 0.3),)):
        votes, where = votes_of(image, unary, crf(compatibility=costs), (5, 5))
        np.testing.assert_allclose(softmax(votes.total), votes.probs[1:], atol=1e-5)
        messages = votes.total[-1] - votes.unary
        lead = messages[where.winner] - messages[where.rival]
        assert where.votes.sum() == pytest.approx(lead, abs=1e-4)


@pytest.mark.parametrize("at", [1, 3, None])
def test_votes_sum_to_the_lead_of_the_messages(at):
    image, unary = case()
    votes, where = votes_of(image, unary, crf(), (7, 9), at=at)
    t = 4 if at is None else at
    assert where.iteration == t
    assert (where.winner, where.rival) == votes.winner_and_rival(t)
    messages = votes.appearance[t - 1] + votes.smoothness[t - 1]
    lead = messages[where.winner] - messages[where.rival]
    assert where.votes.sum(dtype=float) == pytest.approx(lead, abs=1e-4)
    q = (
        softmax(-unary).T.reshape(4, 12, 15)
        if t == 1
        else list(refine(image, unary, crf(), kernels=KernelCache()))[t - 2]
    )
    np.testing.assert_array_equal(where.labels, q.argmax(0))


def test_strongest_voters_are_the_extremes_of_the_map():
    image, unary = case()
    _, where = votes_of(image, unary, crf(), (7, 9))
    best = where.strongest(5)
    assert [v.vote for v in best] == sorted(where.votes.ravel().tolist(), reverse=True)[:5]
    assert all(where.votes[v.row, v.column] == v.vote for v in best)
    assert all(where.labels[v.row, v.column] == v.label for v in best)
    against = where.strongest(10_000, against=True)
    assert len(against) == (where.votes < 0).sum() and against[0].vote == where.votes.min()
    assert where.strongest(0) == ()


def test_with_one_kernel_only_that_one_speaks():
    image, unary = case()
    votes, _ = votes_of(image, unary, crf(smoothness_weight=0.0), (3, 3))
    assert not votes.smoothness.any() and votes.appearance.any()
    votes, where = votes_of(image, unary, crf(smoothness_weight=0.0, appearance_weight=0.0), (3, 3))
    assert not where.votes.any() and where.strongest(3) == ()
    np.testing.assert_allclose(votes.probs, np.tile(votes.probs[0], (5, 1)), atol=1e-6)


@pytest.mark.parametrize("std", [0.1, 1000.0])
def test_extreme_settings(std):
    image, unary = case()
    loud = crf(
        appearance_xy_std=std,
        appearance_rgb_std=std,
        smoothness_xy_std=std,
        appearance_weight=100.0,
        smoothness_weight=100.0,
    )
    votes, where = votes_of(image, unary, loud, (6, 6))
    np.testing.assert_allclose(softmax(votes.total), votes.probs[1:], atol=1e-4)
    assert np.isfinite(where.votes).all()
    if std == 0.1:  # no message arrives but the pixel's own
        assert {(v.row, v.column) for v in where.strongest(3)} == {(6, 6)}


def test_one_pixel_no_iteration_and_what_is_refused():
    image, unary = np.zeros((1, 1, 3), np.uint8), np.array([[0.0, 1.0]], np.float32)
    votes, where = votes_of(image, unary, crf(), (0, 0))
    # Both kernels are 1 there: θ1 Q and θ2 Q.
    np.testing.assert_allclose(votes.appearance[0], 4 * votes.probs[0], rtol=1e-5)
    np.testing.assert_allclose(votes.smoothness[0], 2 * votes.probs[0], rtol=1e-5)
    assert where.votes.shape == (1, 1)
    assert votes_of(image, unary, crf(num_iterations=0), (0, 0))[1] is None
    for bad in ((image, unary[:, :1], crf(), (0, 0)), (image, unary, crf(), (0, 1))):
        with pytest.raises(SettingsError) as caught:
            votes_of(*bad)
        assert caught.value.what and caught.value.why and caught.value.next_step
