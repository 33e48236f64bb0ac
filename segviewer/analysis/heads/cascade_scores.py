"""What a cascaded network says behind each of its blocks."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from segviewer.networks.deeplab_v3_cascade import DeepLabV3Cascade


def scores_by_block(network: DeepLabV3Cascade, features: dict[str, Tensor]) -> Iterator[Tensor]:
    """Coarse scores (1, K, h, w) with 0 to 3 added blocks.

    Each is what the network gives with so many `cascaded_blocks`; a block runs once.
    """
    x = features["out"]
    yield _classified(network, x)
    for block in network.cascade:
        with torch.inference_mode():
            x = block(x)
        yield _classified(network, x)


def _classified(network: DeepLabV3Cascade, x: Tensor) -> Tensor:
    with torch.inference_mode():
        scores: Tensor = network.classifier(x)
        return scores
