"""What the stages give to whoever shows it: plain values that cross processes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from segviewer.checkpoints.model_card import ModelCard
from segviewer.checkpoints.model_sheet import Labels
from segviewer.imaging.labels import Colour
from segviewer.imaging.preprocessing import Preprocessing
from segviewer.settings import Control

if TYPE_CHECKING:
    from segviewer.imaging.reading.header import PictureHeader


@dataclass(frozen=True, eq=False)
class ToneFacts:
    """How the values of a photograph lie, and which of them are black and white.

    Attributes
    ----------
    counts : ndarray of int (bins,)
        Histogram of the values between `low` and `high`.
    low, high : float
    black, white : float
        Stored values that are shown as 0 and 255.
    kind : str
        What the values are, e.g. ``16 bits``.
    deep : bool
        Whether they are more than 8 bits.
    """

    counts: NDArray[np.int64]
    low: float
    high: float
    black: float
    white: float
    kind: str
    deep: bool


@dataclass(frozen=True)
class PictureResult:
    """The photograph: uint8 RGB and its halves, for drawing at any zoom.

    Attributes
    ----------
    levels : list of ndarray of uint8 (H, W, 3)
    notes : tuple of str
        What a person would not assume of it: further frames, stretched values.
    void : ndarray of bool (H, W) or None
        Where there is no picture.
    header : PictureHeader or None
        How many pages and bands its file has; None for what is no file.
    tones : ToneFacts or None
    """

    levels: list[np.ndarray]
    notes: tuple[str, ...] = ()
    void: NDArray[np.bool_] | None = None
    header: PictureHeader | None = None
    tones: ToneFacts | None = None


@dataclass(frozen=True, eq=False)
class PicturePart:
    """A part of a huge photograph, finer than its overview.

    Attributes
    ----------
    where : (float, float, float, float)
        Top, bottom, left and right, 0 to 1.
    levels : list of ndarray of uint8 (h, w, 3)
        And its halves.
    """

    where: tuple[float, float, float, float]
    levels: list[np.ndarray]


@dataclass(frozen=True, eq=False)
class LabelPart:
    """Labels of a part of a huge photograph at its own pixels.

    Attributes
    ----------
    where : (float, float, float, float)
        Top, bottom, left and right, 0 to 1.
    labels : ndarray of uint8 (h, w)
    blended : bool
        Whether every window that overlaps it is in them; else they have a seam to the next.
    """

    where: tuple[float, float, float, float]
    labels: NDArray[np.uint8]
    blended: bool = True


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
    part: str = ""
    parts: tuple[str, ...] = ()
    unused: int = 0
    colours: tuple[Colour, ...] = ()
    labels: Labels = "softmax"
    strides_and_rates: tuple[tuple[str, str], ...] = ()


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

    `classes` names the labels. `refined_at` says where the CRF's last update was made: "draft",
    "iteration" (not the last), "working size", "part" (in view at full resolution),
    "full resolution", or "" without a CRF.
    """

    label_map: np.ndarray
    shares: np.ndarray
    complete: bool
    chips: tuple[tuple[str, str], ...]
    classes: tuple[str, ...] = ()
    refined_at: str = ""


@dataclass(frozen=True)
class TriedPreprocessing:
    """What the network says of the photograph when it is shown it in one way.

    Attributes
    ----------
    name : str
    preprocessing : Preprocessing
    entropy : float
        Mean over the pixels, as a share of log K: 0 sure, 1 no idea.
    top_probability : float
        Mean over the pixels of the largest probability.
    label_map : ndarray of uint8 (h, w)
        Small.
    is_set : bool
        Whether the network is shown pictures like this now.
    """

    name: str
    preprocessing: Preprocessing
    entropy: float
    top_probability: float
    label_map: NDArray[np.uint8]
    is_set: bool


@dataclass(frozen=True)
class OverlayLayerResult:
    """A layer to look at, uint8 (h, w); of `chosen_class` where it is one class's."""

    values: np.ndarray
    layer: str
    chosen_class: int = 0


READ_OFF = 1_000_000
"""Pixels of a target mask that are sent with what was compared."""


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
    mapping : str
        What its numbers were taken for, see :data:`segviewer.imaging.datasets.mapping.CHOICES`.
    before : tuple of (float, float) or None
        Mean IoU and accuracy without the CRF; None where none is on.
    iou_before : ndarray (K,) or None
    target : ndarray of uint8 (h, w) or None
        The mask, at most :data:`READ_OFF` pixels of it, to be read off.
    """

    miou: float
    pixel_accuracy: float
    iou: np.ndarray
    present: int = 0
    notes: tuple[str, ...] = ()
    ignored: str = ""
    mapping: str = ""
    before: tuple[float, float] | None = None
    iou_before: np.ndarray | None = None
    target: np.ndarray | None = None


@dataclass(frozen=True)
class DisagreementResult:
    """Share of the pixels, 0 to 1, where A and B differ; None where they share no class."""

    share: float | None
