"""Energy of a labelling with two labels, term by term (DeepLab v1, equations 1 and 2).

    E(x) = Σ_i ψ_u(x_i) + Σ ψ_p(x_i, x_j),   ψ_u(x_i) = -log p_i(x_i),
    ψ_p = [x_i ≠ x_j] (θ1 k₁(i, j) + θ2 k₂(i, j)).

Two conventions for the second sum. ``raw``: as the lecture slides print it, over i ≠ j, so
that each pair counts twice, with kernels of peak 1. ``normalised``: each pair once, with kernels
divided by the roots of their row sums, for which published weights are meant.

With two labels the labelling of lowest energy is a minimum cut and can be found exactly
(Greig, Porteous, Seheult 1989).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from segviewer.crf.settings.kernels import appearance_kernel, smoothness_kernel

Convention = Literal["raw", "normalised"]

SIDE = 8
DARK, BRIGHT = 70, 180
_LARGEST_CAPACITY = 10**7


@dataclass(frozen=True, eq=False)
class PairEnergies:
    """What it costs that two pixels differ, each unordered pair once.

    Attributes
    ----------
    appearance, smoothness : ndarray of float64 (N, N)
        Symmetric, zero on the diagonal; weights included.
    """

    appearance: NDArray[np.float64]
    smoothness: NDArray[np.float64]

    @property
    def both(self) -> np.ndarray:
        """Sum of the two."""
        total: np.ndarray = self.appearance + self.smoothness
        return total


@dataclass(frozen=True, eq=False)
class Energy:
    """Terms of a labelling; all float64, per pixel (N,), a pair's half at either pixel."""

    unary: np.ndarray
    smoothness: np.ndarray
    appearance: np.ndarray

    @property
    def total(self) -> float:
        """E."""
        return float((self.unary + self.smoothness + self.appearance).sum())


def picture_of(name: str) -> np.ndarray:
    """“edge”, “disc”, “thin line” or “flat”: uint8 (8, 8) with a little noise."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    bright = {
        "edge": columns >= SIDE // 2,
        "disc": np.hypot(rows - 3.5, columns - 3.5) < 2.8,
        "thin line": columns == 3,
        "flat": np.zeros((SIDE, SIDE), bool),
    }[name]
    noise = np.random.default_rng(3).normal(0, 6, (SIDE, SIDE))
    return np.clip(np.rint(np.where(bright, BRIGHT, DARK) + noise), 0, 255).astype(np.uint8)


def chances_of(picture: np.ndarray) -> np.ndarray:
    """Probability of label 1 that a noisy network gives to each pixel, float64 (8, 8).

    It looks at brightness alone and is wrong now and then.
    """
    noise = np.random.default_rng(5).normal(0, 1.3, picture.shape)
    return 1 / (1 + np.exp(-((picture.astype(float) - 125) / 40 + noise)))


def unary_of(chances: np.ndarray) -> np.ndarray:
    """-log p of labels 0 and 1, float64 (N, 2)."""
    one = np.clip(chances.ravel(), 1e-9, 1 - 1e-9)
    unary: np.ndarray = -np.log(np.stack([1 - one, one], axis=1))
    return unary


def pair_energies(
    picture: np.ndarray,
    appearance: tuple[float, float, float],
    smoothness: tuple[float, float],
    convention: Convention,
) -> PairEnergies:
    """Pairwise terms of a grey picture uint8 (h, w).

    Parameters
    ----------
    appearance : tuple of float
        θ1, σα in pixels, σβ in grey levels; grey counts in all three channels.
    smoothness : tuple of float
        θ2, σγ in pixels.
    """
    image = np.repeat(picture[..., None], 3, axis=2)
    kernels = (
        (appearance[0], appearance_kernel(image, *appearance[1:])),
        (smoothness[0], smoothness_kernel(picture.shape[0], picture.shape[1], smoothness[1])),
    )
    found = []
    for weight, kernel in kernels:
        if convention == "raw":
            kernel = 2 * kernel
        else:
            root = 1 / np.sqrt(kernel.sum(1))
            kernel = kernel * root[:, None] * root[None, :]
        kernel = weight * kernel
        np.fill_diagonal(kernel, 0)
        found.append(kernel)
    return PairEnergies(*found)


def energy_of(labels: np.ndarray, unary: NDArray[np.float64], pairs: PairEnergies) -> Energy:
    """Terms of `labels` int (N,), 0 or 1.

    Parameters
    ----------
    labels : ndarray of int (N,)
    unary : ndarray of float64 (N, 2)
    pairs : PairEnergies
    """
    differs = labels[:, None] != labels[None, :]
    return Energy(
        unary[np.arange(len(labels)), labels],
        (pairs.smoothness * differs).sum(1) / 2,
        (pairs.appearance * differs).sum(1) / 2,
    )


def flip_changes(labels: np.ndarray, unary: NDArray[np.float64], pairs: PairEnergies) -> np.ndarray:
    """By how much E changes if one pixel takes the other label, float64 (N,).

    Parameters
    ----------
    labels : ndarray of int (N,)
    unary : ndarray of float64 (N, 2)
    pairs : PairEnergies
    """
    places = np.arange(len(labels))
    own = unary[places, 1 - labels] - unary[places, labels]
    differs = labels[:, None] != labels[None, :]
    # Whom it differs from it then agrees with, and the other way round.
    changes: np.ndarray = own + (pairs.both * np.where(differs, -1.0, 1.0)).sum(1)
    return changes


def descend(labels: np.ndarray, unary: NDArray[np.float64], pairs: PairEnergies) -> np.ndarray:
    """Flip the pixel that lowers E most until none does (iterated conditional modes).

    Parameters
    ----------
    labels : ndarray of int (N,)
        Where it begins; not changed.
    unary : ndarray of float64 (N, 2)
    pairs : PairEnergies
    """
    labels = labels.copy()
    while True:
        changes = flip_changes(labels, unary, pairs)
        best = int(changes.argmin())
        if changes[best] >= -1e-9:
            return labels
        labels[best] = 1 - labels[best]


def lowest(unary: np.ndarray, pairs: PairEnergies) -> np.ndarray:
    """The labelling int64 (N,) of lowest energy, up to rounding to ten millionths of E."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import breadth_first_order, maximum_flow

    count = len(unary)
    source, sink = count, count + 1
    edges = np.zeros((count + 2, count + 2))
    edges[:count, :count] = pairs.both
    # Label 1 for those that stay with the source: a cut edge to the sink costs being 1.
    edges[source, :count], edges[:count, sink] = unary.T - unary.min(1)
    scale = _LARGEST_CAPACITY / max(edges.max(), 1e-12)
    capacity = csr_matrix(np.rint(edges * scale).astype(np.int32))
    left = capacity - maximum_flow(capacity, source, sink).flow
    left.data = np.maximum(left.data, 0)
    left.eliminate_zeros()
    reached = breadth_first_order(left, source, return_predecessors=False)
    labels = np.zeros(count + 2, np.int64)
    labels[reached] = 1
    return labels[:count]
