"""One number that makes a network's confidence mean something: the temperature of its softmax.

Guo, Pleiss, Sun and Weinberger 2017 ("On calibration of modern neural networks", section 4.2):
p = softmax(z / T), with T > 0 chosen so that the negative log-likelihood of pixels that were not
trained on is least. The largest score stays the largest, so no label changes. Scores may be given
as log-probabilities, which differ from them by a constant a pixel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segviewer.analysis.evaluation.calibration import Reliability, reliability

PIXELS = 4000
"""Of each picture, drawn at random; neighbouring pixels say the same."""

SMALLEST, LARGEST = 0.05, 20.0  # temperatures between which the search looks
_SMALLEST_PROB = 1e-12
_CHUNK = 1 << 17  # pixels at a time, where all of them would take much memory


@dataclass(frozen=True)
class FittedTemperature:
    """The temperature, and what it does on the pixels it was fitted on.

    Attributes
    ----------
    temperature : float
    loss_before, loss_after : float
        Negative log-likelihood a pixel, in nats.
    error_before, error_after : float
        Expected calibration error, 0 to 1, 15 bins.
    pixels : int
    """

    temperature: float
    loss_before: float
    loss_after: float
    error_before: float
    error_after: float
    pixels: int


class ScoreSample:
    """Scores and targets of some pixels of each picture.

    Parameters
    ----------
    seed : int
        Of the pixels that are drawn.
    per_picture : int
        How many, at most.
    """

    def __init__(self, seed: int = 0, per_picture: int = PIXELS):
        self._rng = np.random.default_rng(seed)
        self._per_picture = per_picture
        self._scores: list[np.ndarray] = []
        self._targets: list[np.ndarray] = []

    def add(self, scores: np.ndarray, target: np.ndarray) -> None:
        """Draw pixels of one picture.

        Parameters
        ----------
        scores : ndarray of float (K, H, W)
            Before softmax, or log-probabilities.
        target : ndarray of uint8 (H, W)
            What is no class (255) is not drawn.
        """
        known = np.flatnonzero(target.ravel() < len(scores))
        if len(known) > self._per_picture:
            known = self._rng.choice(known, self._per_picture, replace=False)
        self._scores.append(scores.reshape(len(scores), -1)[:, known].T.astype(np.float32))
        self._targets.append(target.ravel()[known].astype(np.intp))

    def add_probs(self, probs: np.ndarray, target: np.ndarray) -> None:
        """As :meth:`add`, of probabilities (K, H, W)."""
        self.add(np.log(np.maximum(probs, np.float32(_SMALLEST_PROB))), target)

    def fit(self) -> FittedTemperature | None:
        """Fit the temperature to what was drawn; None where nothing was."""
        if not self._targets or not sum(map(len, self._targets)):
            return None
        return fit_temperature(np.concatenate(self._scores), np.concatenate(self._targets))


def fit_temperature(scores: np.ndarray, target: np.ndarray) -> FittedTemperature:
    """The temperature of least negative log-likelihood.

    The likelihood is concave in 1 / T, so that a bounded scalar search over log T finds the
    one minimum.

    Parameters
    ----------
    scores : ndarray of float (N, K)
    target : ndarray of int (N,)
        0 to K − 1.
    """
    from scipy.optimize import minimize_scalar

    found = minimize_scalar(
        lambda log: negative_log_likelihood(scores, target, float(np.exp(log))),
        bounds=(np.log(SMALLEST), np.log(LARGEST)),
        method="bounded",
        options={"xatol": 1e-4},
    )
    temperature = float(np.exp(found.x))
    return FittedTemperature(
        temperature,
        negative_log_likelihood(scores, target, 1.0),
        float(found.fun),
        reliability_at(scores, target, 1.0).error,
        reliability_at(scores, target, temperature).error,
        len(target),
    )


def negative_log_likelihood(scores: np.ndarray, target: np.ndarray, temperature: float) -> float:
    """Mean of −log softmax(scores / T) at the target, in nats.

    Parameters
    ----------
    scores : ndarray of float (N, K)
    target : ndarray of int (N,)
    temperature : float
        T.
    """
    total = 0.0
    for start in range(0, len(target), _CHUNK):
        part, right = scores[start : start + _CHUNK], target[start : start + _CHUNK]
        scaled = part / np.float32(temperature)
        scaled -= scaled.max(axis=1, keepdims=True)
        own = np.take_along_axis(scaled, right[:, None], 1)[:, 0]
        total += float((np.log(np.exp(scaled).sum(axis=1)) - own).sum(dtype=np.float64))
    return total / len(target)


def reliability_at(scores: np.ndarray, target: np.ndarray, temperature: float) -> Reliability:
    """Confidence and correctness of softmax(scores / T), by bins.

    Parameters
    ----------
    scores : ndarray of float (N, K)
    target : ndarray of int (N,)
    temperature : float
        T.
    """
    scaled = scores / np.float32(temperature)
    scaled -= scaled.max(axis=1, keepdims=True)
    confidence = 1 / np.exp(scaled).sum(axis=1)
    return reliability(target, scores.argmax(axis=1), confidence)
