"""The quantities that the doctor of the CRF judges by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from segviewer.crf.engines.unary import tempered_unary
from segviewer.crf.engines.weighted_kernels import weighted_kernels
from segviewer.crf.inspection.kernel_message import class_rows, largest_message, message
from segviewer.crf.inspection.refinement_history import initial_probs, through_compatibility
from segviewer.crf.lattice.kernel_cache import CACHE, KernelCache
from segviewer.crf.lattice.thread_team import ThreadTeam
from segviewer.crf.settings.compatibility import attraction
from segviewer.crf.settings.compatibility_matrix import set_matrix
from segviewer.crf.settings.crf_settings import CRFSettings


@dataclass(frozen=True)
class Measured:
    """What the first iteration of a refinement looks like.

    Attributes
    ----------
    reach : float
        W, nats: median over the pixels of Σ θ · row sum, the most a pixel can receive, times the
        highest cost where a compatibility is set.
    margin : float
        Median lead of the best class over the second in the unary energies, nats.
    median_log_ratio : float
        The same before clipping and at temperature 1.
    out_of_reach : float
        Share of pixels whose lead is at least what they can receive: no neighbours change them.
    agreeing : float
        Share, of the others, for which the first messages prefer the label they have anyway.
    outvoted : float
        Share, of the others, that receive another class most, but by less than their lead.
    own_share : float or None
        Mean share of the appearance kernel's mass that a pixel spends on itself.
    """

    reach: float
    margin: float
    median_log_ratio: float
    out_of_reach: float
    agreeing: float
    outvoted: float
    own_share: float | None


def measure(
    image: NDArray[np.uint8],
    probs: np.ndarray,
    settings: CRFSettings,
    *,
    threads: int | None = None,
    kernels: KernelCache = CACHE,
) -> Measured:
    """Measure; one pass of messages. What is given must have been found sound.

    Parameters
    ----------
    image : ndarray of uint8 (H, W, 3)
    probs : ndarray of float (K, H, W)
        Before the CRF; K at least 2.

    Raises
    ------
    SettingsError
        If the probabilities are none.
    """
    unary = tempered_unary(probs, settings)
    pixels, every = len(unary), np.arange(len(unary))
    two = np.partition(unary, 1, axis=1)[:, :2]
    margin = two[:, 1] - two[:, 0]
    with ThreadTeam(threads) as team:
        both = weighted_kernels(image, settings, team, kernels)
        q = class_rows(initial_probs(unary, image.shape[:2]))
        received, reach = np.zeros_like(q), np.zeros(pixels, np.float32)
        for weighted in both:
            received += message(weighted, q, team)
            reach += largest_message(weighted, team)
        own = _own_share(image, settings, team, kernels)
    classes = unary.shape[1]
    received = received[:, :classes]
    matrix = set_matrix(settings, classes)
    if matrix is not None:
        every_class = np.arange(classes)
        received = through_compatibility(
            received, attraction(matrix, classes, every_class, classes)
        )
        # A label costs nothing beside itself, so two of them differ by the highest cost at most.
        reach *= matrix.max()
    within = margin < reach
    label, said = unary.argmin(1), received.argmax(1)
    same = said == label
    # Lead, in the messages, of the strongest class over the label that the network gave.
    lead = received[every, said] - received[every, label]
    behind = unary[every, said] - unary[every, label]
    count = max(1, int(within.sum()))
    two = np.sort(probs.reshape(len(probs), -1), axis=0)[-2:]
    log_ratio = np.log(np.maximum(two[1], 1e-30)) - np.log(np.maximum(two[0], 1e-30))
    return Measured(
        reach=float(np.median(reach)),
        margin=float(np.median(margin)),
        median_log_ratio=float(np.median(log_ratio)),
        out_of_reach=1 - float(within.mean()),
        agreeing=float((within & same).sum()) / count,
        outvoted=float((within & ~same & (lead < behind)).sum()) / count,
        own_share=own,
    )


def _own_share(
    image: np.ndarray, settings: CRFSettings, team: ThreadTeam, kernels: KernelCache
) -> float | None:
    """Diagonal of the appearance kernel divided by its row sums, mean over the pixels."""
    if not settings.appearance_weight:
        return None
    alone = settings.model_copy(
        update={
            "smoothness_weight": 0.0,
            "appearance_weight": 1.0,
            "normalisation": "after",
            "self_message": False,
        }
    )
    (without,) = weighted_kernels(image, alone, team, kernels)
    own = without.kernel.own
    return None if own is None else float(own.mean())


def neighbour_difference(image: np.ndarray) -> float:
    """Median colour distance of adjacent pixels, grey levels; 0 for a single pixel."""
    signed = image.astype(np.int32)
    squares = [np.square(np.diff(signed, axis=a)).sum(2).ravel() for a in (0, 1)]
    steps = np.concatenate(squares)
    return float(np.sqrt(np.median(steps))) if len(steps) else 0.0


def colour_spread(image: np.ndarray) -> float:
    """Root mean square colour distance from the mean colour, grey levels."""
    return float(np.sqrt(image.reshape(-1, 3).astype(np.float64).var(0).sum()))
