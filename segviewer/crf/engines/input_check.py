"""What the lattice engine is given, checked and brought into one form."""

from __future__ import annotations

import typing
from collections.abc import Sequence

import numpy as np

from segviewer.crf.settings.crf_settings import LEAST_WIDTH, CRFSettings, Normalisation
from segviewer.errors import SettingsError

_NORMALISATIONS = typing.get_args(Normalisation)


def checked(
    image: np.ndarray, unary: np.ndarray, settings: CRFSettings
) -> tuple[np.ndarray, np.ndarray]:
    """Return image and unary as C-ordered uint8 (H, W, 3) and float32 (N, K).

    `settings` is checked here, too, because an engine can be given other numbers than the sliders
    allow.

    Parameters
    ----------
    image : ndarray (H, W, 3)
        Grey levels 0 to 255.
    unary : ndarray (N, K)
        Energies, row-major pixels.
    settings : CRFSettings
    normalisation : str

    Raises
    ------
    SettingsError
        If they do not fit together or hold impossible values. NaN and infinity in `unary` are
        found where it is copied, in `mean_field_lattice`.
    """
    image, unary = np.asarray(image), np.asarray(unary)
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise SettingsError(
            "The CRF cannot use this image.",
            f"It is {image.dtype} {image.shape}, not uint8 (height, width, 3): colours must be "
            "grey levels 0 to 255, as σβ counts them.",
            "Give the photograph itself, not the network's input.",
        )
    height, width = image.shape[:2]
    if unary.ndim != 2 or len(unary) != height * width or unary.shape[1] == 0:
        raise SettingsError(
            "The CRF cannot use this image with these probabilities.",
            f"The image has {width}×{height} = {width * height} pixels, "
            f"the unary energies are {unary.shape} instead of (pixels, classes).",
            "Bring both to one size first.",
        )
    if unary.dtype.kind not in "fiu":
        raise unusable_unary(f"They are {unary.dtype}, not real numbers.")
    with np.errstate(over="ignore"):
        unary = np.ascontiguousarray(unary, np.float32)
    _check_settings(settings)
    return np.ascontiguousarray(image), unary


def taking_part(classes: Sequence[int] | None, num_classes: int) -> np.ndarray:
    """Return the classes that take part as int64 (k,); None means all.

    Raises
    ------
    SettingsError
        If there are none, or others than 0 … `num_classes` - 1, or one twice.
    """
    if classes is None:
        return np.arange(num_classes)
    given = np.asarray(classes)
    if (
        given.ndim != 1
        or given.dtype.kind not in "iu"
        or len(np.unique(given)) != len(given)
        or not ((given >= 0) & (given < num_classes)).all()
    ):
        raise _unusable_settings(f"{classes!r} are not distinct classes below {num_classes}.")
    return given.astype(np.int64)


def _check_settings(settings: CRFSettings) -> None:
    for name in ("appearance_xy_std", "appearance_rgb_std", "smoothness_xy_std"):
        value = getattr(settings, name)
        if not LEAST_WIDTH <= value <= 1e6:
            raise _unusable_settings(
                f"{name} is {value}, not a width between {LEAST_WIDTH} and a million."
            )
    for name in ("appearance_weight", "smoothness_weight"):
        value = getattr(settings, name)
        if not 0 <= value <= 1e6:
            raise _unusable_settings(f"{name} is {value}, not a weight from 0 to a million.")
    if not settings.num_iterations >= 0:
        raise _unusable_settings(f"num_iterations is {settings.num_iterations}.")
    rule = settings.normalisation
    if rule not in _NORMALISATIONS:
        raise _unusable_settings(
            f"There is no normalisation {rule!r}; there are {', '.join(_NORMALISATIONS)}."
        )


def unusable_unary(why: str) -> SettingsError:
    """The error for unary energies; `why` is one sentence."""
    return SettingsError(
        "The CRF cannot use these unary energies.", why, "Make them with unary_from_probs."
    )


def _unusable_settings(why: str) -> SettingsError:
    return SettingsError("The CRF cannot use these settings.", why, "Choose another value.")
