"""What of a pixel comes back to it through the lattice: the diagonal of the filter.

On the exact kernel it is 1. On the lattice a pixel's value leaves through its d + 1 corners, is
blurred along the directions 0 … d in turn, and comes back through the same corners. Along each
direction j it may stay, go one step +e_j or one step -e_j; the steps e_0 + … + e_d lead round to
the start. From one corner to another there are hence two ways: back by the directions between
them, or on by all the others; each step halves what goes, and needs a vertex to step on.
"""

from __future__ import annotations

import numpy as np

from segviewer.crf.lattice.compiled_kernel import kernel
from segviewer.crf.lattice.permutohedral import Lattice
from segviewer.crf.lattice.thread_team import ThreadTeam


def own_weights(lattice: Lattice, team: ThreadTeam) -> np.ndarray:
    """Diagonal of the filter before its gain: float32 (N,)."""
    directions = lattice.dimensions + 1
    onward = np.full((directions, lattice.num_vertices), -1, np.int32)
    back = np.full((directions, lattice.num_vertices), -1, np.int32)
    for j, (chain, start) in enumerate(zip(lattice.chain, lattice.chain_start, strict=True)):
        _neighbours(chain, start, onward[j], back[j])
    corner = lattice.corner
    own = np.empty(len(corner), np.float32)
    team.split(_own, len(own), corner, lattice.barycentric, onward, back, own, at_least=256)
    return own


@kernel()
def _neighbours(
    chain: np.ndarray, chain_start: np.ndarray, onward: np.ndarray, back: np.ndarray
) -> None:
    for run in range(len(chain_start) - 1):
        for i in range(chain_start[run], chain_start[run + 1] - 1):
            onward[chain[i]] = chain[i + 1]
            back[chain[i + 1]] = chain[i]


@kernel()
def _own(
    start: int,
    stop: int,
    corner: np.ndarray,
    barycentric: np.ndarray,
    onward: np.ndarray,
    back: np.ndarray,
    own: np.ndarray,
) -> None:
    count = corner.shape[1]
    # between[j]: corner r + 1 is one step -e_j from corner r, where r = between[j].
    between = np.empty(count, np.int64)
    for n in range(start, stop):
        for j in range(count):
            for r in range(count):
                if back[j, corner[n, r]] == corner[n, (r + 1) % count]:
                    between[j] = r
        total = 0.0
        for a in range(count):
            here = barycentric[n, a]
            for b in range(count):
                both = here * barycentric[n, b]
                if a == b:
                    total += both
                total += both * _way(corner[n, a], between, back, a, b, True, a == b)
                total += both * _way(corner[n, a], between, onward, a, b, False, a == b)
        own[n] = total


@kernel()
def _way(
    vertex: int,
    between: np.ndarray,
    neighbour: np.ndarray,
    a: int,
    b: int,
    along: bool,
    round_trip: bool,
) -> float:
    """Share that arrives at corner b from corner a by the directions between them, or by others."""
    count = len(between)
    share = 1.0
    span = (b - a) % count
    for j in range(count):
        inside = (between[j] - a) % count < span
        if round_trip or inside == along:
            vertex = neighbour[j, vertex]
            if vertex < 0:
                return 0.0
            share *= 0.5
    return share
