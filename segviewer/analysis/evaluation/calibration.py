"""Whether a network is right as often as it says: reliability diagram and calibration error.

Guo, Pleiss, Sun and Weinberger 2017 ("On calibration of modern neural networks", section 2):
pixels are sorted into bins by the probability of their own label, their confidence; in each,
accuracy is compared with mean confidence, and ECE = Σ n_b / n · |accuracy_b − confidence_b|.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NUM_BINS = 15
"""As many as Guo et al. use, of equal width over 0 to 1."""


@dataclass(frozen=True, eq=False)
class Reliability:
    """What each bin holds, to be summed over pictures.

    Attributes
    ----------
    pixels : ndarray of int64 (15,)
    right : ndarray of int64 (15,)
        Of them, those whose label is the target's.
    confidence : ndarray of float64 (15,)
        Sum of their confidences.
    """

    pixels: np.ndarray
    right: np.ndarray
    confidence: np.ndarray

    @classmethod
    def empty(cls) -> Reliability:
        """No pixels."""
        none = np.zeros(NUM_BINS, np.int64)
        return cls(none, none.copy(), np.zeros(NUM_BINS))

    def __add__(self, other: Reliability) -> Reliability:
        return Reliability(
            self.pixels + other.pixels, self.right + other.right, self.confidence + other.confidence
        )

    @property
    def accuracy(self) -> np.ndarray:
        """Share of right pixels of each bin (15,); NaN where it is empty."""
        return _share(self.right, self.pixels)

    @property
    def mean_confidence(self) -> np.ndarray:
        """Mean confidence of each bin (15,); NaN where it is empty."""
        return _share(self.confidence, self.pixels)

    @property
    def error(self) -> float:
        """Expected calibration error, 0 to 1; NaN without pixels."""
        total = self.pixels.sum()
        if not total:
            return float("nan")
        return float(np.abs(self.right - self.confidence).sum() / total)


def reliability(target: np.ndarray, label_map: np.ndarray, confidence: np.ndarray) -> Reliability:
    """Sort the pixels of one picture into bins.

    Parameters
    ----------
    target, label_map : ndarray of uint8 (H, W)
        255, and whatever `confidence` has no number for, does not count.
    confidence : ndarray of float (H, W)
        Probability of the label; NaN where nothing is compared. A bin holds its upper end.
    """
    known = np.isfinite(confidence)
    held = confidence[known].astype(float)
    bins = np.clip(np.ceil(held * NUM_BINS).astype(np.int64) - 1, 0, NUM_BINS - 1)
    right = (target == label_map)[known]
    wrong_right = np.bincount(2 * bins + right, minlength=2 * NUM_BINS).reshape(NUM_BINS, 2)
    return Reliability(
        wrong_right.sum(1).astype(np.int64),
        wrong_right[:, 1].astype(np.int64),
        np.bincount(bins, held, minlength=NUM_BINS),
    )


def _share(part: np.ndarray, of: np.ndarray) -> np.ndarray:
    shares: np.ndarray = np.divide(part, of, out=np.full(len(of), np.nan), where=of > 0)
    return shares
