"""One mean-field update at the pixels of another picture, in lattices that it was not built for.

What `mean_field_update` is at the lattice's own pixels: look the corners up, slice, compatibility,
add to what the network says. A row of the picture is worked on in short pieces, so that nothing
but the labels is ever held for all of it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import log

import numpy as np

from segviewer.crf.lattice.compiled_kernel import kernel
from segviewer.crf.lattice.lanes import (
    WIDTH,
    add_product,
    add_scaled,
    exponential,
    largest,
    load,
    prefetch,
    scale,
    shift,
    store,
    total,
    zeros,
)
from segviewer.crf.lattice.lattice_lookup import row_of
from segviewer.crf.lattice.permutohedral import locate
from segviewer.crf.lattice.vertex_numbering import hashed

PIECE = 64
"""Pixels worked on at a time: their corners stay in the nearest caches."""

_AHEAD = 4  # pixels between the one that is looked up and the one whose corners are announced
_EPSILON = np.float32(1e-20)  # as in `lattice_filter`


@cache
def update_elsewhere(vectors: int) -> Callable[..., None]:
    """Compile for rows of so many vectors.

    Arguments of the kernel, beside the first row of the picture and the one behind the last, and
    the same of its columns:

    image, placed
        uint8 (H, W, 3), and where its pixels lie, from
        :func:`segviewer.crf.lattice.permutohedral.grid`.
    probs, clip, temperature
        The network's probabilities (h, w, L), interpolated before the logarithm.
    blurred, mass, weight, power, xy_std, rgb_std, scale, multiplier, slot
        For the appearance (1) and the smoothness kernel (2): blurred values of the vertices,
        what reaches each vertex of ones, θ with the lattice's gain, to which power the mass goes,
        and the :class:`segviewer.crf.lattice.lattice_lookup.LatticeLookup`. ``blurred`` has no
        rows where the kernel is off.
    own, before
        What each of the lattice's own pixels (h, w) receives of itself, to be taken out, and its
        probabilities (h, w, L) before this update; empty where it is kept.
    attraction
        From :func:`segviewer.crf.settings.compatibility.attraction`.
    classes, bias
        Which class each lane is, and what is added to it before the largest is taken.
    labels
        Written: uint8 (rows, W), of the first row given on.
    planes
        Written: probabilities float32 (K, rows, W), unless K is 0.
    """
    size = vectors * WIDTH
    locate_appearance, locate_smoothness = locate(5), locate(2)

    @kernel()
    def receive(
        blurred: np.ndarray,
        mass: np.ndarray,
        weight: np.float32,
        power: int,
        key: np.ndarray,
        barycentric: np.ndarray,
        slot: np.ndarray,
        count: int,
        message: np.ndarray,
    ) -> None:
        corners, mask = key.shape[1], len(slot) - 1
        # Table and values are larger than the caches and looks go anywhere, so both are
        # announced: keys become rows in place, and then values are read.
        for i in range(count):
            ahead = min(i + _AHEAD, count - 1)
            for r in range(corners):
                prefetch(slot, 2 * hashed(key[ahead, r], mask), 2)
            for r in range(corners):
                row = row_of(key[i, r], slot)
                key[i, r] = row
                if row >= 0:
                    prefetch(blurred, row * size, size)
        for i in range(count):
            part, reached = zeros(vectors), np.float32(0)
            for r in range(corners):
                row = key[i, r]
                if row >= 0:
                    share = barycentric[i, r]
                    part = add_scaled(part, share, load(blurred, row * size, vectors))
                    reached += share * mass[row]
            factor = weight
            if power == 1:
                factor = weight / (reached + _EPSILON)
            elif power == 2:
                factor = weight / np.sqrt(reached + _EPSILON)
            here = load(message, i * size, vectors)
            store(message, i * size, add_scaled(here, factor, part))

    @kernel()
    def rows(
        start: int,
        stop: int,
        leftmost: int,
        rightmost: int,
        image: np.ndarray,
        placed: np.ndarray,
        probs: np.ndarray,
        clip: np.float32,
        temperature: np.float32,
        blurred1: np.ndarray,
        mass1: np.ndarray,
        weight1: np.float32,
        power1: int,
        xy_std1: np.float32,
        rgb_std1: np.float32,
        scale1: np.ndarray,
        multiplier1: np.ndarray,
        slot1: np.ndarray,
        blurred2: np.ndarray,
        mass2: np.ndarray,
        weight2: np.float32,
        power2: int,
        xy_std2: np.float32,
        rgb_std2: np.float32,
        scale2: np.ndarray,
        multiplier2: np.ndarray,
        slot2: np.ndarray,
        own: np.ndarray,
        before: np.ndarray,
        attraction: np.ndarray,
        classes: np.ndarray,
        bias: np.ndarray,
        labels: np.ndarray,
        planes: np.ndarray,
    ) -> None:
        width, columns = image.shape[1], probs.shape[1]
        colours = image.reshape(-1)
        blend = np.empty((columns, size), np.float32)
        message = np.empty((PIECE, size), np.float32)
        energies = np.zeros(size, np.float32)
        key1, key2 = np.empty((PIECE, 6), np.int64), np.empty((PIECE, 3), np.int64)
        share1, share2 = np.empty((PIECE, 6), np.float32), np.empty((PIECE, 3), np.float32)
        one, tau, impossible = np.float32(1), one_over(temperature), np.float32(log(clip))
        for y in range(start, stop):
            place = min(max((y + 0.5) * placed[1] - 0.5, 0.0), placed[3])
            upper = np.int64(place)
            lower, down = min(upper + 1, np.int64(placed[3])), np.float32(place - upper)
            for x in range(columns):
                row = scale(load(probs, (upper * columns + x) * size, vectors), one - down)
                below = load(probs, (lower * columns + x) * size, vectors)
                store(blend, x * size, add_scaled(row, down, below))
            for left in range(leftmost, rightmost, PIECE):
                count, first = min(PIECE, rightmost - left), y * width + left
                for i in range(count):
                    store(message, i * size, zeros(vectors))
                if len(blurred1):
                    locate_appearance(
                        first,
                        first + count,
                        colours,
                        width,
                        placed,
                        xy_std1,
                        rgb_std1,
                        scale1,
                        multiplier1,
                        first,
                        key1,
                        share1,
                    )
                    receive(blurred1, mass1, weight1, power1, key1, share1, slot1, count, message)
                if len(blurred2):
                    locate_smoothness(
                        first,
                        first + count,
                        colours,
                        width,
                        placed,
                        xy_std2,
                        rgb_std2,
                        scale2,
                        multiplier2,
                        first,
                        key2,
                        share2,
                    )
                    receive(blurred2, mass2, weight2, power2, key2, share2, slot2, count, message)
                for i in range(count):
                    place = min(max((left + i + 0.5) * placed[0] - 0.5, 0.0), placed[2])
                    before_it = np.int64(place)
                    after_it = min(before_it + 1, np.int64(placed[2]))
                    right = np.float32(place - before_it)
                    unary = scale(load(blend, before_it * size, vectors), one - right)
                    unary = add_scaled(unary, right, load(blend, after_it * size, vectors))
                    taken = load(message, i * size, vectors)
                    if len(own):
                        near_x = min(np.int64(place + 0.5), np.int64(placed[2]))
                        near_y = upper if down < np.float32(0.5) else lower
                        near = near_y * columns + near_x
                        taken = add_scaled(taken, -own[near], load(before, near * size, vectors))
                    if len(attraction) == 1:
                        taken = add_product(zeros(vectors), load(attraction, 0, vectors), taken)
                    elif len(attraction) > 1:
                        store(message, i * size, taken)
                        taken = zeros(vectors)
                        for c in range(len(attraction)):
                            pull = load(attraction, c * size, vectors)
                            taken = add_scaled(taken, message[i, c], pull)
                    # A logarithm a class: those that fill up the last vector have none.
                    store(energies, 0, unary)
                    store(message, i * size, taken)
                    best, found = -np.float32(np.inf), 0
                    for c in range(len(classes)):
                        energy = impossible
                        if energies[c] > clip:  # most classes are nowhere near, and logs take long
                            energy = np.float32(log(energies[c]))
                        energy = energy * tau + message[i, c]
                        energies[c] = energy
                        if energy + bias[c] > best:
                            best, found = energy + bias[c], c
                    labels[y - start, left + i] = classes[found]
                    if len(planes):
                        for c in range(len(classes), size):
                            energies[c] = np.float32(-1e30)
                        energy_row = load(energies, 0, vectors)
                        softmax = exponential(shift(energy_row, -largest(energy_row)))
                        softmax = scale(softmax, one / total(softmax))
                        store(energies, 0, softmax)
                        for c in range(len(classes)):
                            planes[classes[c], y - start, left + i] = energies[c]

    return rows


@kernel(forceinline=True)
def one_over(number: np.float32) -> np.float32:
    """1 / `number` as float32."""
    return np.float32(1) / number
