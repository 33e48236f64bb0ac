"""What the labs of the CRF studio start from: unary energies, the clicked pixel, a memory key."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from segviewer.lab_list import LabContext, Mark
from segviewer.refinement import unary_of

APPEARANCE, SMOOTHNESS = "θ1", "θ2"  # symbols whose colours the two kernels have


@dataclass(frozen=True)
class CrfCase:
    """One refinement to be looked into.

    Attributes
    ----------
    image : ndarray of uint8 (H, W, 3)
    unary : ndarray of float32 (N, K)
        Tempered and clipped as the session says.
    how : tuple
        Normalisation, and whether a pixel hears itself.
    compatibility : ndarray of float (K, K) or None
        None is the Potts model.
    key : tuple
        Equal for equal refinements of one length.
    """

    image: np.ndarray
    unary: np.ndarray
    how: tuple[str, bool]
    compatibility: np.ndarray | None
    key: tuple

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        return self.image.shape[:2]


def crf_case(context: LabContext) -> CrfCase:
    """Prepare what `context` holds.

    Raises
    ------
    SettingsError
        If its probabilities are none.
    """
    from segviewer.crf.compatibility_matrix import dense

    crf, probs = context.crf, context.probs
    matrix = dense(crf.compatibility, len(probs)) if crf.compatibility else None
    digest = hashlib.blake2b(np.ascontiguousarray(context.image), digest_size=16)
    digest.update(np.ascontiguousarray(probs))
    # What only says how the result is computed or shown, not what it is.
    same = {"enabled": True, "engine": "lattice", "drop_classes": True, "num_iterations": 1}
    key = (digest.hexdigest(), crf.model_copy(update=same))
    how = (crf.normalisation, crf.self_message)
    return CrfCase(context.image, unary_of(probs, crf), how, matrix, key)


def pixel_at(column: float, row: float, shape: tuple[int, int]) -> tuple[int, int]:
    """Row and column of the pixel at fractions 0 … 1 of a picture of (height, width)."""
    height, width = shape
    return min(height - 1, int(row * height)), min(width - 1, int(column * width))


def pixel_mark(pixel: tuple[int, int], shape: tuple[int, int], text: str = "") -> Mark:
    """A small ring about a pixel."""
    (row, column), (height, width) = pixel, shape
    radius = max(1.0, 0.008 * max(shape))
    return Mark(
        (column + 0.5 - radius) / width, (row + 0.5 - radius) / height,
        (column + 0.5 + radius) / width, (row + 0.5 + radius) / height,
        text, tone="r", oval=True,
    )  # fmt: skip


def as_heat(values: np.ndarray, peak: float | None = None) -> np.ndarray:
    """Scale non-negative values to uint8, `peak` (their largest where left out) at 255."""
    peak = float(values.max(initial=0)) if peak is None else peak
    if peak <= 0:
        return np.zeros(values.shape, np.uint8)
    return np.clip(np.rint(values * (255 / peak)), 0, 255).astype(np.uint8)
