"""Give the vertices that pixels touch the numbers 0 … M - 1, in parallel and always the same.

Each vertex comes as a 64-bit key, several times over. The keys are dealt into buckets by their
hash, each bucket is made unique in a small table of its own, and at last the vertices are numbered
in the order in which a walk over the picture in small squares meets them, so that what is used
together lies together in memory.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segviewer.crf.lattice.compiled_kernel import kernel
from segviewer.crf.lattice.thread_team import ThreadTeam

TILE = 32
"""Pixels are walked in squares of this side, whose pixels share most of their vertices."""

# Chunks of pixels and buckets of keys are fixed, so that no number depends on the threads.
_CHUNKS = 32
_BUCKETS = 64

_MIX = np.int64(-7046029254386353131)  # 2^64 / golden ratio, as signed


@dataclass(frozen=True)
class VertexTable:
    """Vertices by key.

    Attributes
    ----------
    key : ndarray of int64 (M,)
    slots : tuple
        Hash tables of all buckets one after the other, for `find_vertex`.
    met : ndarray of int64 (T + 1,)
        How many vertices the walk has met before each square, and in all.
    """

    key: NDArray[np.int64]
    slots: tuple[np.ndarray, np.ndarray, np.ndarray]
    met: NDArray[np.int64]


def number_vertices(
    key: NDArray[np.int64], shape: tuple[int, int], team: ThreadTeam
) -> tuple[np.ndarray, VertexTable]:
    """Number the distinct keys.

    Parameters
    ----------
    key : ndarray of int64 (N, R)
        Keys of the vertices that each pixel touches; N = height · width, row-major.
    shape : tuple of int
        Height and width.

    Returns
    -------
    ndarray of int32 (N, R)
        Number of each.
    VertexTable
    """
    pixels = len(key)
    bounds = np.linspace(0, pixels, _CHUNKS + 1).astype(np.int64)
    counts = np.zeros((_CHUNKS, _BUCKETS), np.int64)
    team.each(lambda c: _count(bounds[c], bounds[c + 1], key, counts[c]), _CHUNKS)
    # Bucket after bucket, within a bucket chunk after chunk.
    ends = counts.T.cumsum().reshape(_BUCKETS, _CHUNKS)
    starts = np.ascontiguousarray((ends - counts.T).T)
    dealt = np.empty(ends[-1, -1], np.int64)
    team.each(lambda c: _deal(bounds[c], bounds[c + 1], key, starts[c].copy(), dealt), _CHUNKS)

    number = np.empty(len(dealt), np.int32)
    tables: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def make_unique(b: int) -> None:
        part = slice(starts[0, b], ends[b, -1])
        tables[b] = _make_unique(dealt[part], number[part])

    team.each(make_unique, _BUCKETS)
    in_order = [tables[b] for b in range(_BUCKETS)]
    first = np.cumsum([0] + [len(keys) for keys, _ in in_order])
    unique = np.concatenate([keys for keys, _ in in_order])
    slot = np.concatenate([table for _, table in in_order])
    sizes = np.array([len(table) for _, table in in_order])
    slot_start = np.cumsum(sizes) - sizes

    corner = np.empty(key.shape, np.int32)
    team.each(
        lambda c: _return(bounds[c], bounds[c + 1], key, starts[c].copy(), number, first, corner),
        _CHUNKS,
    )
    order = np.full(len(unique), -1, np.int32)
    met = _order_by_walk(corner, *shape, order)
    team.split(_rename, pixels, corner.reshape(-1), order, key.shape[1], at_least=4096)
    team.split(_rename_slots, _BUCKETS, slot, slot_start, sizes, first, order)
    sorted_key = np.empty_like(unique)
    sorted_key[order] = unique
    return corner, VertexTable(sorted_key, (slot, slot_start, sizes - 1), met)


@kernel(forceinline=True)
def _bucket(key: np.int64) -> np.int64:
    return ((key * _MIX) >> 58) & (_BUCKETS - 1)


@kernel(forceinline=True)
def hashed(key: np.int64, mask: np.int64 | int) -> np.int64:
    """Where a key belongs in a table of `mask` + 1 slots, a power of two."""
    return ((key * _MIX) >> 24) & mask


@kernel(forceinline=True)
def first_slot(key: np.int64, slot_start: np.ndarray, slot_mask: np.ndarray) -> np.int64:
    """Where `find_vertex` looks first for this key.

    Parameters
    ----------
    key : int64
    slot_start, slot_mask : ndarray of int64 (buckets,)
        See :class:`VertexTable`.
    """
    b = _bucket(key)
    place: np.int64 = slot_start[b] + hashed(key, slot_mask[b])
    return place


@kernel(forceinline=True)
def find_vertex(
    key: np.int64, slot: np.ndarray, slot_start: np.ndarray, slot_mask: np.ndarray
) -> np.int64:
    """Number of the vertex with this key, or -1.

    Parameters
    ----------
    key : int64
    slot : ndarray of int64 (slots, 2)
        Key and vertex; -1 where there is none.
    slot_start, slot_mask : ndarray of int64 (buckets,)
        See :class:`VertexTable`.
    """
    b = _bucket(key)
    start, mask = slot_start[b], slot_mask[b]
    i = hashed(key, mask)
    while True:
        # Key and vertex lie side by side, so that a look costs one cache line.
        v: np.int64 = slot[start + i, 1]
        if v < 0 or slot[start + i, 0] == key:
            return v
        i = (i + 1) & mask


# The three kernels below walk a chunk in the same way: a key that the pixel before has, too, is
# passed over, which spares most of the work in even regions.


@kernel()
def _count(start: int, stop: int, key: np.ndarray, counts: np.ndarray) -> None:
    for n in range(start, stop):
        for r in range(key.shape[1]):
            if n == start or key[n, r] != key[n - 1, r]:
                counts[_bucket(key[n, r])] += 1


@kernel()
def _deal(start: int, stop: int, key: np.ndarray, place: np.ndarray, dealt: np.ndarray) -> None:
    for n in range(start, stop):
        for r in range(key.shape[1]):
            if n == start or key[n, r] != key[n - 1, r]:
                b = _bucket(key[n, r])
                dealt[place[b]] = key[n, r]
                place[b] += 1


@kernel()
def _return(
    start: int,
    stop: int,
    key: np.ndarray,
    place: np.ndarray,
    number: np.ndarray,
    first: np.ndarray,
    corner: np.ndarray,
) -> None:
    for n in range(start, stop):
        for r in range(key.shape[1]):
            if n == start or key[n, r] != key[n - 1, r]:
                b = _bucket(key[n, r])
                corner[n, r] = first[b] + number[place[b]]
                place[b] += 1
            else:
                corner[n, r] = corner[n - 1, r]


@kernel()
def _make_unique(keys: np.ndarray, number: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Number the distinct keys of a bucket in order of appearance."""
    size = 16
    while size < len(keys) // 4:
        size *= 2
    slot = _empty(size)
    unique = np.empty(len(keys), np.int64)
    count = 0
    for n in range(len(keys)):
        key = keys[n]
        i = hashed(key, size - 1)
        while slot[i, 1] >= 0 and slot[i, 0] != key:
            i = (i + 1) & (size - 1)
        if slot[i, 1] >= 0:
            number[n] = slot[i, 1]
            continue
        slot[i, 0], slot[i, 1] = key, count
        unique[count] = key
        number[n] = count
        count += 1
        if 2 * count > size:
            size *= 2
            slot = _empty(size)
            for v in range(count):
                i = hashed(unique[v], size - 1)
                while slot[i, 1] >= 0:
                    i = (i + 1) & (size - 1)
                slot[i, 0], slot[i, 1] = unique[v], v
    return unique[:count].copy(), slot


