"""What the stages give to whoever shows it: plain values that cross processes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from segviewer.checkpoints.model_card import ModelCard
from segviewer.settings import Control


@dataclass(frozen=True)
class PictureResult:
    """The photograph: uint8 RGB and its halves, for drawing at any zoom."""

    levels: list[np.ndarray]
    note: str = ""


@dataclass(frozen=True)
class NetworkResult:
    """What the window needs to know about the open network; plain values only."""

    title: str
    architecture: str
    controls: tuple[Control, ...]
    trained: dict[str, Any]
    classes: tuple[str, ...]
    label_set: str
    weights: str
    trained_on: str
    long_side: int
    parameters: int
    notes: tuple[str, ...]
    results: dict[str, Any]
    devices: tuple[str, ...] = ("cpu",)
    alternatives: tuple[tuple[str, str], ...] = ()
    card: ModelCard | None = None


@dataclass(frozen=True)
class FormsResult:
    """Every network that can run with random weights: (architecture, title, forms)."""

    networks: tuple[tuple[str, str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class ProbsResult:
    """Probabilities at working size, float16 (K, h, w), for reading under the cursor.

    `classes` names the K planes: all of the network's, or the ones kept of very many. `idle`
    are geometry settings that do nothing as the network is set now.
    """

    probs: np.ndarray
    classes: tuple[str, ...] = ()
    idle: tuple[str, ...] = ()


@dataclass(frozen=True)
class LabelResult:
    """A label map, uint8 (H, W); `complete` is False for the quick one at working size.

    `classes` names the labels.
    """

    label_map: np.ndarray
    shares: np.ndarray
    complete: bool
    chips: tuple[tuple[str, str], ...]
    classes: tuple[str, ...] = ()


@dataclass(frozen=True)
class HeatResult:
    """A layer to look at, uint8 (h, w); of `chosen_class` where it is one class's."""

    heat: np.ndarray
    layer: str
    chosen_class: int = 0


@dataclass(frozen=True)
class ActivationResult:
    """What a layer gives for the photograph.

    Attributes
    ----------
    layer : str
        Dotted name.
    heat : ndarray of uint8 (h, w) or None
        Any size, over the whole photograph; None where there is nothing to see.
    low, high : float
        Values that heat 0 and 255 stand for.
    channel : int
        :data:`segviewer.analysis.networks.network_card.MEAN` (of ``|x|``), or the number of the
        channel.
    channels, size
        Of the layer's map: their number, and (height, width).
    reason : str
        Why there is nothing to see.
    """

    layer: str
    heat: np.ndarray | None = None
    low: float = 0.0
    high: float = 0.0
    channel: int = -1
    channels: int = 0
    size: tuple[int, int] = (0, 0)
    reason: str = ""


@dataclass(frozen=True)
class MetricsResult:
    """Comparison with the target mask.

    Attributes
    ----------
    miou, pixel_accuracy : float
        NaN where nothing could be compared.
    iou : ndarray (K,)
        NaN for classes that are not in the mask.
    present : int
        Number of classes that are.
    notes : tuple of str
        What the mask holds that was not compared, in sentences.
    ignored : str
        The same in a few words, for the picture itself; "" where the mask fits.
    """

    miou: float
    pixel_accuracy: float
    iou: np.ndarray
    present: int = 0
    notes: tuple[str, ...] = ()
    ignored: str = ""


@dataclass(frozen=True)
class DisagreementResult:
    """Share of the pixels, 0 to 1, where A and B differ; None where they share no class."""

    share: float | None


@dataclass(frozen=True)
class FiguresResult:
    """What a network costs and reaches at the working size.

    Attributes
    ----------
    parameters : int
    multiply_adds : int
        Of all passes, multi-scale and mirrored ones too.
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
