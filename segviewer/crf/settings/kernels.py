"""The two Gaussian kernels of the dense CRF, and what other programs call their numbers.

Equation (3) of DeepLab v1, in its own convention exp(-d² / 2σ²), which is also pydensecrf's:

    appearance  k₁ = exp(-|p_i - p_j|² / 2σα² - |I_i - I_j|² / 2σβ²)   weight θ1
    smoothness  k₂ = exp(-|p_i - p_j|² / 2σγ²)                         weight θ2

Published weights presume kernels normalised by their sums. Unnormalised, the smoothness kernel
alone has the mass 2πσγ², 57 for σγ = 3, and the same weights would be that much stronger.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class KernelName:
    """One number of the CRF in four tongues.

    Attributes
    ----------
    ours : str
        Field of :class:`segviewer.crf.settings.crf_settings.CRFSettings`.
    symbol : str
        Symbol in the lecture.
    pydensecrf : str
        Method and argument.
    deeplab : str
        Variable in DeepLab's scripts.
    """

    ours: str
    symbol: str
    pydensecrf: str
    deeplab: str


KERNEL_NAMES = (
    KernelName("appearance_weight", "θ1", "addPairwiseBilateral(compat)", "Bi_W"),
    KernelName("appearance_xy_std", "σα", "addPairwiseBilateral(sxy)", "Bi_X_STD, Bi_Y_STD"),
    KernelName(
        "appearance_rgb_std", "σβ", "addPairwiseBilateral(srgb)", "Bi_R_STD, Bi_G_STD, Bi_B_STD"
    ),
    KernelName("smoothness_weight", "θ2", "addPairwiseGaussian(compat)", "POS_W"),
    KernelName("smoothness_xy_std", "σγ", "addPairwiseGaussian(sxy)", "POS_X_STD, POS_Y_STD"),
    KernelName("num_iterations", "T", "stepInference, called T times", "MAX_ITER"),
)
"""The one table that maps our names to pydensecrf's and DeepLab's."""


def appearance_kernel(
    image: NDArray[np.uint8], xy_std: float, rgb_std: float
) -> NDArray[np.float64]:
    """The whole appearance kernel of a small image.

    Parameters
    ----------
    image : ndarray of uint8 (H, W, 3)
    xy_std : float
        σα, pixels.
    rgb_std : float
        σβ, grey levels.

    Returns
    -------
    ndarray of float64 (N, N)
        N = H·W, row-major pixels; ones on the diagonal.
    """
    colour = image.reshape(-1, 3).astype(np.float64) / rgb_std
    position = _positions(*image.shape[:2]) / xy_std
    return _gaussian(np.hstack([position, colour]))


def smoothness_kernel(height: int, width: int, xy_std: float) -> np.ndarray:
    """The whole smoothness kernel float64 (N, N) of a small picture; `xy_std` is σγ, pixels.

    Parameters
    ----------
    height, width : int
        N is their product.
    xy_std : float
        σγ.
    """
    return _gaussian(_positions(height, width) / xy_std)


def _positions(height: int, width: int) -> np.ndarray:
    rows, columns = np.mgrid[:height, :width]
    return np.stack([columns.ravel(), rows.ravel()], axis=1).astype(np.float64)


def _gaussian(features: np.ndarray) -> np.ndarray:
    squares = (features**2).sum(1)
    distance = squares[:, None] + squares[None, :] - 2 * features @ features.T
    # Rounding leaves tiny distances, even negative ones, of a pixel to itself.
    np.fill_diagonal(distance, 0)
    kernel: np.ndarray = np.exp(-0.5 * np.maximum(distance, 0))
    return kernel
