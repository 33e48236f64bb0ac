"""Gaussian filtering on a lattice: splat and blur here; the slice is part of `mean_field_update`.

Values are float32 (rows, L): a row per pixel or vertex, L numbers side by side, L a multiple of 8.
Lattice values have rows for the guests of the bands, too (`lattice_bands`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from segviewer.crf.lattice.compiled_kernel import kernel
from segviewer.crf.lattice.lanes import (
    WIDTH,
    add,
    add_scaled,
    aligned_rows,
    fetch,
    load,
    prefetch,
    store,
    zeros,
)
from segviewer.crf.lattice.permutohedral import Lattice
from segviewer.crf.lattice.thread_team import ThreadTeam
from segviewer.crf.lattice.vertex_numbering import TILE
from segviewer.crf.settings.crf_settings import Normalisation

# Vertices between the one being blurred and the one asked for from memory.
_AHEAD = 24

_EPSILON = np.float32(1e-20)  # pydensecrf adds the same before dividing


@dataclass(frozen=True, eq=False)
class NormalisedKernel:
    """A lattice with the kernel's row sums s taken in on one side or both.

    Attributes
    ----------
    lattice : Lattice
    in_scale : ndarray of float32 (N,)
        What each pixel is scaled by before the filter.
    out_scale : ndarray of float32 (N,)
        What each pixel's message is scaled by after the filter, the lattice's gain among it.
    own : ndarray of float32 (N,) or None
        What each pixel receives of itself; None where that is not to be taken out.
    """

    lattice: Lattice
    in_scale: NDArray[np.float32]
    out_scale: NDArray[np.float32]
    own: NDArray[np.float32] | None

    @property
    def nbytes(self) -> int:
        """Memory in bytes, the lattice's aside."""
        own = 0 if self.own is None else self.own.nbytes
        return self.in_scale.nbytes + self.out_scale.nbytes + own


# Weights move while kernels stay, and the classes are chosen anew each time.
_LARGEST: WeakKeyDictionary[NormalisedKernel, float] = WeakKeyDictionary()


def row_sums(lattice: Lattice, team: ThreadTeam) -> np.ndarray:
    """s = K 1, the mass of every pixel's kernel: float32 (N,)."""
    return np.float32(lattice.gain) * _filter_once(lattice, np.float32(1), team)


def largest_row_sum(kernel: NormalisedKernel, team: ThreadTeam) -> float:
    """Largest row sum of a normalised kernel: the most that a pixel can receive through it."""
    if kernel not in _LARGEST:
        sums = kernel.out_scale * _filter_once(kernel.lattice, kernel.in_scale, team)
        _LARGEST[kernel] = float(sums.max())
    return _LARGEST[kernel]


def _filter_once(
    lattice: Lattice, numbers: np.ndarray | np.float32, team: ThreadTeam
) -> np.ndarray:
    """Splat, blur and slice one number a pixel, without the gain: float32 (N,)."""
    pixels = len(lattice.barycentric)
    rows = np.zeros((pixels, WIDTH), np.float32)
    rows[:, 0] = numbers
    values = filtered(lattice, rows, team)
    sliced = np.empty(pixels, np.float32)
    team.split(
        _slice_first,
        pixels,
        values,
        lattice.bands.target,
        lattice.barycentric,
        sliced,
        at_least=4096,
    )
    return sliced


def normalised(
    lattice: Lattice,
    sums: NDArray[np.float32] | None,
    own: NDArray[np.float32] | None,
    normalisation: Normalisation,
) -> NormalisedKernel:
    """Normalise a kernel.

    With s = `sums`: K, K·diag(1/s), diag(1/s)·K, or diag(s^-½)·K·diag(s^-½).

    Parameters
    ----------
    sums : ndarray of float32 (N,), optional
        From `row_sums`; without normalisation not needed.
    own : ndarray of float32 (N,), optional
        Diagonal of the filter, from :func:`segviewer.crf.lattice.lattice_self.own_weights`.
    """
    before: np.ndarray = np.ones(len(lattice.barycentric), np.float32)
    after: np.ndarray = np.full(len(lattice.barycentric), lattice.gain, np.float32)
    if normalisation != "none":
        assert sums is not None
        if normalisation == "before":
            before = 1 / (sums + _EPSILON)
        elif normalisation == "after":
            after /= sums + _EPSILON
        else:
            before = 1 / np.sqrt(sums + _EPSILON)
            after *= before
    return NormalisedKernel(lattice, before, after, None if own is None else own * before * after)


