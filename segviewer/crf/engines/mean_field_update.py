"""One pass over the pixels of a band: slice, compatibility, softmax, and splat for the next pass.

A pixel's row of classes never leaves the nearest cache between these steps; the rows of a lattice
that the pixels of one square touch stay in the next one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from segviewer.crf.lattice.compiled_kernel import kernel
from segviewer.crf.lattice.lanes import (
    WIDTH,
    add,
    add_product,
    add_scaled,
    exponential,
    fetch,
    largest,
    load,
    scale,
    shift,
    store,
    total,
    transpose,
    zeros,
)
from segviewer.crf.lattice.lattice_filter import clear
from segviewer.crf.lattice.vertex_numbering import TILE

# Corners of a pixel in the two lattices, d + 1.
_APPEARANCE, _SMOOTHNESS = 6, 3

# Scores of the lanes that fill up the last vector: their probability is exactly 0.
_IMPOSSIBLE = np.finfo(np.float32).min


@kernel()
def scores(
    start: int,
    stop: int,
    unary: np.ndarray,
    classes: np.ndarray,
    score: np.ndarray,
    sound: np.ndarray,
) -> None:
    """Negative unary energies of `classes`, shifted so that the largest of every pixel is 0.

    Then most updates need not look for the largest. Sets ``sound[0]`` to false if `unary` holds
    NaN or infinity.

    Parameters
    ----------
    start, stop : int
        Pixels to work on.
    unary : ndarray of float32 (N, K)
        Energies.
    classes : ndarray of int64 (C,)
        Those that take part.
    score : ndarray of float32 (N, L)
        Written: L lanes, those beyond C impossible.
    sound : ndarray of bool (1,)
        Written.
    """
    for n in range(start, stop):
        lowest, nothing = unary[n, classes[0]], np.float32(0)
        for c in range(len(classes)):
            energy = unary[n, classes[c]]
            lowest = min(lowest, energy)
            nothing += energy * np.float32(0)
            score[n, c] = -energy
        if nothing != 0:  # 0 times NaN or infinity is NaN
            sound[0] = False
        for c in range(len(classes)):
            score[n, c] += lowest
        for c in range(len(classes), score.shape[1]):
            score[n, c] = _IMPOSSIBLE


@cache
def update(vectors: int) -> Callable[..., None]:
    """Compile for rows of so many vectors.

    Arguments of the kernel, beside the band's squares, the picture's size and `scores`:

    receive, send
        Whether to slice, and whether to splat.
    old, target, barycentric, out_scale
        For the appearance (1) and the smoothness kernel (2): blurred lattice values, and how a
        pixel slices them. ``target`` has no columns where the kernel is off.
    new, in_scale, vertex, guest
        For each kernel: lattice values to splat onto, how, and the band's rows there.
    weight1, weight2
        θ of the two kernels.
    own
        What each pixel receives of itself, to be taken out; empty where it is kept.
    attraction
        From :func:`segviewer.crf.settings.compatibility.attraction`.
    probs
        Probabilities (N, L), kept only if `own` needs them.
    planes
        Where to write probabilities (K, N); none if K is 0.
    """
    size = vectors * WIDTH
    too_small, too_large, one = np.float32(1e-20), np.float32(1e30), np.float32(1)

    @kernel()
    def band(
        first_tile: int,
        last_tile: int,
        height: int,
        width: int,
        score: np.ndarray,
        receive: bool,
        send: bool,
        old1: np.ndarray,
        target1: np.ndarray,
        barycentric1: np.ndarray,
        out_scale1: np.ndarray,
        new1: np.ndarray,
        in_scale1: np.ndarray,
        vertex1: np.ndarray,
        guest1: np.ndarray,
        old2: np.ndarray,
        target2: np.ndarray,
        barycentric2: np.ndarray,
        out_scale2: np.ndarray,
        new2: np.ndarray,
        in_scale2: np.ndarray,
        vertex2: np.ndarray,
        guest2: np.ndarray,
        weight1: np.float32,
        weight2: np.float32,
        own: np.ndarray,
        attraction: np.ndarray,
        probs: np.ndarray,
        planes: np.ndarray,
    ) -> None:
        on1, on2 = target1.shape[1] > 0, target2.shape[1] > 0
        receive1, receive2, send1, send2 = (
            receive and on1,
            receive and on2,
            send and on1,
            send and on2,
        )
        if send1:
            clear(new1, vertex1, guest1)
        if send2:
            clear(new2, vertex2, guest2)
        received = np.empty(size, np.float32)
        rows = np.empty((TILE, size), np.float32)
        across = (width + TILE - 1) // TILE
        for tile in range(first_tile, last_tile):
            top, left = tile // across * TILE, tile % across * TILE
            for y in range(top, min(height, top + TILE)):
                first, count = y * width + left, min(TILE, width - left)
                # Loops of their own, so that what one pixel waits for delays fewer
                # instructions of the next ones.
                for i in range(count):
                    n = first + i
                    message = zeros(vectors)
                    if receive1:
                        for r in range(_APPEARANCE):
                            row = load(
                                old1, np.int64(fetch(target1, n * _APPEARANCE + r)) * size, vectors
                            )
                            message = add_scaled(
                                message, fetch(barycentric1, n * _APPEARANCE + r), row
                            )
                        message = scale(message, weight1 * fetch(out_scale1, n))
                    if receive2:
                        part = zeros(vectors)
                        for r in range(_SMOOTHNESS):
                            row = load(
                                old2, np.int64(fetch(target2, n * _SMOOTHNESS + r)) * size, vectors
                            )
                            part = add_scaled(part, fetch(barycentric2, n * _SMOOTHNESS + r), row)
                        message = add_scaled(message, weight2 * fetch(out_scale2, n), part)
                    if receive and len(own):
                        message = add_scaled(message, -own[n], load(probs, n * size, vectors))
                    energy = load(score, n * size, vectors)
                    if len(attraction) == 0:
                        energy = add(energy, message)
                    elif len(attraction) == 1:
                        energy = add_product(energy, load(attraction, 0, vectors), message)
                    else:
                        store(received, 0, message)
                        for c in range(len(attraction)):
                            row = load(attraction, c * size, vectors)
                            energy = add_scaled(energy, received[c], row)
                    store(rows, i * size, energy)
                for i in range(count):
                    energy = load(rows, i * size, vectors)
                    row = exponential(energy)
                    mass = total(row)
                    if not too_small < mass < too_large:
                        row = exponential(shift(energy, -largest(energy)))
                        mass = total(row)
                    store(rows, i * size, scale(row, one / mass))
                if send1:
                    for i in range(count):
                        n = first + i
                        row = scale(load(rows, i * size, vectors), fetch(in_scale1, n))
                        for r in range(_APPEARANCE):
                            place = np.int64(fetch(target1, n * _APPEARANCE + r)) * size
                            here = load(new1, place, vectors)
                            store(
                                new1,
                                place,
                                add_scaled(here, fetch(barycentric1, n * _APPEARANCE + r), row),
                            )
                if send2:
                    for i in range(count):
                        n = first + i
                        row = scale(load(rows, i * size, vectors), fetch(in_scale2, n))
                        for r in range(_SMOOTHNESS):
                            place = np.int64(fetch(target2, n * _SMOOTHNESS + r)) * size
                            here = load(new2, place, vectors)
                            store(
                                new2,
                                place,
                                add_scaled(here, fetch(barycentric2, n * _SMOOTHNESS + r), row),
                            )
                if send and len(own):  # those before the last update stay: `full_resolution`
                    for i in range(count):
                        store(probs, (first + i) * size, load(rows, i * size, vectors))
                if len(planes):
                    _turn(rows, planes, first, count)

    return band


@kernel(forceinline=True)
def _turn(rows: np.ndarray, planes: np.ndarray, first: int, count: int) -> None:
    """Copy the first `count` rows into (K, N) planes, from pixel `first` on."""
    size, classes, pixels = rows.shape[1], planes.shape[0], planes.shape[1]
    i = 0
    while i + WIDTH <= count:
        for c in range(0, classes, WIDTH):
            place = c * pixels + first + i
            transpose(rows, i * size + c, size, planes, place, pixels, classes - c)
        i += WIDTH
    for rest in range(i, count):
        for c in range(classes):
            planes[c, first + rest] = rows[rest, c]
