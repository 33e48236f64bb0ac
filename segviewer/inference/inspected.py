"""What is found by looking into a network: plain values that cross processes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class ActivationResult:
    """What a layer gives for the photograph.

    Attributes
    ----------
    layer : str
        Dotted name.
    raster : ndarray of uint8 (h, w) or None
        Any size, over the whole photograph; None where there is nothing to see.
    low, high : float
        Values that 0 and 255 of the score map stand for.
    channel : int
        :data:`segviewer.analysis.networks.network_card.MEAN` (of ``|x|``), or the number of the
        channel.
    channels, size
        Of the layer's map: their number, and (height, width).
    reason : str
        Why there is nothing to see.
    """

    layer: str
    raster: NDArray[np.uint8] | None = None
    low: float = 0.0
    high: float = 0.0
    channel: int = -1
    channels: int = 0
    size: tuple[int, int] = (0, 0)
    reason: str = ""


@dataclass(frozen=True)
class FiguresResult:
    """What a network costs and reaches at the working size.

    Attributes
    ----------
    parameters : int
    multiply_adds : int
        Of all passes, multi-scale and mirrored ones too; 0 where they are not known.
    output_stride : int
        Pixels of the working picture for each feature; 0 where there is no such number.
    feature_size, working_size : tuple of int
        Height and width.
    theoretical_receptive_field : int or None
        Side in pixels of the working picture, of one score; None for the whole picture.
    local_receptive_field : int
        The same along paths without global pooling; -1 for both where the network does
        something that cannot be traced.
    seconds : float
        One run of features and head, warm.
    """

    parameters: int
    multiply_adds: int
    output_stride: int
    feature_size: tuple[int, int]
    working_size: tuple[int, int]
    theoretical_receptive_field: int | None
    local_receptive_field: int
    seconds: float
