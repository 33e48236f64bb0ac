"""Mean field with the whole N×N kernel: slow, exact, for small pictures and for tests.

Algorithm 1 of Krähenbühl and Koltun 2011,

    Q ← softmax(-ψ_u - Σ_l' μ(l, l') Σ_k w_k m_k(l')),

with the Potts model, μ = [l ≠ l'], softmax(-ψ_u + Σ_k w_k m_k(l)), because a constant per pixel
drops out. All pixels are updated at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.crf.settings.kernels import appearance_kernel, smoothness_kernel
from segviewer.errors import SettingsError

Normalisation = Literal["none", "before", "after", "symmetric"]

MAX_SIDE = 64
"""Largest side in pixels; the kernel of 64×64 takes 134 MB."""

# pydensecrf adds the same before dividing.
_EPSILON = 1e-20


def pairwise_matrix(
    image: NDArray[np.uint8],
    settings: CRFSettings,
    normalisation: Normalisation = "symmetric",
    self_message: bool = True,
) -> NDArray[np.float64]:
    """Both kernels, normalised, weighted and added: what one message pass multiplies with.

    Parameters
    ----------
    image : ndarray of uint8 (H, W, 3)
        At most 64×64.
    normalisation : {"none", "before", "after", "symmetric"}
        With s the row sums of K: K, K·diag(1/s), diag(1/s)·K, diag(s^-½)·K·diag(s^-½).
        pydensecrf's default is ``symmetric``.
    self_message : bool
        Whether a pixel hears itself, as in pydensecrf. If not, its own part is left out after
        normalising.

    Returns
    -------
    ndarray of float64 (N, N)

    Raises
    ------
    SettingsError
        If the picture is too large.
    """
    height, width = image.shape[:2]
    if max(height, width) > MAX_SIDE:
        raise SettingsError(
            "The exact CRF is for small pictures.",
            f"It compares every pixel with every other: {width}×{height} is over "
            f"{MAX_SIDE}×{MAX_SIDE}.",
            "Cut out a smaller part.",
        )
    total = np.zeros((height * width, height * width))
    if settings.appearance_weight:
        kernel = appearance_kernel(image, settings.appearance_xy_std, settings.appearance_rgb_std)
        total += settings.appearance_weight * _normalised(kernel, normalisation)
    if settings.smoothness_weight:
        kernel = smoothness_kernel(height, width, settings.smoothness_xy_std)
        total += settings.smoothness_weight * _normalised(kernel, normalisation)
    if not self_message:
        np.fill_diagonal(total, 0)
    return total


def mean_field_exact(
    image: NDArray[np.uint8],
    unary: np.ndarray,
    settings: CRFSettings,
    normalisation: Normalisation = "symmetric",
    self_message: bool = True,
    compatibility: np.ndarray | None = None,
) -> Iterator[np.ndarray]:
    """Run exact mean field.

    Parameters
    ----------
    image : ndarray of uint8 (H, W, 3)
        At most 64×64.
    unary : ndarray of float (N, K)
        Negative log-probabilities, row-major pixels.
    settings : CRFSettings
        `enabled` is not looked at.
    normalisation, self_message
        See :func:`pairwise_matrix`.
    compatibility : ndarray of float (K, K), optional
        μ; the Potts model if left out.

    Yields
    ------
    ndarray of float64 (K, H, W)
        Probabilities after each of `settings.num_iterations` iterations.

    Raises
    ------
    SettingsError
        If the picture is too large.
    """
    shape = image.shape[:2]
    pairwise = pairwise_matrix(image, settings, normalisation, self_message)
    unary = np.asarray(unary, np.float64)
    weigh = np.eye(unary.shape[1]) if compatibility is None else -np.asarray(compatibility).T
    q = _softmax(-unary)
    for _ in range(settings.num_iterations):
        q = _softmax(-unary + pairwise @ q @ weigh)
        yield np.ascontiguousarray(q.T).reshape(-1, *shape)


def free_energy(probs: np.ndarray, unary: np.ndarray, pairwise: np.ndarray) -> float:
    """Σ Q log Q + Σ Q ψ_u - ½ Σ Q (pairwise Q): what mean field seeks to lower.

    Up to a constant (log Z, and the Potts constant). Updating all pixels at once need not
    lower it in every iteration.

    Parameters
    ----------
    probs : ndarray of float (K, H, W)
    unary : ndarray of float (N, K)
    pairwise : ndarray of float (N, N)
        From :func:`pairwise_matrix`.
    """
    q = probs.reshape(len(probs), -1).T.astype(np.float64)
    # 0 log 0 = 0, and a logarithm of zero never arises.
    entropy = float((q * np.log(np.maximum(q, np.finfo(float).tiny))).sum())
    return entropy + float((q * unary).sum()) - 0.5 * float((q * (pairwise @ q)).sum())


def _normalised(kernel: np.ndarray, normalisation: Normalisation) -> np.ndarray:
    mass = kernel.sum(1) + _EPSILON
    if normalisation == "before":
        kernel = kernel / mass[None, :]
    elif normalisation == "after":
        kernel = kernel / mass[:, None]
    elif normalisation == "symmetric":
        root = 1 / np.sqrt(mass)
        kernel = kernel * root[:, None] * root[None, :]
    return kernel


def _softmax(energy: np.ndarray) -> np.ndarray:
    shifted = np.exp(energy - energy.max(1, keepdims=True))
    probs: np.ndarray = shifted / shifted.sum(1, keepdims=True)
    return probs
