"""A quick refinement at half the size, to be shown while a slider moves.

Picture and probabilities are averaged in squares of `SCALE` pixels, the CRF runs there with widths
that are as many times smaller and with at most `ITERATIONS` iterations, and its probabilities are
interpolated back. Kernels are normalised, so the weights stay. What is lost is what half the size
loses: things one pixel wide, and outlines by up to a pixel. It must be called a draft where it is
shown.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from segviewer.crf.compatibility_matrix import set_matrix
from segviewer.crf.compiled_kernel import kernel
from segviewer.crf.input_check import checked
from segviewer.crf.kernel_cache import CACHE, KernelCache
from segviewer.crf.mean_field_lattice import MeanField
from segviewer.crf.settings import CRFSettings
from segviewer.crf.thread_team import ThreadTeam
from segviewer.errors import SettingsError

SCALE = 2
"""How many times smaller the draft's picture is, on each side."""

ITERATIONS = 3
"""A draft takes no more iterations than this; most of the labels move in the first three."""

_WIDTH_FLOOR = 0.01  # the smallest that the engine takes


def draft(
    image: np.ndarray,
    probs: np.ndarray,
    settings: CRFSettings,
    *,
    threads: int | None = None,
    kernels: KernelCache = CACHE,
) -> np.ndarray:
    """Refine probabilities roughly.

    Parameters
    ----------
    image : ndarray of uint8 (H, W, 3)
        The photograph in RGB, at the size of the probabilities.
    probs : ndarray of float32 (K, H, W)
        The network's probabilities; every pixel sums to 1. Not checked, for that takes as long as
        the draft does: :func:`segviewer.crf.unary.unary_from_probs` checks them for the refinement
        that follows.
    settings : CRFSettings
        Of the whole refinement, widths in pixels of `image`. `enabled` is not looked at.
    threads : int, optional
        Every processor if left out. Changes no digit of the result.
    kernels : KernelCache
        Keeps lattices, so that only a change of the picture or of a width builds one.

    Returns
    -------
    ndarray of float32 (K, H, W)
        Probabilities; every pixel sums to 1.

    Raises
    ------
    SettingsError
        If picture, probabilities and settings do not fit together or hold impossible values.
    """
    image, probs = np.asarray(image), np.asarray(probs)
    if probs.ndim != 3 or 0 in probs.shape or probs.shape[1:] != image.shape[:2]:
        raise SettingsError(
            "The CRF cannot use this image with these probabilities.",
            f"The image is {image.shape}, the probabilities are {probs.shape}; they must be "
            "(height, width, 3) and (classes, height, width).",
            "Bring both to one size first.",
        )
    probs = np.ascontiguousarray(probs, np.float32)
    with ThreadTeam(threads) as team:
        small, unary = _halved(image, probs, settings, team)
        numbers = _halved_settings(settings)
        how = (settings.normalisation, settings.self_message)
        small, unary = checked(small, unary, numbers, how[0])
        matrix = set_matrix(settings, len(probs))
        field = MeanField(small, unary, numbers, *how, matrix, None, team, kernels)
        for i in range(numbers.num_iterations):
            last = i + 1 == numbers.num_iterations
            q = field.step(keep=last, last=last)
        refined = np.empty_like(probs)
        team.split(_interpolate, probs.shape[1], q, refined, at_least=16)
    return refined


def warm_up(num_classes: int) -> None:
    """Compile what `draft` needs for so many classes, or load it from disk."""
    probs = np.full((num_classes, 128, 128), 1 / num_classes, np.float32)
    draft(np.zeros((128, 128, 3), np.uint8), probs, CRFSettings(), kernels=KernelCache())


