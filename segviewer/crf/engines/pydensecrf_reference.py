"""The dense CRF by pydensecrf, an optional package.

It holds the interpreter lock for a whole iteration, so a window must run it in another process.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.errors import EngineError, SettingsError

INSTALL = 'pip install "segviewer[pydensecrf]"'

# Its lattice counts (up to 6·N points)·K values in 32-bit integers; beyond, it crashes.
_MAX_VALUES = 2**31 // 6


def available() -> str | None:
    """None if pydensecrf can be used, else a sentence that says why not and how to install it."""
    try:
        importlib.import_module("pydensecrf.densecrf")
    except ModuleNotFoundError as error:
        if error.name == "pydensecrf":
            return f"The CRF needs the package pydensecrf, which is not installed: {INSTALL}"
        return _broken(error)
    # A compiled package that does not fit this Python or numpy fails in other ways, too
    # (ImportError, ValueError about sizes).
    except Exception as error:
        return _broken(error)
    return None


def _broken(error: Exception) -> str:
    return f"pydensecrf is installed but cannot be loaded ({error}); install it anew: {INSTALL}"


def refine(
    image: NDArray[np.uint8],
    unary: NDArray[np.float32],
    settings: CRFSettings,
    *,
    wanted: Callable[[], bool] = lambda: True,
) -> Iterator[np.ndarray | None]:
    """Refine probabilities, one mean-field iteration at a time.

    Potts compatibility, symmetric normalisation, the self-message kept: pydensecrf's defaults;
    settings that ask for others are refused. A kernel whose weight is 0 is left out.

    Parameters
    ----------
    image : ndarray of uint8 (H, W, 3)
        The photograph in RGB, at the size of the probabilities.
    unary : ndarray of float32 (N, K)
        From :func:`segviewer.crf.engines.unary.unary_from_probs`; N = H·W, row-major pixels.
    settings : CRFSettings
        `enabled` is not looked at, nor `drop_classes`, which changes no label.
    wanted : callable
        As :func:`segviewer.crf.engines.mean_field_lattice.refine` has it.

    Yields
    ------
    ndarray of float32 (K, H, W), or None
        Probabilities after each of `settings.num_iterations` iterations; each array is new.

    Raises
    ------
    EngineError
        If pydensecrf is missing or broken, or the picture is too large for it.
    SettingsError
        If image and unary do not fit together, unary holds NaN, or the settings ask for what
        pydensecrf lacks.
    """
    if settings.compatibility:
        raise _lacks("knows the Potts model only")
    if settings.normalisation != "symmetric" or not settings.self_message:
        raise _lacks("normalises on both sides and sends every pixel its own message")
    _check(image, unary)
    return _iterations(_import(), image, unary, settings, wanted)


def _iterations(
    densecrf: Any,
    image: np.ndarray,
    unary: np.ndarray,
    settings: CRFSettings,
    wanted: Callable[[], bool],
) -> Iterator[np.ndarray | None]:
    height, width = image.shape[:2]
    num_classes = unary.shape[1]
    crf = densecrf.DenseCRF2D(width, height, num_classes)
    crf.setUnaryEnergy(np.ascontiguousarray(unary.T, dtype=np.float32))
    if settings.smoothness_weight > 0:
        crf.addPairwiseGaussian(
            sxy=(settings.smoothness_xy_std,) * 2,
            compat=settings.smoothness_weight,
            kernel=densecrf.DIAG_KERNEL,
            normalization=densecrf.NORMALIZE_SYMMETRIC,
        )
    if settings.appearance_weight > 0:
        crf.addPairwiseBilateral(
            sxy=(settings.appearance_xy_std,) * 2,
            srgb=(settings.appearance_rgb_std,) * 3,
            rgbim=np.ascontiguousarray(image, dtype=np.uint8),
            compat=settings.appearance_weight,
            kernel=densecrf.DIAG_KERNEL,
            normalization=densecrf.NORMALIZE_SYMMETRIC,
        )
    q, scratch, more_scratch = crf.startInference()
    for i in range(settings.num_iterations):
        keep = i + 1 == settings.num_iterations or wanted()
        crf.stepInference(q, scratch, more_scratch)
        if keep:
            # The memory behind q is overwritten by the next step.
            yield np.array(q, dtype=np.float32).reshape(num_classes, height, width)
        else:
            yield None


def _import() -> ModuleType:
    missing = available()
    if missing:
        raise EngineError("The CRF cannot run.", missing, "Everything else works without it.")
    return importlib.import_module("pydensecrf.densecrf")


def _lacks(what: str) -> SettingsError:
    return SettingsError(
        "The CRF engine “reference” cannot run with these settings.",
        f"As segviewer calls it, it {what}.",
        "Choose the engine “lattice”, or put the setting back.",
    )


def _check(image: np.ndarray, unary: np.ndarray) -> None:
    height, width = image.shape[:2]
    num_pixels, num_classes = unary.shape
    if image.dtype != np.uint8 or image.shape[2:] != (3,):
        raise SettingsError(
            "The CRF cannot use this image.",
            f"It is {image.dtype} {image.shape}, not uint8 (height, width, 3): colours must be "
            "grey levels 0 to 255, as σβ counts them.",
            "Give the photograph itself, not the network's input.",
        )
    if num_pixels != height * width:
        raise SettingsError(
            "The CRF cannot use this image with these probabilities.",
            f"The image has {width}×{height} = {width * height} pixels, "
            f"the probabilities {num_pixels}.",
            "Bring both to one size first.",
        )
    if not np.isfinite(unary).all():
        raise SettingsError(
            "The CRF cannot use these probabilities.",
            "Their logarithms hold NaN or infinity.",
            "Make them with unary_from_probs.",
        )
    if num_pixels * num_classes > _MAX_VALUES:
        raise EngineError(
            "The picture is too large for pydensecrf.",
            f"{num_pixels / 1e6:.0f} megapixels in {num_classes} classes overflow its counters.",
            "Run the CRF on a smaller picture.",
        )
