"""One network that says both where and what: its class map, and that map pooled.

A classifier of average pooling and one linear layer gives the same scores in either order,
mean of scores or score of the mean. So the map before pooling is there in every such
network, and in every one that labels pixels (DRN, Yu, Koltun, Funkhouser 2017, section 3);
none of its weights need be trained anew for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from segviewer.analysis.networks.other_geometry import with_geometry
from segviewer.networks.drn import DRN
from segviewer.networks.network import Network


@dataclass(frozen=True, eq=False)
class ClassMap:
    """Scores of every cell, and of the whole picture.

    Attributes
    ----------
    scores : ndarray of float32 (K, h, w)
    pooled : ndarray of float32 (K,)
        What the network says with its global pooling; the mean of `scores` where it has none.
    departure : float
        Largest difference of `pooled` from the mean of `scores`: 0 up to rounding where all
        behind the pooling is linear.
    """

    scores: NDArray[np.float32]
    pooled: NDArray[np.float32]
    departure: float

    def best_cell(self, index: int) -> tuple[int, int]:
        """Row and column of the largest score of class `index`."""
        row, column = np.unravel_index(self.scores[index].argmax(), self.scores[index].shape)
        return int(row), int(column)

    def wins(self) -> np.ndarray:
        """Number of cells at which each class has the largest score, int64 (K,)."""
        return np.bincount(self.scores.argmax(0).ravel(), minlength=len(self.scores))


def class_map(network: Network, features: dict[str, Tensor]) -> ClassMap:
    """Class map of `network` from its `features` of one picture.

    An image classifier is asked at every cell; a DRN that labels pixels before its fixed
    enlargement; any other network gives its coarse scores.
    """
    with torch.inference_mode():
        pooled = None
        if isinstance(network, DRN) and network.config.task == "segmentation":
            config = network.config
            scores = network.seg(
                network.backbone.degrid(features["out"], (config.level_7, config.level_8))
            )
        elif has_pooling(network):
            scores = with_geometry(network, global_pooling=False).head(features)
            pooled = with_geometry(network, global_pooling=True).head(features)[0, :, 0, 0]
        else:
            scores = network.head(features)
        scores = scores[0].float()
        mean = scores.mean((1, 2))
        pooled = mean if pooled is None else pooled.float()
        departure = float((pooled - mean).abs().max())
    return ClassMap(scores.cpu().numpy(), pooled.cpu().numpy(), departure)


def has_pooling(network: Network) -> bool:
    """Whether the network is an image classifier whose global pooling can be switched off."""
    config = network.config
    task = getattr(config, "task", "classification")
    return "global_pooling" in type(config).model_fields and task == "classification"
