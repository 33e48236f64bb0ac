"""Unary energies: what the network alone says about each pixel."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.errors import SettingsError

CLIP = 1e-5
"""Smallest probability before the logarithm, as in pydensecrf's ``unary_from_softmax``."""

# float16 networks and float32 softmax over many classes stay within this.
_SUM_TOLERANCE = 1e-2


def unary_from_probs(probs: np.ndarray, clip: float = CLIP) -> NDArray[np.float32]:
    """Negative logarithm of the probabilities, checked.

    Parameters
    ----------
    probs : ndarray of float (K, H, W)
        Probabilities of K classes; every pixel sums to 1.
    clip : float
        Smaller probabilities are raised to this, so that log 0 never arises.

    Returns
    -------
    ndarray of float32 (N, K)
        N = H·W, row-major pixels; C-contiguous.

    Raises
    ------
    SettingsError
        For NaN or infinity, negative values, sums other than 1, or a wrong shape; the text
        says what is wrong (for example that these look like scores before softmax).
    """
    _check(probs := np.asarray(probs))
    return _energies(probs, clip, 1.0)


def tempered_unary(probs: np.ndarray, settings: CRFSettings) -> np.ndarray:
    """Unary energies as the CRF gets them: clipped first, then divided by the temperature.

    Parameters and errors are those of `unary_from_probs`, which this is at the temperature 1.
    """
    _check(probs := np.asarray(probs))
    return _energies(probs, settings.clip, settings.temperature)


def tempered_log(
    probs: np.ndarray, clip: float, temperature: float, out: np.ndarray | None = None
) -> np.ndarray:
    """log max(p, clip) / τ of unchecked probabilities of any shape: all that clip and τ do.

    Parameters
    ----------
    out : ndarray, optional
        Where to put it; may be `probs` itself.
    """
    logs: np.ndarray = np.log(np.clip(probs, clip, 1.0, out=out), out=out)
    if temperature != 1:
        logs /= logs.dtype.type(temperature)
    return logs


def _energies(probs: np.ndarray, clip: float, temperature: float) -> np.ndarray:
    """float32 (N, K) of (K, H, W)."""
    logs = tempered_log(probs.reshape(len(probs), -1).T, clip, temperature)
    return np.ascontiguousarray(-logs, dtype=np.float32)


def _check(probs: np.ndarray) -> None:
    if probs.ndim != 3 or 0 in probs.shape:
        raise _unusable(f"The array has the shape {probs.shape}, not (classes, height, width).")
    if not np.isfinite(probs).all():
        count = int((~np.isfinite(probs)).any(0).sum())
        raise _unusable(
            f"{count} of {probs[0].size} pixels hold NaN or infinity; "
            "the network's weights or its input are probably damaged."
        )
    sums = probs.sum(0, dtype=np.float64)
    worst = float(np.abs(sums - 1).max())
    lowest = float(probs.min())
    if lowest < 0:
        raise _unusable(f"The smallest value is {lowest:.3g}: {_guess(probs)}.")
    if worst > _SUM_TOLERANCE:
        raise _unusable(
            f"A pixel's values sum to {float(sums.flat[np.abs(sums - 1).argmax()]):.3g} "
            f"instead of 1: {_guess(probs)}."
        )


def _guess(probs: np.ndarray) -> str:
    if probs.min() < 0 and probs.max() <= 0:
        return "these look like log-probabilities"
    if probs.min() < 0 or probs.max() > 1.01:
        return "these look like scores before softmax (logits)"
    if np.allclose(probs.sum(-1), 1, atol=_SUM_TOLERANCE):
        return "the classes seem to be in the last axis instead of the first"
    return "these are no probabilities of exclusive classes (sigmoid outputs, perhaps)"


def _unusable(why: str) -> SettingsError:
    return SettingsError(
        "The CRF cannot use these probabilities.",
        why,
        "Apply softmax over the classes, or open another checkpoint.",
    )
