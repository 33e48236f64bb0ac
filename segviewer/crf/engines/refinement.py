"""The CRF as the session sets it: which engine, on which unary energies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from segviewer.crf.engines.unary import tempered_unary
from segviewer.crf.settings.crf_settings import CRFSettings

if TYPE_CHECKING:
    from segviewer.crf.engines.mean_field_lattice import MeanField

Finished = Callable[["MeanField"], None]


def refine(
    image: np.ndarray,
    probs: np.ndarray,
    settings: CRFSettings,
    wanted: Callable[[], bool] = lambda: False,
    finished: Finished = lambda field: None,
) -> Iterator[np.ndarray | None]:
    """Give float32 (K, H, W) after each iteration of the engine that `settings` names.

    Parameters
    ----------
    wanted : callable
        Asked before each iteration but the last; where it is false None may come instead.
    finished : callable
        Called by the lattice engine, and by no other, with its field after the last iteration.

    Raises
    ------
    SettingsError
        If the picture is too large for the exact engine, or an engine lacks what is set.
    EngineError
        If pydensecrf is wanted and is not there.
    """
    # Returned, not yielded from: the engine drops the energies when it has read them, and nobody
    # here keeps them until it ends.
    energies = [tempered_unary(probs, settings)]
    if settings.engine == "lattice":
        return _lattice(image, energies.pop(), settings, wanted, finished)
    return ENGINES[settings.engine](image, energies.pop(), settings, wanted)


def _lattice(
    image: NDArray[np.uint8],
    unary: np.ndarray,
    settings: CRFSettings,
    wanted: Callable[[], bool],
    finished: Finished = lambda field: None,
) -> Iterator[np.ndarray | None]:
    from segviewer.crf.engines.mean_field_lattice import refine as on_lattice

    return on_lattice(image, unary, settings, wanted=wanted, finished=finished)


def _exact(
    image: NDArray[np.uint8], unary: np.ndarray, settings: CRFSettings, wanted: Callable[[], bool]
) -> Iterator[np.ndarray | None]:
    from segviewer.crf.engines.mean_field_exact import mean_field_exact

    return (step.astype(np.float32) for step in mean_field_exact(image, unary, settings))


def _reference(
    image: NDArray[np.uint8], unary: np.ndarray, settings: CRFSettings, wanted: Callable[[], bool]
) -> Iterator[np.ndarray | None]:
    from segviewer.crf.engines.pydensecrf_reference import refine as by_pydensecrf

    return by_pydensecrf(image, unary, settings, wanted=wanted)


ENGINES: dict[str, Callable[..., Iterator[np.ndarray | None]]] = {
    "lattice": _lattice,
    "exact": _exact,
    "reference": _reference,
}
"""What each engine's name calls, with image, unary, the settings whole, and `wanted`."""
