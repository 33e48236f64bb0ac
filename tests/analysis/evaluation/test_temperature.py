"""Temperature against its closed form for two classes."""

from __future__ import annotations

import numpy as np
import pytest

from segviewer.analysis.evaluation.temperature import (
    ScoreSample,
    fit_temperature,
    negative_log_likelihood,
    reliability_at,
)


def two_classes(gap: float, right: float, count: int = 1000):
    """Scores 0 and ±gap, of which a share `right` have the target on their side."""
    target = np.tile([0, 1], count // 2)
    said = target.copy()
    wrong = round((1 - right) * count)
    said[:wrong] = 1 - said[:wrong]
    scores = np.zeros((count, 2), np.float32)
    scores[np.arange(count), said] = gap
    return scores, target


@pytest.mark.parametrize(("gap", "right"), [(4.0, 0.8), (1.0, 0.9), (2.0, 0.6)])
def test_two_classes_have_a_closed_form(gap, right):
    # d NLL / dT = 0 where sigmoid(gap / T) is the share that is right.
    scores, target = two_classes(gap, right)
    found = fit_temperature(scores, target)
    assert found.temperature == pytest.approx(gap / np.log(right / (1 - right)), rel=1e-3)
    entropy = -right * np.log(right) - (1 - right) * np.log(1 - right)
    assert found.loss_after == pytest.approx(entropy, abs=1e-5)
    assert found.loss_before > found.loss_after
    before = abs(1 / (1 + np.exp(-gap)) - right)
    assert found.error_before == pytest.approx(before, abs=1e-5)
    assert found.error_after == pytest.approx(0, abs=1e-4)
    assert found.pixels == 1000


def test_log_probabilities_are_as_good_as_scores():
    scores, target = two_classes(3.0, 0.7)
    shifted = scores - np.log(np.exp(scores).sum(1, keepdims=True))
    for temperature in (0.5, 1.0, 2.0):
        assert negative_log_likelihood(scores, target, temperature) == pytest.approx(
            negative_log_likelihood(shifted, target, temperature), abs=1e-6
        )
        assert reliability_at(scores, target, temperature).error == pytest.approx(
            reliability_at(shifted, target, temperature).error, abs=1e-6
        )


def test_pixels_are_drawn_without_void_and_alike_each_time():
    scores = np.arange(2 * 6 * 10, dtype=np.float32).reshape(2, 6, 10)
    target = np.full((6, 10), 255, np.uint8)
    target[:, 0] = np.array([0, 1, 0, 1, 1, 1])
    sample = ScoreSample()
    assert sample.fit() is None
    sample.add(scores, target)
    assert sample.fit().pixels == 6
    few = [ScoreSample(seed=3, per_picture=4) for _ in range(2)]
    for one in few:
        one.add_probs(np.full((2, 6, 10), 0.5, np.float32), target)
    assert few[0].fit() == few[1].fit() and few[0].fit().pixels == 4
    assert few[0].fit().loss_before == pytest.approx(np.log(2), abs=1e-6)