def _halved_settings(settings: CRFSettings) -> SimpleNamespace:
    """The engine's numbers at half the size; these may lie outside the sliders' ranges."""
    return SimpleNamespace(
        appearance_weight=settings.appearance_weight,
        appearance_xy_std=max(settings.appearance_xy_std / SCALE, _WIDTH_FLOOR),
        appearance_rgb_std=settings.appearance_rgb_std,
        smoothness_weight=settings.smoothness_weight,
        smoothness_xy_std=max(settings.smoothness_xy_std / SCALE, _WIDTH_FLOOR),
        num_iterations=max(1, min(settings.num_iterations, ITERATIONS)),
    )


def _halved(
    image: np.ndarray, probs: np.ndarray, settings: CRFSettings, team: ThreadTeam
) -> tuple[np.ndarray, np.ndarray]:
    """Averages of squares: uint8 (h, w, 3), and their energies float32 (h·w, K)."""
    classes, height, width = probs.shape
    small = -(-height // SCALE), -(-width // SCALE)
    picture = np.empty((*small, 3), image.dtype)
    # Classes lie apart here, together below: one row of pixels at a time stays in the cache.
    unary = np.empty((small[0] * small[1], classes), np.float32)
    team.split(_average_picture, small[0], np.ascontiguousarray(image), picture, at_least=16)
    team.split(_average_probs, small[0], probs, unary, np.float32(settings.clip), at_least=16)

    def energies(start: int, stop: int) -> None:
        # numpy's logarithm takes many at once, a compiled loop's one.
        part = unary[start:stop]
        np.multiply(np.log(part, out=part), np.float32(-1 / settings.temperature), out=part)

    team.split(energies, len(unary), at_least=4096)
    return picture, unary


@kernel()
def _average_picture(start, stop, image, small):
    height, width = image.shape[:2]
    for y in range(start, stop):
        low, high = SCALE * y, min(height, SCALE * y + SCALE)
        for x in range(small.shape[1]):
            left, right = SCALE * x, min(width, SCALE * x + SCALE)
            count = (high - low) * (right - left)
            for c in range(image.shape[2]):
                total = count // 2  # to the nearest
                for i in range(low, high):
                    for j in range(left, right):
                        total += np.int64(image[i, j, c])
                small[y, x, c] = total // count


@kernel()
def _average_probs(start, stop, probs, averages, clip):
    classes, height, width = probs.shape
    across = (width + SCALE - 1) // SCALE
    share = np.float32(1 / (SCALE * SCALE))
    column = np.empty(SCALE * across, np.float32)
    for y in range(start, stop):
        for c in range(classes):
            for x in range(width):
                column[x] = np.float32(0)
            for i in range(SCALE):
                # At an odd border the last row and column count twice.
                row = min(height - 1, SCALE * y + i)
                for x in range(width):
                    column[x] += probs[c, row, x]
            for x in range(width, SCALE * across):
                column[x] = column[width - 1]
            for x in range(across):
                total = np.float32(0)
                for j in range(SCALE):
                    total += column[SCALE * x + j]
                averages[y * across + x, c] = max(clip, share * total)


@kernel()
def _interpolate(start, stop, small, large):
    """Bilinear, centres of pixels on centres of squares, the outermost kept beyond them."""
    classes, height, width = small.shape
    across = large.shape[2]
    step, half = np.float32(1 / SCALE), np.float32(0.5)
    row = np.empty(width, np.float32)
    for y in range(start, stop):
        place = (np.float32(y) + half) * step - half
        upper = np.int64(np.floor(place))
        weight = place - np.float32(upper)
        lower = min(height - 1, upper + 1)
        upper = max(0, upper)
        for c in range(classes):
            for x in range(width):
                above = small[c, upper, x]
                row[x] = above + weight * (small[c, lower, x] - above)
            for x in range(min(SCALE // 2, across)):
                large[c, y, x] = row[0]
            for x in range(width - 1):
                for i in range(SCALE):
                    share = (np.float32(i) + half) * step
                    here = row[x] + share * (row[x + 1] - row[x])
                    large[c, y, SCALE * x + SCALE // 2 + i] = here
            for x in range(SCALE * width - SCALE // 2, across):
                large[c, y, x] = row[width - 1]
