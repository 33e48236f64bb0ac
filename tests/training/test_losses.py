"""Losses that pull where it counts, against their definitions."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from segviewer.training.frames import VOID
from segviewer.training.losses import cross_entropy, hard_cross_entropy, lovasz_softmax


def _drawn(seed, classes=3, size=(2, 8, 6)):
    generator = torch.Generator().manual_seed(seed)
    scores = torch.randn(size[0], classes, *size[1:], generator=generator)
    target = torch.randint(0, classes, size, generator=generator)
    target[0, :2] = VOID
    return scores, target


def _jaccard_loss(wrong, positive):
    """One minus the IoU of a class where the pixels in `wrong` are mistaken."""
    hit = (positive & ~wrong).sum()
    union = positive.sum() + (wrong & ~positive).sum()
    return 1 - hit / union


def test_the_lovasz_extension_is_that_of_the_jaccard_loss():
    scores, target = _drawn(0)
    probs = scores.softmax(1).permute(0, 2, 3, 1).reshape(-1, 3).numpy()
    labels = target.flatten().numpy()
    probs, labels = probs[labels != VOID], labels[labels != VOID]
    terms = []
    for k in range(3):
        positive = labels == k
        errors = np.abs(positive - probs[:, k])
        wrong = np.zeros(len(labels), bool)
        term = before = 0.0
        for pixel in np.argsort(-errors):
            wrong[pixel] = True
            now = _jaccard_loss(wrong, positive)
            term += errors[pixel] * (now - before)
            before = now
        terms.append(term)
    assert float(lovasz_softmax(scores, target, step=1)) == pytest.approx(np.mean(terms), abs=1e-5)


def test_certain_scores_give_the_jaccard_loss_itself_and_every_second_pixel_suffices():
    _, target = _drawn(1)
    said = torch.where(target == VOID, 0, target).clone()
    said[1, 0, 0] = (said[1, 0, 0] + 1) % 3
    scores = torch.nn.functional.one_hot(said, 3).permute(0, 3, 1, 2).float() * 200
    known = target != VOID
    losses = [
        float(_jaccard_loss(((said == k) != (target == k))[known], (target == k)[known]))
        for k in range(3)
    ]
    assert sum(losses) > 0
    assert float(lovasz_softmax(scores, target, step=1)) == pytest.approx(np.mean(losses), abs=1e-6)
    # The mistaken pixel lies on a row and column that a step of 2 leaves out.
    assert float(lovasz_softmax(scores, target, step=2)) == pytest.approx(0, abs=1e-6)


def test_the_lovasz_gradient_lowers_it_and_void_alone_costs_nothing():
    scores, target = _drawn(2)
    scores.requires_grad_(True)
    loss = lovasz_softmax(scores, target, step=1)
    loss.backward()
    assert scores.grad is not None and not scores.grad[0, :, :2].any()
    better = scores.detach() - 0.5 * scores.grad
    assert float(lovasz_softmax(better, target, step=1)) < float(loss.detach())
    void = torch.full_like(target, VOID)
    assert float(lovasz_softmax(scores.detach(), void)) == 0


def test_hard_pixels_alone_count():
    scores, target = _drawn(3)
    weights = torch.tensor([1.0, 2.0, 5.0])
    whole = float(cross_entropy(scores, target, weights))
    assert float(hard_cross_entropy(scores, target, weights, 1.0)) == pytest.approx(whole)
    plain = torch.nn.functional.cross_entropy(
        scores, target, weights, ignore_index=VOID, reduction="none"
    )
    known = target != VOID
    order = torch.argsort(plain[known], descending=True)[: round(0.25 * int(known.sum()))]
    expected = plain[known][order].sum() / weights[target[known]][order].sum()
    found = float(hard_cross_entropy(scores, target, weights, 0.25))
    assert found == pytest.approx(float(expected)) and found > whole
