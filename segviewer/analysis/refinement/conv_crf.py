"""Mean field in which only near pixels see each other: convolutional CRFs.

Teichmann and Cipolla, "Convolutional CRFs for Semantic Segmentation" (BMVC 2019; arXiv 2018),
section 4: the dense CRF's kernels are cut off outside a window about each pixel,

    K[d, i] = θ1 exp(-|d|² / 2σα² - |I_i - I_(i+d)|² / 2σβ²) + θ2 exp(-|d|² / 2σγ²),

and a message is the sum of K[d, i] Q_(i+d) over the d of the window: a convolution whose weights
differ from pixel to pixel. Nothing is approximated but the window; with one that covers the picture
it is the exact dense CRF. The paper cuts by Manhattan distance in its text and by a square in its
code; this takes the square. Normalisation, compatibility, temperature and whether a pixel
receives a message of its own are those of :class:`segviewer.crf.settings.crf_settings.CRFSettings`
(the paper's code learns them or leaves them out), so that results can be laid side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import pad

from segviewer.crf.engines.unary import tempered_unary
from segviewer.crf.settings.compatibility_matrix import set_matrix
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.errors import SettingsError

_EPSILON = 1e-20  # as pydensecrf adds it before dividing


def conv_crf(
    image: NDArray[np.uint8],
    probs: NDArray[np.float32],
    settings: CRFSettings,
    window: int = 7,
    check: Callable[[], None] = lambda: None,
    device: str = "cpu",
    dtype: torch.dtype = torch.float32,
) -> Iterator[NDArray[np.float32]]:
    """Run mean field with messages inside a square window.

    Parameters
    ----------
    image : ndarray of uint8 (H, W, 3)
    probs : ndarray of float32 (K, H, W)
        The network's; every pixel sums to 1.
    settings : CRFSettings
        Weights, widths in pixels of `image`, iterations, normalisation, compatibility.
    window : int
        Side of the square in pixels, odd.
    check : callable
        Called between two shifts; what it raises ends the work.
    device : str
    dtype : torch.dtype

    Yields
    ------
    ndarray of float (K, H, W)
        Probabilities after each iteration.

    Raises
    ------
    SettingsError
        For an even window, or probabilities that are none.
    """
    if window < 1 or window % 2 == 0:
        raise SettingsError(
            "A convolutional CRF needs an odd window.",
            f"{window} pixels have no middle.",
            f"Take {window + 1}.",
        )
    shape = probs.shape
    unary = torch.from_numpy(tempered_unary(probs, settings).T.reshape(shape).copy())
    unary = unary.to(device, dtype)
    weights = window_kernel(torch.from_numpy(image.copy()).to(device), settings, window, dtype)
    matrix = set_matrix(settings, len(probs))
    costs = None if matrix is None else torch.as_tensor(-np.asarray(matrix), dtype=dtype)
    q = torch.softmax(-unary, 0)
    for _ in range(settings.num_iterations):
        message = torch.zeros_like(q)
        padded = _padded(q, window)
        for kernel, shifted in zip(weights, _shifts(padded, window, q.shape[-2:]), strict=True):
            check()
            message.addcmul_(kernel, shifted)
        if costs is not None:
            message = torch.einsum("lk,khw->lhw", costs.to(device), message)
        q = torch.softmax(message - unary, 0)
        yield q.cpu().numpy()


def window_kernel(
    image: Tensor, settings: CRFSettings, window: int, dtype: torch.dtype = torch.float32
) -> Tensor:
    """Both kernels inside the window, normalised, weighted and added.

    Parameters
    ----------
    image : Tensor of uint8 (H, W, 3)
    settings : CRFSettings
    window : int
        Odd.
    dtype : torch.dtype

    Returns
    -------
    Tensor (window², H, W)
        What pixel i receives of pixel i + d, d row by row; 0 where that is outside.
    """
    height, width = image.shape[:2]
    colours = image.permute(2, 0, 1).to(dtype)
    inside = _padded(torch.ones(1, height, width, dtype=dtype, device=image.device), window)
    reach = window // 2
    steps = [(y, x) for y in range(-reach, reach + 1) for x in range(-reach, reach + 1)]
    near = _shifts(_padded(colours, window), window, (height, width))
    known = _shifts(inside, window, (height, width))
    appearance = torch.empty(len(steps), height, width, dtype=dtype, device=image.device)
    smoothness = torch.empty_like(appearance)
    spread = settings.appearance_xy_std, settings.appearance_rgb_std, settings.smoothness_xy_std
    for place, ((y, x), other, there) in enumerate(zip(steps, near, known, strict=True)):
        far = float(y * y + x * x)
        apart = (other - colours).square().sum(0)
        appearance[place] = there[0] * torch.exp(
            -far / (2 * spread[0] ** 2) - apart / (2 * spread[1] ** 2)
        )
        smoothness[place] = there[0] * float(np.exp(-far / (2 * spread[2] ** 2)))
    total = torch.zeros_like(appearance)
    for weight, kernel in (
        (settings.appearance_weight, appearance),
        (settings.smoothness_weight, smoothness),
    ):
        if weight:
            total += weight * _normalised(kernel, settings.normalisation, window)
    if not settings.self_message:
        total[len(steps) // 2] = 0
    return total


def _normalised(kernel: Tensor, normalisation: str, window: int) -> Tensor:
    mass = kernel.sum(0) + _EPSILON
    if normalisation == "after":
        return kernel / mass
    if normalisation == "none":
        return kernel
    power = -0.5 if normalisation == "symmetric" else -1.0
    of_other = _shifts(_padded((mass**power)[None], window), window, mass.shape)
    kernel = torch.stack([k * one[0] for k, one in zip(kernel, of_other, strict=True)])
    return kernel * mass**power if normalisation == "symmetric" else kernel


def _padded(planes: Tensor, window: int) -> Tensor:
    reach = window // 2
    return pad(planes, (reach, reach, reach, reach))


def _shifts(padded: Tensor, window: int, size: tuple[int, ...]) -> Iterator[Tensor]:
    """Views of `padded`: what lies at each step of the window from every pixel, row by row."""
    height, width = size
    for y in range(window):
        for x in range(window):
            yield padded[:, y : y + height, x : x + width]
