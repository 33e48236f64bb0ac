"""What each branch of an ASPP head says, alone, by its absence, and inside a pixel's score.

The head of DeepLab v3 is linear behind the concatenation but for its ReLUs. With each ReLU
held as it is on this picture (open or shut), the score falls exactly into one part for each
branch and a constant of batch norms and biases (gradient times input). That is a split of
this score, not a forecast: a branch that goes also moves the ReLUs, and what then happens is
the label map without it. A low-level skip is not linear in the branches and is a part of
its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from segviewer.layers.framing import place_scores
from segviewer.layers.of_kind import of_kind
from segviewer.layers.pyramid import ASPP, LowLevelSkip
from segviewer.networks.deeplab_v3 import DeepLabV3
from segviewer.networks.network import Network


def has_aspp(network: Network) -> bool:
    """Whether the network's head is one that can be taken apart here."""
    classifier = getattr(network, "classifier", None)
    return isinstance(classifier, nn.Sequential) and isinstance(classifier[0], ASPP)


def branch_names(network: Network) -> tuple[str, ...]:
    """The 1x1 branch, one for each rate, and image pooling."""
    return ("1×1", *(f"rate {rate}" for rate in network.config.atrous_rates), "image pooling")


@dataclass(frozen=True)
class PixelSplit:
    """The margin of the winning class over the next one at a pixel, by part.

    Attributes
    ----------
    winner, second : int
        Classes.
    margin : float
        Difference of their scores.
    parts : tuple of float
        Of each branch; they and the two following add up to `margin`.
    constant, skip : float
        Batch norms and biases; the low-level skip (0 where there is none).
    """

    winner: int
    second: int
    margin: float
    parts: tuple[float, ...]
    constant: float
    skip: float


class TakenApart:
    """The head of one network on one picture's features, run with any branches.

    Parameters
    ----------
    network : DeepLabV3
        In eval mode; it is not changed.
    features : dict of Tensor (1, C, h, w)
    height, width : int
        Of the picture.
    """

    def __init__(self, network: DeepLabV3, features: dict[str, Tensor], height: int, width: int):
        self.network, self._features, self._size = network, features, (height, width)
        first, *self._rest = network.classifier
        self._aspp = of_kind(first, ASPP)
        self.enabled = tuple(self._aspp.enabled)
        with torch.inference_mode():
            self._parts = [branch(features["out"]) for branch in self._aspp.convs]

    def scores(self, enabled: tuple[bool, ...]) -> Tensor:
        """Scores (K, H, W) with these branches on."""
        with torch.inference_mode():
            return self._scores(enabled)[1][0]

    def labels(self, enabled: tuple[bool, ...]) -> np.ndarray:
        """Label map uint8 (H, W) with these branches on."""
        return self.scores(enabled).argmax(0).to(torch.uint8).cpu().numpy()

    def _scores(self, enabled: tuple[bool, ...]) -> tuple[Tensor, Tensor]:
        """Before the low-level skip (1, K, h, w), and of every pixel (1, K, H, W)."""
        silent = torch.zeros_like(self._parts[0])
        parts = [p if on else silent for p, on in zip(self._parts, enabled, strict=True)]
        pyramid = scores = self._aspp.project(torch.cat(parts, dim=1))
        for layer in self._rest:
            scores = layer(scores)
        if not self._has_skip():
            return scores, place_scores(self.network, scores, *self._size)
        skip = of_kind(self.network.low_level, LowLevelSkip)
        fine = skip(self._features["low_level"], pyramid, scores)
        return scores, place_scores(self.network, fine, *self._size)

    def _has_skip(self) -> bool:
        return self.network.low_level is not None and self.network.config.low_level_skip

    def coarse_split(self) -> tuple[Tensor, Tensor]:
        """Parts (branches, K, h, w) of the scores before the skip, and the constant (1, K, h, w).

        With the branches as they are now.
        """
        with torch.inference_mode():
            first, *behind = self._aspp.project
            fusing = of_kind(first, nn.Conv2d)
            each = self._aspp.channels
            parts = torch.cat(
                [
                    F.conv2d(part, fusing.weight[:, i * each : (i + 1) * each]) * float(on)
                    for i, (part, on) in enumerate(zip(self._parts, self.enabled, strict=True))
                ]
            )
            constant = torch.zeros_like(parts[:1])
            for layer in (*behind, *self._rest):
                parts, constant = _through(layer, parts, constant)
            return parts, constant

    def split(self, y: int, x: int) -> PixelSplit:
        """The margin of the winner at pixel (y, x), with the branches as they are now."""
        with torch.inference_mode():
            full = self.scores(self.enabled)[:, y, x]
            order = full.argsort(descending=True)
            first, second = int(order[0]), int(order[min(1, len(order) - 1)])
            parts, constant = self.coarse_split()
            margins = torch.cat([parts, constant])
            margins = margins[:, first : first + 1] - margins[:, second : second + 1]
            if self._has_skip():
                fine = self._features["low_level"].shape[-2:]
                margins = F.interpolate(margins, fine, mode="bilinear", align_corners=False)
            values = place_scores(self.network, margins, *self._size)[:, 0, y, x].tolist()
            margin = float(full[first] - full[second])
            skip = margin - sum(values) if self._has_skip() else 0.0
        return PixelSplit(first, second, margin, tuple(values[:-1]), values[-1], skip)


def _through(layer: nn.Module, parts: Tensor, constant: Tensor) -> tuple[Tensor, Tensor]:
    """Parts and constant behind a layer; a ReLU stays as it is for their sum."""
    if isinstance(layer, nn.Conv2d):
        parts = F.conv2d(parts, layer.weight, None, layer.stride, layer.padding, layer.dilation)
        return parts, layer(constant)
    if isinstance(layer, nn.BatchNorm2d):
        scale = layer.weight * (of_kind(layer.running_var, Tensor) + layer.eps).rsqrt()
        return parts * scale[:, None, None], layer(constant)
    if isinstance(layer, nn.ReLU):
        is_open = (parts.sum(0, keepdim=True) + constant) > 0
        return parts * is_open, constant * is_open
    if isinstance(layer, nn.Dropout):
        return parts, constant
    if isinstance(layer, nn.Sequential):
        for inner in layer:
            parts, constant = _through(inner, parts, constant)
        return parts, constant
    raise TypeError(f"{type(layer).__name__} is not linear but for a ReLU")
