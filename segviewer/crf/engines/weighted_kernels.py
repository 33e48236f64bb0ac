"""The lattice's kernels as the settings ask for them: the one place that reads how.

Widths, normalisation, self-message and weights are read off the settings here and nowhere else, so
that the engine and everything that looks into it have the same kernels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from segviewer.crf.lattice.kernel_cache import CACHE, KernelCache
from segviewer.crf.lattice.lattice_filter import NormalisedKernel
from segviewer.crf.lattice.thread_team import ThreadTeam
from segviewer.crf.settings.crf_settings import CRFSettings

KernelKind = Literal["appearance", "smoothness"]


@dataclass(frozen=True)
class WeightedKernel:
    """A normalised kernel of the lattice with its weight.

    Attributes
    ----------
    kind : {"appearance", "smoothness"}
    weight : float
        θ1 or θ2.
    kernel : NormalisedKernel
    """

    kind: KernelKind
    weight: float
    kernel: NormalisedKernel


def weighted_kernels(
    image: np.ndarray, settings: CRFSettings, team: ThreadTeam, kernels: KernelCache = CACHE
) -> tuple[WeightedKernel, ...]:
    """Return the kernels that `settings` ask for, appearance first; one of weight 0 is left out.

    Parameters
    ----------
    image : ndarray of uint8 (H, W, 3)
    settings : CRFSettings
        See :func:`segviewer.crf.lattice.lattice_filter.normalised` for `normalisation`. Where a
        pixel receives no message of its own (`self_message`), its part of the filter is taken
        out of what it receives; the kernel's mass keeps it.
    team : ThreadTeam
        Builds lattices that `kernels` does not keep yet.
    """
    image = np.ascontiguousarray(image)
    how = (settings.normalisation, settings.self_message)
    found = []
    if settings.appearance_weight:
        widths = (settings.appearance_xy_std, settings.appearance_rgb_std)
        made = kernels.appearance(image, *widths, *how, team)
        found.append(WeightedKernel("appearance", settings.appearance_weight, made))
    if settings.smoothness_weight:
        made = kernels.smoothness(image.shape[:2], settings.smoothness_xy_std, *how, team)
        found.append(WeightedKernel("smoothness", settings.smoothness_weight, made))
    return tuple(found)
