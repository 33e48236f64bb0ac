"""The CRF as the session sets it: which engine, on which unary energies."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from segviewer.crf.engines.unary import tempered_unary
from segviewer.crf.settings.compatibility_matrix import set_matrix
from segviewer.crf.settings.crf_settings import CRFSettings
from segviewer.errors import SettingsError


def refine(
    image: np.ndarray,
    probs: np.ndarray,
    settings: CRFSettings,
    wanted: Callable[[], bool] = lambda: False,
) -> Iterator[np.ndarray | None]:
    """Give float32 (K, H, W) after each iteration of the engine that `settings` names.

    Parameters
    ----------
    wanted : callable
        Asked before each iteration but the last; where it is false None may come instead.

    Raises
    ------
    SettingsError
        If the picture is too large for the exact engine, or an engine lacks what is set.
    EngineError
        If pydensecrf is wanted and is not there.
    """
    # Returned, not yielded from: the engine drops the energies when it has read them, and nobody
    # here keeps them until it ends.
    unary, matrix = tempered_unary(probs, settings), set_matrix(settings, len(probs))
    how = (settings.normalisation, settings.self_message)
    if settings.engine == "lattice":
        from segviewer.crf.engines.contending_classes import contending_classes
        from segviewer.crf.engines.mean_field_lattice import refine as on_lattice

        classes = None
        if settings.drop_classes and matrix is None:
            classes = contending_classes(image, unary, settings, how[0])
        return on_lattice(
            image, unary, settings, *how, compatibility=matrix, classes=classes, wanted=wanted
        )
    if settings.engine == "exact":
        from segviewer.crf.engines.mean_field_exact import mean_field_exact

        steps = mean_field_exact(image, unary, settings, *how, matrix)
        return (step.astype(np.float32) for step in steps)
    if matrix is not None:
        raise _lacks("knows the Potts model only")
    if how != ("symmetric", True):
        raise _lacks("normalises on both sides and lets every pixel hear itself")
    from segviewer.crf.engines.pydensecrf_reference import refine as by_pydensecrf

    return by_pydensecrf(image, unary, settings, wanted=wanted)


def _lacks(what: str) -> SettingsError:
    return SettingsError(
        "The CRF engine “reference” cannot run with these settings.",
        f"As segviewer calls it, it {what}.",
        "Choose the engine “lattice”, or put the setting back.",
    )
