"""Three binary variables A, B, C: everything by looking at all eight states.

Undirected, P(A, B, C) = ψ(A, B) ψ(B, C) / Z with any non-negative tables. Directed,
P(A) P(B | A) P(C | B), whose Z is 1. Both are chains: A and C are independent given B, and each
can be written as the other. A third factor ψ(A, C) closes the chain to a triangle, in which
every variable depends on every other.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from segviewer.errors import SettingsError

STATES = tuple(product((0, 1), (0, 1), (0, 1)))
"""All of (A, B, C), in the order of a binary number."""


@dataclass(frozen=True, eq=False)
class ThreeVariables:
    """A distribution over the eight states.

    Attributes
    ----------
    weights : ndarray of float64 (2, 2, 2)
        Products of the factors, indexed A, B, C.
    """

    weights: NDArray[np.float64]

    @property
    def partition(self) -> float:
        """Z: sum of the weights of all states."""
        return float(self.weights.sum())

    @property
    def joint(self) -> np.ndarray:
        """Probabilities float64 (2, 2, 2)."""
        return self.weights / self.partition

    @property
    def marginals(self) -> np.ndarray:
        """Probability of 1 for A, B, C, float64 (3,)."""
        joint = self.joint
        return np.array([joint[1].sum(), joint[:, 1].sum(), joint[:, :, 1].sum()])

    @property
    def map_states(self) -> tuple[tuple[int, int, int], ...]:
        """The most probable state, or all of them."""
        top = self.weights.max()
        return tuple(s for s in STATES if np.isclose(self.weights[s], top, rtol=1e-9, atol=0))

    def information(self) -> float:
        """Mutual information of A and C in bits: what one says about the other."""
        return _information(self.joint.sum(1))

    def information_given_middle(self) -> float:
        """The same given B: 0 for every chain, in general not for a triangle."""
        joint = self.joint
        shares = joint.sum((0, 2))
        return float(sum(p * _information(joint[:, b] / p) for b, p in enumerate(shares) if p > 0))


def undirected(
    first: np.ndarray, second: np.ndarray, third: np.ndarray | None = None
) -> ThreeVariables:
    """The chain of two factors, or the triangle of three.

    Parameters
    ----------
    first, second, third : array of float (2, 2)
        ψ(A, B), ψ(B, C) and, where there is one, ψ(A, C), rows by the first variable; not
        negative.

    Raises
    ------
    SettingsError
        If every state has weight 0, so that nothing is a distribution.
    """
    first, second = np.asarray(first, float), np.asarray(second, float)
    weights = first[:, :, None] * second[None]
    if third is not None:
        weights = weights * np.asarray(third, float)[:, None, :]
    if not weights.sum() > 0:
        raise SettingsError(
            "These factors allow no state.",
            "Every product of their entries is 0, so that Z is 0 and cannot be divided by.",
            "Raise an entry of each table, so that they meet in one state.",
        )
    return ThreeVariables(weights)


def directed(start: float, second: np.ndarray, third: np.ndarray) -> ThreeVariables:
    """The chain of P(A = 1), P(B = 1 | A) (2,) and P(C = 1 | B) (2,).

    Parameters
    ----------
    start : float
        P(A = 1).
    second, third : ndarray (2,)
        By the state before.
    """
    chance = np.array([1 - start, start])
    tables = [
        np.stack([1 - np.asarray(p, float), np.asarray(p, float)], 1) for p in (second, third)
    ]
    return ThreeVariables(chance[:, None, None] * tables[0][:, :, None] * tables[1][None])


def _information(table: np.ndarray) -> float:
    independent = table.sum(1, keepdims=True) * table.sum(0, keepdims=True)
    seen = table > 0
    return float((table[seen] * np.log2(table[seen] / independent[seen])).sum())
