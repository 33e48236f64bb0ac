"""Two checks on a small crop: the lattice against the exact sum, and the lecture slides' formula.

The lecture slides (and DeepLab v1) write Σ over i ≠ j of θ k(f_i, f_j) [x_i ≠ x_j]. That counts
each pair twice, which doubles θ; leaves a pixel itself out; and is not normalised. Programs whose θ
are published divide by the kernel's sums. With s_i the sum of a kernel's row, itself included, a
pixel receives 2 (s_i - 1) of the slides' kernel where it receives about 1 of the normalised one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segviewer.crf.engines.mean_field_exact import MAX_SIDE, mean_field_exact, pairwise_matrix
from segviewer.crf.engines.mean_field_lattice import refine
from segviewer.crf.inspection.kernel_row import appearance_row, inside, smoothness_row
from segviewer.crf.inspection.refinement_history import initial_probs, require_classes
from segviewer.crf.lattice.kernel_cache import KernelCache
from segviewer.crf.settings.crf_settings import CRFSettings


@dataclass(frozen=True)
class Crop:
    """Part of a picture: rows ``top:bottom``, columns ``left:right``."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """For indexing (rows, columns)."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


@dataclass(frozen=True)
class Correctness:
    """Exact against lattice.

    Attributes
    ----------
    largest : float
        Largest difference of a probability, after all iterations.
    mean : float
        Mean over the pixels of half the L1 distance (total variation).
    per_iteration : ndarray of float64 (T,)
        Largest difference after each.
    differing : ndarray of bool (H, W)
        Pixels whose labels differ.
    exact, lattice : ndarray of float32 (K, H, W)
    """

    largest: float
    mean: float
    per_iteration: NDArray[np.float64]
    differing: NDArray[np.bool_]
    exact: NDArray[np.float32]
    lattice: NDArray[np.float32]


@dataclass(frozen=True)
class KernelConvention:
    """What a pixel receives at most through one kernel, in two conventions, θ aside.

    Attributes
    ----------
    mass : float
        s_i, row sum of the kernel, the pixel itself included.
    raw : float
        2 (s_i - 1): the lecture slides' sum over j ≠ i, each pair twice.
    normalised : float
        Row sum of the normalised kernel, itself included.
    factor : float
        ``raw / normalised``.
    """

    mass: float
    raw: float
    normalised: float
    factor: float


@dataclass(frozen=True)
class Convention:
    """The lecture slides' raw formula beside the normalised one, with the same θ.

    Attributes
    ----------
    kernels : dict of str to KernelConvention
        At the pixel asked for; a kernel of weight 0 is left out.
    raw, normalised : ndarray of float32 (K, H, W)
        Probabilities after all iterations.
    differing : ndarray of bool (H, W)
    """

    kernels: dict[str, KernelConvention]
    raw: NDArray[np.float32]
    normalised: NDArray[np.float32]
    differing: NDArray[np.bool_]


def crop_around(shape: tuple[int, int], pixel: tuple[int, int], side: int = MAX_SIDE) -> Crop:
    """Largest crop up to side × side about a pixel that lies in a picture of (height, width).

    Parameters
    ----------
    shape : (int, int)
        Height and width of the picture.
    pixel : (int, int)
        Row and column.
    side : int
    """
    starts = []
    for place, length in zip(inside(pixel, shape), shape, strict=True):
        starts.append(min(max(0, place - side // 2), max(0, length - side)))
    top, left = starts
    return Crop(top, left, min(shape[0], top + side), min(shape[1], left + side))


def compare_engines(
    image: NDArray[np.uint8],
    unary: np.ndarray,
    settings: CRFSettings,
    *,
    threads: int | None = None,
) -> Correctness:
    """Run both engines on a picture of at most 64×64.

    Parameters
    ----------
    image : ndarray of uint8 (H, W, 3)
    unary : ndarray of float (N, K)
        Negative log-probabilities, row-major pixels.
    settings : CRFSettings
        All of it holds for both; no class is dropped.

    Raises
    ------
    SettingsError
        If the picture is too large, for a single class, or as `refine` does.
    """
    require_classes(np.shape(unary)[-1])
    settings = settings.model_copy(update={"drop_classes": False})
    exact = list(mean_field_exact(image, unary, settings))
    # A cache of its own: crops would drive the picture's lattices out.
    steps = refine(image, unary, settings, threads=threads, kernels=KernelCache())
    found = [step for step in steps if step is not None]
    if not exact:
        exact = found = [initial_probs(np.asarray(unary), (image.shape[0], image.shape[1]))]
    differences = [np.abs(a - b) for a, b in zip(exact, found, strict=True)]
    return Correctness(
        largest=float(differences[-1].max()),
        mean=float(differences[-1].sum(0).mean() / 2),
        per_iteration=np.array([d.max() for d in differences]),
        differing=exact[-1].argmax(0) != found[-1].argmax(0),
        exact=exact[-1].astype(np.float32),
        lattice=found[-1],
    )


def compare_conventions(
    image: np.ndarray, unary: np.ndarray, settings: CRFSettings, pixel: tuple[int, int]
) -> Convention:
    """Run the exact engine by the lecture slides' formula and normalised, with the same numbers.

    Parameters
    ----------
    pixel : tuple of int
        Row and column in this picture, for `kernels`.
    settings : CRFSettings
        Where it says no normalisation, ``symmetric`` is what the lecture slides' formula is
        compared with.

    Others as in `compare_engines`.

    Raises
    ------
    SettingsError
        As `compare_engines` does, or if the pixel lies outside.
    """
    require_classes(np.shape(unary)[-1])
    row, column = inside(pixel, image.shape[:2])
    i = row * image.shape[1] + column
    rule = "symmetric" if settings.normalisation == "none" else settings.normalisation
    ours = settings.model_copy(update={"normalisation": rule, "self_message": True})
    of_slides = settings.model_copy(
        update={
            "appearance_weight": 2 * settings.appearance_weight,
            "smoothness_weight": 2 * settings.smoothness_weight,
            "normalisation": "none",
            "self_message": False,
        }
    )
    raw = _last(image, unary, mean_field_exact(image, unary, of_slides))
    normalised = _last(image, unary, mean_field_exact(image, unary, ours))
    kernels = {}
    for kind in ("appearance", "smoothness"):
        if not getattr(settings, f"{kind}_weight"):
            continue
        alone = {"appearance_weight": 0.0, "smoothness_weight": 0.0, f"{kind}_weight": 1.0}
        matrix = pairwise_matrix(image, ours.model_copy(update=alone))
        mass = float(_row(image, settings, kind, (row, column)).sum(dtype=float))
        received = float(matrix[i].sum())
        kernels[kind] = KernelConvention(mass, 2 * (mass - 1), received, 2 * (mass - 1) / received)
    return Convention(kernels, raw, normalised, raw.argmax(0) != normalised.argmax(0))


def _row(image: np.ndarray, settings: CRFSettings, kind: str, pixel: tuple[int, int]) -> np.ndarray:
    if kind == "appearance":
        widths = (settings.appearance_xy_std, settings.appearance_rgb_std)
        return appearance_row(image, pixel, *widths)
    return smoothness_row(image.shape[:2], pixel, settings.smoothness_xy_std)


def _last(image: np.ndarray, unary: np.ndarray, steps: Iterable[np.ndarray]) -> np.ndarray:
    probs = initial_probs(np.asarray(unary), image.shape[:2])
    for step in steps:
        probs = step
    return probs.astype(np.float32)
