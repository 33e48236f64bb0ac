"""Every iteration of one refinement, kept, and the curves over them.

Iteration 0 is the network alone, softmax(-ψ_u). The free energy is

    F = Σ Q log Q + Σ Q ψ_u - ½ Σ_k θ_k Q K_k Q,

up to a constant (log Z, and Potts' own), with the kernels as the lattice has them. Its stationary
points are those of the update; but all pixels move at once, so that it need not fall each time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segviewer.crf.engines.input_check import checked
from segviewer.crf.engines.mean_field_lattice import MeanField
from segviewer.crf.engines.weighted_kernels import WeightedKernel, weighted_kernels
from segviewer.crf.inspection.kernel_message import class_rows, message
from segviewer.crf.lattice.compiled_kernel import kernel
from segviewer.crf.lattice.kernel_cache import CACHE, KernelCache
from segviewer.crf.lattice.thread_team import ThreadTeam
from segviewer.crf.settings.compatibility import attraction
from segviewer.crf.settings.compatibility_matrix import set_matrix
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.errors import SettingsError

LIMIT = 2**28
"""Bytes that a history may take, 256 MiB."""


@dataclass(frozen=True)
class RefinementHistory:
    """A refinement of T iterations; first axes count iterations from 0, the network alone.

    Attributes
    ----------
    label_maps : ndarray of uint8 or uint16 (T + 1, H, W)
    margins : ndarray of float16 (T + 1, H, W) or None
        Probability of the best class less that of the second; None where they would not fit.
    changed_before, changed_start : ndarray of int64 (T + 1,)
        Pixels whose label differs from the previous iteration's, and from iteration 0's.
    entropy : ndarray of float64 (T + 1,)
        Mean over the pixels of -Σ Q log Q, nats.
    energy : ndarray of float64 (T + 1,) or None
        Free energy per pixel, nats, up to a constant; None where it was not asked for.
    """

    label_maps: np.ndarray
    margins: NDArray[np.float16] | None
    changed_before: NDArray[np.int64]
    changed_start: NDArray[np.int64]
    entropy: NDArray[np.float64]
    energy: NDArray[np.float64] | None

    @property
    def num_iterations(self) -> int:
        """T."""
        return len(self.label_maps) - 1

    def flips(self, iteration: int, since: int | None = None) -> np.ndarray:
        """Pixels whose label at `iteration` differs from that at `since`: bool (H, W).

        `since` is the iteration before where it is left out; nothing flips at iteration 0.
        """
        since = max(0, iteration - 1) if since is None else since
        flipped: np.ndarray = self.label_maps[iteration] != self.label_maps[since]
        return flipped


def refinement_history(
    image: np.ndarray,
    unary: np.ndarray,
    settings: CRFSettings,
    *,
    energy: bool = True,
    limit: int = LIMIT,
    each: Callable[[int], None] = lambda iteration: None,
    threads: int | None = None,
    kernels: KernelCache = CACHE,
) -> RefinementHistory:
    """Refine, and keep every iteration.

    Other parameters are those of :func:`segviewer.crf.engines.mean_field_lattice.refine`.

    Parameters
    ----------
    energy : bool
        Whether to compute the free energy, which about doubles the time.
    limit : int
        Bytes. Labels and margins are kept if they fit, else labels, fit or not.
    each : callable (iteration)
        Called before each iteration; may raise to stop.

    Raises
    ------
    SettingsError
        As `refine` does, and for a single class.
    """
    image, unary = checked(image, unary, settings)
    require_classes(unary.shape[1])
    steps, classes, shape = settings.num_iterations, unary.shape[1], image.shape[:2]
    label_type = np.uint8 if classes <= 256 else np.uint16
    label_maps = np.empty((steps + 1, *shape), label_type)
    fit = label_maps.nbytes + 2 * label_maps.size <= limit
    margins = np.empty((steps + 1, *shape), np.float16) if fit else None
    entropies, energies = np.empty(steps + 1), np.empty(steps + 1)
    with ThreadTeam(threads) as team:
        both = weighted_kernels(image, settings, team, kernels) if energy else ()
        compatibility = set_matrix(settings, classes)
        field = MeanField(image, unary, settings, team, kernels)
        for t in range(steps + 1):
            each(t)
            probs = field.step(last=t == steps) if t else initial_probs(unary, shape)
            assert probs is not None  # every step is kept
            measured = np.empty((2, *shape), np.float32)
            team.split(
                _measure,
                measured[0].size,
                probs.reshape(classes, -1),
                label_maps[t].reshape(-1),
                *measured.reshape(2, -1),
                at_least=4096,
            )
            entropies[t] = measured[1].mean(dtype=np.float64)
            if margins is not None:
                margins[t] = measured[0]
            if energy:
                pairwise = pairwise_energy(both, probs, team, compatibility)
                flat = probs.reshape(classes, -1)
                own = sum(float(np.dot(flat[c], unary[:, c])) for c in range(classes))
                energies[t] = (own + pairwise) / measured[1].size - entropies[t]
    before = np.r_[0, (label_maps[1:] != label_maps[:-1]).sum((1, 2))]
    start = np.array([np.count_nonzero(labels != label_maps[0]) for labels in label_maps])
    return RefinementHistory(
        label_maps, margins, before, start, entropies, energies if energy else None
    )


def pairwise_energy(
    kernels: tuple[WeightedKernel, ...],
    probs: NDArray[np.float32],
    team: ThreadTeam,
    compatibility: NDArray[np.float32] | None = None,
) -> float:
    """-½ Σ_k θ_k Q K_k Q, in Potts' form; with a compatibility ½ Σ Q μ Σ_k θ_k K_k Q.

    Parameters
    ----------
    kernels : tuple of WeightedKernel
    probs : ndarray of float32 (K, H, W)
        Q.
    team : ThreadTeam
    compatibility : ndarray of float32 (K, K), optional
        μ; Potts where it is left out.
    """
    rows, total = class_rows(probs), 0.0
    weigh = attraction(compatibility, len(probs), np.arange(len(probs)), rows.shape[1])
    for weighted in kernels:
        received = message(weighted, rows, team)
        if len(weigh):
            received = through_compatibility(received[:, : len(probs)], weigh)
        # Rows one by one in float32 are exact enough; their sum over a million pixels is not.
        each = np.einsum("nl,nl->n", rows[:, : received.shape[1]], received)
        total -= 0.5 * float(each.sum(dtype=np.float64))
    return total


def through_compatibility(received: np.ndarray, weigh: NDArray[np.float32]) -> np.ndarray:
    """What the messages add to every label: float32 (..., lanes) of messages (..., K).

    Parameters
    ----------
    weigh : ndarray of float32
        From :func:`segviewer.crf.settings.compatibility.attraction`; (0, lanes) is Potts.
    """
    if len(weigh) == 0:
        return received
    added: np.ndarray
    added = received * weigh[0, : received.shape[-1]] if len(weigh) == 1 else received @ weigh
    return added


def initial_probs(unary: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Q of iteration 0: softmax(-ψ_u), float32 (K, H, W)."""
    planes = np.ascontiguousarray(unary.T, np.float32)
    planes = np.exp(planes.min(0) - planes)
    planes /= planes.sum(0)
    probs: np.ndarray = planes.reshape(-1, *shape)
    return probs


def require_classes(count: int) -> None:
    """Refuse a single class.

    Raises
    ------
    SettingsError
    """
    if count < 2:
        raise SettingsError(
            "There is nothing for the CRF to decide.",
            "With a single class every pixel has its label already.",
            "Open a network with two classes or more.",
        )


@kernel()
def _measure(
    start: int,
    stop: int,
    planes: np.ndarray,
    labels: np.ndarray,
    margin: np.ndarray,
    entropy: np.ndarray,
) -> None:
    """Label, lead of the best class, and entropy of every pixel."""
    for n in range(start, stop):
        best, second, winner, total = planes[0, n], np.float32(-1), 0, 0.0
        for c in range(len(planes)):
            p = planes[c, n]
            if p > 0:
                total -= p * np.log(p)
            if c > 0:
                if p > best:
                    best, second, winner = p, best, c
                elif p > second:
                    second = p
        labels[n] = winner
        margin[n] = best - second
        entropy[n] = total
