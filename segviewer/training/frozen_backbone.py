"""Heads trained on the frozen stages of one backbone, whose maps are computed once.

The lecture compares heads: what does a pyramid, a context vector, a decoder add? On one
backbone that stands still the answer takes minutes instead of hours. Each frame is drawn a
few times with its augmentation, run through the frozen stages, and kept in half precision.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from segviewer.analysis.evaluation.metrics import Confusion
from segviewer.networks.network import Network
from segviewer.training.frames import Augmentation
from segviewer.training.head_training import CachedView, HeadTraining, labels_on_view
from segviewer.training.trainer import normalise


def cache_views(
    backbone: nn.Module,
    frames: list[tuple[Tensor, Tensor]],
    names: tuple[str, ...],
    augmentation: Augmentation | None = None,
    views: int = 1,
    seed: int = 0,
) -> list[CachedView]:
    """Run every frame through the backbone, `views` times with augmentation, once without.

    Parameters
    ----------
    backbone : nn.Module
        In eval mode; gives a dict of maps.
    names : tuple of str
        Maps to keep.
    """
    kept = []
    for view in range(views):
        for index, (image, target) in enumerate(tqdm(frames, desc=f"view {view + 1}/{views}")):
            picture, label = image.float() / 255, target
            if augmentation is not None:
                rng = np.random.default_rng((seed, view, index))
                picture, label = augmentation.draw(image, target, rng)
            kept.append(cached_view(backbone, picture, label, names))
    return kept


def cached_view(
    backbone: nn.Module, picture: Tensor, target: Tensor, names: tuple[str, ...]
) -> CachedView:
    """Run one picture, float (3, H, W) in 0..1, through the backbone, and keep maps of it."""
    with torch.inference_mode():
        maps = backbone(normalise(picture)[None])
    half = {name: maps[name][0].half().clone() for name in names}
    return CachedView(half, target.to(torch.uint8))


def train_head(
    network: Network,
    views: list[CachedView],
    *,
    tail: bool,
    iterations: int,
    batch: int = 12,
    rate: float = 2e-3,
    seed: int = 0,
) -> None:
    """Train what is not frozen, in place; ends in eval mode with averaged weights.

    Parameters
    ----------
    tail : bool
        The backbone's last two stages are trained too (at a tenth of the rate).
    """
    torch.manual_seed(seed)
    training = HeadTraining(
        network, views, iterations=iterations, tail=tail, batch=batch, rate=rate, seed=seed
    )
    for _ in tqdm(range(iterations), desc=network.title):
        training.step()
    training.finish()


def evaluate_head(network: Network, views: list[CachedView], *, tail: bool) -> Confusion:
    """Confusion matrix over cached whole frames."""
    confusion = Confusion(network.config.num_classes)
    for view in views:
        confusion.add(view.target.numpy(), labels_on_view(network, view, tail=tail))
    return confusion
