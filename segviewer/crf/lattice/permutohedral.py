"""The permutohedral lattice of a picture: which vertices its pixels touch, and with what weight.

Adams, Baek and Davis 2010. Every pixel is a point f in d dimensions (column/σ, row/σ, and for the
appearance kernel colour/σ). The lattice tiles that space with equal simplices, in which a Gaussian
filter is three sparse steps: *splat* each pixel's value onto the d + 1 corners of its simplex,
*blur* the corners along the d + 1 lattice directions with (½, 1, ½), *slice* back. The construction
follows Krähenbühl and Koltun's program to the rounding of ties, because which corners exist
decides how the blur travels.

What differs is the work. Vertices have a 64-bit number that is linear in their coordinates, so a
neighbour's number is one addition away (`vertex_numbering`). Vertices that have no neighbour in a
direction are never visited in that direction.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from segviewer.crf.lattice.compiled_kernel import kernel
from segviewer.crf.lattice.lanes import (
    WIDTH,
    add,
    below,
    divide,
    load,
    nearest,
    prefetch,
    shift,
    store,
    subtract,
    zeros,
)
from segviewer.crf.lattice.lanes import scale as scaled
from segviewer.crf.lattice.lattice_bands import Bands, cut_into_bands
from segviewer.crf.lattice.thread_team import ThreadTeam
from segviewer.crf.lattice.vertex_numbering import find_vertex, first_slot, number_vertices

# Vertices between the one whose neighbours are looked up and the one whose are announced.
_AHEAD = 8


@dataclass(frozen=True)
class Lattice:
    """The lattice of one picture and one set of widths; nothing in it may be changed.

    Attributes
    ----------
    shape : tuple of int
        Height and width of the picture; N = height · width.
    dimensions : int
        d: 2 (position) or 5 (position and colour).
    num_vertices : int
        M.
    barycentric : ndarray of float32 (N, d + 1)
        Weights of the vertices that each pixel touches; each row sums to 1.
    bands : Bands
        Which these are, and where each pixel splats.
    chain : tuple of ndarray of int32
        For each direction: the vertices that have a neighbour in it, one run of neighbours after
        the other.
    chain_start : tuple of ndarray of int64
        For each direction: where in `chain` each run starts, and at last its length.
    """

    shape: tuple[int, int]
    dimensions: int
    num_vertices: int
    barycentric: NDArray[np.float32]
    bands: Bands
    chain: tuple[np.ndarray, ...]
    chain_start: tuple[np.ndarray, ...]

    @property
    def corner(self) -> np.ndarray:
        """Vertices that each pixel touches: int32 (N, d + 1), made anew each time."""
        vertices = np.arange(self.num_vertices, dtype=np.int32)
        corner: np.ndarray = np.concatenate([vertices, self.bands.owner])[self.bands.target]
        return corner

    @property
    def gain(self) -> float:
        """What the filter multiplies by: 1 / (1 + 2^-d).

        A vertex receives its own value with 1 and, having gone round all d + 1 directions, with
        2 · 2^-(d+1).
        """
        return 1 / (1 + 2.0**-self.dimensions)

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        arrays = (self.barycentric, *self.chain, *self.chain_start)
        return self.bands.nbytes + sum(array.nbytes for array in arrays)


def appearance_lattice(
    image: NDArray[np.uint8], xy_std: float, rgb_std: float, team: ThreadTeam
) -> Lattice:
    """Lattice of the appearance kernel: uint8 (H, W, 3), σα in pixels, σβ in grey levels.

    Parameters
    ----------
    image : ndarray of uint8 (H, W, 3)
    xy_std : float
        σα.
    rgb_std : float
        σβ.
    team : ThreadTeam
    """
    return _build((image.shape[0], image.shape[1]), image, xy_std, rgb_std, team)


def smoothness_lattice(shape: tuple[int, int], xy_std: float, team: ThreadTeam) -> Lattice:
    """Lattice of the smoothness kernel of a picture of (height, width); σγ in pixels.

    Parameters
    ----------
    shape : (int, int)
    xy_std : float
        σγ.
    team : ThreadTeam
    """
    return _build(shape, np.zeros((0, 0, 0), np.uint8), xy_std, 1.0, team)


def _build(
    shape: tuple[int, int], image: np.ndarray, xy_std: float, rgb_std: float, team: ThreadTeam
) -> Lattice:
    height, width = shape
    pixels, d = height * width, 2 + image.shape[2]
    scale = lifting(d)
    multiplier = multipliers(shape, scale, xy_std, rgb_std)
    key = np.empty((pixels, d + 1), np.int64)
    barycentric = np.empty((pixels, d + 1), np.float32)
    team.split(
        locate(d),
        pixels,
        np.ascontiguousarray(image).reshape(-1),
        width,
        grid(shape, shape),
        np.float32(xy_std),
        np.float32(rgb_std),
        scale,
        multiplier,
        0,
        key,
        barycentric,
        at_least=2048,
    )
    corner, table = number_vertices(key, shape, team)
    del key
    vertices = len(table.key)

    after = np.empty((d + 1, vertices), np.int32)
    first = np.ones((d + 1, vertices), np.bool_)
    team.split(
        _follow, vertices, table.key, _steps(multiplier), *table.slots, after, first, at_least=2048
    )
    runs: dict[int, tuple[np.ndarray, np.ndarray]] = {}

    def collect(direction: int) -> None:
        runs[direction] = _collect_chains(after[direction], first[direction])

    team.each(collect, d + 1)

    return Lattice(
        shape=(height, width),
        dimensions=d,
        num_vertices=vertices,
        barycentric=barycentric,
        bands=cut_into_bands(corner, table.met, (height, width), team),
        chain=tuple(runs[direction][0] for direction in range(d + 1)),
        chain_start=tuple(runs[direction][1] for direction in range(d + 1)),
    )


def grid(shape: tuple[int, int], of: tuple[int, int]) -> np.ndarray:
    """How `locate` places the pixels of a picture of `shape` in one of the size `of`.

    float64 (4,): how far it is from one column, and one row, to the next, and the last column and
    row. Centres lie on centres; what lies beyond the outermost is placed there.
    """
    (height, width), (rows, columns) = shape, of
    return np.array([columns / width, rows / height, columns - 1, rows - 1], np.float64)


def lifting(d: int) -> np.ndarray:
    """Diagonal of the matrix E that lifts f onto the lattice's plane (Adams et al., page 5)."""
    # Each blur widens; with this the three steps make a Gaussian of deviation 1.
    deviation = float(np.float32(math.sqrt(2 / 3) * (d + 1)))
    return np.array([deviation / math.sqrt((i + 1) * (i + 2)) for i in range(d)], np.float32)


