"""One head on cached maps of a frozen backbone, trained an iteration at a time.

So that whoever trains it can show what it has learned, stop, and go on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from segviewer.layers.efficientnet_lite import EfficientNetLite
from segviewer.layers.framing import full_scores, place_scores
from segviewer.layers.of_kind import of_kind
from segviewer.networks.network import Network
from segviewer.training.frames import class_frequencies
from segviewer.training.losses import cross_entropy, rare_class_weights, soft_jaccard
from segviewer.training.schedule import poly_rate

Loss = Literal["cross entropy", "weighted", "weighted + Jaccard"]

_WARM_UP = 20  # iterations in which the rate rises, for Adam's moments
_DECAY = 0.99  # of the running mean of the weights
_HELPER = 0.4  # weight of an auxiliary head's loss


@dataclass(frozen=True)
class CachedView:
    """Maps of one drawn crop, float16 (C, h, w) by name, and its target uint8 (H, W)."""

    maps: dict[str, Tensor]
    target: Tensor


class HeadTraining:
    """Trains what of a network is not its backbone, in place.

    Parameters
    ----------
    network : Network
    views : sequence of CachedView
        All of one size.
    iterations : int
        Of the whole run, which the policy needs.
    tail : bool
        The backbone's last two stages are trained too, at a tenth of the rate.
    batch : int
    rate : float
        First learning rate.
    policy : callable (iteration, total)
        Factor of the rate.
    loss : str
        Cross entropy of all pixels alike, weighted by 1/log(1.10 + frequency), or with 1 − soft
        IoU beside it.
    norm_frozen : bool
        Batch norm of the head keeps the numbers it begins with.
    seed : int
        Of the views' order.
    """

    def __init__(
        self,
        network: Network,
        views: Sequence[CachedView],
        *,
        iterations: int,
        tail: bool = False,
        batch: int = 12,
        rate: float = 2e-3,
        policy: Callable[[int, int], float] = poly_rate,
        loss: Loss = "weighted + Jaccard",
        norm_frozen: bool = False,
        seed: int = 0,
    ):
        self.network, self.iterations, self.iteration = network, iterations, 0
        self._views, self._tail, self._batch, self._loss = list(views), tail, batch, loss
        self._policy, self._norm_frozen = policy, norm_frozen
        network.requires_grad_(False)
        self._backbone = of_kind(network.backbone, nn.Module)
        self._stages = (
            of_kind(self._backbone, EfficientNetLite).stages[5:] if tail else nn.Sequential()
        )
        inside = {id(p) for p in self._backbone.parameters()}
        head = [p for p in network.parameters() if id(p) not in inside]
        groups: list[dict[str, Any]] = [{"params": head, "base": rate}]
        if tail:
            groups.append({"params": list(self._stages.parameters()), "base": rate / 10})
        self._trained: list[nn.Parameter] = [p for group in groups for p in group["params"]]
        for parameter in self._trained:
            parameter.requires_grad_(True)
        self._optimizer = torch.optim.AdamW(groups, lr=rate, weight_decay=0.01)
        shares = class_frequencies([(v, v.target) for v in views], network.config.num_classes)
        weights = rare_class_weights(shares)
        self._weights = torch.ones_like(weights) if loss == "cross entropy" else weights
        self.averaged: dict[str, Tensor] = {}
        self._rng = np.random.default_rng(seed)
        self._order: list[int] = []

    @property
    def rate(self) -> float:
        """Learning rate of the head at the last iteration."""
        return float(self._optimizer.param_groups[0]["lr"])

    def step(self) -> float:
        """Run one iteration and return its loss."""
        factor = self._policy(self.iteration, self.iterations)
        factor *= min(1.0, (self.iteration + 1) / _WARM_UP)
        for group in self._optimizer.param_groups:
            group["lr"] = group["base"] * factor
        self._set_modes()
        maps, target = self._drawn()
        loss = self._loss_of(maps, target)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self._trained, 5.0)
        self._optimizer.step()
        self._average()
        self.iteration += 1
        return float(loss.detach())

    def finish(self) -> None:
        """Put the averaged weights into the network, in eval mode."""
        self.network.load_state_dict(self.averaged)
        self.network.eval().requires_grad_(False)

    def _set_modes(self) -> None:
        self.network.train()
        self._backbone.eval()
        self._stages.train()
        if self._norm_frozen:
            for module in self.network.modules():
                if isinstance(module, nn.BatchNorm2d):
                    module.eval()

    def _drawn(self) -> tuple[dict[str, Tensor], Tensor]:
        while len(self._order) < self._batch:
            self._order += self._rng.permutation(len(self._views)).tolist()
        chosen = [self._views[self._order.pop()] for _ in range(self._batch)]
        maps = {name: torch.stack([view.maps[name] for view in chosen]) for name in chosen[0].maps}
        return maps, torch.stack([view.target for view in chosen])

    def _loss_of(self, maps: dict[str, Tensor], target: Tensor) -> Tensor:
        network, size = self.network, target.shape[-2:]
        # Every second pixel of the target is enough for a loss and four times cheaper.
        target = target[:, ::2, ::2].long()
        scores, helpers = network.training_head(features_of(network, maps, self._tail))
        scores = place_scores(network, scores, *size)[..., ::2, ::2]
        loss = cross_entropy(scores, target, self._weights)
        if self._loss == "weighted + Jaccard":
            loss = loss + soft_jaccard(scores, target)
        for helper in helpers:
            helper = place_scores(network, helper, *size)[..., ::2, ::2]
            loss = loss + _HELPER * cross_entropy(helper, target, self._weights)
        return loss

    def _average(self) -> None:
        decay = min(_DECAY, (1 + self.iteration) / (10 + self.iteration))
        for name, tensor in self.network.state_dict().items():
            if name not in self.averaged:
                self.averaged[name] = tensor.detach().clone()
            elif tensor.is_floating_point():
                self.averaged[name].lerp_(tensor.detach(), 1 - decay)
            else:
                self.averaged[name].copy_(tensor)


def features_of(network: Network, maps: dict[str, Tensor], tail: bool) -> dict[str, Tensor]:
    """Cached maps as the network's features; `tail`: its own last stages run now."""
    features = {name: tensor.float() for name, tensor in maps.items()}
    if tail:
        backbone = of_kind(network.backbone, EfficientNetLite)
        features["out"] = backbone.after_auxiliary(features["auxiliary"])
    return network.after_backbone(features)


def labels_on_view(network: Network, view: CachedView, *, tail: bool = False) -> np.ndarray:
    """Label map (H, W) of a network in eval mode on cached maps."""
    maps = {name: tensor[None] for name, tensor in view.maps.items()}
    with torch.inference_mode():
        scores = full_scores(network, features_of(network, maps, tail), *view.target.shape)
        return scores.max(1).indices[0].numpy()
