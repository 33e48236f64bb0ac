"""Why a network gives a class its score over a region: three ways to ask.

Occlusion hides a window and looks at what the score loses. Integrated gradients (Sundararajan,
Taly, Yan 2017) add up the gradient on the way from a plain picture to this one; what they give
the pixels adds up to the difference of the scores (completeness), which can be checked.
Seg-Grad-CAM (Vinogradova, Dibrov, Myers 2020) weights the maps of a layer by the mean gradient
of a region's score, and keeps what is positive.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from segviewer.layers.framing import Framed, full_scores, run_features

Score = Callable[[Tensor], Tensor]
"""Picture (1, 3, H, W), normalised → a number of shape ()."""


@dataclass(frozen=True, eq=False)
class RegionScore:
    """Mean score of a class over a region.

    Attributes
    ----------
    network : Framed
    region : Tensor of bool (H, W)
    index : int
        Of the class.
    """

    network: Framed
    region: Tensor
    index: int

    def __call__(self, image: Tensor) -> Tensor:
        """Of a picture (1, 3, H, W)."""
        return self.of_features(run_features(self.network, image))

    def of_features(self, features: dict[str, Tensor]) -> Tensor:
        """Of features of a picture."""
        height, width = self.region.shape
        scores = full_scores(self.network, features, height, width)
        return scores[0, self.index][self.region].mean()


@dataclass(frozen=True, eq=False)
class IntegratedGradients:
    """What each pixel adds to a score.

    Attributes
    ----------
    values : ndarray of float64 (H, W)
        Summed over the colours; negative ones count against the class.
    difference : float
        Score of the picture minus that of the plain one.
    """

    values: NDArray[np.float64]
    difference: float

    @property
    def gap(self) -> float:
        """Part of the difference that the values miss: 0 with endlessly many steps."""
        return abs(float(self.values.sum()) - self.difference) / max(1e-9, abs(self.difference))


def integrated_gradients(
    score: Score,
    image: Tensor,
    plain: Tensor,
    steps: int,
    check: Callable[[float], None] = lambda done: None,
) -> IntegratedGradients:
    """Integrate the gradient by the midpoint rule.

    Parameters
    ----------
    score : callable
    image, plain : Tensor of float (1, 3, H, W)
    steps : int
    check : callable
        Called before each step with the share that is done.
    """
    way, total = image - plain, torch.zeros_like(image)
    with torch.enable_grad():
        for step in range(steps):
            check(step / steps)
            at = (plain + (step + 0.5) / steps * way).detach().requires_grad_()
            (gradient,) = torch.autograd.grad(score(at), at)
            total += gradient
    values = (way * total / steps).sum(1)[0]
    with torch.no_grad():
        difference = float(score(image)) - float(score(plain))
    return IntegratedGradients(values.double().cpu().numpy(), difference)


def occlusion(
    score: Score,
    image: Tensor,
    plain: Tensor,
    window: int,
    check: Callable[[], None] = lambda: None,
) -> NDArray[np.float64]:
    """What the score loses with each window of `window`² pixels hidden: float64 (H, W).

    Parameters
    ----------
    score : callable
    image, plain : Tensor of float (1, 3, H, W)
        What is hidden looks as `plain`.
    window : int
        Windows lie side by side; those at the border may be smaller.
    check : callable
        Called before each window.
    """
    height, width = image.shape[-2:]
    found = np.zeros((height, width))
    with torch.no_grad():
        whole = float(score(image))
        for top in range(0, height, window):
            for left in range(0, width, window):
                check()
                hidden = image.clone()
                rows, columns = slice(top, top + window), slice(left, left + window)
                hidden[..., rows, columns] = plain[..., rows, columns]
                found[rows, columns] = whole - float(score(hidden))
    return found


def seg_grad_cam(score: RegionScore, image: Tensor) -> NDArray[np.float64]:
    """Map of the deepest features that raises a region's score, at the picture's pixels.

    Parameters
    ----------
    score : RegionScore
    image : Tensor of float (1, 3, H, W)

    Returns
    -------
    ndarray of float64 (H, W)
        Not negative.
    """
    with torch.no_grad():
        features = run_features(score.network, image)
    # The map that the head stands on; an auxiliary one is as small, and affects nothing.
    name = "out" if "out" in features else min(features, key=lambda one: features[one].shape[-1])
    with torch.enable_grad():
        maps = features[name].detach().clone().requires_grad_()
        value = score.of_features({**features, name: maps})
        if not value.requires_grad:  # the head does not read these maps
            return np.zeros(image.shape[-2:])
        (gradient,) = torch.autograd.grad(value, maps)
    with torch.no_grad():
        weights = gradient.mean((2, 3), keepdim=True)
        cam = (weights * maps).sum(1, keepdim=True).clamp(min=0)
        cam = F.interpolate(cam, image.shape[-2:], mode="bilinear", align_corners=False)
    return cam[0, 0].double().cpu().numpy()