def multipliers(
    shape: tuple[int, int], scale: np.ndarray, xy_std: float, rgb_std: float
) -> np.ndarray:
    """int64 (d,): the number of a vertex is the sum of its coordinates times these.

    Parameters
    ----------
    shape : (int, int)
    scale : ndarray of float32 (d,)
    xy_std, rgb_std : float
    """
    d = len(scale)
    largest = [(shape[1] - 1) / xy_std, (shape[0] - 1) / xy_std, *[255 / rgb_std] * (d - 2)]
    lifted = [f * float(s) for f, s in zip(largest, scale, strict=True)]
    multipliers, product = [], 1
    for i in range(d):
        # Coordinate 0 is the sum of all lifted numbers, i > 0 that of the later ones less i
        # times its own. Rounding, corners and neighbours each add less than d + 1 on a side.
        low, high = (0, sum(lifted)) if i == 0 else (i * lifted[i - 1], sum(lifted[i:]))
        multipliers.append(product)
        product *= math.ceil(low) + math.ceil(high) + 6 * (d + 1)
    if product >= 2**63:
        # Too many possible vertices for one word (widths far below one pixel or grey level).
        # Odd random multipliers give two of M vertices one number with probability < M² / 2^64.
        random = np.random.default_rng(0)
        return random.integers(-(2**62), 2**62, d) * 2 + 1
    return np.array(multipliers, np.int64)


def _steps(multiplier: np.ndarray) -> np.ndarray:
    """int64 (d + 1,): what to add to a vertex's number for its next neighbour in each direction.

    Direction j is d in coordinate j and -1 in all others; the last coordinate is not numbered.
    """
    d = len(multiplier)
    steps: np.ndarray = -multiplier.sum() + (d + 1) * np.append(multiplier, 0)
    return steps


