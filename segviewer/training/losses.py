"""Losses on full-resolution scores."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from segviewer.training.frames import VOID


def rare_class_weights(frequencies: Tensor) -> Tensor:
    """Cross-entropy weights 1/log(1.10 + frequency) (ENet, 2016), shape (K,)."""
    return (1 / torch.log(1.10 + frequencies)).float()


def upsample(scores: Tensor, target: Tensor) -> Tensor:
    """Bring coarse `scores` (B, K, h, w) to the size of `target` (B, H, W), as float32."""
    return F.interpolate(scores.float(), target.shape[-2:], mode="bilinear", align_corners=False)


def cross_entropy(scores: Tensor, target: Tensor, weights: Tensor) -> Tensor:
    """Weighted cross entropy of `scores` (B, K, H, W) against `target` (B, H, W)."""
    return F.cross_entropy(scores, target, weights, ignore_index=VOID)


def coarse_cross_entropy(scores: Tensor, target: Tensor, weights: Tensor) -> Tensor:
    """Cross entropy of coarse scores on every fourth target pixel, for helper losses."""
    sparse = target[:, 2::4, 2::4]
    return cross_entropy(upsample(scores, sparse), sparse, weights)


def soft_jaccard(scores: Tensor, target: Tensor) -> Tensor:
    """One minus the soft IoU of the classes present in the batch.

    Every present class counts the same however few pixels it has, which is what the mean
    IoU rewards. Intersection and union are sums over the whole batch.
    """
    probs = scores.softmax(dim=1)
    known = target != VOID
    classes = torch.where(known, target, 0)
    picked = probs.gather(1, classes[:, None])[:, 0] * known
    num_classes = scores.shape[1]
    flat = classes[known]
    hit = probs.new_zeros(num_classes).index_add(0, flat, picked[known])
    count = torch.bincount(flat, minlength=num_classes).float()
    mass = (probs * known[:, None]).sum(dim=(0, 2, 3))
    union = count + mass - hit
    present = count > 0
    return 1 - (hit[present] / union[present]).mean()
