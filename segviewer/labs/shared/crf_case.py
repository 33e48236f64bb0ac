"""What the labs of the CRF studio start from: unary energies, the clicked pixel, a memory key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from segviewer.crf.engines.unary import tempered_unary
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.imaging.mark import Mark
from segviewer.labs.lab import LabContext
from segviewer.labs.shared.refined_labels import content_key, settings_key

if TYPE_CHECKING:  # what is heavy is imported where it computes
    pass

APPEARANCE, SMOOTHNESS = "θ1", "θ2"  # symbols whose colours the two kernels have


@dataclass(frozen=True)
class CrfCase:
    """One refinement to be looked into.

    Attributes
    ----------
    image : ndarray of uint8 (H, W, 3)
    probs : ndarray of float32 (K, H, W)
        Before the CRF.
    crf : CRFSettings
    key : tuple
        Equal for equal refinements of one length.
    """

    image: np.ndarray
    probs: np.ndarray
    crf: CRFSettings
    key: tuple

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        return self.image.shape[:2]

    @cached_property
    def unary(self) -> np.ndarray:
        """Energies float32 (N, K) as the CRF gets them; SettingsError where `probs` are none."""
        return tempered_unary(self.probs, self.crf)


def crf_case(context: LabContext) -> CrfCase:
    """The refinement of what `context` holds."""
    # The labs look into the lattice, whichever engine is set, and count iterations themselves.
    same = {"engine": "lattice", "drop_classes": True, "num_iterations": 1}
    key = (content_key(context), settings_key(context.crf.model_copy(update=same)))
    return CrfCase(context.image, context.probs, context.crf, key)


def each_of(context: LabContext, count: int) -> Callable[[int], None]:
    """What is called before each of `count` iterations: stop if asked to, and say how far it is."""

    def each(iteration: int) -> None:
        context.check()
        context.progressed(iteration / count)

    return each


def pixel_at(column: float, row: float, shape: tuple[int, int]) -> tuple[int, int]:
    """Row and column of the pixel at fractions 0 … 1 of a picture of (height, width)."""
    height, width = shape
    return min(height - 1, int(row * height)), min(width - 1, int(column * width))


def said_at(context: LabContext, pixel: tuple[int, int]) -> str:
    """A pixel of working size as the readout below the picture says it: the photograph's x, y.

    Parameters
    ----------
    context : LabContext
    pixel : (int, int)
        Row and column at working size; its middle is meant.
    """
    height, width = context.image.shape[:2]
    rows, columns = context.photograph or (height, width)
    (row, column) = pixel
    return f"x {int((column + 0.5) * columns / width)}, y {int((row + 0.5) * rows / height)}"


def clicked_at(context: LabContext, column: float, row: float) -> str:
    """The clicked pixel, at fractions 0 … 1 of the photograph, in its x, y."""
    rows, columns = context.photograph or context.image.shape[:2]
    row_at, column_at = pixel_at(column, row, (rows, columns))
    return f"x {column_at}, y {row_at}"


def pixel_mark(pixel: tuple[int, int], shape: tuple[int, int], text: str = "") -> Mark:
    """A small ring about a pixel."""
    (row, column), (height, width) = pixel, shape
    radius = max(1.0, 0.008 * max(shape))
    return Mark(
        (column + 0.5 - radius) / width,
        (row + 0.5 - radius) / height,
        (column + 0.5 + radius) / width,
        (row + 0.5 + radius) / height,
        text,
        tone="r",
        oval=True,
    )


def as_raster(values: np.ndarray, peak: float | None = None) -> np.ndarray:
    """Scale non-negative values to uint8, `peak` (their largest where left out) at 255."""
    peak = float(values.max(initial=0)) if peak is None else peak
    if peak <= 0:
        return np.zeros(values.shape, np.uint8)
    return np.clip(np.rint(values * (255 / peak)), 0, 255).astype(np.uint8)