@cache
def locate(d: int) -> Callable[..., None]:
    """Kernel that finds each pixel's simplex, eight pixels at a time.

    Pixels `start` to `stop` of a picture of `width` are `placed` as `grid` says; what is found of
    pixel n goes into row n - `origin` of `key` and `barycentric`.
    """
    up, down = np.float32(d + 1), np.float32(1 / np.float32(d + 1))
    zero, one, last = np.float32(0), np.float32(1), np.float32(d)

    @kernel()
    def locate(
        start: int,
        stop: int,
        image: np.ndarray,
        width: int,
        placed: np.ndarray,
        xy_std: np.float32,
        rgb_std: np.float32,
        scale: np.ndarray,
        multiplier: np.ndarray,
        origin: int,
        key: np.ndarray,
        barycentric: np.ndarray,
    ) -> None:
        # Row i: coordinate i of eight pixels.
        feature = np.empty((d, WIDTH), np.float32)
        elevated = np.empty((d + 1, WIDTH), np.float32)
        corner = np.empty((d + 1, WIDTH), np.float32)
        rank = np.empty((d + 1, WIDTH), np.float32)
        weight = np.empty(d + 2, np.float32)
        add_key = np.empty(d + 1, np.int64)
        all_together = np.int64(0)
        for i in range(d):
            all_together += multiplier[i]
        for first in range(start, stop, WIDTH):
            count = min(WIDTH, stop - first)
            for lane in range(WIDTH):
                n = min(first + lane, stop - 1)
                for i in range(2):
                    place = np.float64(n % width if i == 0 else n // width) + 0.5
                    feature[i, lane] = min(max(place * placed[i] - 0.5, 0.0), placed[2 + i])
                for c in range(d - 2):
                    feature[2 + c, lane] = image[n * (d - 2) + c]
            # y = E f, page 5.
            sum_so_far = zeros(1)
            for i in range(d, 0, -1):
                std = xy_std if i <= 2 else rgb_std
                part = divide(load(feature, (i - 1) * WIDTH, 1), std)
                part = scaled(part, scale[i - 1])
                # Not fused: a rounding more or less may tip a pixel that lies on the border of
                # two simplices, and with it which vertices exist.
                store(elevated, i * WIDTH, subtract(sum_so_far, scaled(part, np.float32(i))))
                sum_so_far = add(sum_so_far, part)
            store(elevated, 0, sum_so_far)
            # Nearest vertex of remainder 0, page 6.
            excess = zeros(1)
            for i in range(d + 1):
                whole = nearest(scaled(load(elevated, i * WIDTH, 1), down))
                excess = add(excess, whole)
                whole = scaled(whole, up)
                store(corner, i * WIDTH, whole)
                store(elevated, i * WIDTH, subtract(load(elevated, i * WIDTH, 1), whole))
            # Where each difference stands among the others, largest first; `elevated` is the
            # difference from here on. Rounding may have left the plane on which the
            # coordinates sum to 0 by `excess`.
            for i in range(d + 1):
                mine, place = load(elevated, i * WIDTH, 1), excess
                for j in range(d + 1):
                    other = load(elevated, j * WIDTH, 1)
                    if j > i:
                        place = add(place, below(mine, other))
                    elif j < i:
                        # Of two equal ones the first is the larger.
                        place = shift(subtract(place, below(other, mine)), one)
                store(rank, i * WIDTH, place)
            for lane in range(count):
                n = first + lane
                for i in range(d + 2):
                    weight[i] = zero
                number = np.int64(0)
                for i in range(d + 1):
                    place, whole = rank[i, lane], corner[i, lane]
                    difference = elevated[i, lane]
                    if place < zero:
                        place += up
                        whole += up
                        difference -= up
                    elif place > last:
                        place -= up
                        whole -= up
                        difference += up
                    # Barycentric coordinates, page 10.
                    r = d - np.int64(place)
                    weight[r] += difference * down
                    weight[r + 1] -= difference * down
                    # From one corner to the next all coordinates grow by 1, the one ranked
                    # last so far falls by d. The last coordinate is not numbered.
                    add_key[r] = all_together
                    if i < d:
                        number += np.int64(whole) * multiplier[i]
                        add_key[r] -= (d + 1) * multiplier[i]
                weight[0] += one + weight[d + 1]
                for vertex in range(d + 1):
                    barycentric[n - origin, vertex] = weight[vertex]
                    key[n - origin, vertex] = number
                    number += add_key[vertex]

    return locate


@kernel()
def _follow(
    start: int,
    stop: int,
    key: np.ndarray,
    step: np.ndarray,
    slot: np.ndarray,
    slot_start: np.ndarray,
    slot_mask: np.ndarray,
    after: np.ndarray,
    first: np.ndarray,
) -> None:
    """For each vertex and direction, the next vertex or -1; and which vertices follow none."""
    for v in range(start, stop):
        # The table is larger than the caches and looks go anywhere, so they are announced.
        if v + _AHEAD < stop:
            for j in range(len(step)):
                place = first_slot(key[v + _AHEAD] + step[j], slot_start, slot_mask)
                prefetch(slot, 2 * place, 2)
        for j in range(len(step)):
            found = find_vertex(key[v] + step[j], slot, slot_start, slot_mask)
            after[j, v] = found
            if found >= 0:
                # Only one vertex precedes, so no two threads write this.
                first[j, found] = False


@kernel()
def _collect_chains(after: np.ndarray, first: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Runs of two or more neighbours, ordered by their first vertices."""
    vertices, runs = 0, 0
    for v in range(len(after)):
        if first[v] and after[v] >= 0:
            runs += 1
            vertices += 1
        elif not first[v]:
            vertices += 1
    chain = np.empty(vertices, np.int32)
    chain_start = np.empty(runs + 1, np.int64)
    vertices, runs = 0, 0
    for v in range(len(after)):
        if first[v] and after[v] >= 0:
            chain_start[runs] = vertices
            runs += 1
            u = v
            while u >= 0:
                chain[vertices] = u
                vertices += 1
                u = after[u]
    chain_start[runs] = vertices
    return chain, chain_start
