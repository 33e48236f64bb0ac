"""Mean field with the whole N×N kernel: slow, exact, for small pictures and for tests.

Algorithm 1 of Krähenbühl and Koltun 2011,

    Q ← softmax(-ψ_u - Σ_l' μ(l, l') Σ_k w_k m_k(l')),

with the Potts model, μ = [l ≠ l'], softmax(-ψ_u + Σ_k w_k m_k(l)), because a constant per pixel
drops out. All pixels are updated at once.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from segviewer.crf.settings.compatibility_matrix import set_matrix
from segviewer.crf.settings.crf_settings import CRFSettings, Normalisation
from segviewer.crf.settings.kernels import appearance_kernel, smoothness_kernel
from segviewer.errors import SettingsError

MAX_SIDE = 64
"""Largest side in pixels; the kernel of 64×64 takes 134 MB."""

# pydensecrf adds the same before dividing.
_EPSILON = 1e-20


def pairwise_matrix(image: NDArray[np.uint8], settings: CRFSettings) -> NDArray[np.float64]:
    """Both kernels, normalised, weighted and added: what one message pass multiplies with.

    Parameters
    ----------
    image : ndarray of uint8 (H, W, 3)
        At most 64×64.
    settings : CRFSettings
        With s the row sums of K, `normalisation` ``none`` is K, ``before`` K·diag(1/s), ``after``
        diag(1/s)·K, and ``symmetric``, pydensecrf's default, diag(s^-½)·K·diag(s^-½). Where a
        pixel receives no message of its own (`self_message`), its part is left out after
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
        total += settings.appearance_weight * _normalised(kernel, settings.normalisation)
    if settings.smoothness_weight:
        kernel = smoothness_kernel(height, width, settings.smoothness_xy_std)
        total += settings.smoothness_weight * _normalised(kernel, settings.normalisation)
    if not settings.self_message:
        np.fill_diagonal(total, 0)
    return total


def mean_field_exact(
    image: NDArray[np.uint8],
    unary: np.ndarray,
    settings: CRFSettings,
    *,
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
        All of it holds, but for `enabled` and `drop_classes`, which changes no label.
    compatibility : ndarray of float (K, K), optional
        μ, for costs that settings cannot say; theirs if left out.

    Yields
    ------
    ndarray of float64 (K, H, W)
        Probabilities after each of `settings.num_iterations` iterations.

    Raises
    ------
    SettingsError
        If the picture is too large.
    """
    from scipy.special import softmax

    shape = image.shape[:2]
    pairwise = pairwise_matrix(image, settings)
    unary = np.asarray(unary, np.float64)
    if compatibility is None:
        compatibility = set_matrix(settings, unary.shape[1])
    weigh = np.eye(unary.shape[1]) if compatibility is None else -np.asarray(compatibility).T
    q = softmax(-unary, axis=1)
    for _ in range(settings.num_iterations):
        q = softmax(-unary + pairwise @ q @ weigh, axis=1)
        yield np.ascontiguousarray(q.T).reshape(-1, *shape)


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
