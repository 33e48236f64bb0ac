"""A quick refinement at a fraction of the size, to be shown while a slider moves.

Picture and probabilities are averaged in squares of `draft_scale` pixels a side, and the CRF runs
there with widths that are as many times smaller and with at most `ITERATIONS` iterations. What its
pixels have received of each other is interpolated and added to the network's own scores, which so
lose nothing. Kernels are normalised, so the weights stay. What is lost is what the smaller size
loses of the photograph: things a pixel or two wide, and outlines by about a pixel. It must be
called a draft where it is shown.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from segviewer.crf.engines.input_check import checked
from segviewer.crf.engines.mean_field_lattice import MeanField
from segviewer.crf.engines.unary import tempered_log
from segviewer.crf.lattice.compiled_kernel import kernel
from segviewer.crf.lattice.kernel_cache import CACHE, KernelCache
from segviewer.crf.lattice.thread_team import ThreadTeam
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.errors import SettingsError

MOST_PIXELS = 25_000
"""Of the draft's picture, so that a new lattice costs the same few milliseconds for any picture."""

ITERATIONS = 3
"""A draft takes no more iterations than this; most of the labels move in the first three."""

_LEAST = np.float32(1e-12)  # a probability whose logarithm is still a number


def draft_scale(height: int, width: int) -> int:
    """How many times smaller the draft's picture is on each side, 2 or more."""
    return max(2, math.ceil(math.sqrt(height * width / MOST_PIXELS)))


def draft(
    image: NDArray[np.uint8],
    probs: NDArray[np.float32],
    settings: CRFSettings,
    *,
    threads: int | None = None,
    kernels: KernelCache = CACHE,
) -> NDArray[np.float32]:
    """Scores after a rough refinement.

    Parameters
    ----------
    image : ndarray of uint8 (H, W, 3)
        The photograph in RGB, at the size of the probabilities.
    probs : ndarray of float32 (K, H, W)
        The network's probabilities; every pixel sums to 1. Not checked, for that takes as long as
        the draft does: :func:`segviewer.crf.engines.unary.unary_from_probs` checks them for the
        refinement that follows.
    settings : CRFSettings
        Of the whole refinement, widths in pixels of `image`. `enabled` is not looked at.
    threads : int, optional
        Every processor if left out. Changes no digit of the result.
    kernels : KernelCache
        Keeps lattices, so that only a change of the picture or of a width builds one.

    Returns
    -------
    ndarray of float32 (K, H, W)
        Logarithms of the probabilities, up to a constant of each pixel. The labels are their
        argmax, which needs no more.

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
        scale = draft_scale(*image.shape[:2])
        small, unary = _averaged(image, probs, settings, scale, team)
        small_settings = settings.scaled(scale)
        small, unary = checked(small, unary, small_settings)
        own = unary.copy()  # the field's updates go into the other
        field = MeanField(small, unary, small_settings, team, kernels)
        iterations = max(1, min(settings.num_iterations, ITERATIONS))
        for i in range(iterations):
            last = i + 1 == iterations
            q = field.step(keep=last, last=last)
        assert q is not None  # the last is kept
        received = np.log(np.maximum(q, _LEAST)) + own.T.reshape(q.shape)
        scores, how = np.empty_like(probs), (settings.clip, settings.temperature)

        def add(start: int, stop: int) -> None:
            # numpy's logarithm takes many at once, a compiled loop's one.
            tempered_log(probs[:, start:stop], *how, out=scores[:, start:stop])
            _add_interpolated(start, stop, received, scores, scale)

        team.split(add, probs.shape[1], at_least=16)
    return scores


def warm_up(num_classes: int) -> None:
    """Compile what `draft` needs for so many classes, or load it from disk."""
    probs = np.full((num_classes, 128, 128), 1 / num_classes, np.float32)
    draft(np.zeros((128, 128, 3), np.uint8), probs, CRFSettings(), kernels=KernelCache())


def _averaged(
    image: np.ndarray, probs: np.ndarray, settings: CRFSettings, scale: int, team: ThreadTeam
) -> tuple[np.ndarray, np.ndarray]:
    """Averages of squares: uint8 (h, w, 3), and their energies float32 (h·w, K)."""
    classes, height, width = probs.shape
    small = -(-height // scale), -(-width // scale)
    picture = np.empty((*small, 3), image.dtype)
    # Classes lie apart here, together below: one row of pixels at a time stays in the cache.
    unary = np.empty((small[0] * small[1], classes), np.float32)
    team.split(_average_picture, small[0], np.ascontiguousarray(image), picture, scale, at_least=16)
    team.split(_average_probs, small[0], probs, unary, scale, at_least=16)

    def energies(start: int, stop: int) -> None:
        part = unary[start:stop]
        np.negative(tempered_log(part, settings.clip, settings.temperature, out=part), out=part)

    team.split(energies, len(unary), at_least=4096)
    return picture, unary


@kernel()
def _average_picture(
    start: int, stop: int, image: np.ndarray, small: np.ndarray, scale: int
) -> None:
    height, width = image.shape[:2]
    for y in range(start, stop):
        low, high = scale * y, min(height, scale * y + scale)
        for x in range(small.shape[1]):
            left, right = scale * x, min(width, scale * x + scale)
            count = (high - low) * (right - left)
            for c in range(image.shape[2]):
                total = count // 2  # to the nearest
                for i in range(low, high):
                    for j in range(left, right):
                        total += np.int64(image[i, j, c])
                small[y, x, c] = total // count


@kernel()
def _average_probs(
    start: int, stop: int, probs: np.ndarray, averages: np.ndarray, scale: int
) -> None:
    classes, height, width = probs.shape
    across = (width + scale - 1) // scale
    share = np.float32(1 / (scale * scale))
    column = np.empty(scale * across, np.float32)
    for y in range(start, stop):
        for c in range(classes):
            for x in range(width):
                column[x] = np.float32(0)
            for i in range(scale):
                # At a border that cuts a square the last row and column count for those beyond.
                row = min(height - 1, scale * y + i)
                for x in range(width):
                    column[x] += probs[c, row, x]
            for x in range(width, scale * across):
                column[x] = column[width - 1]
            for x in range(across):
                total = np.float32(0)
                for j in range(scale):
                    total += column[scale * x + j]
                averages[y * across + x, c] = share * total


@kernel()
def _add_interpolated(
    start: int, stop: int, small: np.ndarray, large: np.ndarray, scale: int
) -> None:
    """Bilinear, centres of pixels on centres of squares, the outermost kept beyond them."""
    classes, height, width = small.shape
    across = large.shape[2]
    step, half = np.float32(1 / scale), np.float32(0.5)
    # Of the first pixel after a square's centre, which lies between two pixels if scale is even.
    first = np.float32((scale + 1) % 2) * half
    row = np.empty(width, np.float32)
    for y in range(start, stop):
        place = (np.float32(y) + half) * step - half
        upper = np.int64(np.floor(place))
        weight = place - np.float32(upper)
        lower = min(height - 1, upper + 1)
        upper = max(np.int64(0), upper)
        for c in range(classes):
            for x in range(width):
                above = small[c, upper, x]
                row[x] = above + weight * (small[c, lower, x] - above)
            for x in range(min(scale // 2, across)):
                large[c, y, x] += row[0]
            for x in range(width - 1):
                at = scale * x + scale // 2
                for i in range(min(scale, across - at)):
                    share = (np.float32(i) + first) * step
                    large[c, y, at + i] += row[x] + share * (row[x + 1] - row[x])
            for x in range(scale * (width - 1) + scale // 2, across):
                large[c, y, x] += row[width - 1]