def filtered(lattice: Lattice, rows: NDArray[np.float32], team: ThreadTeam) -> NDArray[np.float32]:
    """Splat and blur.

    Parameters
    ----------
    rows : ndarray of float32 (N, L)
        L a multiple of 8.

    Returns
    -------
    ndarray of float32
        Row v is what vertex v holds; rows from M on repeat those of their owners.
    """
    bands = lattice.bands
    values = aligned_rows(bands.num_rows, rows.shape[1])
    splat = _splat(rows.shape[1] // WIDTH)

    def band(b: int) -> None:
        splat(
            bands.tile[b],
            bands.tile[b + 1],
            *lattice.shape,
            rows,
            bands.target,
            lattice.barycentric,
            bands.vertex[b : b + 2],
            bands.guest[b : b + 2],
            values,
        )

    team.each(band, bands.count)
    merge_and_blur(lattice, values, team)
    return values


def merge_and_blur(lattice: Lattice, values: NDArray[np.float32], team: ThreadTeam) -> None:
    """Bring the guests' rows home after the splat, blur along every direction, send them back.

    Parameters
    ----------
    lattice : Lattice
    values : ndarray of float32 (rows, L)
        Of every vertex and guest; changed in place.
    team : ThreadTeam
    """
    bands, vectors = lattice.bands, values.shape[1] // WIDTH
    team.split(
        _merge(vectors),
        len(bands.merge_vertex),
        bands.merge_vertex,
        bands.merge_start,
        bands.merge_row,
        values,
        at_least=256,
    )
    for chain, start in zip(lattice.chain, lattice.chain_start, strict=True):
        team.split(_blur(vectors), len(start) - 1, chain, start, values, at_least=256)
    team.split(
        _send_back(vectors),
        len(bands.owner),
        bands.owner,
        lattice.num_vertices,
        values,
        at_least=256,
    )


@kernel(forceinline=True)
def clear(values: np.ndarray, vertex: np.ndarray, guest: np.ndarray) -> None:
    """Set the rows that a band writes to zero.

    Parameters
    ----------
    values : ndarray of float32 (rows, L)
    vertex, guest : ndarray of int64 (2,)
        First row, and the one behind the last.
    """
    values[vertex[0] : vertex[1]] = 0
    values[guest[0] : guest[1]] = 0


@cache
def _splat(vectors: int) -> Callable[..., None]:
    """Kernel for rows of so many vectors."""
    size = vectors * WIDTH

    @kernel()
    def splat(
        first_tile: int,
        last_tile: int,
        height: int,
        width: int,
        rows: np.ndarray,
        target: np.ndarray,
        barycentric: np.ndarray,
        vertex: np.ndarray,
        guest: np.ndarray,
        values: np.ndarray,
    ) -> None:
        clear(values, vertex, guest)
        corners = target.shape[1]
        across = (width + TILE - 1) // TILE
        for tile in range(first_tile, last_tile):
            top, left = tile // across * TILE, tile % across * TILE
            for y in range(top, min(height, top + TILE)):
                for n in range(y * width + left, y * width + min(width, left + TILE)):
                    row = load(rows, n * size, vectors)
                    for r in range(corners):
                        place = np.int64(fetch(target, n * corners + r)) * size
                        here = load(values, place, vectors)
                        weight = fetch(barycentric, n * corners + r)
                        store(values, place, add_scaled(here, weight, row))

    return splat


@cache
def _merge(vectors: int) -> Callable[..., None]:
    """Kernel for rows of so many vectors."""
    size = vectors * WIDTH
    one = np.float32(1)

    @kernel()
    def merge(
        start: int,
        stop: int,
        merge_vertex: np.ndarray,
        merge_start: np.ndarray,
        merge_row: np.ndarray,
        values: np.ndarray,
    ) -> None:
        last_vertex, last_row = len(merge_vertex) - 1, len(merge_row) - 1
        for i in range(start, stop):
            ahead = min(i + _AHEAD, last_vertex)
            prefetch(values, np.int64(fetch(merge_vertex, ahead)) * size, size)
            ahead = min(merge_start[ahead], last_row)
            prefetch(values, np.int64(fetch(merge_row, ahead)) * size, size)
            place = np.int64(merge_vertex[i]) * size
            row = load(values, place, vectors)
            for k in range(merge_start[i], merge_start[i + 1]):
                guest = load(values, np.int64(fetch(merge_row, k)) * size, vectors)
                row = add_scaled(row, one, guest)
            store(values, place, row)

    return merge


@cache
def _send_back(vectors: int) -> Callable[..., None]:
    """Kernel for rows of so many vectors."""
    size = vectors * WIDTH

    @kernel()
    def send_back(
        start: int, stop: int, owner: np.ndarray, vertices: int, values: np.ndarray
    ) -> None:
        end = len(owner) - 1
        for i in range(start, stop):
            prefetch(values, np.int64(fetch(owner, min(i + _AHEAD, end))) * size, size)
            row = load(values, np.int64(fetch(owner, i)) * size, vectors)
            store(values, (vertices + i) * size, row)

    return send_back


@cache
def _blur(vectors: int) -> Callable[..., None]:
    """Kernel for rows of so many vectors."""
    size = vectors * WIDTH
    half = np.float32(0.5)

    @kernel()
    def blur(
        start: int, stop: int, chain: np.ndarray, chain_start: np.ndarray, values: np.ndarray
    ) -> None:
        # In place along runs of neighbours, the old values kept in registers. Runs are short
        # and lie anywhere, so what comes next is asked for ahead.
        end = len(chain) - 1
        for run in range(start, stop):
            first, last = chain_start[run], chain_start[run + 1]
            place = np.int64(chain[first]) * size
            before, here = zeros(vectors), load(values, place, vectors)
            for i in range(first + 1, last):
                onward = np.int64(fetch(chain, i)) * size
                prefetch(values, np.int64(fetch(chain, min(i + _AHEAD, end))) * size, size)
                after = load(values, onward, vectors)
                store(values, place, add_scaled(here, half, add(before, after)))
                before, here, place = here, after, onward
            store(values, place, add_scaled(here, half, before))

    return blur


@kernel()
def _slice_first(
    start: int,
    stop: int,
    values: np.ndarray,
    target: np.ndarray,
    barycentric: np.ndarray,
    out: np.ndarray,
) -> None:
    """Slice the first number of every row."""
    for n in range(start, stop):
        total = np.float32(0)
        for r in range(target.shape[1]):
            total += barycentric[n, r] * values[target[n, r], 0]
        out[n] = total
