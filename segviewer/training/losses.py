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


def hard_cross_entropy(scores: Tensor, target: Tensor, weights: Tensor, share: float) -> Tensor:
    """Weighted cross entropy of the `share` of labelled pixels that have the largest loss.

    Online hard example mining (Shrivastava et al. 2016) as segmentation uses it: what is right
    already does not pull. Divided by the kept pixels' weights, as the plain mean is.

    Parameters
    ----------
    scores : Tensor (B, K, H, W)
    target : Tensor int64 (B, H, W)
    weights : Tensor (K,)
    share : float
        Of the labelled pixels, above 0 up to 1; 1 is :func:`cross_entropy`.
    """
    losses = F.cross_entropy(scores, target, weights, ignore_index=VOID, reduction="none")
    known = target != VOID
    losses, weight = losses[known], weights[target[known]]
    kept = losses.topk(max(1, round(share * len(losses)))).indices if len(losses) else slice(0)
    return losses[kept].sum() / weight[kept].sum()


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


def lovasz_softmax(scores: Tensor, target: Tensor, step: int = 2) -> Tensor:
    """The Lovász extension of one minus the IoU (Berman et al. 2018), mean over present classes.

    A pixel's error of class k is |[it is k] - p_k|. Sorted from the largest, each error weighs
    what the Jaccard loss gains when its pixel is added to the wrong ones; so the pixels that
    decide the IoU pull most.

    Parameters
    ----------
    scores : Tensor (B, K, H, W)
    target : Tensor int64 (B, H, W)
    step : int
        Every `step`-th row and column are looked at: sorting all of them takes longer than the
        network.
    """
    first = step // 2
    probs = scores[:, :, first::step, first::step].softmax(dim=1)
    target = target[:, first::step, first::step]
    known = target != VOID
    probs, classes = probs.permute(0, 2, 3, 1)[known], target[known]
    terms = []
    for k in classes.unique().tolist():
        positive = (classes == k).float()
        errors, order = (positive - probs[:, k]).abs().sort(descending=True)
        positive = positive[order]
        count = positive.sum()
        hit = count - positive.cumsum(0)
        union = count + (1 - positive).cumsum(0)
        jaccard = 1 - hit / union
        weight = torch.cat([jaccard[:1], jaccard[1:] - jaccard[:-1]])
        terms.append((errors * weight).sum())
    return torch.stack(terms).mean() if terms else scores.sum() * 0
