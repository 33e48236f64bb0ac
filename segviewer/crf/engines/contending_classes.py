"""Classes that can win a pixel, and those that provably cannot and may be left out.

Let ε bound the probability of class c at every pixel before the first iteration, and let W bound
what a pixel receives in all (θ times the largest row sum of each normalised kernel). With the Potts
model c then receives at most W ε, everyone else at least 0, so that after an iteration

    Q_i(c) ≤ Q⁰_i(c) · exp(W ε),

and after any number of them c stays below the smallest solution of ε* = ε exp(W ε*), which exists
if W ε ≤ 1/e. Classes with a small enough sum of ε* are left out; that sum bounds the probability
that the others share among themselves instead.
"""

from __future__ import annotations

import math

import numpy as np

from segviewer.crf.engines.input_check import checked
from segviewer.crf.engines.weighted_kernels import weighted_kernels
from segviewer.crf.lattice.compiled_kernel import kernel
from segviewer.crf.lattice.kernel_cache import CACHE, KernelCache
from segviewer.crf.lattice.lattice_filter import largest_row_sum
from segviewer.crf.lattice.thread_team import ThreadTeam
from segviewer.crf.settings.crf_settings import CRFSettings

BUDGET = 2e-4
"""Largest probability that all left-out classes of a pixel may have together."""


def contending_classes(
    image: np.ndarray,
    unary: np.ndarray,
    settings: CRFSettings,
    *,
    budget: float = BUDGET,
    threads: int | None = None,
    kernels: KernelCache = CACHE,
) -> tuple[int, ...]:
    """Find the classes worth giving to :func:`segviewer.crf.engines.mean_field_lattice.refine`.

    Holds for the Potts model, whatever costs are set. Other parameters are those of `refine`.

    Parameters
    ----------
    budget : float
        See `BUDGET`; 0 keeps every class.

    Returns
    -------
    tuple of int
        Ascending. One class at least.

    Raises
    ------
    SettingsError
        As `refine` does.
    """
    image, unary = checked(image, unary, settings)
    with ThreadTeam(threads) as team:
        # Without its own message a pixel receives less: the bound holds for it, too.
        with_own = settings.model_copy(update={"self_message": True})
        receives = sum(
            w.weight * largest_row_sum(w.kernel, team)
            for w in weighted_kernels(image, with_own, team, kernels)
        )
        parts = np.full((64, unary.shape[1]), -np.inf, np.float32)
        bounds = np.linspace(0, len(unary), len(parts) + 1).astype(np.int64)
        team.each(lambda i: _best(bounds[i], bounds[i + 1], unary, parts[i]), len(parts))
    bound = np.array([_highest_ever(math.exp(gap), receives) for gap in parts.max(0)])
    order = np.argsort(bound, kind="stable")
    left_out = order[:-1][np.cumsum(bound[order[:-1]]) <= budget]
    return tuple(sorted(set(range(unary.shape[1])) - {int(c) for c in left_out}))


def _highest_ever(probability: float, receives: float) -> float:
    """ε* above; 1 where nothing can be said."""
    if probability * receives * math.e > 1:
        return 1.0
    highest = probability
    for _ in range(100):  # from below, and contracting
        highest = probability * math.exp(receives * highest)
    return min(1.0, highest)


@kernel()
def _best(start: int, stop: int, unary: np.ndarray, best: np.ndarray) -> None:
    """For each class the best of: lowest energy of a pixel less its own, ≥ log-probability."""
    for n in range(start, stop):
        lowest = unary[n, 0]
        for c in range(unary.shape[1]):
            lowest = min(lowest, unary[n, c])
        for c in range(unary.shape[1]):
            best[c] = max(best[c], lowest - unary[n, c])
