"""One network on several sizes of a picture, fused by the largest score (DeepLab v2, 4.1.2).

The maps of the smaller pictures lie beside those of the whole one under names with the
scale behind them, so that a head can be run on each again without the backbone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.nn import functional as F

SCALES = (0.5, 0.75)


def shrink(image: Tensor, scale: float) -> Tensor:
    """Resize (B, C, H, W) bilinearly to the floor of `scale` times its sides, at least 1.

    Cells are mapped by `scale` itself and not by the ratio of the rounded sizes, as in the
    port whose weights are published.
    """
    sides = image.shape[-2:]
    if min(sides) * scale < 1:
        size = [max(1, int(side * scale)) for side in sides]
        return F.interpolate(image, size=size, mode="bilinear", align_corners=False)
    return F.interpolate(image, scale_factor=scale, mode="bilinear", align_corners=False)


def maps_at_scales(
    backbone: Callable[[Tensor], Mapping[str, Tensor]], image: Tensor
) -> dict[str, Tensor]:
    """Maps of `image` (B, 3, H, W) by name, and of its smaller copies by ``name@scale``."""
    maps = dict(backbone(image))
    for scale in SCALES:
        smaller = backbone(shrink(image, scale))
        maps |= {f"{name}@{scale}": tensor for name, tensor in smaller.items()}
    return maps


def by_scale(maps: Mapping[str, Tensor]) -> list[dict[str, Tensor]]:
    """Undo the naming of :func:`maps_at_scales`: one dict per scale, the whole picture first."""
    whole = {name: tensor for name, tensor in maps.items() if "@" not in name}
    smaller = [
        {name: maps[f"{name}@{scale}"] for name in whole if f"{name}@{scale}" in maps}
        for scale in SCALES
    ]
    return [whole, *(found for found in smaller if found)]


def largest(scores: list[Tensor]) -> Tensor:
    """Largest score of each cell and class, (B, K, h, w) of the first of `scores`.

    The others are brought to its size bilinearly, cells over equal areas.
    """
    first, *others = scores
    size = first.shape[-2:]
    for other in others:
        resized = F.interpolate(other, size, mode="bilinear", align_corners=False)
        first = torch.maximum(first, resized)
    return first
