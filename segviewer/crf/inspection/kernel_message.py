"""What each kernel sends the pixels, kept apart; and one row of the lattice as a matrix.

The engine (`mean_field_lattice`) never holds these: it adds both messages pixel by pixel, and the
matrix exists only as splat, blur and slice. Here they are made for looking at. With B the blur
along the directions 0 … d in turn, the filter is Sᵀ B_d … B_0 S. Each B_j is symmetric, their
product is not; hence row i of the filter is what an impulse at i becomes when the directions are
taken in reverse, column i what it becomes in the engine's order.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from segviewer.crf.engines.weighted_kernels import WeightedKernel
from segviewer.crf.lattice.compiled_kernel import kernel
from segviewer.crf.lattice.lanes import WIDTH, aligned_rows
from segviewer.crf.lattice.lattice_filter import NormalisedKernel, filtered, merge_and_blur
from segviewer.crf.lattice.thread_team import ThreadTeam


def class_rows(probs: np.ndarray) -> np.ndarray:
    """Turn probabilities (K, H, W) into float32 (N, L): a row per pixel, L as the lattice wants."""
    flat = probs.reshape(len(probs), -1)
    rows = aligned_rows(flat.shape[1], -(-len(flat) // WIDTH) * WIDTH)
    rows[:, : len(flat)] = flat.T
    rows[:, len(flat) :] = 0
    return rows


def message(
    weighted: WeightedKernel, rows: NDArray[np.float32], team: ThreadTeam
) -> NDArray[np.float32]:
    """θ K Q of one kernel: what every pixel receives through it.

    Parameters
    ----------
    rows : ndarray of float32 (N, L)
        Q, from `class_rows`.

    Returns
    -------
    ndarray of float32 (N, L)
    """
    k = weighted.kernel
    values = filtered(k.lattice, rows * k.in_scale[:, None], team)
    received = np.empty_like(rows)
    team.split(
        _slice,
        len(rows),
        values,
        k.lattice.bands.target,
        k.lattice.barycentric,
        k.out_scale,
        received,
        at_least=1024,
    )
    if k.own is not None:
        received -= k.own[:, None] * rows
    return np.float32(weighted.weight) * received


def largest_message(weighted: WeightedKernel, team: ThreadTeam) -> np.ndarray:
    """θ times the row sums of a kernel, float32 (N,): the most a pixel can receive through it."""
    rows = np.zeros((len(weighted.kernel.in_scale), WIDTH), np.float32)
    rows[:, 0] = 1
    return message(weighted, rows, team)[:, 0]


def lattice_row(k: NormalisedKernel, pixel: int, team: ThreadTeam) -> NDArray[np.float32]:
    """One row of the normalised kernel, as the lattice has it.

    Parameters
    ----------
    pixel : int
        Row-major number of the pixel that receives.

    Returns
    -------
    ndarray of float32 (N,)
        ``row @ Q`` is what the pixel receives, without θ.
    """
    lattice = k.lattice
    backwards = replace(lattice, chain=lattice.chain[::-1], chain_start=lattice.chain_start[::-1])
    values = aligned_rows(lattice.bands.num_rows, WIDTH)
    values[:] = 0
    target = lattice.bands.target
    values[target[pixel], 0] = lattice.barycentric[pixel]
    merge_and_blur(backwards, values, team)
    rows = np.empty((len(target), 1), np.float32)
    team.split(
        _slice, len(rows), values, target, lattice.barycentric, k.in_scale, rows, at_least=1024
    )
    row: np.ndarray = rows[:, 0] * k.out_scale[pixel]
    if k.own is not None:
        row[pixel] -= k.own[pixel]
    return row


@kernel()
def _slice(
    start: int,
    stop: int,
    values: np.ndarray,
    target: np.ndarray,
    barycentric: np.ndarray,
    scale: np.ndarray,
    out: np.ndarray,
) -> None:
    """Slice as many numbers of every row as `out` has, and scale them."""
    for n in range(start, stop):
        for c in range(out.shape[1]):
            out[n, c] = 0
        # Corner after corner, so that a row of the lattice is read in one go.
        for r in range(target.shape[1]):
            v, weight = target[n, r], barycentric[n, r] * scale[n]
            for c in range(out.shape[1]):
                out[n, c] += weight * values[v, c]
