"""Cut the picture into bands that splat side by side without one writing where another does.

Vertices are numbered in the order in which a walk over the picture meets them
(`vertex_numbering`), so each band owns a run of vertices: those that it is the first to touch.
What it has to say to the vertices of earlier bands goes into rows of its own, which are added to
the owners' afterwards, always in the same order, and get the owners' values back after the blur, so
that pixels read where they wrote. The bands depend on the picture's size alone;
hence the number of threads changes no digit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segviewer.crf.lattice.compiled_kernel import kernel
from segviewer.crf.lattice.thread_team import ThreadTeam
from segviewer.crf.lattice.vertex_numbering import TILE

MOST = 16


@dataclass(frozen=True)
class Bands:
    """Where each band's pixels splat.

    Attributes
    ----------
    tile : ndarray of int64 (B + 1,)
        First square of each band, counted along the walk, and the number of squares.
    vertex : ndarray of int64 (B + 1,)
        First vertex that each band owns, and M.
    guest : ndarray of int64 (B + 1,)
        First row of each band for vertices that it does not own, from M on, and the number of
        all rows.
    target : ndarray of int32 (N, d + 1)
        Row for each corner of each pixel: the vertex itself, or a row from M on.
    owner : ndarray of int32
        The vertex that each row from M on belongs to.
    merge_vertex, merge_start, merge_row : ndarray of int32, int64, int32
        ``merge_row[merge_start[i] : merge_start[i + 1]]`` are the rows to be added to the vertex
        ``merge_vertex[i]``.
    """

    tile: NDArray[np.int64]
    vertex: NDArray[np.int64]
    guest: NDArray[np.int64]
    target: NDArray[np.int32]
    owner: NDArray[np.int32]
    merge_vertex: NDArray[np.int32]
    merge_start: NDArray[np.int64]
    merge_row: NDArray[np.int32]

    @property
    def count(self) -> int:
        """B."""
        return len(self.tile) - 1

    @property
    def num_rows(self) -> int:
        """M and the rows of guests."""
        return int(self.guest[-1])

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return sum(array.nbytes for array in vars(self).values())


def cut_into_bands(
    target: NDArray[np.int32], met: NDArray[np.int64], shape: tuple[int, int], team: ThreadTeam
) -> Bands:
    """Cut a picture of (height, width).

    Parameters
    ----------
    target : ndarray of int32 (N, d + 1)
        Vertices that each pixel touches. It becomes that of the result: twice it would be a fifth
        of a large picture's memory.
    met : ndarray of int64 (T + 1,)
        How many vertices the walk has met before each square.
    """
    tiles, vertices = len(met) - 1, met[-1]
    count = min(MOST, tiles)
    tile = np.linspace(0, tiles, count + 1).astype(np.int64)
    vertex = met[tile]
    owners: dict[int, np.ndarray] = {}

    def assign(band: int) -> None:
        owners[band] = _assign(tile[band], tile[band + 1], *shape, target, vertex[band])

    team.each(assign, count)
    guest = vertices + np.cumsum([0] + [len(owners[band]) for band in range(count)])

    def number(band: int) -> None:
        _number_guests(tile[band], tile[band + 1], *shape, guest[band], target)

    team.each(number, count)
    owner = np.concatenate([owners[band] for band in range(count)])
    return Bands(tile, vertex, guest, target, owner, *_collect(owner, vertices))


@kernel()
def _collect(owner: np.ndarray, vertices: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Guests' rows by the vertices that they belong to, each vertex's in the order of the bands."""
    rows = np.zeros(vertices, np.int32)
    for v in owner:
        rows[v] += 1
    runs = 0
    for v in range(vertices):
        runs += rows[v] > 0
    merge_vertex, merge_start = np.empty(runs, np.int32), np.empty(runs + 1, np.int64)
    runs, start = 0, 0
    for v in range(vertices):
        if rows[v] > 0:
            merge_vertex[runs], merge_start[runs] = v, start
            runs += 1
            start += rows[v]
            rows[v] = start - rows[v]
    merge_start[runs] = start
    merge_row = np.empty(start, np.int32)
    for i in range(len(owner)):
        merge_row[rows[owner[i]]] = vertices + i
        rows[owner[i]] += 1
    return merge_vertex, merge_start, merge_row


@kernel()
def _assign(
    first_tile: int, last_tile: int, height: int, width: int, target: np.ndarray, first_own: int
) -> np.ndarray:
    """Replace guests by -1, -2, …; return the vertices that these belong to."""
    row = np.zeros(first_own, np.int32)
    owner = np.empty(1024, np.int32)
    guests = 0
    across = (width + TILE - 1) // TILE
    for tile in range(first_tile, last_tile):
        top, left = tile // across * TILE, tile % across * TILE
        for y in range(top, min(height, top + TILE)):
            for n in range(y * width + left, y * width + min(width, left + TILE)):
                for r in range(target.shape[1]):
                    v = target[n, r]
                    if v >= first_own:
                        continue
                    if row[v] == 0:
                        if guests == len(owner):
                            grown = np.empty(2 * guests, np.int32)
                            for i in range(guests):  # a slice takes numba seconds to compile
                                grown[i] = owner[i]
                            owner = grown
                        owner[guests] = v
                        guests += 1
                        row[v] = -guests
                    target[n, r] = row[v]
    return owner[:guests].copy()


@kernel()
def _number_guests(
    first_tile: int, last_tile: int, height: int, width: int, first_row: int, target: np.ndarray
) -> None:
    across = (width + TILE - 1) // TILE
    for tile in range(first_tile, last_tile):
        top, left = tile // across * TILE, tile % across * TILE
        for y in range(top, min(height, top + TILE)):
            for n in range(y * width + left, y * width + min(width, left + TILE)):
                for r in range(target.shape[1]):
                    if target[n, r] < 0:
                        target[n, r] = first_row - 1 - target[n, r]
