"""Why a pixel has its label: what the network says, what each kernel says, and who said it.

Iteration t is softmax(-ψ_u + m₁ + m₂) with m_k = θ_k Σ_j K_k[i, j] Q_j of iteration t - 1
(Krähenbühl and Koltun 2011, algorithm 1, in Potts' form). At one pixel this is one row of each
kernel times Q, so that the sum falls apart into what every single pixel j contributes: its vote.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segviewer.crf.engines.input_check import checked
from segviewer.crf.engines.mean_field_lattice import MeanField
from segviewer.crf.engines.weighted_kernels import KernelKind, weighted_kernels
from segviewer.crf.inspection.kernel_message import lattice_row
from segviewer.crf.inspection.kernel_row import inside
from segviewer.crf.inspection.refinement_history import (
    initial_probs,
    require_classes,
    through_compatibility,
)
from segviewer.crf.lattice.kernel_cache import CACHE, KernelCache
from segviewer.crf.lattice.thread_team import ThreadTeam
from segviewer.crf.settings.compatibility import attraction
from segviewer.crf.settings.compatibility_matrix import set_matrix
from segviewer.crf.settings.crf_settings import CRFSettings


@dataclass(frozen=True)
class Voter:
    """A pixel and how many nats its vote is worth; `label` is its own best class then."""

    row: int
    column: int
    vote: float
    label: int


@dataclass(frozen=True)
class PixelVotes:
    """What decides one pixel, iteration after iteration.

    Attributes
    ----------
    row, column : int
    unary : ndarray of float32 (K,)
        -ψ_u: log-probabilities of the network, up to a constant.
    appearance, smoothness : ndarray of float32 (T, K)
        Messages of iterations 1 … T, θ and the compatibility among them; 0 for a kernel
        that is off.
    probs : ndarray of float32 (T + 1, K)
        Of the network alone, and after each iteration.
    """

    row: int
    column: int
    unary: NDArray[np.float32]
    appearance: NDArray[np.float32]
    smoothness: NDArray[np.float32]
    probs: NDArray[np.float32]

    @property
    def total(self) -> np.ndarray:
        """Sum of the three, float32 (T, K); its softmax is ``probs[1:]``."""
        total: np.ndarray = self.unary + self.appearance + self.smoothness
        return total

    def winner_and_rival(self, iteration: int) -> tuple[int, int]:
        """Best and second-best class after an iteration (0: of the network alone)."""
        order = np.argsort(-self.probs[iteration], kind="stable")
        return int(order[0]), int(order[1])


@dataclass(frozen=True)
class VoteMap:
    """Who made the winner of an iteration win.

    Attributes
    ----------
    iteration : int
        From 1.
    winner, rival : int
    votes : ndarray of float32 (H, W)
        Nats that each pixel gave the winner less what it gave the rival; they sum to the
        difference of the two classes' messages.
    labels : ndarray of uint8 or uint16 (H, W)
        Best class of every pixel when it voted.
    """

    iteration: int
    winner: int
    rival: int
    votes: NDArray[np.float32]
    labels: np.ndarray

    def strongest(self, count: int, against: bool = False) -> tuple[Voter, ...]:
        """The `count` pixels that did most for the winner (or against it), the most first."""
        signed = -self.votes.ravel() if against else self.votes.ravel()
        count = min(count, len(signed))
        chosen = np.argpartition(-signed, count - 1)[:count] if count else np.empty(0, int)
        chosen = chosen[np.argsort(-signed[chosen], kind="stable")]
        width = self.votes.shape[1]
        return tuple(
            Voter(
                int(n // width), int(n % width), float(self.votes.flat[n]), int(self.labels.flat[n])
            )
            for n in chosen
            if signed[n] > 0
        )


def pixel_votes(
    image: np.ndarray,
    unary: np.ndarray,
    settings: CRFSettings,
    pixel: tuple[int, int],
    *,
    at: int | None = None,
    each: Callable[[int], None] = lambda iteration: None,
    threads: int | None = None,
    kernels: KernelCache = CACHE,
) -> tuple[PixelVotes, VoteMap | None]:
    """Refine, and listen in at one pixel.

    Other parameters are those of :func:`segviewer.crf.engines.mean_field_lattice.refine`.

    Parameters
    ----------
    pixel : tuple of int
        Row and column.
    at : int, optional
        Iteration (1 … T) whose votes are mapped; the last one if left out.
    each : callable (iteration)
        Called before each iteration; may raise to stop.

    Returns
    -------
    PixelVotes
    VoteMap or None
        None where there is no iteration.

    Raises
    ------
    SettingsError
        As `refine` does, for a single class, or if the pixel lies outside the picture.
    """
    image, unary = checked(image, unary, settings)
    require_classes(unary.shape[1])
    shape, classes, steps = image.shape[:2], unary.shape[1], settings.num_iterations
    row, column = inside(pixel, shape)
    n = row * shape[1] + column
    at = steps if at is None else min(max(1, at), steps)
    with ThreadTeam(threads) as team:
        both = weighted_kernels(image, settings, team, kernels)
        rows = {w.kind: np.float32(w.weight) * lattice_row(w.kernel, n, team) for w in both}
        field = MeanField(image, unary, settings, team, kernels)
        weigh = attraction(set_matrix(settings, classes), classes, np.arange(classes), classes)
        received = {
            kind: np.zeros((steps, classes), np.float32) for kind in ("appearance", "smoothness")
        }
        probs = initial_probs(unary, shape)
        here = [probs[:, row, column].copy()]
        vote_map = None
        for t in range(1, steps + 1):
            each(t)
            before, after = probs, field.step(last=t == steps)
            assert after is not None  # every step is kept
            probs = after
            flat = before.reshape(classes, -1)
            for kind, weights in rows.items():
                received[kind][t - 1] = through_compatibility(flat @ weights, weigh)
            here.append(probs[:, row, column].copy())
            if t == at:
                vote_map = _vote_map(t, here[-1], rows, before, weigh)
    votes = PixelVotes(
        row, column, -unary[n], received["appearance"], received["smoothness"], np.stack(here)
    )
    return votes, vote_map


def _vote_map(
    t: int,
    decided: np.ndarray,
    rows: Mapping[KernelKind, np.ndarray],
    before: np.ndarray,
    weigh: np.ndarray,
) -> VoteMap:
    classes, *shape = before.shape
    winner, rival = (int(c) for c in np.argsort(-decided, kind="stable")[:2])
    # What receiving class l' does for the winner against the rival.
    effect = through_compatibility(np.eye(classes, dtype=np.float32), weigh)
    lead = (effect[:, winner] - effect[:, rival]) @ before.reshape(classes, -1)
    total = sum(rows.values(), np.zeros(lead.shape, np.float32))
    labels = before.argmax(0).astype(np.uint8 if classes <= 256 else np.uint16)
    return VoteMap(t, winner, rival, (total * lead).reshape(shape), labels)
