"""What the doctor of the CRF found, and what each cure does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from segviewer.crf.settings.crf_settings import CRFSettings

Severity = Literal["error", "warning", "note", "fine"]
FixKind = Literal[
    "temperature",
    "clip",
    "set",
    "softmax",
    "rescale",
    "rescale image",
    "transpose",
    "resize",
    "fill",
]

_OF_SETTINGS = ("temperature", "clip", "set")


@dataclass(frozen=True)
class Fix:
    """A cure that one click applies.

    Attributes
    ----------
    kind : str
        ``temperature``, ``clip`` and ``set`` change settings. ``softmax``, ``rescale`` (divide
        by each pixel's sum), ``transpose``, ``resize`` and ``fill`` (undecided where it is not
        finite) change the probabilities, ``rescale image`` the colours.
    label : str
        What the button says.
    values : dict
        Parameters: fields of CRFSettings; ``axes`` of a transpose; ``height`` and ``width``.
    """

    kind: FixKind
    label: str
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def changes(self) -> dict[str, Any]:
        """Fields of CRFSettings that it sets; empty where it changes arrays."""
        return dict(self.values) if self.kind in _OF_SETTINGS else {}

    def applied(
        self, image: np.ndarray, probs: np.ndarray, settings: CRFSettings
    ) -> tuple[np.ndarray, np.ndarray, CRFSettings]:
        """Return picture, probabilities and settings with the cure applied; nothing in place.

        Parameters
        ----------
        image : ndarray (H, W, 3)
        probs : ndarray (K, H, W)
        settings : CRFSettings
        """
        if self.kind in _OF_SETTINGS:
            return image, probs, settings.model_copy(update=self.values)
        if self.kind == "rescale image":
            return _as_grey_levels(image), probs, settings
        return image, _CURES[self.kind](np.asarray(probs), **self.values), settings


@dataclass(frozen=True)
class Finding:
    """One line of the doctor.

    Attributes
    ----------
    severity : {"error", "warning", "note", "fine"}
    name : str
        Which of the doctor's questions it answers, for programs.
    what, why : str
        What was found, in numbers, and what it means.
    fixes : tuple of Fix
        The one to be recommended first.
    """

    severity: Severity
    name: str
    what: str
    why: str
    fixes: tuple[Fix, ...] = ()


def _softmax(scores: np.ndarray) -> np.ndarray:
    shifted = np.exp(scores.astype(np.float64) - scores.max(0))
    probs: np.ndarray = (shifted / shifted.sum(0)).astype(np.float32)
    return probs


def _rescale(probs: np.ndarray) -> np.ndarray:
    positive = np.maximum(probs.astype(np.float64), 0)
    sums = positive.sum(0)
    even = np.full_like(positive, 1 / len(probs))
    return np.where(sums > 0, positive / np.where(sums > 0, sums, 1), even).astype(np.float32)


def _transpose(probs: np.ndarray, axes: tuple[int, ...]) -> np.ndarray:
    return np.ascontiguousarray(probs.transpose(axes))


def _fill(probs: np.ndarray) -> np.ndarray:
    broken = ~np.isfinite(probs).all(0)
    filled = probs.astype(np.float32)
    filled[:, broken] = 1 / len(probs)
    return filled


def _resize(probs: np.ndarray, height: int, width: int) -> np.ndarray:
    """Bilinear, pixel centres kept; sums stay what they were."""
    for axis, size in ((1, height), (2, width)):
        old = probs.shape[axis]
        place = np.clip((np.arange(size) + 0.5) * old / size - 0.5, 0, old - 1)
        low = np.floor(place).astype(int)
        high = np.minimum(low + 1, old - 1)
        part = (place - low).astype(np.float32).reshape((-1, 1) if axis == 1 else (-1,))
        probs = probs.take(low, axis) * (1 - part) + probs.take(high, axis) * part
    return probs.astype(np.float32)


def _as_grey_levels(image: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(np.asarray(image, np.float64) * 255), 0, 255).astype(np.uint8)


_CURES: dict[str, Callable[..., np.ndarray]] = {
    "softmax": _softmax,
    "rescale": _rescale,
    "transpose": _transpose,
    "resize": _resize,
    "fill": _fill,
}
