"""Find the vertices of a lattice from anywhere: those of pixels that it was not built from.

A lattice keeps which vertices its own pixels touch, and forgets the vertices' numbers. Here these
are found again from the picture, and put into one hash table.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segviewer.crf.lattice.compiled_kernel import kernel
from segviewer.crf.lattice.permutohedral import Lattice, grid, lifting, locate, multipliers
from segviewer.crf.lattice.thread_team import ThreadTeam
from segviewer.crf.lattice.vertex_numbering import hashed

NO_COLOUR = np.zeros((0, 0, 0), np.uint8)
"""In place of the picture of a smoothness lattice."""


@dataclass(frozen=True)
class LatticeLookup:
    """What a kernel needs to find the vertices that a pixel touches.

    Attributes
    ----------
    xy_std, rgb_std : float32
        The lattice's widths.
    scale : ndarray of float32 (d,)
        From :func:`segviewer.crf.lattice.permutohedral.lifting`.
    multiplier : ndarray of int64 (d,)
    slot : ndarray of int64 (slots, 2)
        A vertex's number in the lattice's own count and its row, or -1; a power of two of them.
    """

    xy_std: np.float32
    rgb_std: np.float32
    scale: NDArray[np.float32]
    multiplier: NDArray[np.int64]
    slot: NDArray[np.int64]

    @property
    def arguments(self) -> tuple[object, ...]:
        """In the kernels' order."""
        return self.xy_std, self.rgb_std, self.scale, self.multiplier, self.slot


def lookup(
    lattice: Lattice, image: NDArray[np.uint8], xy_std: float, rgb_std: float, team: ThreadTeam
) -> LatticeLookup:
    """Make the table of a lattice.

    Parameters
    ----------
    lattice : Lattice
    image : ndarray of uint8 (H, W, 3)
        The picture that it was built from; `NO_COLOUR` for a smoothness lattice.
    xy_std, rgb_std : float
        The widths that it was built with; σβ is 1 for a smoothness lattice.
    team : ThreadTeam
    """
    d, pixels = lattice.dimensions, len(lattice.barycentric)
    scale = lifting(d)
    multiplier = multipliers(lattice.shape, scale, xy_std, rgb_std)
    key = np.empty((pixels, d + 1), np.int64)
    team.split(
        locate(d),
        pixels,
        np.ascontiguousarray(image).reshape(-1),
        lattice.shape[1],
        grid(lattice.shape, lattice.shape),
        np.float32(xy_std),
        np.float32(rgb_std),
        scale,
        multiplier,
        0,
        key,
        np.empty_like(lattice.barycentric),
        at_least=2048,
    )
    of_vertex = np.empty(lattice.num_vertices, np.int64)
    bands = lattice.bands
    _note(key, bands.target, bands.owner, of_vertex)
    size = 16
    while size < 2 * len(of_vertex):
        size *= 2
    slot = np.full((size, 2), -1, np.int64)
    _fill(of_vertex, slot)
    return LatticeLookup(np.float32(xy_std), np.float32(rgb_std), scale, multiplier, slot)


@kernel()
def _note(key: np.ndarray, target: np.ndarray, owner: np.ndarray, of_vertex: np.ndarray) -> None:
    """The number of each vertex, from the pixels that touch it."""
    for n in range(key.shape[0]):
        for r in range(key.shape[1]):
            row = target[n, r]
            if row >= len(of_vertex):
                row = owner[row - len(of_vertex)]
            of_vertex[row] = key[n, r]


@kernel()
def _fill(of_vertex: np.ndarray, slot: np.ndarray) -> None:
    mask = len(slot) - 1
    for v in range(len(of_vertex)):
        i = hashed(of_vertex[v], mask)
        while slot[i, 1] >= 0:
            i = (i + 1) & mask
        slot[i, 0], slot[i, 1] = of_vertex[v], v


@kernel(forceinline=True)
def row_of(key: np.int64, slot: np.ndarray) -> np.int64:
    """Row of the vertex with this number, or -1 where no pixel of the lattice touches it.

    Parameters
    ----------
    key : int64
    slot : ndarray of int64 (slots, 2)
        See :class:`LatticeLookup`.
    """
    mask = len(slot) - 1
    i = hashed(key, mask)
    while True:
        v: np.int64 = slot[i, 1]
        if v < 0 or slot[i, 0] == key:
            return v
        i = (i + 1) & mask
