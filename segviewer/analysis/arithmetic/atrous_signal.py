"""Atrous convolution of a signal, y[i] = Σ_k x[i + r k] w[k] (DeepLab v2, equation 1).

Written with k = 1 … K the filter lies to the right of its sample. Networks lay it about its
place, at offsets (k - (K + 1) / 2) r for an odd K; the two differ by a shift of r (K + 1) / 2.
Outside of the signal there are zeros.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SIGNALS = ("step", "impulse", "sine")
FILTERS = ("average", "difference", "second difference")


def effective_kernel(kernel: int, rate: int) -> int:
    """Samples that a filter of `kernel` taps spans: k + (k - 1)(r - 1)."""
    return kernel + (kernel - 1) * (rate - 1)


def with_holes(weights: np.ndarray, rate: int) -> NDArray[np.float64]:
    """The same filter for an ordinary convolution: r - 1 zeros between two taps.

    Parameters
    ----------
    weights : ndarray of float (k,)

    Returns
    -------
    ndarray of float64 (k + (k - 1)(r - 1),)
    """
    weights = np.asarray(weights, float)
    spread = np.zeros(effective_kernel(len(weights), rate))
    spread[::rate] = weights
    return spread


def tap_offsets(kernel: int, rate: int, centred: bool = True) -> NDArray[np.int64]:
    """Where the taps lie from the sample of the output, in samples.

    Parameters
    ----------
    kernel : int
        Taps k.
    rate : int
        Samples between them.
    centred : bool
        False: the taps lie 1 … k rates to the right of the sample.

    Returns
    -------
    ndarray of int64 (k,)
        Multiples of the rate; centred ones of an even filter have one more on the left.
    """
    first = -(kernel // 2) if centred else 1
    return (first + np.arange(kernel)) * rate


def atrous_convolution(
    signal: np.ndarray, weights: np.ndarray, rate: int, centred: bool = True
) -> np.ndarray:
    """Response float64 (n,) at every sample of `signal` (n,).

    Parameters
    ----------
    signal : ndarray (n,)
        Zero outside.
    weights : ndarray (k,)
    rate : int
    centred : bool
        As in :func:`tap_offsets`.
    """
    signal = np.asarray(signal, float)
    places, response = np.arange(len(signal)), np.zeros(len(signal))
    for weight, offset in zip(weights, tap_offsets(len(weights), rate, centred), strict=True):
        at = places + offset
        inside = (at >= 0) & (at < len(signal))
        response[inside] += weight * signal[at[inside]]
    return response


def taps_inside(length: int, kernel: int, rate: int, centred: bool = True) -> np.ndarray:
    """How many taps lie on the signal, int64 (length,).

    Parameters
    ----------
    length : int
        Samples of the signal.
    kernel, rate, centred
        As in :func:`tap_offsets`.
    """
    at = np.arange(length)[:, None] + tap_offsets(kernel, rate, centred)
    inside: np.ndarray = ((at >= 0) & (at < length)).sum(1)
    return inside


def signal_of(name: str, length: int) -> np.ndarray:
    """One of `SIGNALS`, float64 (length,) between -1 and 1."""
    place = np.arange(length)
    if name == "step":
        return (place >= length // 2).astype(float)
    if name == "impulse":
        impulse: np.ndarray = (place == length // 2).astype(float)
        return impulse
    return np.round(np.sin(2 * np.pi * place / 12), 2)


def filter_of(name: str, kernel: int) -> np.ndarray:
    """One of `FILTERS` with `kernel` taps, float64 (kernel,) between -1 and 1."""
    weights = np.zeros(kernel)
    if name == "average":
        weights[:] = round(1 / kernel, 3)
    elif name == "difference" and kernel > 1:
        weights[0], weights[-1] = -1, 1
    elif name == "second difference" and kernel > 2:
        weights[0] = weights[-1] = 0.5
        weights[kernel // 2] = -1
    else:
        weights[kernel // 2] = 1
    return weights
