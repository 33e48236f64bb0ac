"""Heads trained on the frozen stages of one backbone, whose maps are computed once.

The lecture compares heads: what does a pyramid, a context vector, a decoder add? On one
backbone that stands still the answer takes minutes instead of hours. Each frame is drawn a
few times with its augmentation, run through the frozen stages, and kept in half precision.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from segviewer.analysis.evaluation.metrics import Confusion
from segviewer.layers.efficientnet_lite import EfficientNetLite0
from segviewer.layers.framing import full_scores, place_scores
from segviewer.layers.of_kind import of_kind
from segviewer.networks.network import Network
from segviewer.training.frames import Augmentation, class_frequencies
from segviewer.training.losses import cross_entropy, rare_class_weights, soft_jaccard
from segviewer.training.schedule import poly_rate
from segviewer.training.trainer import normalise


@dataclass(frozen=True)
class CachedView:
    """Maps of one drawn crop, float16 (C, h, w) by name, and its target uint8 (H, W)."""

    maps: dict[str, Tensor]
    target: Tensor


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
            with torch.inference_mode():
                maps = backbone(normalise(picture)[None])
            half = {name: maps[name][0].half().clone() for name in names}
            kept.append(CachedView(half, label.to(torch.uint8)))
    return kept


def _features(network: Network, maps: dict[str, Tensor], tail: bool) -> dict[str, Tensor]:
    """Cached maps as the network's features; `tail`: its own last stages run now."""
    features = {name: tensor.float() for name, tensor in maps.items()}
    if tail:
        backbone = of_kind(network.backbone, EfficientNetLite0)
        features["out"] = backbone.after_auxiliary(features["auxiliary"])
    return network.after_backbone(features)


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
    network.requires_grad_(False)
    backbone = of_kind(network.backbone, nn.Module)
    stages = of_kind(backbone, EfficientNetLite0).stages[5:] if tail else nn.Sequential()
    inside = {id(p) for p in backbone.parameters()}
    head = [p for p in network.parameters() if id(p) not in inside]
    groups: list[dict[str, Any]] = [{"params": head, "base": rate}]
    if tail:
        groups.append({"params": list(stages.parameters()), "base": rate / 10})
    trained = [parameter for group in groups for parameter in group["params"]]
    for parameter in trained:
        parameter.requires_grad_(True)
    optimizer = torch.optim.AdamW(groups, lr=rate, weight_decay=0.01)
    frequencies = class_frequencies([(v, v.target) for v in views], network.config.num_classes)
    weights = rare_class_weights(frequencies)
    averaged: dict[str, Tensor] = {}
    rng = np.random.default_rng(seed)
    order: list[int] = []
    network.train()
    backbone.eval()
    stages.train()
    for iteration in tqdm(range(iterations), desc=network.title):
        factor = poly_rate(iteration, iterations) * min(1.0, (iteration + 1) / 20)
        for group in optimizer.param_groups:
            group["lr"] = group["base"] * factor
        while len(order) < batch:
            order += rng.permutation(len(views)).tolist()
        chosen = [views[order.pop()] for _ in range(batch)]
        names = chosen[0].maps
        maps = {name: torch.stack([view.maps[name] for view in chosen]) for name in names}
        target = torch.stack([view.target for view in chosen])
        size = target.shape[-2:]
        # Every second pixel of the target is enough for a loss and four times cheaper.
        target = target[:, ::2, ::2].long()
        scores, helpers = network.training_head(_features(network, maps, tail))
        scores = place_scores(network, scores, *size)[..., ::2, ::2]
        loss = cross_entropy(scores, target, weights) + soft_jaccard(scores, target)
        for helper in helpers:
            helper = place_scores(network, helper, *size)[..., ::2, ::2]
            loss = loss + 0.4 * cross_entropy(helper, target, weights)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(trained, 5.0)
        optimizer.step()
        _average(averaged, network, iteration)
    network.load_state_dict(averaged)
    network.eval().requires_grad_(False)


def _average(averaged: dict[str, Tensor], network: nn.Module, iteration: int) -> None:
    decay = min(0.99, (1 + iteration) / (10 + iteration))
    for name, tensor in network.state_dict().items():
        if name not in averaged:
            averaged[name] = tensor.detach().clone()
        elif tensor.is_floating_point():
            averaged[name].lerp_(tensor.detach(), 1 - decay)
        else:
            averaged[name].copy_(tensor)


def evaluate_head(network: Network, views: list[CachedView], *, tail: bool) -> Confusion:
    """Confusion matrix over cached whole frames."""
    confusion = Confusion(network.config.num_classes)
    with torch.inference_mode():
        for view in views:
            maps = {name: tensor[None] for name, tensor in view.maps.items()}
            scores = full_scores(network, _features(network, maps, tail), *view.target.shape)
            confusion.add(view.target.numpy(), scores.max(1).indices[0].numpy())
    return confusion