@kernel(forceinline=True)
def _empty(size: int) -> np.ndarray:
    slot = np.empty((size, 2), np.int64)
    for i in range(size):
        slot[i, 1] = -1
    return slot


@kernel()
def _order_by_walk(corner: np.ndarray, height: int, width: int, order: np.ndarray) -> np.ndarray:
    """Number the vertices as a walk over the picture, square by square, first meets them."""
    across, down = (width + TILE - 1) // TILE, (height + TILE - 1) // TILE
    met = np.empty(across * down + 1, np.int64)
    count = 0
    for tile in range(across * down):
        met[tile] = count
        top, left = tile // across * TILE, tile % across * TILE
        for y in range(top, min(height, top + TILE)):
            for n in range(y * width + left, y * width + min(width, left + TILE)):
                for r in range(corner.shape[1]):
                    if order[corner[n, r]] < 0:
                        order[corner[n, r]] = count
                        count += 1
    met[across * down] = count
    return met


@kernel()
def _rename(start: int, stop: int, corner: np.ndarray, order: np.ndarray, per_pixel: int) -> None:
    for i in range(start * per_pixel, stop * per_pixel):
        corner[i] = order[corner[i]]


@kernel()
def _rename_slots(
    start: int,
    stop: int,
    slot: np.ndarray,
    slot_start: np.ndarray,
    sizes: np.ndarray,
    first: np.ndarray,
    order: np.ndarray,
) -> None:
    for b in range(start, stop):
        for i in range(slot_start[b], slot_start[b] + sizes[b]):
            if slot[i, 1] >= 0:
                slot[i, 1] = order[first[b] + slot[i, 1]]
