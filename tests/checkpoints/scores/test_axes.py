"""Which axis is which, and what the numbers are: found by the photograph and by sums."""

import numpy as np
import pytest

from segviewer.checkpoints.scores.axes import NotScores, from_labels, understood

SIZE = (60, 90)  # of the photograph
K, H, W = 4, 20, 30


def planes(seed=0):
    scores = np.random.default_rng(seed).normal(size=(K, H, W)) * 3
    probs = np.exp(scores)
    return scores, (probs / probs.sum(0)).astype(np.float32)


ORDERS = {
    "(classes, height, width)": lambda a: a,
    "(height, width, classes)": lambda a: np.moveaxis(a, 0, 2),
    "batch, classes first": lambda a: a[None],
    "batch, classes last": lambda a: np.moveaxis(a, 0, 2)[None],
    "(pixels, classes)": lambda a: a.reshape(K, -1).T,
    "(classes, pixels)": lambda a: a.reshape(K, -1),
}
KINDS = {
    "probabilities": lambda scores, probs: probs,
    "log-probabilities": lambda scores, probs: np.log(probs),
    "energies −log p": lambda scores, probs: -np.log(probs),
    "logits, softmax applied": lambda scores, probs: scores + 1.5,
}


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_order_of_every_kind_gives_the_same_probabilities(order, kind):
    scores, probs = planes()
    found = understood(ORDERS[order](KINDS[kind](scores, probs)), SIZE)
    np.testing.assert_allclose(found.probs, probs, atol=2e-5)
    assert found.probs.dtype == np.float32 and not found.one_class
    assert found.said.startswith(kind)
    if order.startswith("("):
        assert order in found.said


@pytest.mark.parametrize("dtype", [np.float16, np.float64, np.uint8, np.uint16])
def test_other_numbers(dtype):
    probs = planes()[1]
    top = {np.uint8: 255, np.uint16: 65535}.get(dtype, 1)
    found = understood((probs * top + (0.5 if top > 1 else 0)).astype(dtype), SIZE)
    np.testing.assert_allclose(found.probs, probs, atol=8e-3)
    assert found.said.startswith("probabilities")


def test_a_square_of_classes_is_known_by_its_sums():
    """Both ends have the photograph's aspect: only one way do probabilities sum to one."""
    probs = np.random.default_rng(1).dirichlet(np.ones(6), size=(6, 6))
    found = understood(probs, (60, 60))
    np.testing.assert_allclose(found.probs, np.moveaxis(probs, 2, 0), atol=1e-6)
    assert "(height, width, classes)" in found.said


@pytest.mark.parametrize("size", [(375, 500), (1000, 667), (481, 321)])
@pytest.mark.parametrize("long_side", [65, 128, 513])
def test_a_rounded_working_size_fits(size, long_side):
    share = long_side / max(size)
    height, width = round(size[0] * share), round(size[1] * share)
    array = np.zeros((3, height, width), np.float32)
    assert understood(array, size).probs.shape == (3, height, width)
    assert understood(array.reshape(3, -1), size).probs.shape == (3, height, width)


@pytest.mark.parametrize(
    ("numbers", "kind"),
    [
        (np.full((H, W), 0.25, np.float32), "probability"),
        (np.full((1, H, W), np.log(1 / 3), np.float32), "logit"),
    ],
)
def test_one_number_a_pixel_is_the_foregrounds(numbers, kind):
    found = understood(numbers, SIZE)
    assert found.one_class and found.said.startswith(kind)
    np.testing.assert_allclose(found.probs[1], 0.25, atol=1e-6)
    np.testing.assert_allclose(found.probs.sum(0), 1, atol=1e-6)


def test_sigmoids_are_said_to_be_what_they_are():
    found = understood(np.full((K, H, W), 0.8), SIZE)
    assert found.said.startswith("independent probabilities")
    np.testing.assert_allclose(found.probs, 1 / K)


@pytest.mark.parametrize(
    ("array", "why"),
    [
        (np.zeros((K, W, H)), "aspect"),
        (np.zeros((2, K, H, W)), "batch of 2"),
        (np.zeros((H, W), np.int64), "labels"),
        (np.full((K, H, W), np.nan), "NaN"),
        (np.zeros((H * W + 1, K)), "aspect"),
        (np.zeros((300, H, W)), "aspect"),
    ],
)
def test_what_cannot_be_scores_says_why(array, why):
    with pytest.raises(NotScores, match=why):
        understood(array, SIZE)


def test_a_label_map_gives_its_label_the_confidence_and_the_others_the_rest():
    labels = np.zeros((H, W), np.uint8)
    labels[:, 10:], labels[0] = 2, 255
    found = from_labels(labels, SIZE, 0.6)
    assert found.probs.shape == (3, H, W) and "0.6" in found.said
    np.testing.assert_allclose(found.probs[:, 5, 20], [0.2, 0.2, 0.6], atol=1e-6)
    np.testing.assert_allclose(found.probs[:, 0, 0], 1 / 3, atol=1e-6)
    sure = np.full((H, W), 0.9)
    sure[5] = 0.5
    by_pixel = from_labels(labels, SIZE, sure)
    np.testing.assert_allclose(by_pixel.probs[:, 5, 0], [0.5, 0.25, 0.25], atol=1e-6)
    np.testing.assert_allclose(by_pixel.probs[:, 6, 0], [0.9, 0.05, 0.05], atol=1e-6)
    with pytest.raises(NotScores, match="0 to 1"):
        from_labels(labels, SIZE, 1.5)
